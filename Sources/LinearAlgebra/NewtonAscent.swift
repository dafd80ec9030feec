/// Newton's method for the maximum of a concave log-likelihood, fed with sums.
///
/// A step that lowers the likelihood is halved, so that models far from calibration converge too.
public struct NewtonAscent: Codable, Sendable, Equatable {
    /// How far the fit is.
    public enum Status: String, Codable, Sendable {
        /// Wants the sums at `coefficients`.
        case running
        /// At the maximum.
        case converged
        /// There is no maximum, or no information.
        case failed
    }

    /// Coefficients at which the next sums are wanted.
    public private(set) var coefficients: [Double]
    /// Best coefficients so far and their log-likelihood.
    private var best: [Double]?
    private var bestLogLikelihood = 0.0
    /// Inverse of the information at the best coefficients, row-major.
    public private(set) var covariance: [Double] = []
    /// How far the fit is.
    public private(set) var status = Status.running
    private let gain: Double

    /// Starts.
    ///
    /// - Parameters:
    ///   - start: coefficients of the first sums.
    ///   - gain: the step that is to raise the log-likelihood by less than this share of it is the last one; its error is
    ///     of the order of the square. With 0 a step of less than 1e-10 is.
    public init(start: [Double], gain: Double = 0) {
        coefficients = start
        self.gain = gain
    }

    /// Takes the sums at `coefficients` and moves them on.
    ///
    /// - Parameters:
    ///   - gradient: of the log-likelihood, a number for each coefficient.
    ///   - information: upper triangle by rows.
    ///   - logLikelihood: at `coefficients`.
    public mutating func absorb(gradient: [Double], information: [Double], logLikelihood: Double) {
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
        } else if isLast(step, gradient, logLikelihood) {
            status = .converged
        } else if zip(step, coefficients).allSatisfy({ $0.magnitude <= 1e-10 * max(1, $1.magnitude) }) {
            status = .converged
        }
    }

    /// Whether a step is small and gains nothing; where the likelihood has no maximum the gain vanishes and steps do not.
    private func isLast(_ step: [Double], _ gradient: [Double], _ logLikelihood: Double) -> Bool {
        let expected = zip(step, gradient).reduce(0) { $0 + $1.0 * $1.1 } / 2
        guard expected < gain * max(1, logLikelihood.magnitude) else { return false }
        return zip(step, coefficients).allSatisfy { $0.magnitude <= 1e-3 * max(1, $1.magnitude) }
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
