public import Statistics

/// Net benefit of treating the cases at or above a threshold of the risk (Vickers and Elkin, Med Decis Making 2006;26:565).
public struct NetBenefit: Sendable, Equatable {
    /// The threshold.
    public let threshold: Double
    /// True positives less false positives weighted by the odds of the threshold, over all cases.
    public let model: Estimate
    /// The same if every case is treated.
    public let treatAll: Estimate
    /// Over the prevalence: 1 is a perfect model (Kerr et al., J Clin Oncol 2016;34:2534).
    public let standardised: Estimate
    /// Interventions avoided a case against treating all, at no event missed: the gain over it divided by the odds.
    public let interventionsAvoided: Estimate

    /// From the counts at a threshold.
    ///
    /// - Parameters:
    ///   - table: counts at the threshold.
    ///   - threshold: between 0 and 1, neither included.
    public init(_ table: ThresholdTable, threshold: Double) {
        precondition(threshold > 0 && threshold < 1, "a threshold is between 0 and 1")
        self.threshold = threshold
        let cases = table.truePositives + table.falseNegatives + table.falsePositives + table.trueNegatives
        guard cases > 0 else {
            let none = Estimate.notEstimable("no case")
            (model, treatAll, standardised, interventionsAvoided) = (none, none, none, none)
            return
        }
        let n = Double(cases)
        let count = table.truePositives + table.falseNegatives
        let events = Double(count)
        let odds = threshold / (1 - threshold)
        let net = Double(table.truePositives) / n - Double(table.falsePositives) / n * odds
        let all = events / n - (n - events) / n * odds
        func value(_ value: Double, _ method: String) -> Estimate {
            .value(EstimateValue(value: value, n: cases, events: count, method: method))
        }
        model = value(net, "Vickers and Elkin")
        treatAll = value(all, "Vickers and Elkin")
        standardised = events > 0 ? value(net / (events / n), "Kerr") : .notEstimable("no event")
        interventionsAvoided = value((net - all) / odds, "Vickers and Elkin")
    }
}
