public import Federation
package import Learning
package import Survival

/// Rows of one site, or of one part of a table, to learn from.
public struct TrainingCases: Sendable {
    /// Features, the outcome (1 event, 0 none), and the site of each row as its batch; NaN where missing.
    public let table: CaseTable
    /// Time to the event or to the end of observation; nil for an outcome without time.
    public let times: [Double]?
    /// Name of each row's patient: rows of one name are never divided by folds.
    public let names: [String]

    /// Creates rows; a time and a name for each.
    public init(table: CaseTable, times: [Double]? = nil, names: [String]) {
        precondition(times?.count ?? table.count == table.count, "a time for each row")
        precondition(names.count == table.count, "a name for each row")
        self.table = table
        self.times = times
        self.names = names
    }

    /// Number of rows.
    public var count: Int { table.count }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> TrainingCases {
        TrainingCases(
            table: table.selecting(rows: rows), times: times.map { own in rows.map { own[$0] } },
            names: rows.map { names[$0] })
    }

    /// The given features, in the given order.
    ///
    /// - Throws: `CaseTableError.unknownFeature`.
    public func selecting(features: [String]) throws -> TrainingCases {
        features == table.featureNames ? self : replacing(try table.selecting(features: features))
    }

    /// The rows with another table of features.
    package func replacing(_ table: CaseTable) -> TrainingCases {
        TrainingCases(table: table, times: times, names: names)
    }

    /// One part for each site, in the order of the sites' names.
    public func bySite() -> [TrainingCases] {
        Set(table.batch).sorted().map { site in selecting(rows: table.batch.indices.filter { table.batch[$0] == site })
        }
    }

    /// Follow-up with the site as the stratum.
    ///
    /// - Throws: `LocalLearningError.options` for an outcome without time.
    package func survival() throws -> SurvivalTable {
        guard let times else {
            throw LocalLearningError.options(
                "a Cox model needs the time of each case, and whether it is that of an event")
        }
        return SurvivalTable(
            followUp: SurvivalTimes(times: times, events: table.outcome.map { $0 == 1 }), names: table.featureNames,
            values: table.features, stratum: table.batch)
    }

    /// Name of the only column of `eventTimes`.
    static let timeName = "time"

    /// The times of the events as a table.
    ///
    /// - Throws: `LocalLearningError.options` for an outcome without time.
    func eventTimes() throws -> CaseTable {
        let followUp = try survival().followUp
        let rows = followUp.times.indices.filter { followUp.events[$0] }
        return CaseTable(
            featureNames: [Self.timeName], features: rows.map { followUp.times[$0] },
            outcome: rows.map { table.outcome[$0] }, batch: rows.map { table.batch[$0] })
    }
}

extension [TrainingCases] {
    /// Names of the features.
    package var features: [String] { first?.table.featureNames ?? [] }

    /// Number of rows.
    var caseCount: Int { reduce(0) { $0 + $1.count } }

    /// Number of events.
    var eventCount: Int { reduce(0) { sum, own in sum + own.table.outcome.count { $0 == 1 } } }

    /// Parts with the given features.
    func selecting(features: [String]) throws -> [TrainingCases] { try map { try $0.selecting(features: features) } }

    /// Pooled mean and standard deviation of each feature.
    ///
    /// - Throws: `HarmonisationError.missingValues`.
    package func standardisation() throws -> Standardisation { try Cohort(self).standardisation() }

    /// Distinct values of each feature in order, missing ones left out.
    package func distinctValues() -> [[Double]] {
        let p = features.count
        return (0..<p).map { column in
            let values = flatMap { part in (0..<part.count).map { part.table.features[$0 * p + column] } }.sorted()
            var output: [Double] = []
            for value in values where !value.isNaN && output.last != value { output.append(value) }
            return output
        }
    }
}
