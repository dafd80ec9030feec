#if canImport(Glibc)
    import Glibc
#endif
import Statistics
import Validation

/// An AUC on the scale on which sites are summarised.
struct LogitAUC {
    let value: Double
    let variance: Double

    /// The logit of an AUC with the delta-method variance; `nil` without a standard error or at 0 or 1.
    init?(_ estimate: Estimate) {
        guard case .value(let auc) = estimate, let error = auc.standardError, auc.value > 0, auc.value < 1, error > 0
        else { return nil }
        value = log(auc.value / (1 - auc.value))
        let slope = auc.value * (1 - auc.value)
        variance = error * error / (slope * slope)
    }

    private static func expit(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    static func summary(_ meta: MetaAnalysis) -> EstimateValue {
        let interval = meta.interval
        return EstimateValue(
            value: expit(meta.mean), lower: expit(interval.lower), upper: expit(interval.upper), n: meta.sites,
            method: "random effects on the logit scale, REML, Hartung-Knapp floored at Wald")
    }

    static func prediction(_ meta: MetaAnalysis) -> EstimateValue {
        let interval = meta.predictionInterval()
        return EstimateValue(
            value: expit(meta.mean), lower: expit(interval.lower), upper: expit(interval.upper), n: meta.sites,
            method: "prediction interval, t with k - 1 degrees of freedom")
    }
}
