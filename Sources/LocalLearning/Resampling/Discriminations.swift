import Federation
import Statistics
import Survival
import Validation

/// Discrimination of scores: the area under the ROC curve, or Harrell's concordance for an outcome with time.
package enum Discriminations {
    static func name(withTime: Bool) -> String { withTime ? "C" : "AUC" }

    /// The value on some rows; nil where no pair can be compared.
    static func value(_ scores: [Double], _ cases: TrainingCases) -> Double? {
        let events = cases.table.outcome.map { $0 == 1 }
        if let times = cases.times {
            return Concordance(SurvivalTimes(times: times, events: events), scores: scores).estimate.number
        }
        return area(scores, cases.table.outcome)
    }

    /// Share of pairs of an event and a non-event that the scores order rightly, ties half; nil without such a pair.
    package static func area(_ scores: [Double], _ outcome: [Double]) -> Double? {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (below, doubled) = (0.0, 0.0)
        var start = 0
        while start < order.count {
            var end = start
            var (events, others) = (0.0, 0.0)
            while end < order.count, scores[order[end]] == scores[order[start]] {
                if outcome[order[end]] == 1 { events += 1 } else { others += 1 }
                end += 1
            }
            doubled += events * (2 * below + others)
            below += others
            start = end
        }
        let pairs = below * (Double(scores.count) - below)
        return pairs > 0 ? doubled / (2 * pairs) : nil
    }
}
