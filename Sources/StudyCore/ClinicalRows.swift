#if canImport(Glibc)
    import Glibc
#endif
public import StudyProtocol
public import Tables
public import Validation

/// The clinical table of a site, coded as the protocol says: one entry a case that can be used.
public struct ClinicalRows: Sendable, Equatable {
    /// Identifier of each case at the site. Never leaves the site.
    public let cases: [String]
    /// 1 event, 0 no event.
    public let outcome: [Double]
    /// Time to the event or to the end of observation; nil for an outcome without time.
    public let times: [Double]?
    /// Names of the coded covariates: `age`, `sex=M`.
    public let covariateNames: [String]
    /// Coded covariates, row-major.
    public let covariates: [Double]
    /// The batch within the site of each case, where the protocol names a clinical column for it; otherwise empty.
    public let batch: [String]
    /// Whether a batch is a combination of levels that several sites may share.
    public let sharesBatches: Bool
    /// The patient of each case, where the protocol names a column for it; otherwise empty. Never leaves the site.
    public let subjects: [String]
    /// Scores made elsewhere, each with the cases that have one.
    public let scores: [String: ScoredCases]
    /// The same scores of `cases`, NaN where a case has none.
    public let scoreColumns: [String: [Double]]
    /// `protocol` and `contour` to the score of the cases that were measured both ways, where the protocol names columns.
    public let remeasured: [String: RemeasuredPairs]
    /// Case-level ratings of two readers, counts row-major; empty if the protocol names none.
    public let ratings: [Int]
    /// Columns of the statistics from sums.
    public let statistics: StatisticColumns
    /// Reason code to number of cases that are left out.
    public let failures: [String: Int]

    /// Codes a clinical table.
    ///
    /// A case without outcome, time or covariate is left out and counted; text where a number is expected, a negative time, an
    /// unknown level, a case that appears twice and a missing column are errors, and nothing is read.
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - caseColumn: the column that identifies a case.
    ///   - study: the protocol.
    /// - Throws: `TableError`.
    public init(table: CSVTable, caseColumn: String, study: StudyProtocol) throws(TableError) {
        let identifiers = try table.texts(caseColumn)
        var seen: Set<String> = []
        for (row, identifier) in identifiers.enumerated() {
            guard !identifier.isEmpty else {
                throw .missingValue(file: table.file, row: row + 1, column: caseColumn)
            }
            guard seen.insert(identifier).inserted else {
                throw .duplicateRow(file: table.file, row: row + 1, column: caseColumn)
            }
        }
        let outcomes = try table.texts(study.outcome.column)
        let times = try study.outcome.time.map { column throws(TableError) in try table.times(column) }
        var names: [String] = []
        var coded: [[Double]] = []
        for covariate in study.harmonisation.covariates {
            let columns = try Self.code(covariate, table: table)
            names += columns.map(\.name)
            coded += columns.map(\.values)
        }
        var scores: [String: [Double]] = [:]
        for score in study.validation.scores { scores[score] = try table.numbers(score) }
        let combined = try Self.combinedBatches(table: table, study: study)
        let batches = if let combined { combined } else { try Self.batches(table: table, study: study) }
        let patients = try Self.patients(table: table, study: study)
        sharesBatches = combined != nil
        ratings = try Self.ratingCounts(table: table, study: study)

        var kept: [Int] = []
        var failures: [String: Int] = [:]
        for row in identifiers.indices {
            if Self.isMissing(outcomes[row]) {
                failures["missing_outcome", default: 0] += 1
            } else if times?[row].isNaN ?? false {
                failures["missing_time", default: 0] += 1
            } else if coded.contains(where: { $0[row].isNaN }) {
                failures["missing_covariate", default: 0] += 1
            } else {
                kept.append(row)
            }
        }
        cases = kept.map { identifiers[$0] }
        outcome = kept.map { outcomes[$0] == study.outcome.event ? 1 : 0 }
        self.times = times.map { own in kept.map { own[$0] } }
        covariateNames = names
        covariates = kept.flatMap { row in coded.map { $0[row] } }
        batch = batches.isEmpty ? [] : kept.map { batches[$0] }
        subjects = patients.isEmpty ? [] : kept.map { patients[$0] }
        scoreColumns = scores.mapValues { values in kept.map { values[$0] } }
        remeasured = try Self.remeasured(table: table, study: study, outcomes: outcomes)
        statistics = try StatisticColumns(
            table, study: study,
            outcome: outcomes.map { Self.isMissing($0) ? .nan : ($0 == study.outcome.event ? 1 : 0) }, rowOfCase: kept)
        self.scores = scores.mapValues { values in
            let scored = outcomes.indices.filter { !Self.isMissing(outcomes[$0]) && !values[$0].isNaN }
            return ScoredCases(
                scores: scored.map { values[$0] },
                outcome: scored.map { outcomes[$0] == study.outcome.event ? 1 : 0 })
        }
        self.failures = failures
    }

