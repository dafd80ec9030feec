#if canImport(Glibc)
    import Glibc
#endif
import LinearAlgebra
import Statistics

/// A calibration curve: a logistic regression of the outcome on a restricted cubic spline of logit(p) with four knots at the
/// quantiles 0.05, 0.35, 0.65 and 0.95 (Harrell, Regression Modeling Strategies 2015), and how far it is from the diagonal
/// (Austin and Steyerberg, Stat Med 2019;38:4051).
public struct CalibrationCurve: Sendable, Equatable {
    /// Knots on the logit scale, ascending.
    public let knots: [Double]
    /// Intercept, linear coefficient and the two of the spline terms, in units of the knots' range squared.
    public let coefficients: [Double]
    /// Their covariance, row-major.
    private let covariance: [Double]
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

    /// Fits the curve.
    ///
    /// - Parameters:
    ///   - probabilities: predicted, 0 to 1; nearer than 1e-6 to either they count as 1e-6 from it.
    ///   - outcome: 1 event, 0 no event.
    /// - Throws: `Failure`.
    public init(probabilities: [Double], outcome: [Double]) throws {
        precondition(probabilities.count == outcome.count, "one outcome for each probability")
        let events = outcome.reduce(0, +)
        guard events > 0, events < Double(outcome.count) else { throw Failure.oneClass }
        let inside = probabilities.map(PooledCalibration.inside)
        let logits = inside.map(PooledCalibration.logit)
        let sorted = logits.sorted()
        knots = [0.05, 0.35, 0.65, 0.95].map { Quantile.linear(sorted, $0) }
        guard zip(knots, knots.dropFirst()).allSatisfy({ $1 - $0 > 1e-9 }) else { throw Failure.knotsCoincide }
        let design = logits.map { [knots] in Self.row($0, knots) }
        let fit = try Self.fit(design, outcome)
        (coefficients, covariance) = (fit.coefficients, fit.covariance)
        let distances = zip(design, inside).map { [coefficients] row, p in
            (Self.expit(Self.product(row, coefficients)) - p).magnitude
        }.sorted()
        ici = distances.reduce(0, +) / Double(distances.count)
        e50 = Quantile.linear(distances, 0.5)
        e90 = Quantile.linear(distances, 0.9)
        largest = distances[distances.count - 1]
    }

    /// Observed risk where the predicted one is `probability`, with its pointwise 95 % interval (Wald, on the logit scale).
    public func observed(at probability: Double) -> (value: Double, lower: Double, upper: Double) {
        let row = Self.row(PooledCalibration.logit(PooledCalibration.inside(probability)), knots)
        let linear = Self.product(row, coefficients)
        var variance = 0.0
        for a in row.indices {
            for b in row.indices { variance += row[a] * row[b] * covariance[a * row.count + b] }
        }
        let half = NormalDistribution.quantile(0.975) * max(0, variance).squareRoot()
        return (Self.expit(linear), Self.expit(linear - half), Self.expit(linear + half))
    }

    private static func expit(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

    private static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    /// 1, x, and Harrell's two spline terms, which are linear beyond the outer knots.
    private static func row(_ x: Double, _ knots: [Double]) -> [Double] {
        func cube(_ value: Double) -> Double { value > 0 ? value * value * value : 0 }
        let last = knots.count - 1
        let range = knots[last] - knots[0]
        let gap = knots[last] - knots[last - 1]
        let terms = (0..<(last - 1)).map { index in
            (cube(x - knots[index]) - cube(x - knots[last - 1]) * (knots[last] - knots[index]) / gap
                + cube(x - knots[last]) * (knots[last - 1] - knots[index]) / gap) / (range * range)
        }
        return [1, x] + terms
    }

    /// The maximum of the likelihood.
    private static func fit(_ design: [[Double]], _ outcome: [Double]) throws -> NewtonAscent {
        let width = 4
        let rate = outcome.reduce(0, +) / Double(outcome.count)
        var ascent = NewtonAscent(start: [log(rate / (1 - rate)), 0, 0, 0])
        for _ in 0..<PooledCalibration.roundLimit where ascent.status == .running {
            var gradient = [Double](repeating: 0, count: width)
            var information = [Double](repeating: 0, count: width * (width + 1) / 2)
            var logLikelihood = 0.0
            for (row, y) in zip(design, outcome) {
                let term = LogisticTerm(linear: product(row, ascent.coefficients), outcome: y)
                logLikelihood += term.logLikelihood
                var position = 0
                for a in 0..<width {
                    gradient[a] += term.residual * row[a]
                    for b in a..<width {
                        information[position] += term.weight * row[a] * row[b]
                        position += 1
                    }
                }
            }
            ascent.absorb(gradient: gradient, information: information, logLikelihood: logLikelihood)
        }
        guard ascent.status == .converged else { throw Failure.notConverged }
        return ascent
    }
}
