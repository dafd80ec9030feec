#if canImport(Glibc)
    import Glibc
#endif

/// Intervals that hold together at every look at growing data: with probability 0.95 none of them ever misses.
///
/// The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (arXiv 2103.06476, theorem 2.2): for
/// an asymptotically linear estimator with standard error s after n cases,
/// `estimate +- s sqrt(2 (n r + 1) / (n r) log(sqrt(n r + 1) / 0.05))`, r = rho squared. It is exact in the limit of many cases
/// before the first look; some dozens of events are needed for it to hold.
public struct ConfidenceSequence: Sendable, Equatable {
    /// On which scale the estimator is nearest to normal.
    public enum Scale: Sendable, Equatable {
        /// As it is.
        case identity
        /// Logarithm, for a ratio.
        case logarithm
        /// Logit, for an AUC.
        case logit
    }

    /// Number of cases at which the intervals are narrowest.
    public let tightestAt: Int
    private let rhoSquared: Double
    private static let alpha = 0.05

    /// Sequences that are narrowest at a number of cases, which is to be chosen before the first look.
    public init(tightestAt cases: Int) {
        precondition(cases > 0, "a positive number of cases")
        tightestAt = cases
        // y - log y = 1 - 2 log alpha, y > 1: the paper's -W_{-1}(-alpha^2 / e).
        let target = 1 - 2 * log(Self.alpha)
        let y = RootFinding.bisect(1, 2 * target + 10) { $0 - log($0) - target }
        rhoSquared = (y - 1) / Double(cases)
    }

    /// Standard errors on either side of the estimate after n cases; 1.96 for a single look at a fixed n.
    public func multiplier(cases n: Int) -> Double {
        let scaled = Double(n) * rhoSquared
        return (2 * (scaled + 1) / scaled * log((scaled + 1).squareRoot() / Self.alpha)).squareRoot()
    }

    /// The interval after the cases of an estimate; nil without a standard error, or where the scale has no such value.
    public func interval(_ estimate: EstimateValue, scale: Scale) -> (lower: Double, upper: Double)? {
        guard let error = estimate.standardError, error > 0, estimate.n > 0 else { return nil }
        let half = multiplier(cases: estimate.n) * error
        let value = estimate.value
        switch scale {
        case .identity: return (value - half, value + half)
        case .logarithm:
            guard value > 0 else { return nil }
            return (value * exp(-half / value), value * exp(half / value))
        case .logit:
            guard value > 0, value < 1 else { return nil }
            let (centre, width) = (log(value / (1 - value)), half / (value * (1 - value)))
            func expit(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
            return (expit(centre - width), expit(centre + width))
        }
    }
}
