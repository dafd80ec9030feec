#if canImport(Glibc)
    import Glibc
#endif
import Statistics

/// Random-effects summary over sites.
public struct MetaAnalysis: Sendable, Equatable {
    /// How the standard error and interval of the mean are made.
    public enum IntervalRule: String, Sendable, Equatable, Codable {
        /// Normal distribution.
        case wald
        /// Hartung and Knapp (2001): t with k - 1 degrees of freedom, as metafor's `knha`.
        case hartungKnapp
        /// Hartung-Knapp with a standard error not below Wald's, which guards against few, homogeneous sites.
        case hartungKnappFloored
    }

    /// Estimator of the between-site variance.
    public let estimator: TauEstimator
    /// How the interval of the mean is made.
    public let rule: IntervalRule
    /// Number of sites.
    public let sites: Int
    /// Mean on the analysis scale.
    public let mean: Double
    /// Standard error of the mean by `rule`.
    public let standardError: Double
    /// Between-site variance.
    public let tauSquared: Double
    /// Share of the total variance that is between sites (Higgins and Thompson 2002), 0 to 1; from `q` where the model has none.
    public let iSquared: Double
    /// Cochran's Q.
    public let q: Double

    /// Fits the model; `nil` with fewer than three sites or a variance that is not positive.
    ///
    /// - Parameters:
    ///   - effects: one estimate a site, on the analysis scale (logit for an AUC, logarithm for O:E).
    ///   - variances: their variances.
    ///   - estimator: how the between-site variance is estimated.
    ///   - rule: how the interval of the mean is made.
    public init?(
        effects: [Double], variances: [Double], estimator: TauEstimator = .reml,
        rule: IntervalRule = .hartungKnappFloored
    ) {
        precondition(effects.count == variances.count, "a variance for each effect")
        guard effects.count >= 3, effects.allSatisfy(\.isFinite), variances.allSatisfy({ $0 > 0 && $0.isFinite })
        else { return nil }
        let k = Double(effects.count)
        let tau = estimator.estimate(effects: effects, variances: variances)
        let random = WeightedMean(effects, variances, tau)
        let fixed = WeightedMean(effects, variances, 0)
        let spread = random.q / (k - 1)
        let factor: Double
        switch rule {
        case .wald: factor = 1
        case .hartungKnapp: factor = spread
        case .hartungKnappFloored: factor = max(1, spread)
        }
        let typical = (k - 1) * fixed.total / (fixed.total * fixed.total - fixed.squares)
        self.estimator = estimator
        self.rule = rule
        sites = effects.count
        mean = random.mean
        standardError = (factor / random.total).squareRoot()
        tauSquared = tau
        iSquared =
            estimator == .commonEffect ? fixed.q > k - 1 ? (fixed.q - (k - 1)) / fixed.q : 0 : tau / (tau + typical)
        q = fixed.q
    }

    /// P-value of homogeneity: chi-square of `q` with k - 1 degrees of freedom.
    public var homogeneityPValue: Double { ChiSquareDistribution.upperTail(q, df: Double(sites - 1)) }

    /// 95 % interval of the mean: normal after Wald, else t with k - 1 degrees of freedom.
    public var interval: (lower: Double, upper: Double) {
        let t =
            rule == .wald
            ? NormalDistribution.quantile(0.975) : StudentDistribution.quantile(0.975, df: Double(sites - 1))
        return (mean - t * standardError, mean + t * standardError)
    }

    /// Which distribution a prediction interval uses.
    public enum PredictionRule: Sendable, Equatable {
        /// That of the interval of the mean, as metafor 3.8: t with k - 1 degrees of freedom after Hartung-Knapp.
        case metafor
        /// t with k - 2 degrees of freedom (Higgins, Thompson and Spiegelhalter 2009), as metamisc.
        case higgins
    }

    /// 95 % interval for the effect at a new site.
    public func predictionInterval(_ prediction: PredictionRule = .metafor) -> (lower: Double, upper: Double) {
        let t: Double
        switch (prediction, rule) {
        case (.metafor, .wald): t = NormalDistribution.quantile(0.975)
        case (.metafor, _): t = StudentDistribution.quantile(0.975, df: Double(sites - 1))
        case (.higgins, _): t = StudentDistribution.quantile(0.975, df: Double(sites - 2))
        }
        let error = (tauSquared + standardError * standardError).squareRoot()
        return (mean - t * error, mean + t * error)
    }

    /// 95 % interval of the between-site variance by the Q-profile method (Viechtbauer 2007).
    public static func tauSquaredInterval(
        effects: [Double], variances: [Double]
    ) -> (lower: Double, upper: Double)? {
        guard effects.count >= 3, effects.allSatisfy(\.isFinite), variances.allSatisfy({ $0 > 0 && $0.isFinite })
        else { return nil }
        let df = Double(effects.count - 1)
        func bound(_ p: Double) -> Double {
            TauEstimator.profile(effects, variances, reaching: ChiSquareDistribution.quantile(p, df: df))
        }
        return (bound(0.975), bound(0.025))
    }
}

/// Weighted mean of the effects with weights 1 / (variance + tau squared), and the sums that go with it.
struct WeightedMean {
    let mean: Double
    /// Sums of the weights, of their squares and of their cubes.
    let total: Double
    let squares: Double
    let cubes: Double
    /// Weighted squared deviations from the mean.
    let q: Double
    /// Squared deviations, weights squared.
    let squaredQ: Double

    init(_ effects: [Double], _ variances: [Double], _ tau: Double) {
        var sums = (0.0, 0.0, 0.0, 0.0)
        for index in effects.indices {
            let weight = 1 / (variances[index] + tau)
            sums.0 += weight
            sums.1 += weight * weight
            sums.2 += weight * weight * weight
            sums.3 += weight * effects[index]
        }
        (total, squares, cubes) = (sums.0, sums.1, sums.2)
        mean = sums.3 / sums.0
        var q = 0.0
        var squaredQ = 0.0
        for index in effects.indices {
            let weight = 1 / (variances[index] + tau)
            let deviation = effects[index] - mean
            q += weight * deviation * deviation
            squaredQ += weight * weight * deviation * deviation
        }
        self.q = q
        self.squaredQ = squaredQ
    }
}
