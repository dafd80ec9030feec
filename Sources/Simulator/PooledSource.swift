import Federation
import Validation
public import StudyCore

/// Several sites as one, as if their rows were in one table: the batches stay what they are.
public struct PooledSource: SiteDataSource {
    let parts: [any SiteDataSource]

    /// Joins sites in the given order.
    public init(_ parts: [any SiteDataSource]) { self.parts = parts }

    /// Sums of the parts.
    public func census() throws -> CensusData {
        var cases = 0
        var events = 0
        for part in parts {
            let data = try part.census()
            cases += data.cases
            events += data.events
        }
        return CensusData(cases: cases, events: events, acquisition: [:], scanners: [:])
    }

    /// Rows of all parts, one after the other.
    public func extraction() throws -> ExtractionData {
        let data = try parts.map { try $0.extraction() }
        guard let first = data.first else {
            return ExtractionData(table: CaseTable(featureNames: [], features: [], outcome: [], batch: []), names: [])
        }
        var scores: [String: ScoredCases] = [:]
        for name in first.scores.keys {
            let parts = data.compactMap { $0.scores[name] }
            scores[name] = ScoredCases(scores: parts.flatMap(\.scores), outcome: parts.flatMap(\.outcome))
        }
        var contours: [String: [[Int]]] = [:]
        for part in data { contours.merge(part.contours) { $0 + $1 } }
        var failures: [String: Int] = [:]
        for part in data { failures.merge(part.failures, uniquingKeysWith: +) }
        let ratings = data.map(\.ratings).filter { !$0.isEmpty }
        return ExtractionData(
            table: CaseTable(
                featureNames: first.table.featureNames, features: data.flatMap(\.table.features),
                covariateNames: first.table.covariateNames, covariates: data.flatMap(\.table.covariates),
                outcome: data.flatMap(\.table.outcome), batch: data.flatMap(\.table.batch)),
            names: data.flatMap(\.names), firstReader: data.flatMap(\.firstReader),
            secondReader: data.flatMap(\.secondReader), contours: contours,
            ratings: ratings.first.map { one in one.indices.map { i in ratings.reduce(0) { $0 + $1[i] } } } ?? [],
            scores: scores, failures: failures)
    }
}
