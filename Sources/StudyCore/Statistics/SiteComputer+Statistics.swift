import Disclosure
import Federation
import FoundationEssentials
import StudyProtocol
import Validation

extension SiteComputer {
    /// The site's part of a round of a statistic: nothing of a site whose cases are fewer than the floors of its policy and of the
    /// protocol, whose smallest cell is larger than the protocol's, or that does not consent where its sums are its own result.
    ///
    /// - Throws: `PipelineError` for a statistic, settings or cells that the protocol does not have.
    mutating func statisticSums(_ task: StudyTask, _ artefacts: [String: Data]) throws -> Contribution {
        let round = try CanonicalForm.decode(StatisticRound.self, from: task.state)
        guard let place = study.statistics.firstIndex(of: round.statistic) else {
            throw PipelineError.unexpectedContent("a statistic that the protocol does not have")
        }
        let plan = StatisticPlan(round.statistic, cohort: round.cohort, edges: round.edges, study: study)
        let stage = try plan.stage(round.step)
        guard task.computation == Catalogue.statisticPrefix + stage.identifier else {
            throw PipelineError.unknownComputation(task.computation)
        }
        try plan.check(round, stage)
        let rows = try statisticRows(plan, place, task, artefacts)
        do {
            return try stage.contribute(rows, round.state)
        } catch {
            // The libraries name what is wrong, not the columns.
            throw SiteDataError.statistic(
                "\(round.statistic.kind.rawValue) of \(round.statistic.subject)", reason: "\(error)")
        }
    }

    private mutating func statisticRows(
        _ plan: StatisticPlan, _ place: Int, _ task: StudyTask, _ artefacts: [String: Data]
    ) throws -> StatisticRows {
        let statistic = plan.statistic
        let none = StatisticRows(statistic, takesPart: false)
        guard policy.floors.minimumCell <= study.disclosure.minimumCell,
            !plan.tellsOwnResult || policy.consented.contains(.validation)
        else { return none }
        let data = try extraction()
        guard data.statistics.values.indices.contains(place) else {
            throw PipelineError.unexpectedContent("a statistic whose columns the site has not read")
        }
        var values = data.statistics.values[place]
        for (column, name) in statistic.columns.enumerated() where values[column].isEmpty {
            guard [Catalogue.modelScore, Catalogue.outOfFoldScore].contains(name) else { continue }
            // The study's own scores are of the rows of the feature table.
            values[column] = [Double](repeating: .nan, count: data.statistics.outcome.count)
            let own = try scored(name, task, artefacts).scores
            for (row, score) in zip(data.statistics.rowOfCase, own) { values[column][row] = score }
        }
        let rows = StatisticRows(statistic, values: values, outcome: data.statistics.outcome)
        return plan.isEnough(rows, floors: policy.floors) ? rows : none
    }
}
