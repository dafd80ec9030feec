#if canImport(Glibc)
    import Glibc
#endif
import LinearAlgebra

/// Newton's method for a logistic model, fed with sums.
///
/// A step that lowers the likelihood is halved, so that models far from calibration converge too.
struct LogisticAscent: Codable, Sendable, Equatable {
    /// How far the fit is.
    enum Status: String, Codable, Sendable {
        case running, converged, failed
    }

    /// Coefficients at which the next sums are wanted.
    private(set) var coefficients: [Double]
    /// Best coefficients so far and their log-likelihood.
    private var best: [Double]?
    private var bestLogLikelihood = 0.0
    /// Inverse of the information at the best coefficients, row-major.
    private(set) var covariance: [Double] = []
    private(set) var status = Status.running

    init(start: [Double]) { coefficients = start }

    /// Takes the sums at `coefficients` and moves them on.
    ///
    /// - Parameters:
    ///   - gradient: of the log-likelihood, a number for each coefficient.
    ///   - information: upper triangle by rows.
    ///   - logLikelihood: at `coefficients`.
    mutating func absorb(gradient: [Double], information: [Double], logLikelihood: Double) {
        guard status == .running else { return }
        if let best {
            // Rounding alone moves a likelihood that no longer grows.
            let slack = 1e-12 * max(1, bestLogLikelihood.magnitude)
            if !(logLikelihood >= bestLogLikelihood - slack) {
                coefficients = zip(best, coefficients).map { ($0 + $1) / 2 }
                if coefficients == best { status = .failed }
                return
            }
        }
        guard let inverse = Self.inverse(information) else {
            status = .failed
            return
        }
        best = coefficients
        bestLogLikelihood = logLikelihood
        covariance = inverse
        let width = gradient.count
        let step = (0..<width).map { row in
            (0..<width).reduce(0) { $0 + inverse[row * width + $1] * gradient[$1] }
        }
        coefficients = zip(coefficients, step).map { $0 + $1 }
        if coefficients.contains(where: { !$0.isFinite || $0.magnitude > 1e6 }) {
            status = .failed
        } else if zip(step, coefficients).allSatisfy({ $0.magnitude <= 1e-10 * max(1, $1.magnitude) }) {
            status = .converged
        }
    }

    private static func inverse(_ information: [Double]) -> [Double]? {
        switch information.count {
        case 1: return information[0] > 0 ? [1 / information[0]] : nil
        case 3: return inverseOfTwo(information)
        default:
            let order = Int(Double(2 * information.count).squareRoot())
            let matrix = SymmetricMatrix(order: order, upper: information)
            guard let inverse = try? Cholesky(matrix, tolerance: 1e-14).inverse else { return nil }
            return (0..<order).flatMap { row in (0..<order).map { inverse[row, $0] } }
        }
    }

    private static func inverseOfTwo(_ information: [Double]) -> [Double]? {
        let (a, b, d) = (information[0], information[1], information[2])
        let determinant = a * d - b * b
        guard a > 0, determinant > 1e-12 * a * d else { return nil }
        return [d / determinant, -b / determinant, -b / determinant, a / determinant]
    }
}
