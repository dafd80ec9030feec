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

    /// Counts of `score >= threshold` against the outcome.
    public static func atThreshold(scores: [Double], outcome: [Double], threshold: Double) -> ThresholdTable {
        precondition(scores.count == outcome.count, "one outcome for each score")
        var table = ThresholdTable(truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0)
        for row in scores.indices {
            switch (outcome[row] == 1, scores[row] >= threshold) {
            case (true, true): table.truePositives += 1
            case (true, false): table.falseNegatives += 1
            case (false, true): table.falsePositives += 1
            case (false, false): table.trueNegatives += 1
            }
        }
        return table
    }
}

/// Test results against outcomes at one threshold; the tables of sites are added.
public struct ThresholdTable: Sendable, Equatable, Codable {
    /// Events at or above the threshold.
    public var truePositives: Int
    /// Non-events at or above the threshold.
    public var falsePositives: Int
    /// Non-events below the threshold.
    public var trueNegatives: Int
    /// Events below the threshold.
    public var falseNegatives: Int

    /// Creates a table.
    public init(truePositives: Int, falsePositives: Int, trueNegatives: Int, falseNegatives: Int) {
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.trueNegatives = trueNegatives
        self.falseNegatives = falseNegatives
    }

    /// Share of the events that are at or above the threshold.
    public var sensitivity: Estimate {
        Proportion.wilson(successes: truePositives, of: truePositives + falseNegatives, name: "sensitivity")
    }

    /// Share of the non-events that are below the threshold.
    public var specificity: Estimate {
        Proportion.wilson(successes: trueNegatives, of: trueNegatives + falsePositives, name: "specificity")
    }

    /// Share of events among the cases at or above the threshold, at the prevalence of the cases.
    public var positivePredictiveValue: Estimate {
        Proportion.wilson(
            successes: truePositives, of: truePositives + falsePositives, name: "positive predictive value")
    }

    /// Share of non-events among the cases below the threshold, at the prevalence of the cases.
    public var negativePredictiveValue: Estimate {
        Proportion.wilson(
            successes: trueNegatives, of: trueNegatives + falseNegatives, name: "negative predictive value")
    }
}
