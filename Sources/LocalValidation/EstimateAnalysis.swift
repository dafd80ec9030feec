#if canImport(Glibc)
    import Glibc
#endif
public import Plots
import Statistics
public import Tables
import Validation

/// Results of sites, combined.
public struct EstimateAnalysis: Sendable {
    /// What the numbers are.
    public enum Measure: String, Sendable, CaseIterable {
        /// AUCs with standard errors or intervals on their own scale; combined on the logit scale.
        case auc
        /// Logits of AUCs with their standard errors; results stay logits.
        case logit
        /// Logarithms of O:E with their standard errors; results stay logarithms.
        case logOE = "log-oe"
        /// Calibration slopes.
        case slope
        /// Any other mean.
        case mean

        /// What a picture calls it.
        var label: String {
            switch self {
            case .auc: "AUC"
            case .logit: "logit AUC"
            case .logOE: "log O:E"
            case .slope: "Slope"
            case .mean: "Mean"
            }
        }

        var scale: SiteSummary.Scale { self == .auc ? .logit : .identity }
    }

    private let sites: [(name: String, estimate: Estimate)]
    private let measure: Measure

    /// Reads estimates: columns `site` (or `study`), `estimate` (or `value`, `yi`), `se` (or `standardError`, `sei`), or instead
    /// of the last `lower` and `upper` of a 95 % interval that is symmetric on the scale of the analysis.
    ///
    /// - Throws: `TableError` or `LocalValidationError`.
    public init(_ table: CSVTable, measure: Measure) throws {
        self.measure = measure
        func column(_ names: [String]) -> String? {
            table.columns.first { names.contains($0.lowercased()) }
        }
        let names = ["estimate", "value", "yi", measure.rawValue]
        guard let value = column(names) else { throw LocalValidationError.noColumn(file: table.file, names: names) }
        guard table.rowCount > 0 else { throw LocalValidationError.noRows(file: table.file) }
        let labels = try column(["site", "study"]).map { try table.texts($0) }
        let values = try table.numbers(value)
        let errors = try column(["se", "standarderror", "standard-error", "sei"]).map { try table.numbers($0) }
        let lower = try column(["lower", "ci.lower"]).map { try table.numbers($0) }
        let upper = try column(["upper", "ci.upper"]).map { try table.numbers($0) }
        guard errors != nil || (lower != nil && upper != nil) else {
            throw LocalValidationError.noColumn(file: table.file, names: ["se", "lower and upper"])
        }
        let z = NormalDistribution.quantile(0.975)
        var sites: [(String, Estimate)] = []
        for row in values.indices {
            let name = labels?[row] ?? "\(row + 1)"
            var error = errors?[row] ?? .nan
            if error.isNaN, let low = lower?[row], let high = upper?[row] {
                if measure == .auc {
                    let width = log(high / (1 - high)) - log(low / (1 - low))
                    error = width / (2 * z) * values[row] * (1 - values[row])
                } else {
                    error = (high - low) / (2 * z)
                }
            }
            guard values[row].isFinite, error.isFinite else {
                sites.append((name, .notEstimable("no value or no standard error")))
                continue
            }
            if measure == .auc, !(0...1).contains(values[row]) {
                throw LocalValidationError.outside(
                    file: table.file, row: row + 1, column: value, value: values[row], range: "0 to 1, as an AUC is")
            }
            guard error > 0 || (error == 0 && measure == .auc && (values[row] == 0 || values[row] == 1)) else {
                throw LocalValidationError.badError(file: table.file, row: row + 1)
            }
            sites.append(
                (
                    name,
                    .value(
                        EstimateValue(
                            value: values[row], standardError: error, lower: lower?[row], upper: upper?[row], n: 1,
                            method: "as given"))
                ))
        }
        self.sites = sites
    }

