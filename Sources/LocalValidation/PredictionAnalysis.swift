import Statistics
public import Tables
import Validation

/// Predictions and outcomes of cases, with what is computed from them.
public struct PredictionAnalysis: Sendable {
    let scores: [(name: String, values: [Double])]
    let outcome: [Double]
    let sites: [(name: String, rows: [Int])]
    /// What stands before every variant of a single score; empty for nothing.
    private let prefix: String

    /// Predictions that were computed here.
    init(_ predictions: [Double], outcome: [Double], sites: [(name: String, rows: [Int])], prefix: String) {
        scores = [(prefix, predictions)]
        (self.outcome, self.sites, self.prefix) = (outcome, sites, prefix)
    }

    /// Reads predictions.
    ///
    /// - Parameters:
    ///   - table: one row a case.
    ///   - scores: columns of the scores.
    ///   - outcome: column of the outcome: 1 event, 0 no event.
    ///   - site: column of the site, or nil.
    /// - Throws: `TableError` or `LocalValidationError` naming file, row and column.
    public init(_ table: CSVTable, scores: [String], outcome: String, site: String?) throws {
        guard !scores.isEmpty else { throw LocalValidationError.options("--score: name a column of scores") }
        guard table.rowCount > 0 else { throw LocalValidationError.noRows(file: table.file) }
        self.scores = try scores.map { ($0, try table.complete($0)) }
        self.outcome = try table.binary(outcome)
        sites = try table.rowsBySite(site)
        prefix = ""
    }

    /// All statistics: of all cases, of each site, and over the sites.
    ///
    /// - Parameters:
    ///   - threshold: locked threshold of the scores, or nil.
    ///   - cutPoints: limits of risk categories for the NRI of two scores; empty for the continuous NRI alone.
    ///   - internalSite: site that developed the model, whose AUC is compared with that of the others; nil for none.
    ///   - dropGate: largest drop of the AUC from the internal site that is accepted, or nil.
    ///   - wantsDecisionCurve: whether net benefit is given at every threshold from 0.01 to 0.99, and the ROC curve
    ///     with its bands at every hundredth.
    /// - Throws: `LocalValidationError` for a site that is not there.
    public func results(
        threshold: Double?, cutPoints: [Double] = [], internalSite: String? = nil, dropGate: Double? = nil,
        wantsDecisionCurve: Bool = false
    ) throws -> [StatisticRecord] {
        let grid = wantsDecisionCurve ? (1...99).map { Double($0) / 100 } : (1...9).map { Double($0) / 10 }
        let thresholds =
            wantsDecisionCurve || threshold == nil
            ? Set(grid + [threshold].compactMap(\.self)).sorted() : [threshold].compactMap(\.self)
        var records = try results(
            threshold: threshold, cutPoints: cutPoints, internalSite: internalSite, dropGate: dropGate,
            decisionThresholds: thresholds)
        for (name, values) in scores {
            let label = scores.count > 1 ? name : prefix
            records += certifiedRecords(values, label)
            if wantsDecisionCurve { records += curveRecords(values, label) }
        }
        return records
    }

    /// All statistics, with net benefit at the given thresholds.
    func results(
        threshold: Double?, cutPoints: [Double] = [], internalSite: String? = nil, dropGate: Double? = nil,
        decisionThresholds thresholds: [Double]
    ) throws -> [StatisticRecord] {
        var records: [StatisticRecord] = []
        for (name, values) in scores {
            let label = scores.count > 1 ? name : prefix
            let cases = groups.map { group in
                Cases(
                    scores: group.rows.map { values[$0] }, outcome: group.rows.map { outcome[$0] }, label: label,
                    site: group.name)
            }
            for cases in cases { records += cases.statistics(threshold: threshold, decisionThresholds: thresholds) }
            records += overSites(Array(cases.dropFirst()), label)
            if let internalSite { records += try drop(values, label, internalSite, gate: dropGate) }
        }
        for second in scores.dropFirst() {
            for group in groups {
                records += comparison(with: second, site: group.name, rows: group.rows, cutPoints)
            }
        }
        return records
    }

    /// All cases, then each site.
    private var groups: [(name: String, rows: [Int])] { [("", Array(outcome.indices))] + sites }

    /// First score against another on the same cases.
    private func comparison(
        with second: (name: String, values: [Double]), site: String, rows: [Int], _ cutPoints: [Double]
    ) -> [StatisticRecord] {
        let variant = "\(scores[0].name) - \(second.name)"
        let new = rows.map { scores[0].values[$0] }
        let old = rows.map { second.values[$0] }
        let outcome = rows.map { self.outcome[$0] }
        let paired = PairedDeLong(first: new, second: old, outcome: outcome)
        var records = [
            StatisticRecord(
                .aucDifference, variant: variant, site: site,
                paired?.difference ?? .notEstimable("fewer than two events or non-events"), pValue: paired?.pValue)
        ]
        guard (new + old).allSatisfy({ (0...1).contains($0) }) else { return records }
        func add(_ name: StatisticName, _ note: String, _ estimate: Estimate) {
            records.append(StatisticRecord(name, variant: "\(variant), \(note)", site: site, estimate))
        }
        let change = Reclassification(old: old, new: new, outcome: outcome)
        add(.nri, "continuous", change.nri)
        add(.nri, "continuous, events", change.nriOfEvents)
        add(.nri, "continuous, non-events", change.nriOfNonEvents)
        records.append(StatisticRecord(.idi, variant: variant, site: site, change.idi))
        guard !cutPoints.isEmpty else { return records }
        let byCategory = Reclassification(old: old, new: new, outcome: outcome, cutPoints: cutPoints)
        add(.nri, "categories", byCategory.nri)
        add(.nri, "categories, events", byCategory.nriOfEvents)
        add(.nri, "categories, non-events", byCategory.nriOfNonEvents)
        return records
    }

