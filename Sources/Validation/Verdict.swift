public import Statistics

/// Whether an estimate clears a gate.
public enum Verdict: String, Sendable, Equatable, Codable {
    /// The lower bound is at or above the gate.
    case pass
    /// The upper bound is below the gate.
    case fail
    /// The interval holds the gate, or there is no interval.
    case undecided

    /// The verdict on an estimate.
    public init(_ estimate: Estimate, gate: Double) {
        guard case .value(let value) = estimate, let lower = value.lower, let upper = value.upper else {
            self = .undecided
            return
        }
        self = lower >= gate ? .pass : upper < gate ? .fail : .undecided
    }
}
