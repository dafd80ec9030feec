import Disclosure
import Federation
import Statistics
import StudyProtocol
import Survival
import Validation

extension SiteComputer {
    /// What a score is worth at the site where the outcome has times: Harrell's concordance.
    ///
    /// - Parameters:
    ///   - cases: the scored cases; those of a score made elsewhere are taken from the table, whose rows have times.
    ///   - times: of the table's rows.
    mutating func timedReleases(_ score: String, _ cases: ScoredCases, times: [Double]) throws -> [Release] {
        let data = try extraction()
        let scores = score == Catalogue.modelScore ? cases.scores : data.scoreColumns[score] ?? []
        let rows = scores.indices.filter { scores[$0].isFinite }
        let events = rows.map { data.table.outcome[$0] == 1 }
        let eventCount = events.count { $0 }
        let estimate: Estimate =
            if rows.count < policy.floors.minimumCases || eventCount < policy.floors.minimumEvents {
                .suppressed(
                    "fewer than \(policy.floors.minimumCases) cases or \(policy.floors.minimumEvents) events")
            } else {
                Concordance(
                    SurvivalTimes(times: rows.map { times[$0] }, events: events), scores: rows.map { scores[$0] }
                ).estimate
            }
        return [policy.release(.validation, Catalogue.concordance, subject: score, estimate)]
    }
}
