import Statistics
import StudyCore

extension StudyScreen {
    /// The statistics of the pooled cases from sums.
    var statisticsText: String {
        var text = ""
        for statistic in results.statistics ?? [] {
            text += "\(statistic.kind) of \(statistic.subject): \(statistic.cases) cases of \(statistic.sites) sites"
            if statistic.leftOut > 0 {
                text +=
                    ", \(statistic.leftOut) not (too few cases, events or non-events, a stricter policy, no consent)"
            }
            text += "\n"
            text +=
                TextTable(
                    columns: ["statistic", "variant", "estimate [95% CI]"],
                    rows: statistic.values.map { value in
                        let reason = value.estimate.reason.isEmpty ? "" : " (\(value.estimate.reason))"
                        return [
                            value.name, value.variant,
                            Self.interval(value.estimate) + Self.certified(value.certified) + reason,
                        ]
                    }
                ).text + "\n"
        }
        return text
    }
}
