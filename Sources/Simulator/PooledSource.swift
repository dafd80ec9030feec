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
            return ExtractionData(
                table: CaseTable(featureNames: [], features: [], outcome: [], batch: []), cases: [])
        }
        var scores: [String: ScoredCases] = [:]
        for name in first.scores.keys {
            let parts = data.compactMap { $0.scores[name] }
            scores[name] = ScoredCases(scores: parts.flatMap(\.scores), outcome: parts.flatMap(\.outcome))
        }
        var remeasured: [String: RemeasuredPairs] = [:]
        for name in first.remeasured.keys {
            let parts = data.compactMap { $0.remeasured[name] }
            remeasured[name] = RemeasuredPairs(
                first: parts.flatMap(\.first), second: parts.flatMap(\.second), outcome: parts.flatMap(\.outcome))
        }
        // Where the rows of each part begin.
        var starts = [0]
        for part in data { starts.append(starts[starts.count - 1] + part.table.count) }
        let repeated = zip(data, starts).compactMap { part, start in
            part.protocols.map { (rows: $0.rows.map { $0 + start }, first: $0.first, second: $0.second) }
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
            cases: data.flatMap(\.cases), firstReader: data.flatMap(\.firstReader),
            secondReader: data.flatMap(\.secondReader),
            pairedRows: zip(data, starts).flatMap { part, start in part.pairedRows.map { $0 + start } },
            contours: contours,
            ratings: ratings.first.map { one in one.indices.map { i in ratings.reduce(0) { $0 + $1[i] } } } ?? [],
            scores: scores, failures: failures,
            protocols: repeated.isEmpty
                ? nil
                : RepeatedFeatures(
                    rows: repeated.flatMap(\.rows), first: repeated.flatMap(\.first), second: repeated.flatMap(\.second)
                ),
            scoreColumns: Dictionary(
                uniqueKeysWithValues: first.scoreColumns.keys.map { name in
                    (name, data.flatMap { $0.scoreColumns[name] ?? [] })
                }),
            remeasured: remeasured, times: first.times == nil ? nil : data.flatMap { $0.times ?? [] },
            statistics: .joined(data.map(\.statistics)), subjects: data.flatMap(\.subjects))
    }
}
