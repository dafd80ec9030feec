import Federation
import FoundationEssentials
import Statistics
import StudyProtocol

/// What the statistics ask for, by asking 240 made-up cases.
enum StatisticExamples {
    private static let yaml = """
        concord: 1
        study: catalogue
        version: 1
        title: Statistics of the catalogue
        outcome: {column: y, event: "1"}
        sites: {external: [a, b]}
        extraction: {source: table, columns: []}
        validation:
          histogram-bins: 8
          scores: [new, old]
          statistics:
            - {kind: paired-auc, score: new, against: old}
            - {kind: calibration-curve, score: new}
            - {kind: decision-curve, score: new, thresholds: [0.1, 0.2, 0.3]}
            - {kind: reclassification, score: new, against: old}
            - {kind: stratified-auc, score: new}
            - {kind: survival, time: t, event: e, interval: 5, horizon: 20}
            - {kind: uno-concordance, score: new, time: t, event: e, interval: 5, horizon: 20}
            - {kind: time-auc, score: new, time: t, event: e, interval: 5, horizon: 20}
        agreement:
          statistics:
            - {kind: pair, columns: [r1, r2], categories: [a, b, c]}
            - {kind: ratings, columns: [r1, r2, r3], categories: [a, b, c]}
            - {kind: measurements, columns: [m1, m2], magnitude: 1}
        """

    /// Each computation of the statistics with its blocks, of every round that differs.
    static var all: [(String, [BlockSpecification])] {
        do {
            let study = try StudyProtocol(yaml: yaml, file: "catalogue")
            var found: [(String, [BlockSpecification])] = []
            var seen: Set<String> = []
            for statistic in study.statistics {
                for (identifier, blocks) in try rounds(statistic, study) {
                    let fresh = blocks.filter { seen.insert("\(identifier) \($0.name) \($0.meaning)").inserted }
                    if !fresh.isEmpty { found.append((Catalogue.statisticPrefix + identifier, fresh)) }
                }
            }
            return found
        } catch { preconditionFailure("the examples of the catalogue are constants: \(error)") }
    }

    /// Identifier and blocks of each round.
    private static func rounds(
        _ statistic: StudyProtocol.Statistic, _ study: StudyProtocol
    ) throws -> [(String, [BlockSpecification])] {
        var plan = StatisticPlan(statistic, cohort: nil, edges: [], study: study)
        var step: StatisticStep? = .cohort
        var found: [(String, [BlockSpecification])] = []
        while let current = step {
            let stage = try plan.stage(current)
            var broadcast: Data? = try stage.start()
            while let bytes = broadcast {
                found.append((stage.identifier, try stage.blocks(bytes)))
                switch try stage.next(bytes, try stage.contribute(rows(statistic), bytes)) {
                case .broadcast(let next): broadcast = next
                case .done(let finding):
                    broadcast = nil
                    var (cohort, edges) = (plan.cohort, plan.edges)
                    if case .cohort(let counts) = finding { cohort = counts }
                    if case .edges(let more) = finding { edges.append(more) }
                    plan = StatisticPlan(statistic, cohort: cohort, edges: edges, study: study)
                }
            }
            step = plan.step(after: current)
        }
        return found
    }

    private static func rows(_ statistic: StudyProtocol.Statistic) -> StatisticRows {
        var generator = SeededGenerator(seed: 1)
        let count = 240
        func column() -> [Double] { (0..<count).map { _ in 0.1 + 0.8 * generator.uniform() } }
        let first = column()
        var values = statistic.columns.indices.map { $0 == 0 ? first : column() }
        if let categories = statistic.categories {
            values = values.map { $0.map { ($0 * Double(categories.count)).rounded(.down) } }
        }
        let outcome = first.map { generator.uniform() < $0 ? 1.0 : 0 }
        if statistic.followUp != nil { values += [column().map { 50 * $0 }, outcome] }
        return StatisticRows(statistic, values: values, outcome: outcome)
    }
}
