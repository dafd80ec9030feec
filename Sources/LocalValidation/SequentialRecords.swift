import Statistics
import Validation

extension StatisticRecord {
    /// Intervals that stay valid under continuous looking, for AUC, O:E and kappas with a standard error.
    ///
    /// - Parameters:
    ///   - records: what a command found.
    ///   - cases: number of cases at which the intervals are narrowest.
    public static func sequences(_ records: [StatisticRecord], tightestAt cases: Int) -> [StatisticRecord] {
        let sequence = ConfidenceSequence(tightestAt: cases)
        return records.compactMap { record in
            let scale: ConfidenceSequence.Scale
            let name: StatisticName
            switch record.statistic {
            case StatisticName.auc.rawValue where !record.variant.contains("logit"): (name, scale) = (.auc, .logit)
            case StatisticName.observedExpected.rawValue: (name, scale) = (.observedExpected, .logarithm)
            case StatisticName.kappa.rawValue: (name, scale) = (.kappa, .identity)
            default: return nil
            }
            guard let value = record.estimate, let error = record.standardError, let n = record.n else { return nil }
            let plain = EstimateValue(value: value, standardError: error, n: n, method: "")
            guard let interval = sequence.interval(plain, scale: scale) else { return nil }
            return StatisticRecord(
                name, variant: [record.variant, "confidence sequence"].filter { !$0.isEmpty }.joined(separator: ", "),
                site: record.site,
                .value(
                    EstimateValue(
                        value: value, standardError: error, lower: interval.lower, upper: interval.upper, n: n,
                        events: record.events,
                        method: "asymptotic confidence sequence, narrowest at \(cases) cases")))
        }
    }

    /// Whether each AUC (logit-DeLong) clears a gate, and the number of cases with which the same AUC would be decided.
    public static func verdicts(_ records: [StatisticRecord], gate: Double) -> [StatisticRecord] {
        records.filter { $0.statistic == StatisticName.auc.rawValue && $0.variant.hasSuffix("logit-DeLong") }.map {
            record in
            let variant = "\(record.variant), AUC at least \(gate)"
            guard let value = record.estimate, let n = record.n else {
                return StatisticRecord(
                    .verdict, variant: variant, site: record.site, .notEstimable("undecided: \(record.reason)"))
            }
            let estimate = Estimate.value(
                EstimateValue(
                    value: value, standardError: record.standardError, lower: record.lower, upper: record.upper, n: n,
                    method: record.method))
            let verdict = Verdict(estimate, gate: gate)
            guard let cases = Verdict.casesToDecide(estimate, gate: gate) else {
                return StatisticRecord(
                    .verdict, variant: variant, site: record.site,
                    .notEstimable("\(verdict.rawValue): the AUC is at the gate, which no number of cases decides"))
            }
            return StatisticRecord(
                .verdict, variant: variant, site: record.site,
                .value(
                    EstimateValue(
                        value: Double(cases), n: n, events: record.events,
                        method: "\(verdict.rawValue): cases with which this AUC is decided")))
        }
    }
}
