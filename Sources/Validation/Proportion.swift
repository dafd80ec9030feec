public import Statistics

/// Proportions at a locked threshold.
public enum Proportion {
    /// Wilson's score interval (1927).
    public static func wilson(successes: Int, of n: Int, name: String) -> Estimate {
        guard n > 0 else { return .notEstimable("\(name): no case in the denominator") }
        let z = NormalDistribution.quantile(0.975)
        let total = Double(n)
        let p = Double(successes) / total
        let centre = (p + z * z / (2 * total)) / (1 + z * z / total)
        let half = z * (p * (1 - p) / total + z * z / (4 * total * total)).squareRoot() / (1 + z * z / total)
        return .value(
            EstimateValue(
                value: p, standardError: (p * (1 - p) / total).squareRoot(), lower: max(0, centre - half),
                upper: min(1, centre + half), n: n, events: successes, method: "Wilson"))
    }

    /// Sensitivity and specificity of `score >= threshold`.
    public static func atThreshold(
        scores: [Double], outcome: [Double], threshold: Double
    ) -> (sensitivity: Estimate, specificity: Estimate) {
        var truePositives = 0
        var trueNegatives = 0
        var events = 0
        for row in scores.indices {
            if outcome[row] == 1 {
                events += 1
                if scores[row] >= threshold { truePositives += 1 }
            } else if scores[row] < threshold {
                trueNegatives += 1
            }
        }
        return (
            wilson(successes: truePositives, of: events, name: "sensitivity"),
            wilson(successes: trueNegatives, of: scores.count - events, name: "specificity")
        )
    }
}

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
