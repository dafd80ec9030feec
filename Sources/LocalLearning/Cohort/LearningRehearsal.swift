import Federation
import Learning
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the computations of a rehearsal send, added up.
final class CostLedger {
    private(set) var cost = Cost(rounds: 0, words: 0)

    func add(_ other: Cost) { cost = cost + other }

    /// Parts that do not need each other: they share their rounds.
    func beside<Item, Value>(_ items: [Item], _ body: (Item) throws -> Value) throws -> [Value] {
        let before = cost
        var parts: [Cost] = []
        let values = try items.map { item in
            cost = Cost(rounds: 0, words: 0)
            defer { parts.append(cost) }
            return try body(item)
        }
        cost = before + Cost.beside(parts)
        return values
    }
}

extension LearningProgram {
    /// Rounds and numbers of the program on a made-up table of a study's size, run in memory as the sites would be asked.
    ///
    /// The table is nobody's: positive, skewed and correlated features as radiomics tables have, a third of them shifted by the
    /// outcome, which two cases in five have; a tenth of the values is missing where the program fills gaps.
    ///
    /// - Throws: what the algorithms throw on such a table.
    func rehearsed(features: [String], cases: Int) throws -> Cost {
        let ledger = CostLedger()
        let sites = sites.count > 1 ? sites : ["1", "2"]
        var generator = SeededGenerator(seed: 20_261_127)
        let parts = sites.enumerated().map { place, site in
            madeUp(features, cases: (cases + place) / sites.count, site: site, &generator)
        }
        _ = try run(on: Cohort(rehearsing: parts, minimumCell: minimumCell, ledger))
        return ledger.cost
    }

    private func madeUp(
        _ features: [String], cases: Int, site: String, _ generator: inout SeededGenerator
    ) -> TrainingCases {
        var (values, outcome, times): ([Double], [Double], [Double]) = ([], [], [])
        values.reserveCapacity(cases * features.count)
        for row in 0..<cases {
            let event = row % 5 < 2 ? 1.0 : 0
            let shared = (0..<Self.sharedCauses).map { _ in generator.normal() }
            for column in features.indices {
                let own = 0.7 * shared[column % Self.sharedCauses] + 0.7 * generator.normal()
                let value = exp((own + (column % 3 == 0 ? event / 2 : 0)) / 2)
                values.append(imputation != .none && generator.next() % 10 == 0 ? .nan : value)
            }
            outcome.append(event)
            times.append(1 + 1000 * generator.uniform() * (event == 1 ? exp(-shared[0] / 2) : 1))
        }
        return TrainingCases(
            table: CaseTable(
                featureNames: features, features: values, outcome: outcome, batch: outcome.map { _ in site }),
            times: hasTimes ? times : nil, names: outcome.indices.map { "\(site)/\($0)" })
    }

    /// Features are correlated by so many shared causes.
    private static let sharedCauses = 8
}
