#if canImport(Glibc)
    import Glibc
#endif
import Statistics

/// Harrell's restricted cubic spline of a logit with four knots: linear beyond the outer knots (Regression Modeling Strategies
/// 2015, eq. 2.25), in units of the knots' range squared.
struct SplineBasis: Sendable, Equatable {
    /// Number of columns: 1, x and two spline terms.
    static let width = 4
    /// Probabilities of the quantiles that the knots are at.
    static let probabilities = [0.05, 0.35, 0.65, 0.95]
    /// Ascending.
    let knots: [Double]

    /// Nil unless there are four finite knots that differ.
    init?(_ knots: [Double]) {
        guard knots.count == Self.width, knots.allSatisfy(\.isFinite),
            zip(knots, knots.dropFirst()).allSatisfy({ $1 - $0 > 1e-9 })
        else { return nil }
        self.knots = knots
    }

    /// 1, x, and the two spline terms; none is larger than the knots' range and three times |x| together.
    func row(_ x: Double) -> [Double] {
        func cube(_ value: Double) -> Double { value > 0 ? value * value * value : 0 }
        let (inner, last) = (knots[2], knots[3])
        let range = last - knots[0]
        let gap = last - inner
        // Beyond the last knot the cubes cancel: the straight line there is written out.
        let at = min(x, last)
        let terms = (0..<2).map { index in
            let width = last - knots[index]
            let curved = cube(at - knots[index]) - cube(at - inner) * width / gap
            return (curved + 3 * (x - at) * width * (inner - knots[index])) / (range * range)
        }
        return [1, x] + terms
    }
}

/// A calibration curve that is fitted: observed risk as a restricted cubic spline of the logit of the predicted one.
public struct CalibrationSpline: Sendable, Equatable {
    private let basis: SplineBasis
    /// Intercept, linear coefficient and the two of the spline terms, in units of the knots' range squared.
    public let coefficients: [Double]
    /// Their covariance, 4 x 4, row-major.
    public let covariance: [Double]

    init(basis: SplineBasis, coefficients: [Double], covariance: [Double]) {
        (self.basis, self.coefficients, self.covariance) = (basis, coefficients, covariance)
    }

    /// Knots on the logit scale, ascending.
    public var knots: [Double] { basis.knots }

    /// Observed risk where the predicted one is `probability`, with its pointwise 95 % interval (Wald, on the logit scale).
    public func observed(at probability: Double) -> (value: Double, lower: Double, upper: Double) {
        let row = basis.row(PooledCalibration.logit(probability))
        let linear = Self.product(row, coefficients)
        var variance = 0.0
        for a in row.indices {
            for b in row.indices { variance += row[a] * row[b] * covariance[a * row.count + b] }
        }
        let half = NormalDistribution.quantile(0.975) * max(0, variance).squareRoot()
        return (Self.expit(linear), Self.expit(linear - half), Self.expit(linear + half))
    }

    /// |curve - p| of one case, 0 to 1.
    func distance(_ probability: Double) -> Double {
        Self.distance(probability, basis, coefficients)
    }

    /// |curve - p| of one case under coefficients.
    static func distance(_ probability: Double, _ basis: SplineBasis, _ coefficients: [Double]) -> Double {
        let row = basis.row(PooledCalibration.logit(probability))
        return (expit(product(row, coefficients)) - PooledCalibration.inside(probability)).magnitude
    }

    static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

    private static func expit(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }
}
