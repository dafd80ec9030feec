#if canImport(Glibc)
    import Glibc
#endif
public import Statistics

/// Agreement of predicted probabilities with outcomes at one site or over pooled rows.
public enum Calibration {
    /// Calibration slope: coefficient of logit(p) in a logistic regression of the outcome on it (Cox 1958).
    public static func slope(probabilities: [Double], outcome: [Double]) -> Estimate {
        fit(probabilities: probabilities, outcome: outcome, isJoint: true).map { fit in
            wald(fit.slope, fit.slopeError, probabilities, outcome, "logistic recalibration, Wald")
        } ?? .notEstimable("needs both outcomes and probabilities strictly between 0 and 1 that vary")
    }

    /// Calibration in the large: intercept with logit(p) as offset.
    public static func intercept(probabilities: [Double], outcome: [Double]) -> Estimate {
        fit(probabilities: probabilities, outcome: outcome, isJoint: false).map { fit in
            wald(fit.intercept, fit.interceptError, probabilities, outcome, "logistic offset model, Wald")
        } ?? .notEstimable("needs both outcomes and probabilities strictly between 0 and 1")
    }

    /// Observed over expected events, interval on the log scale with standard error sqrt((1 - O/n) / O)
    /// (Debray 2017).
    public static func observedOverExpected(probabilities: [Double], outcome: [Double]) -> Estimate {
        let observed = outcome.reduce(0, +)
        let expected = probabilities.reduce(0, +)
        let n = Double(outcome.count)
        guard observed > 0, expected > 0, observed < n else { return .notEstimable("needs both outcomes") }
        let ratio = observed / expected
        let error = ((1 - observed / n) / observed).squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: ratio, standardError: ratio * error, lower: ratio * exp(-z * error),
                upper: ratio * exp(z * error), n: outcome.count, events: Int(observed), method: "O:E, log scale"))
    }

    /// Brier score: mean squared difference, with the standard error of the mean.
    public static func brier(probabilities: [Double], outcome: [Double]) -> Estimate {
        guard outcome.count > 1 else { return .notEstimable("needs two cases") }
        let n = Double(outcome.count)
        let terms = zip(probabilities, outcome).map { ($0 - $1) * ($0 - $1) }
        let mean = terms.reduce(0, +) / n
        let square = terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = (square / (n - 1) / n).squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: mean, standardError: error, lower: max(0, mean - z * error), upper: min(1, mean + z * error),
                n: outcome.count, events: Int(outcome.reduce(0, +)), method: "Brier, normal"))
    }

    private static func wald(
        _ value: Double, _ error: Double, _ probabilities: [Double], _ outcome: [Double], _ method: String
    ) -> Estimate {
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: value, standardError: error, lower: value - z * error, upper: value + z * error,
                n: outcome.count, events: Int(outcome.reduce(0, +)), method: method))
    }

    struct Fit {
        var intercept = 0.0
        var slope = 1.0
        var interceptError = 0.0
        var slopeError = 0.0
    }

    /// Newton's method for intercept and slope, or for the intercept alone with the slope held at 1.
    static func fit(probabilities: [Double], outcome: [Double], isJoint: Bool) -> Fit? {
        let events = outcome.reduce(0, +)
        guard events > 0, events < Double(outcome.count),
            probabilities.allSatisfy({ $0 > 0 && $0 < 1 })
        else { return nil }
        let x = probabilities.map { log($0 / (1 - $0)) }
        var fit = Fit()
        for _ in 0..<100 {
            var g0 = 0.0, g1 = 0.0, h00 = 0.0, h01 = 0.0, h11 = 0.0
            for row in x.indices {
                let p = 1 / (1 + exp(-(fit.intercept + fit.slope * x[row])))
                let residual = outcome[row] - p
                let weight = p * (1 - p)
                g0 += residual
                g1 += residual * x[row]
                h00 += weight
                h01 += weight * x[row]
                h11 += weight * x[row] * x[row]
            }
            let determinant = h00 * h11 - h01 * h01
            guard h00 > 0, !isJoint || determinant > 1e-12 * h00 * h11 else { return nil }
            var step0 = g0 / h00
            var step1 = 0.0
            fit.interceptError = (1 / h00).squareRoot()
            if isJoint {
                step0 = (h11 * g0 - h01 * g1) / determinant
                step1 = (h00 * g1 - h01 * g0) / determinant
                fit.interceptError = (h11 / determinant).squareRoot()
                fit.slopeError = (h00 / determinant).squareRoot()
            }
            fit.intercept += step0
            fit.slope += step1
            guard fit.intercept.isFinite, fit.slope.magnitude < 1e6 else { return nil }
            if max(step0.magnitude, step1.magnitude) < 1e-12 { return fit }
        }
        return nil
    }
}