    /// The sites, then the summaries by every estimator and rule.
    public func results() -> [StatisticRecord] {
        var records = sites.map { site in
            StatisticRecord(
                .mean, variant: "site", site: site.name,
                SiteSummary.exclusion(of: site.estimate, scale: measure.scale).map(Estimate.notEstimable)
                    ?? site.estimate)
        }
        let estimates = sites.map(\.estimate)
        let rules: [(MetaAnalysis.IntervalRule, String)] = [
            (.hartungKnappFloored, "Hartung-Knapp, at least Wald"), (.hartungKnapp, "Hartung-Knapp"), (.wald, "Wald"),
        ]
        let estimators: [(TauEstimator, String)] = [
            (.reml, "REML"), (.derSimonianLaird, "DerSimonian-Laird"), (.pauleMandel, "Paule-Mandel"),
            (.maximumLikelihood, "maximum likelihood"), (.sidikJonkman, "Sidik-Jonkman"),
        ]
        for (estimator, name) in estimators {
            for (rule, ruleName) in rules {
                let variant = "\(name), \(ruleName)"
                for (prediction, predictionName) in [
                    (MetaAnalysis.PredictionRule.metafor, "t with k - 1"), (.higgins, "t with k - 2"),
                ] {
                    let summary = SiteSummary(
                        estimates, scale: measure.scale, estimator: estimator, rule: rule,
                        predictionRule: prediction)
                    if prediction == .metafor {
                        records.append(StatisticRecord(.mean, variant: variant, summary.mean))
                    }
                    records.append(
                        StatisticRecord(
                            .prediction,
                            variant:
                                "\(variant), \(rule == .wald && prediction == .metafor ? "normal" : predictionName)",
                            summary.prediction))
                    if rule == .hartungKnappFloored, prediction == .metafor {
                        records.append(StatisticRecord(.tauSquared, variant: name, summary.tauSquared))
                        records.append(StatisticRecord(.iSquared, variant: name, summary.iSquared))
                        if estimator == .reml {
                            records.append(StatisticRecord(.q, summary.q, pValue: summary.homogeneityPValue))
                        }
                    }
                }
            }
        }
        records.append(
            StatisticRecord(
                .mean, variant: "common effect, Wald",
                SiteSummary(estimates, scale: measure.scale, estimator: .commonEffect, rule: .wald).mean))
        records.append(egger(estimates))
        for left in sites.indices where sites.count > 3 {
            let rest = estimates.indices.filter { $0 != left }.map { estimates[$0] }
            records.append(
                StatisticRecord(
                    .mean, variant: "REML, without this site", site: sites[left].name,
                    SiteSummary(rest, scale: measure.scale).mean))
        }
        return records
    }

    /// Pictures: the sites with their summary, and the summary without each site.
    public func plots() -> [any Plot] {
        let neutral: Double? =
            switch measure {
            case .auc: 0.5
            case .logit, .logOE: 0
            case .slope: 1
            case .mean: nil
            }
        let estimates = sites.map(\.estimate)
        var plots: [any Plot] = [
            ForestPlot.sites(
                title: "Results of the sites", measure: measure.label, names: sites.map(\.name), sizes: [],
                shown: estimates.map { Self.withInterval($0, measure.scale) }, estimates: estimates,
                scale: measure.scale, neutral: neutral, range: measure == .auc ? 0...1 : nil)
        ]
        guard sites.count > 3 else { return plots }
        let rows = sites.indices.map { left -> ForestPlot.Row in
            let rest = SiteSummary(estimates.indices.filter { $0 != left }.map { estimates[$0] }, scale: measure.scale)
            var value: EstimateValue?
            if case .value(let found) = rest.mean { value = found }
            return ForestPlot.Row(
                name: "without \(sites[left].name)", value: value?.value, lower: value?.lower, upper: value?.upper,
                reason: rest.mean.reason)
        }
        plots.append(
            ForestPlot(
                title: "Summary without each site", measure: measure.label, rows: rows, kind: .list,
                method: "REML, Hartung-Knapp at least as wide as Wald", neutral: neutral,
                range: measure == .auc ? 0...1 : nil))
        return plots
    }

    /// The estimate with the 95 % interval of the analysis where the table gave none.
    private static func withInterval(_ estimate: Estimate, _ scale: SiteSummary.Scale) -> Estimate {
        guard case .value(let value) = estimate, value.lower == nil || value.upper == nil,
            let error = value.standardError, let point = SiteSummary.onScale(estimate, scale)
        else { return estimate }
        let half = NormalDistribution.quantile(0.975) * point.variance.squareRoot()
        func back(_ x: Double) -> Double { scale == .logit ? 1 / (1 + exp(-x)) : x }
        return .value(
            EstimateValue(
                value: value.value, standardError: error, lower: back(point.effect - half),
                upper: back(point.effect + half), n: value.n, method: value.method))
    }

    private func egger(_ estimates: [Estimate]) -> StatisticRecord {
        let used = estimates.compactMap { SiteSummary.onScale($0, measure.scale) }
        guard let fit = EggerRegression(effects: used.map(\.effect), variances: used.map(\.variance)) else {
            return StatisticRecord(
                .egger, .notEstimable("needs four sites with a value and different standard errors"))
        }
        return StatisticRecord(
            .egger,
            .value(
                .normal(
                    fit.slope, standardError: fit.standardError, n: used.count,
                    method: "meta-regression on the standard error, REML")),
            pValue: fit.pValue)
    }
}
