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

    /// How many cases would decide: the fewest with which the same estimate's interval no longer holds the gate, if standard
    /// errors fall with the square root of the number of cases. The number of cases itself where the verdict is out; nil without
    /// a standard error, or if the estimate is the gate.
    public static func casesToDecide(_ estimate: Estimate, gate: Double) -> Int? {
        guard case .value(let value) = estimate, let error = value.standardError, value.value != gate else {
            return nil
        }
        if Verdict(estimate, gate: gate) != .undecided { return value.n }
        // Half the interval on the side of the gate, which need not be symmetric.
        let side = value.value > gate ? value.lower.map { value.value - $0 } : value.upper.map { $0 - value.value }
        let half = side ?? NormalDistribution.quantile(0.975) * error
        let ratio = half / (value.value - gate)
        let cases = (Double(value.n) * ratio * ratio).rounded(.up)
        return cases < 1e15 ? Int(cases) : nil
    }

    /// The verdict on a drop, which passes if it is at most the gate.
    public init(drop: Estimate, atMost gate: Double) { self = Verdict(drop.gain, gate: -gate) }

    /// How many cases would decide on a drop; as `casesToDecide(_:gate:)`.
    public static func casesToDecide(drop: Estimate, atMost gate: Double) -> Int? {
        casesToDecide(drop.gain, gate: -gate)
    }
}

extension Estimate {
    /// The negative number: a verdict is about a lower bound.
    fileprivate var gain: Estimate {
        guard case .value(let value) = self else { return self }
        return .value(
            EstimateValue(
                value: -value.value, standardError: value.standardError, lower: value.upper.map { -$0 },
                upper: value.lower.map { -$0 }, n: value.n, method: value.method))
    }
}
