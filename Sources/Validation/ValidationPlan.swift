#if canImport(Glibc)
    import Glibc
#endif
import Statistics

/// How many sites and cases a validation of an AUC needs; logit scale, variances of binormal scores.
///
/// The external AUC is the random-effects mean of K sites of n cases: variance (tau^2 + v) / K, with v of one site. Its test and
/// its prediction interval take t with K - 1 degrees of freedom, as the summary of the sites does (Hartung and Knapp); with one
/// site the normal distribution.
public struct ValidationPlan: Sendable, Equatable {
    /// Share of events.
    public let prevalence: Double
    /// Standard deviation of the sites' true AUCs on the logit scale.
    public let tau: Double

    /// A plan for sites with a share of events, and with a between-site standard deviation on the logit scale.
    public init(prevalence: Double, tau: Double) {
        precondition(
            prevalence > 0 && prevalence < 1 && tau >= 0, "a prevalence within 0 and 1, and a tau of 0 or more")
        (self.prevalence, self.tau) = (prevalence, tau)
    }

    /// Most cases of one site, and most sites, that are tried.
    public static let largest = 1_000_000

    private func logitVariance(_ auc: Double, cases: Int) -> Double {
        let events = max(1, prevalence * Double(cases))
        return PlannedAUCVariance.logitVariance(auc: auc, events: events, nonEvents: max(1, Double(cases) - events))
    }

    private static func logit(_ p: Double) -> Double { log(p / (1 - p)) }
    private static func expit(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    private static func quantile(_ p: Double, sites: Int) -> Double {
        sites > 1 ? StudentDistribution.quantile(p, df: Double(sites - 1)) : NormalDistribution.quantile(p)
    }

    /// Probability that the two-sided 5 % test of internal against external AUC sees the difference.
    ///
    /// - Parameters:
    ///   - internalAUC: of the cases that developed the model.
    ///   - internalCases: their number; nil if that AUC is taken as known.
    ///   - externalAUC: mean of the sites.
    ///   - sites: number of external sites.
    ///   - casesPerSite: of each external site.
    public func power(
        internalAUC: Double, internalCases: Int?, externalAUC: Double, sites: Int, casesPerSite: Int
    ) -> Double {
        let inside = internalCases.map { logitVariance(internalAUC, cases: $0) } ?? 0
        let outside = (tau * tau + logitVariance(externalAUC, cases: casesPerSite)) / Double(sites)
        let shift = (Self.logit(internalAUC) - Self.logit(externalAUC)).magnitude / (inside + outside).squareRoot()
        let critical: Double
        if sites > 1 {
            // Satterthwaite: only the external variance is estimated from K sites.
            let df = (inside + outside) * (inside + outside) / (outside * outside) * Double(sites - 1)
            critical = StudentDistribution.quantile(0.975, df: df)
        } else {
            critical = NormalDistribution.quantile(0.975)
        }
        return NormalDistribution.cumulative(shift - critical) + NormalDistribution.cumulative(-shift - critical)
    }

    /// Width, on the scale of the AUC, of the 95 % interval in which a new site's AUC is expected.
    public func predictionWidth(auc: Double, sites: Int, casesPerSite: Int) -> Double {
        let mean = (tau * tau + logitVariance(auc, cases: casesPerSite)) / Double(sites)
        let half = Self.quantile(0.975, sites: sites) * (tau * tau + mean).squareRoot()
        return Self.expit(Self.logit(auc) + half) - Self.expit(Self.logit(auc) - half)
    }

    /// The width with endless sites: what heterogeneity alone leaves.
    public func smallestPredictionWidth(auc: Double) -> Double {
        let half = NormalDistribution.quantile(0.975) * tau
        return Self.expit(Self.logit(auc) + half) - Self.expit(Self.logit(auc) - half)
    }

    /// The smallest whole number in a range for which a condition holds that, once true, stays true; nil if it never does.
    public static func smallest(from lower: Int, _ holds: (Int) -> Bool) -> Int? {
        guard holds(largest) else { return nil }
        var (low, high) = (lower - 1, largest)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if holds(middle) { high = middle } else { low = middle }
        }
        return high
    }
}
