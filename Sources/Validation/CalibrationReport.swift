#if canImport(Glibc)
    import Glibc
#endif
import LinearAlgebra
public import Statistics

/// Sums over all cases that calibration starts from.
struct CalibrationMoments: Codable, Sendable, Equatable {
    var cases = 0.0
    var events = 0.0
    /// Cases whose probability is nearer to 0 or 1 than a logit is taken.
    var clipped = 0.0
    /// Sum of the probabilities.
    var probability = 0.0
    /// Sum of their logits.
    var logit = 0.0
    /// Sum of the squared errors.
    var squaredError = 0.0
    /// Sum of the squared errors squared.
    var fourthPower = 0.0

    var hasBothOutcomes: Bool { events > 0 && events < cases }
}

/// Calibration of predicted probabilities.
public struct CalibrationReport: Sendable, Equatable, Codable {
    /// Calibration in the large: intercept with logit(p) as offset; 0 is perfect.
    public let intercept: Estimate
    /// Calibration slope: coefficient of logit(p); 1 is perfect.
    public let slope: Estimate
    /// Intercept of the model with the slope.
    public let jointIntercept: Estimate
    /// Observed over expected events, interval on the log scale (Debray 2017).
    public let observedOverExpected: Estimate
    /// Brier score.
    public let brier: Estimate
    /// 1 - Brier / Brier of the prevalence; negative is worse than no model.
    public let scaledBrier: Estimate

    init(_ moments: CalibrationMoments, offset: NewtonAscent?, joint: NewtonAscent?) {
        let n = moments.cases
        let events = moments.events
        func wald(_ fit: NewtonAscent?, _ index: Int, _ method: String) -> Estimate {
            guard moments.hasBothOutcomes else { return .notEstimable("one outcome only") }
            guard let fit, fit.status == .converged else {
                return .notEstimable("the logistic fit did not converge: the probabilities do not vary or separate")
            }
            let width = fit.coefficients.count
            return .value(
                .normal(
                    fit.coefficients[index], standardError: fit.covariance[index * width + index].squareRoot(),
                    n: Int(n), events: Int(events),
                    method: moments.clipped > 0 ? method + ", probabilities kept 1e-6 from 0 and 1" : method))
        }
        intercept = wald(offset, 0, "logistic offset model, Wald")
        slope = wald(joint, 1, "logistic recalibration, Wald")
        jointIntercept = wald(joint, 0, "logistic recalibration, Wald")
        observedOverExpected = Self.observedOverExpected(moments)
        brier = Self.brier(moments)
        let rate = n > 0 ? events / n : 0
        scaledBrier =
            moments.hasBothOutcomes
            ? .value(
                EstimateValue(
                    value: 1 - moments.squaredError / n / (rate * (1 - rate)), n: Int(n), events: Int(events),
                    method: "1 - Brier / Brier of the prevalence"))
            : .notEstimable("one outcome only")
    }

    private static func observedOverExpected(_ moments: CalibrationMoments) -> Estimate {
        guard moments.hasBothOutcomes, moments.probability > 0 else { return .notEstimable("one outcome only") }
        let ratio = moments.events / moments.probability
        let error = ((1 - moments.events / moments.cases) / moments.events).squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: ratio, standardError: ratio * error, lower: ratio * exp(-z * error),
                upper: ratio * exp(z * error), n: Int(moments.cases), events: Int(moments.events),
                method: "O:E, log scale"))
    }

    private static func brier(_ moments: CalibrationMoments) -> Estimate {
        let n = moments.cases
        guard n > 1 else { return .notEstimable("needs two cases") }
        let mean = moments.squaredError / n
        let error = (max(0, moments.fourthPower - n * mean * mean) / (n - 1) / n).squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: mean, standardError: error, lower: max(0, mean - z * error), upper: min(1, mean + z * error),
                n: Int(n), events: Int(moments.events), method: "Brier, normal"))
    }
}
