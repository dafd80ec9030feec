import Federation
import Statistics
import StudyProtocol
public import Tables
import Validation

/// Why the AUC of external sites is below that of the internal ones: what their case mix, their protocol and their contours
/// explain, and what remains.
public struct DropAttribution: Sendable {
    /// What is read of a table of predictions.
    public struct Columns: Sendable {
        /// Column of the score.
        public var score: String
        /// Column of the outcome: 1 event, 0 no event.
        public var outcome: String
        /// Column of the site.
        public var site: String
        /// Sites that developed the model.
        public var internalSites: [String]
        /// Columns of the case mix; empty for none.
        public var covariates: [String]
        /// Those of them whose values are categories.
        public var categorical: Set<String>

        /// Names the columns.
        public init(
            score: String, outcome: String, site: String, internalSites: [String], covariates: [String] = [],
            categorical: Set<String> = []
        ) {
            (self.score, self.outcome, self.site) = (score, outcome, site)
            (self.internalSites, self.covariates, self.categorical) = (internalSites, covariates, categorical)
        }
    }

    let cases: DropCases
    let inside: [(name: String, rows: [Int])]
    let outside: [(name: String, rows: [Int])]

    /// Reads predictions, and cases measured twice.
    ///
    /// - Parameters:
    ///   - balancesVariances: whether the variances of the covariates that are no categories are balanced too.
    ///   - protocols: scores of the same cases by the internal and by the external protocol, or nil.
    ///   - contours: scores of the same cases by the internal and by the external readers' contours, or nil.
    /// - Throws: `TableError` or `LocalValidationError` naming file, row and column.
    public init(
        _ table: CSVTable, _ columns: Columns, balancesVariances: Bool = false, protocols: RemeasuredScores? = nil,
        contours: RemeasuredScores? = nil
    ) throws {
        guard table.rowCount > 0 else { throw LocalValidationError.noRows(file: table.file) }
        let sites = try table.rowsBySite(columns.site)
        if let unknown = columns.internalSites.first(where: { name in !sites.contains { $0.name == name } }) {
            throw LocalValidationError.options("--internal: there is no site '\(unknown)' in column '\(columns.site)'")
        }
        inside = sites.filter { columns.internalSites.contains($0.name) }
        outside = sites.filter { !columns.internalSites.contains($0.name) }
        guard !inside.isEmpty, !outside.isEmpty else {
            throw LocalValidationError.options(
                "--internal: name one or more sites, and leave one or more that are external")
        }
        let covariates =
            columns.covariates.isEmpty
            ? nil
            : try PredictorTable(
                table,
                PredictorTable.Columns(
                    predictors: columns.covariates, categorical: columns.categorical, outcome: columns.outcome,
                    site: columns.site)
            ).cases
        cases = DropCases(
            scores: try table.complete(columns.score), outcome: try table.binary(columns.outcome),
            covariates: covariates, squared: balancesVariances ? Self.continuous(covariates) : [],
            protocols: protocols, contours: contours)
    }

    /// Positions of covariates with more than two values.
    private static func continuous(_ table: CaseTable?) -> [Int] {
        guard let table else { return [] }
        return (0..<table.featureCount).filter { column in
            Set((0..<table.count).map { table.features[$0 * table.featureCount + column] }).count > 2
        }
    }

    /// The drop and its parts, to all external cases and to each external site.
    ///
    /// - Parameters:
    ///   - resamples: bootstrap samples for the intervals, drawn within site and outcome.
    ///   - gate: largest drop that is accepted, or nil.
    ///   - key: of the hash that seeds the resamples.
    /// - Throws: `LocalValidationError` for options that have no meaning.
    public func results(resamples: Int = 1000, gate: Double? = nil, key: String = "concord") throws -> [StatisticRecord]
    {
        guard resamples >= 20 else { throw LocalValidationError.options("--resamples: \(resamples) is below 20") }
        if let gate, !(gate.magnitude < 1) {
            throw LocalValidationError.options("--gate: \(gate) is no difference of two AUCs")
        }
        var records: [StatisticRecord] = []
        for (name, pairs) in [("protocol", cases.protocols), ("contour", cases.contours)] {
            guard let pairs else { continue }
            records.append(StatisticRecord(.ccc, variant: "score, \(name)", pairs.concordance))
        }
        let target = ("", outside.flatMap(\.rows))
        for (name, rows) in [target] + (outside.count > 1 ? outside : []) {
            records += try results(to: name, rows, resamples: resamples, gate: gate, key: key)
        }
        return records
    }

    private func results(
        to site: String, _ rows: [Int], resamples: Int, gate: Double?, key: String
    ) throws -> [StatisticRecord] {
        let own = inside.flatMap(\.rows)
        let (first, second) = (discrimination(own), discrimination(rows))
        let total = self.total(own, rows)
        var records = [
            StatisticRecord(.auc, variant: "internal", site: site, first.area, note: first.noInterval),
            StatisticRecord(.auc, variant: "external", site: site, second.area, note: second.noInterval),
            StatisticRecord(.aucDrop, variant: "total", site: site, total.estimate, pValue: total.pValue),
        ]
        records += parts(to: site, rows, resamples: resamples, order: KeyedOrder(key: key))
        if let gate { records.append(.dropVerdict(total.estimate, gate: gate, site: site)) }
        return records
    }

    private func discrimination(_ rows: [Int]) -> Discrimination {
        Discrimination(scores: rows.map { cases.scores[$0] }, outcome: rows.map { cases.outcome[$0] })
    }

    /// Internal less external AUC; the cases are different ones, so that the variances add.
    private func total(_ own: [Int], _ rows: [Int]) -> (estimate: Estimate, pValue: Double?) {
        func roc(_ rows: [Int]) -> DeLong? {
            DeLong(scores: rows.map { cases.scores[$0] }, outcome: rows.map { cases.outcome[$0] })
        }
        guard let first = roc(own), let second = roc(rows) else {
            return (.notEstimable("fewer than two events or non-events"), nil)
        }
        return first.difference(from: second)
    }
}

extension StatisticRecord {
    /// Whether a drop stays within the largest one that is accepted, and the number of cases that would decide it.
    static func dropVerdict(_ drop: Estimate, gate: Double, site: String = "", label: String = "") -> StatisticRecord {
        let variant = PredictionAnalysis.joined(label, "drop of the AUC at most \(gate)")
        guard case .value(let value) = drop else {
            return StatisticRecord(
                .verdict, variant: variant, site: site, .notEstimable("undecided: \(drop.reason)"))
        }
        let verdict = Verdict(drop: drop, atMost: gate)
        guard let cases = Verdict.casesToDecide(drop: drop, atMost: gate) else {
            return StatisticRecord(
                .verdict, variant: variant, site: site,
                .notEstimable("\(verdict.rawValue): the drop is at the gate, which no number of cases decides"))
        }
        return StatisticRecord(
            .verdict, variant: variant, site: site,
            .value(
                EstimateValue(
                    value: Double(cases), n: value.n, events: value.events,
                    method: "\(verdict.rawValue): cases, in the same mixture, with which this drop is decided")))
    }
}