    /// The batch of each row where a column of the table says it; empty where the images do, or for one batch.
    private static func batches(table: CSVTable, study: StudyProtocol) throws(TableError) -> [String] {
        let column = study.harmonisation.batch
        // Without images a name that is no column would leave the site one batch, unnoticed.
        let isHere = study.extraction.source == .table || table.has(column)
        guard column != "site", !study.harmonisation.groupsByAcquisition, isHere else { return [] }
        let batches = try table.texts(column)
        if let row = batches.firstIndex(of: "") {
            throw .missingValue(file: table.file, row: row + 1, column: column)
        }
        return batches
    }

    /// An outcome of `NaN` is not "no event".
    static func isMissing(_ cell: String) -> Bool { ["", "NA", "NaN", "nan", "?"].contains(cell) }

    private static func code(
        _ covariate: StudyProtocol.Covariate, table: CSVTable
    ) throws(TableError) -> [(name: String, values: [Double])] {
        guard let levels = covariate.levels else {
            var values = try table.numbers(covariate.name)
            if covariate.logarithm {
                for row in values.indices where !values[row].isNaN {
                    guard values[row] > 0 else {
                        throw .notANumber(file: table.file, row: row + 1, column: covariate.name)
                    }
                    values[row] = log(values[row])
                }
            }
            return [(covariate.name, values)]
        }
        let texts = try table.texts(covariate.name)
        for (row, text) in texts.enumerated() where !text.isEmpty && !levels.contains(text) {
            throw .unknownLevel(file: table.file, row: row + 1, column: covariate.name, levels: levels)
        }
        return levels.dropFirst().map { level in
            ("\(covariate.name)=\(level)", texts.map { $0.isEmpty ? .nan : ($0 == level ? 1 : 0) })
        }
    }

    /// Cases with a known outcome and with both scores of a pair of columns.
    private static func remeasured(
        table: CSVTable, study: StudyProtocol, outcomes: [String]
    ) throws(TableError) -> [String: RemeasuredPairs] {
        var found: [String: RemeasuredPairs] = [:]
        let pairs = [
            ("protocol", study.validation.drop?.protocolScores ?? []),
            ("contour", study.validation.drop?.contourScores ?? []),
        ]
        for (name, columns) in pairs where columns.count == 2 {
            let (first, second) = (try table.numbers(columns[0]), try table.numbers(columns[1]))
            let rows = outcomes.indices.filter {
                !isMissing(outcomes[$0]) && !first[$0].isNaN && !second[$0].isNaN
            }
            found[name] = RemeasuredPairs(
                first: rows.map { first[$0] }, second: rows.map { second[$0] },
                outcome: rows.map { outcomes[$0] == study.outcome.event ? 1 : 0 })
        }
        return found
    }

    private static func ratingCounts(table: CSVTable, study: StudyProtocol) throws(TableError) -> [Int] {
        guard study.agreement.ratings.count == 2 else { return [] }
        let first = try table.texts(study.agreement.ratings[0])
        let second = try table.texts(study.agreement.ratings[1])
        let categories = study.agreement.categories
        var counts = [Int](repeating: 0, count: categories.count * categories.count)
        for row in first.indices {
            guard let i = categories.firstIndex(of: first[row]), let j = categories.firstIndex(of: second[row])
            else { continue }
            counts[i * categories.count + j] += 1
        }
        return counts
    }
}