    /// AUC of the site that developed the model less that of all others, and the verdict of the gate.
    private func drop(
        _ values: [Double], _ label: String, _ name: String, gate: Double?
    ) throws -> [StatisticRecord] {
        guard let site = sites.first(where: { $0.name == name }) else {
            throw LocalValidationError.options(
                "--internal: there is no site '\(name)'; give --site and one of its values")
        }
        let inside = Set(site.rows)
        let rest = outcome.indices.filter { !inside.contains($0) }
        func area(_ rows: [Int]) -> DeLong? {
            DeLong(scores: rows.map { values[$0] }, outcome: rows.map { outcome[$0] })
        }
        var found: (estimate: Estimate, pValue: Double?) = (
            .notEstimable("fewer than two events or non-events"), nil
        )
        if let first = area(site.rows), let second = area(rest) { found = first.difference(from: second) }
        let record = StatisticRecord(
            .aucDifference, variant: Self.joined(label, "\(name) - other sites"), found.estimate, pValue: found.pValue)
        return [record] + (gate.map { [.dropVerdict(found.estimate, gate: $0, label: label)] } ?? [])
    }

    static func joined(_ label: String, _ variant: String) -> String {
        [label, variant].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// AUC over the pairs of an event and a non-event of the same site; a site without a variance takes no part.
    private static func withinSites(_ sites: [Cases]) -> Estimate {
        StratifiedAUC.estimate(sites.compactMap { DeLong(scores: $0.scores, outcome: $0.outcome) })
    }

    /// Random-effects summaries of the sites.
    private func overSites(_ sites: [Cases], _ label: String) -> [StatisticRecord] {
        guard !sites.isEmpty else { return [] }
        let names = sites.map(\.site)
        func summary(
            _ about: StatisticName, _ scale: SiteSummary.Scale, _ estimate: (Cases) -> Estimate
        ) -> [StatisticRecord] {
            StatisticRecord.summary(
                about, variant: Self.joined(label, about.rawValue), sites: names, sites.map(estimate), scale: scale)
        }
        var records = [
            StatisticRecord(.auc, variant: Self.joined(label, "within sites"), Self.withinSites(sites))
        ]
        records += summary(.auc, .logit, \.discrimination.area)
        if sites.allSatisfy(\.areProbabilities) {
            records += summary(.observedExpected, .logarithm) { $0.calibration(\.observedOverExpected) }
            records += summary(.calibrationSlope, .identity) { $0.calibration(\.slope) }
        }
        return records
    }
}

extension StatisticRecord {
    /// A random-effects summary of the sites, and the reason of each that takes no part.
    static func summary(
        _ about: StatisticName, variant: String, sites: [String], _ estimates: [Estimate], scale: SiteSummary.Scale
    ) -> [StatisticRecord] {
        let summary = SiteSummary(estimates, scale: scale)
        var records: [StatisticRecord] = []
        for (site, estimate) in zip(sites, estimates) {
            guard let reason = SiteSummary.exclusion(of: estimate, scale: scale) else { continue }
            records.append(
                StatisticRecord(.mean, variant: "\(variant), site", site: site, .notEstimable(reason)))
        }
        return records + [
            StatisticRecord(.mean, variant: variant, summary.mean),
            StatisticRecord(.prediction, variant: variant, summary.prediction),
            StatisticRecord(.tauSquared, variant: variant, summary.tauSquared),
            StatisticRecord(.iSquared, variant: variant, summary.iSquared),
            StatisticRecord(.q, variant: variant, summary.q, pValue: summary.homogeneityPValue),
        ]
    }
}

extension CSVTable {
    /// A column of numbers without an empty cell.
    ///
    /// - Throws: `TableError` or `LocalValidationError.missing` naming file, row and column.
    func complete(_ column: String) throws -> [Double] {
        let values = try numbers(column)
        if let row = values.firstIndex(where: \.isNaN) {
            throw LocalValidationError.missing(file: file, column: column, row: row + 1)
        }
        return values
    }

    /// A column of 0 and 1.
    func binary(_ column: String) throws -> [Double] {
        let values = try complete(column)
        if let row = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw LocalValidationError.notBinary(file: file, column: column, row: row + 1)
        }
        return values
    }

    /// Rows of each site, sites in the order of their names; none without a column.
    func rowsBySite(_ column: String?) throws -> [(name: String, rows: [Int])] {
        guard let column else { return [] }
        let names = try texts(column)
        let rows = Dictionary(grouping: names.indices) { names[$0] }
        return rows.keys.sorted().map { ($0, rows[$0] ?? []) }
    }
}
