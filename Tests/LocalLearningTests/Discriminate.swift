/// Share of pairs of an event and another case that scores order rightly, by its definition.
enum Discriminate {
    static func area(_ scores: [Double], _ outcome: [Double]) -> Double? {
        let events = scores.indices.filter { outcome[$0] == 1 }
        let others = scores.indices.filter { outcome[$0] == 0 }
        guard !events.isEmpty, !others.isEmpty else { return nil }
        var sum = 0.0
        for event in events {
            for other in others { sum += scores[event] > scores[other] ? 1 : scores[event] == scores[other] ? 0.5 : 0 }
        }
        return sum / Double(events.count * others.count)
    }
}
