import ArgumentParser
import Foundation
import LocalLearning
import Reporting
import StudyProtocol
import Tables

/// Correlates features with covariates.
struct ModelCorrelate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correlate",
        abstract: "Correlation of features with covariates (mutations, pathology), with intervals, over sites.",
        discussion: """
            Examples:
              concord model correlate --table t.csv --with "egfr-mut,kras-mut" --features "T1_*" --sites center
              concord model correlate --table t.csv --with age --kind pearson --ignore id --format csv
            With --sites the table is the sum of the sites', and the command fails unless the pooled rows give the same numbers.
            Covariates are numbers; empty cells are left out pair by pair. Fewer than 5 cases give no number.
            """)

    @Option(help: "One row a case (CSV).") var table: String
    @Option(help: "Columns of the covariates, separated by commas; path_* is a pattern.") var with: String
    @Option(help: "Columns of the features, separated by commas, with patterns. Default: all others.") var features = ""
    @Option(help: "Columns that are no features, separated by commas.") var ignore = ""
    @Option(help: "Column of the site: no feature.") var sites: String?
    @Option(help: "spearman or pearson.") var kind = "spearman"
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try guarded {
            guard let correlation = SelectionStep.Correlation(rawValue: kind) else {
                throw LocalLearningError.options("--kind: use spearman or pearson")
            }
            let source = try readTable(table)
            let covariates = try columns(words(with), of: source)
            guard !covariates.isEmpty else { throw LocalLearningError.options("--with: name a covariate") }
            if let unknown = (covariates + words(features)).first(where: { !$0.contains("*") && !source.has($0) }) {
                throw LocalLearningError.options("\(source.file): there is no column '\(unknown)'")
            }
            let taken = Set(covariates + words(ignore) + [sites].compactMap(\.self))
            let named = try columns(words(features), of: source)
            let names = named.isEmpty ? source.columns.filter { !taken.contains($0) } : named
            guard !names.isEmpty, names.allSatisfy({ !taken.contains($0) }),
                Set(names + covariates).count == names.count + covariates.count
            else {
                throw LocalLearningError.options(
                    "--features: needs one or more, each once, that are neither covariate, site nor ignored")
            }
            let places = try sites.map { try source.texts($0) }
            let cases = try LearningInput(source, features: names + covariates).cases
            let parts = places.map { places in
                Set(places).sorted().map { name in
                    cases.selecting(rows: places.indices.filter { places[$0] == name })
                }
            }
            let found = try CovariateCorrelation(
                correlation, parts ?? [cases], features: names, covariates: covariates)
            if let parts {
                let whole = try CovariateCorrelation(
                    correlation, [cases], features: names, covariates: covariates)
                Terminal.message(
                    "from the sums of \(parts.count) sites: \(whole == found ? "the same numbers" : "other numbers")")
                guard whole == found else { throw ExitCode(1) }
            }
            try print(found)
        }
    }

    private func print(_ found: CovariateCorrelation) throws {
        func number(_ value: Double?, _ digits: String = "%.4f") -> String {
            value.map { String(format: format == .csv ? "%.17g" : digits, $0) } ?? ""
        }
        let columns = ["covariate", "feature", "cases", "correlation", "lower", "upper", "p", "q", "status"]
        let rows = found.rows.map { row in
            [row.covariate, row.feature, row.cases.map(String.init) ?? "< \(CovariateCorrelation.minimumCases)"]
                + [row.correlation, row.lower, row.upper].map { number($0) }
                + [row.pValue, row.qValue].map { number($0, "%.3g") } + [row.status.rawValue]
        }
        switch format {
        case .json: Terminal.data(String(decoding: try CanonicalForm.encode(found), as: UTF8.self) + "\n")
        case .jsonl:
            for row in found.rows {
                Terminal.data(String(decoding: try CanonicalForm.encode(row), as: UTF8.self) + "\n")
            }
        case .csv: Terminal.data(CSVTable(file: "correlations", columns: columns, rows: rows).csv)
        case .table: Terminal.data(TextTable(columns: columns, rows: rows).text)
        }
    }
}
