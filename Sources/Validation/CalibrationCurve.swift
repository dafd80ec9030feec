import Federation
import Statistics

/// A calibration curve: a logistic regression of the outcome on a restricted cubic spline of logit(p) with four knots at the
/// quantiles 0.05, 0.35, 0.65 and 0.95 (Harrell, Regression Modeling Strategies 2015), and how far it is from the diagonal
/// (Austin and Steyerberg, Stat Med 2019;38:4051).
public struct CalibrationCurve: Sendable, Equatable {
    /// The curve.
    public let spline: CalibrationSpline
    /// Mean of |curve - p| over the cases.
    public let ici: Double
    /// Median of |curve - p|.
    public let e50: Double
    /// 90 % quantile of |curve - p|.
    public let e90: Double
    /// Largest |curve - p|.
    public let largest: Double

    /// Why there is no curve.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// One outcome only.
        case oneClass
        /// Two knots are the same: the predictions have too few distinct values.
        case knotsCoincide
        /// Newton's method found no maximum: the curve separates the outcomes.
        case notConverged

        /// The reason in words.
        public var description: String {
            switch self {
            case .oneClass: "one class only"
            case .knotsCoincide: "the predictions have too few distinct values for four knots"
            case .notConverged: "the spline fit did not converge: it separates the outcomes"
            }
        }
    }

    /// Fits the curve: `PooledCalibrationCurve` with one shard and knots at the quantiles of the predictions.
    ///
    /// - Parameters:
    ///   - probabilities: predicted, 0 to 1; nearer than 1e-6 to either they count as 1e-6 from it.
    ///   - outcome: 1 event, 0 no event.
    /// - Throws: `Failure`; `ValidationError` for a number that is no probability or no outcome.
    public init(probabilities: [Double], outcome: [Double]) throws {
        let cases = ScoredCases(scores: probabilities, outcome: outcome)
        guard outcome.contains(1), outcome.contains(0) else { throw Failure.oneClass }
        try cases.validatedProbabilities()
        let sorted = probabilities.map(PooledCalibration.logit).sorted()
        let computation = PooledCalibrationCurve(
            knots: SplineBasis.probabilities.map { Quantile.linear(sorted, $0) }, distanceBins: 1)
        let result = try computation.run(on: [cases], keepsSums: false).result
        if let failure = result.failure { throw failure }
        guard let spline = result.spline, let mean = result.ici.number else { throw Failure.notConverged }
        (self.spline, ici) = (spline, mean)
        let distances = probabilities.map(spline.distance).sorted()
        e50 = Quantile.linear(distances, 0.5)
        e90 = Quantile.linear(distances, 0.9)
        largest = distances[distances.count - 1]
    }

    /// Observed risk where the predicted one is `probability`, with its pointwise 95 % interval (Wald, on the logit scale).
    public func observed(at probability: Double) -> (value: Double, lower: Double, upper: Double) {
        spline.observed(at: probability)
    }
}
