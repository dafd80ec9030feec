#if canImport(Glibc)
    import Glibc
#endif
import Statistics

/// Variance of an AUC that is still to be measured: that of Hanley and McNeil (Radiology 1982;143:29, eq. 1), with Q1 and Q2 of
/// normal scores of equal variance in place of their exponential ones, which overstate it where events are rare.
public enum PlannedAUCVariance {
    /// Variance of an AUC with the given numbers of events and non-events, which need not be whole.
    public static func variance(auc: Double, events m: Double, nonEvents n: Double) -> Double {
        precondition(auc > 0 && auc < 1 && m >= 1 && n >= 1, "an AUC within 0 and 1, and cases of both kinds")
        // Q1 = Q2 = P(both of two normal numbers with correlation 1/2 are below h) = Phi(h) - 2 T(h, sqrt(1/3)).
        let q = auc - 2 * owensT(NormalDistribution.quantile(auc), (1.0 / 3).squareRoot())
        return (auc * (1 - auc) + (m + n - 2) * (q - auc * auc)) / (m * n)
    }

    /// Owen's T (Ann Math Stat 1956;27:1075) by Simpson's rule on 200 parts.
    private static func owensT(_ h: Double, _ a: Double) -> Double {
        let parts = 200
        var sum = 0.0
        for index in 0...parts {
            let x = a * Double(index) / Double(parts)
            let weight = index == 0 || index == parts ? 1.0 : index % 2 == 1 ? 4 : 2
            sum += weight * exp(-h * h * (1 + x * x) / 2) / (1 + x * x)
        }
        return sum * a / Double(parts) / 3 / (2 * Double.pi)
    }

    /// Variance of the logit of the AUC, by the delta method.
    public static func logitVariance(auc: Double, events: Double, nonEvents: Double) -> Double {
        let slope = auc * (1 - auc)
        return variance(auc: auc, events: events, nonEvents: nonEvents) / (slope * slope)
    }
}
