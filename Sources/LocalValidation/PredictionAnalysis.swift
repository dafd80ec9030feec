import Statistics
public import Tables
import Validation

/// Predictions and outcomes of cases, with what is computed from them.
public struct PredictionAnalysis: Sendable {
    private let scores: [(name: String, values: [Double])]
    private let outcome: [Double]
    private let sites: [(name: String, rows: [Int])]

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
        self.scores = try scores.map { ($0, try Self.complete(table, $0)) }
        let outcomes = try Self.complete(table, outcome)
        if let row = outcomes.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw LocalValidationError.notBinary(file: table.file, column: outcome, row: row + 1)
        }
        self.outcome = outcomes
        if let site {
            let names = try table.texts(site)
            let rows = Dictionary(grouping: names.indices) { names[$0] }
            sites = rows.keys.sorted().map { ($0, rows[$0] ?? []) }
        } else {
            sites = []
        }
    }

    private static func complete(_ table: CSVTable, _ column: String) throws -> [Double] {
        let values = try table.numbers(column)
        if let row = values.firstIndex(where: \.isNaN) {
            throw LocalValidationError.missing(file: table.file, column: column, row: row + 1)
        }
        return values
    }

    /// All statistics: of all cases, of each site, and over the sites.
    ///
    /// - Parameter threshold: locked threshold of the first score, or nil.
    public func results(threshold: Double?) -> [StatisticRecord] {
        var records: [StatisticRecord] = []
        for (name, values) in scores {
            let label = scores.count > 1 ? name : ""
            records += statistics(values, label, site: "", rows: Array(outcome.indices), threshold)
            for site in sites { records += statistics(values, label, site: site.name, rows: site.rows, threshold) }
            records += overSites(values, label)
        }
        for second in scores.dropFirst() {
            for (site, rows) in [("", Array(outcome.indices))] + sites.map({ ($0.name, $0.rows) }) {
                let paired = PairedDeLong(
                    first: rows.map { scores[0].values[$0] }, second: rows.map { second.values[$0] },
                    outcome: rows.map { outcome[$0] })
                records.append(
                    StatisticRecord(
                        .aucDifference, variant: "\(scores[0].name) - \(second.name)", site: site,
                        paired?.difference ?? .notEstimable("one class only")))
            }
        }
        return records
    }

    private static func joined(_ label: String, _ variant: String) -> String {
        [label, variant].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private func statistics(
        _ values: [Double], _ label: String, site: String, rows: [Int], _ threshold: Double?
    ) -> [StatisticRecord] {
        let scores = rows.map { values[$0] }
        let outcome = rows.map { self.outcome[$0] }
        var records: [StatisticRecord] = []
        func add(_ name: StatisticName, _ variant: String, _ estimate: Estimate) {
            records.append(StatisticRecord(name, variant: Self.joined(label, variant), site: site, estimate))
        }
        let delong = DeLong(scores: scores, outcome: outcome)
        add(.auc, "DeLong", Self.area(delong))
        var onLogit = Estimate.notEstimable(
            delong == nil ? "one class only" : "the AUC is 0 or 1, whose logit is infinite")
        if let value = delong?.logitEstimate { onLogit = .value(value) }
        add(.auc, "logit-DeLong", onLogit)
        if let threshold {
            let table = Proportion.atThreshold(scores: scores, outcome: outcome, threshold: threshold)
            add(.sensitivity, "", table.sensitivity)
            add(.specificity, "", table.specificity)
            add(.ppv, "", table.positivePredictiveValue)
            add(.npv, "", table.negativePredictiveValue)
            add(.youden, "", Self.youden(table))
        }
        guard scores.allSatisfy({ (0...1).contains($0) }) else { return records }
        add(.observedExpected, "", Calibration.observedOverExpected(probabilities: scores, outcome: outcome))
        add(.calibrationIntercept, "", Calibration.intercept(probabilities: scores, outcome: outcome))
        add(.calibrationSlope, "", Calibration.slope(probabilities: scores, outcome: outcome))
        add(.brier, "", Calibration.brier(probabilities: scores, outcome: outcome))
        add(.scaledBrier, "", Self.scaledBrier(scores, outcome))
        let grid = threshold.map { [$0] } ?? (1...9).map { Double($0) / 10 }
        for point in grid where point > 0 && point < 1 {
            add(.netBenefit, "threshold \(point)", Self.netBenefit(scores, outcome, at: point))
            add(
                .netBenefit, "threshold \(point), treat all",
                Self.netBenefit(scores.map { _ in 1 }, outcome, at: point))
        }
        return records
    }

    private static func area(_ delong: DeLong?) -> Estimate {
        guard let delong else { return .notEstimable("one class only") }
        return .value(delong.estimate)
    }

    private static func youden(_ table: ThresholdTable) -> Estimate {
        guard case .value(let a) = table.sensitivity, case .value(let b) = table.specificity else {
            return .notEstimable("one class only")
        }
        let variance =
            a.value * (1 - a.value) / Double(max(1, a.n)) + b.value * (1 - b.value) / Double(max(1, b.n))
        let (value, error) = (a.value + b.value - 1, variance.squareRoot())
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: value, standardError: error, lower: value - z * error, upper: value + z * error, n: a.n + b.n,
                events: a.n, method: "difference of proportions, normal interval"))
    }

    private static func scaledBrier(_ scores: [Double], _ outcome: [Double]) -> Estimate {
        do {
            return try Calibration.report(probabilities: scores, outcome: outcome).scaledBrier
        } catch {
            return .notEstimable("\(error)")
        }
    }

    private static func netBenefit(_ scores: [Double], _ outcome: [Double], at threshold: Double) -> Estimate {
        let table = Proportion.atThreshold(scores: scores, outcome: outcome, threshold: threshold)
        let n = Double(outcome.count)
        let odds = threshold / (1 - threshold)
        return .value(
            EstimateValue(
                value: Double(table.truePositives) / n - Double(table.falsePositives) / n * odds, n: outcome.count,
                events: table.truePositives + table.falseNegatives, method: "Vickers and Elkin"))
    }

    /// Random-effects summaries of the sites.
    private func overSites(_ values: [Double], _ label: String) -> [StatisticRecord] {
        guard !sites.isEmpty else { return [] }
        var records: [StatisticRecord] = []
        func add(_ about: StatisticName, _ scale: SiteSummary.Scale, _ estimate: ([Double], [Double]) -> Estimate) {
            let found = sites.map { site in estimate(site.rows.map { values[$0] }, site.rows.map { outcome[$0] }) }
            let summary = SiteSummary(found, scale: scale)
            let variant = Self.joined(label, about.rawValue)
            records += [
                StatisticRecord(.mean, variant: variant, summary.mean),
                StatisticRecord(.prediction, variant: variant, summary.prediction),
                StatisticRecord(.tauSquared, variant: variant, summary.tauSquared),
                StatisticRecord(.iSquared, variant: variant, summary.iSquared),
            ]
        }
        add(.auc, .logit) { scores, outcome in
            Self.area(DeLong(scores: scores, outcome: outcome))
        }
        if values.allSatisfy({ (0...1).contains($0) }) {
            add(.observedExpected, .logarithm) { Calibration.observedOverExpected(probabilities: $0, outcome: $1) }
            add(.calibrationSlope, .identity) { Calibration.slope(probabilities: $0, outcome: $1) }
        }
        return records
    }
}
