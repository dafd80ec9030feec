import Federation
import StudyProtocol

/// Folds that do not depend on the order of rows and that nobody chooses.
public enum Folds {
    /// Folds 1 to `count`, each with the same share of events: patients of a class in the order of a keyed hash of their names, dealt
    /// in turn. Rows of one name come into one fold; a patient with an event in any row counts as one.
    ///
    /// - Parameters:
    ///   - names: of the rows' patients.
    ///   - outcome: 1 event, 0 none.
    ///   - seed: key of the hash, so that folds are reproducible.
    public static func stratified(names: [String], outcome: [Double], count: Int, seed: String) -> [Int] {
        let order = KeyedOrder(key: seed)
        var events: [String: Bool] = [:]
        for (name, value) in zip(names, outcome) { events[name] = (events[name] ?? false) || value == 1 }
        let codes = events.map { name, isEvent in
            (name: name, isEvent: isEvent, code: order.code(name))
        }.sorted { $0.code.lexicographicallyPrecedes($1.code) }
        var fold: [String: Int] = [:]
        var dealt = [false: 0, true: 0]
        for own in codes {
            fold[own.name] = (dealt[own.isEvent] ?? 0) % count + 1
            dealt[own.isEvent, default: 0] += 1
        }
        return names.map { fold[$0] ?? 1 }
    }

    /// The same over all parts, whatever the division into parts.
    static func stratified(_ parts: [TrainingCases], count: Int, seed: String) -> [[Int]] {
        let all = stratified(
            names: parts.flatMap(\.names), outcome: parts.flatMap(\.table.outcome), count: count, seed: seed)
        var start = 0
        return parts.map { part in
            defer { start += part.count }
            return Array(all[start..<start + part.count])
        }
    }
}

extension [TrainingCases] {
    /// The rows outside a fold, and those within.
    func divided(by folds: [[Int]], fold: Int) -> (training: [TrainingCases], test: [TrainingCases]) {
        func part(_ isWanted: (Int) -> Bool) -> [TrainingCases] {
            zip(self, folds).map { own, membership in
                own.selecting(rows: membership.indices.filter { isWanted(membership[$0]) })
            }
        }
        return (part { $0 != fold }, part { $0 == fold })
    }
}
