import Federation
public import Statistics

/// Agreement of predicted probabilities with outcomes, on plain arrays: the pooled computation with one shard.
public enum Calibration {
    /// Intercept, slope, O:E and Brier scores.
    ///
    /// - Parameters:
    ///   - probabilities: predicted, 0 to 1.
    ///   - outcome: 1 event, 0 no event.
    /// - Throws: `ValidationError`.
    public static func report(probabilities: [Double], outcome: [Double]) throws -> CalibrationReport {
        let cases = ScoredCases(scores: probabilities, outcome: outcome)
        return try PooledCalibration().run(on: [cases]).result
    }

    /// Calibration slope: coefficient of logit(p) in a logistic regression of the outcome on it (Cox 1958).
    public static func slope(probabilities: [Double], outcome: [Double]) -> Estimate {
        member(probabilities, outcome, \.slope)
    }

    /// Calibration in the large: intercept with logit(p) as offset.
    public static func intercept(probabilities: [Double], outcome: [Double]) -> Estimate {
        member(probabilities, outcome, \.intercept)
    }

    /// Observed over expected events, interval on the log scale with standard error sqrt((1 - O/n) / O)
    /// (Debray 2017).
    public static func observedOverExpected(probabilities: [Double], outcome: [Double]) -> Estimate {
        member(probabilities, outcome, \.observedOverExpected)
    }

    /// Brier score: mean squared difference, with the standard error of the mean.
    public static func brier(probabilities: [Double], outcome: [Double]) -> Estimate {
        member(probabilities, outcome, \.brier)
    }

    private static func member(
        _ probabilities: [Double], _ outcome: [Double], _ path: KeyPath<CalibrationReport, Estimate>
    ) -> Estimate {
        do {
            return try report(probabilities: probabilities, outcome: outcome)[keyPath: path]
        } catch {
            return .notEstimable("\(error)")
        }
    }
}
