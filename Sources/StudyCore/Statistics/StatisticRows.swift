import Agreement
import Federation
import StudyProtocol
import Survival
import Tables
import Validation

/// Columns of a site's clinical table that its statistics need, of every row of the table. Never leaves the site.
public struct StatisticColumns: Sendable, Equatable {
    /// 1 event, 0 no event, NaN unknown.
    public let outcome: [Double]
    /// For each statistic of the protocol its columns in order (ratings as the number of the category, NaN missing), then those of
    /// follow-up; empty for a score that the study itself makes.
    public let values: [[[Double]]]
    /// Row of the clinical table of each row of the feature table.
    public let rowOfCase: [Int]

    /// Columns of nothing.
    public static let none = StatisticColumns(outcome: [], values: [], rowOfCase: [])

    /// Joins columns.
    public init(outcome: [Double], values: [[[Double]]], rowOfCase: [Int]) {
        (self.outcome, self.values, self.rowOfCase) = (outcome, values, rowOfCase)
    }

    /// Reads the columns.
    ///
    /// - Throws: `TableError` naming row and column of a text that is no number, no category or no event.
    init(
        _ table: CSVTable, study: StudyProtocol, outcome: [Double], rowOfCase: [Int]
    ) throws(TableError) {
        var values: [[[Double]]] = []
        for statistic in study.statistics {
            var own: [[Double]] = []
            for column in statistic.columns {
                if [Catalogue.modelScore, Catalogue.outOfFoldScore].contains(column) {
                    own.append([])
                } else if let categories = statistic.categories {
                    own.append(try Self.coded(table, column, categories).map { $0 })
                } else {
                    own.append(try table.numbers(column))
                }
            }
            if let followUp = statistic.followUp {
                own.append(try table.times(followUp.time))
                // The study's own event is what the protocol says that it is.
                let isOutcome = followUp.event == study.outcome.column
                own.append(isOutcome ? outcome : try Self.coded(table, followUp.event, ["0", "1"]))
            }
            values.append(own)
        }
        self.init(outcome: outcome, values: values, rowOfCase: rowOfCase)
    }

    private static func coded(
        _ table: CSVTable, _ column: String, _ levels: [String]
    ) throws(TableError) -> [Double] {
        var numbers: [Double] = []
        for (row, text) in try table.texts(column).enumerated() {
            if let level = levels.firstIndex(of: text) {
                numbers.append(Double(level))
            } else if ClinicalRows.isMissing(text) {
                numbers.append(.nan)
            } else {
                throw .unknownLevel(file: table.file, row: row + 1, column: column, levels: levels)
            }
        }
        return numbers
    }

    /// The same columns where the feature table has the given cases of the clinical table only.
    public func selecting(cases: [Int]) -> StatisticColumns {
        StatisticColumns(outcome: outcome, values: values, rowOfCase: cases.map { rowOfCase[$0] })
    }

    /// The rows of several sites as those of one.
    public static func joined(_ parts: [StatisticColumns]) -> StatisticColumns {
        guard let first = parts.first else { return .none }
        var rows: [Int] = []
        var start = 0
        for part in parts {
            rows += part.rowOfCase.map { $0 + start }
            start += part.outcome.count
        }
        let values = first.values.indices.map { place in
            first.values[place].indices.map { column in parts.flatMap { $0.values[place][column] } }
        }
        return StatisticColumns(outcome: parts.flatMap(\.outcome), values: values, rowOfCase: rows)
    }
}

/// The cases of a site that a statistic is about, and whether the site takes part.
struct StatisticRows: Sendable {
    /// Scores, or readers; one list a column. Only ratings and measurements may be NaN.
    let columns: [[Double]]
    /// 1 event, 0 no event: the study's outcome, or of follow-up the event; empty for readings.
    let outcome: [Double]
    /// Times of follow-up; empty without.
    let times: [Double]
    /// Whether the site takes part; one that does not has no rows.
    let takesPart: Bool
    /// Number of rows.
    let count: Int

    /// No rows.
    init(_ statistic: StudyProtocol.Statistic, takesPart: Bool) {
        self.init(
            columns: statistic.columns.map { _ in [] }, outcome: [], times: [], takesPart: takesPart, count: 0)
    }

    private init(columns: [[Double]], outcome: [Double], times: [Double], takesPart: Bool, count: Int) {
        (self.columns, self.outcome, self.times) = (columns, outcome, times)
        (self.takesPart, self.count) = (takesPart, count)
    }

    /// The rows that have all that the statistic needs; of readings those with one at least.
    ///
    /// - Parameters:
    ///   - values: columns, then those of follow-up.
    ///   - outcome: of each row.
    init(_ statistic: StudyProtocol.Statistic, values: [[Double]], outcome: [Double]) {
        let columns = Array(values.prefix(statistic.columns.count))
        let followUp = Array(values.dropFirst(statistic.columns.count))
        let all = outcome.indices
        let rows: [Int]
        switch statistic.kind {
        case .pair: rows = all.filter { row in columns.allSatisfy { !$0[row].isNaN } }
        case .ratings, .measurements: rows = all.filter { row in columns.contains { !$0[row].isNaN } }
        case _ where statistic.kind.isSurvival: rows = all.filter { row in values.allSatisfy { !$0[row].isNaN } }
        default: rows = all.filter { row in columns.allSatisfy { !$0[row].isNaN } && !outcome[row].isNaN }
        }
        func kept(_ list: [Double]) -> [Double] { rows.map { list[$0] } }
        self.init(
            columns: columns.map(kept),
            outcome: statistic.kind.isAgreement ? [] : kept(followUp.count == 2 ? followUp[1] : outcome),
            times: followUp.count == 2 ? kept(followUp[0]) : [], takesPart: true, count: rows.count)
    }

    /// Number of events.
    var events: Int { outcome.count { $0 == 1 } }

    /// Cases of one score.
    func scored(_ column: Int) -> ScoredCases { ScoredCases(scores: columns[column], outcome: outcome) }

    /// Follow-up.
    var followUp: SurvivalTimes { SurvivalTimes(times: times, events: outcome.map { $0 == 1 }) }

    /// One row a case, one column a reader.
    var readings: [[Double?]] {
        (0..<count).map { row in columns.map { $0[row].isNaN ? nil : $0[row] } }
    }

    /// The same as numbers of categories.
    var ratings: [[Int?]] { readings.map { $0.map { $0.map { Int($0) } } } }
}
