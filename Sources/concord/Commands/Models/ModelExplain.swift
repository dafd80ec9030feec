import ArgumentParser
import Foundation
import Learning
import LocalLearning
import Reporting
import StudyProtocol
import Tables

/// Says why a model predicts what it predicts.
struct ModelExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "What each feature adds to the score: over a table, and for each case.",
        discussion: """
            Examples:
              concord model explain --model model.json --table t.csv
              concord model explain --model model.json --table t.csv --cases contributions.csv
              concord model explain --model model.json --table t.csv --groups region --sites hospital
              concord model explain --model model.json --table t.csv --dependence "ring3_*" --format csv
            Linear models against the training mean, trees by Shapley values against all training cases. Groups and dependence
            are sums over the sites; ranges with fewer than 5 pooled cases have no number.
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV).") var table: String
    @Option(help: "Write what each feature adds for each case here (CSV).") var cases: String?
    @Option(help: "Share of each class, region or block of features (or each feature), with its 95 % interval.")
    var groups: String?
    @Option(help: "Mean effect of these features in ranges of their values; names or patterns, separated by commas.")
    var dependence: String?
    @Option(help: "Ranges of a feature, at quantiles of the table; trees have their own.") var bins = 10
    @Option(help: "Column of the site, with --groups or --dependence: the same numbers from the sites' sums.")
    var sites: String?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    private struct Importance: Encodable {
        let feature: String
        let meanAbsolute: Double
        let share: Double
    }

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let source = try file.harmonised(readTable(table))
            let input = try LearningInput(source, features: file.features)
            guard groups == nil, dependence == nil else { return try explain(file, source, input) }
            guard sites == nil else {
                throw LocalLearningError.options("--sites: belongs to --groups or --dependence")
            }
            let (base, values) = try file.contributions(input)
            let p = file.terms.count
            if let cases {
                let rows = (0..<input.cases.count).map { row in
                    ([base] + values[row * p..<(row + 1) * p]).map { String(format: "%.17g", $0) }
                }
                let text = CSVTable(file: "contributions", columns: ["base"] + file.terms, rows: rows).csv
                try write(text, to: cases)
            }
            let means = (0..<p).map { column in
                (0..<input.cases.count).reduce(0) { $0 + values[$1 * p + column].magnitude } / Double(input.cases.count)
            }
            let total = means.reduce(0, +)
            let ranked = (0..<p).filter { means[$0] > 0 }.sorted { (means[$0], $1) > (means[$1], $0) }.map {
                Importance(feature: file.terms[$0], meanAbsolute: means[$0], share: means[$0] / total)
            }
            try print("importance", ranked, columns: ["feature", "mean |contribution|", "share"]) {
                [$0.feature, number($0.meanAbsolute), number($0.share)]
            }
        }
    }

    /// Groups or dependence over the sites.
    private func explain(_ file: ModelFile, _ source: CSVTable, _ input: LearningInput) throws {
        guard groups == nil || dependence == nil, cases == nil else {
            throw LocalLearningError.options("give one of --groups, --dependence and --cases")
        }
        guard let grouping = FeatureGrouping(rawValue: groups ?? "feature") else {
            throw LocalLearningError.options("--groups: use feature, class, region or block")
        }
        var parts = [input.cases]
        if let sites {
            let names = try source.texts(sites)
            parts = Set(names).sorted().map { name in
                input.cases.selecting(rows: names.indices.filter { names[$0] == name })
            }
        }
        let found = try ModelExplanation(file.fitted, parts, grouping: grouping, bins: bins)
        guard let dependence else {
            try print(
                "groups", found.groups.sorted { ($0.share, $1.name) > ($1.share, $0.name) },
                columns: ["group", "mean |contribution|", "share", "lower", "upper"]
            ) {
                [$0.name] + [$0.importance, $0.share, $0.interval.lowerBound, $0.interval.upperBound].map(number)
            }
            return
        }
        let wanted = Set(try BlockFusion.matches(words(dependence), among: file.terms, place: "--dependence: "))
        if let unknown = wanted.subtracting(file.terms).sorted().first {
            throw LocalLearningError.options("--dependence: the model has no '\(unknown)'")
        }
        try print(
            "dependence", found.bins.filter { wanted.contains($0.feature) },
            columns: ["feature", "above", "up to", "cases", "mean contribution"]
        ) { bin in
            [
                bin.feature, bin.isMissing ? "missing" : number(bin.lower), number(bin.upper),
                bin.cases.map(String.init) ?? "< \(ModelExplanation.minimumCases)", number(bin.effect),
            ]
        }
    }

    private func number(_ value: Double?) -> String {
        value.map { String(format: format == .csv ? "%.17g" : "%.4f", $0) } ?? ""
    }

    private func print<Row: Encodable>(
        _ name: String, _ rows: [Row], columns: [String], _ cells: (Row) -> [String]
    ) throws {
        switch format {
        case .json: Terminal.data(String(decoding: try CanonicalForm.encode(rows), as: UTF8.self) + "\n")
        case .jsonl:
            for row in rows { Terminal.data(String(decoding: try CanonicalForm.encode(row), as: UTF8.self) + "\n") }
        case .csv: Terminal.data(CSVTable(file: name, columns: columns, rows: rows.map(cells)).csv)
        case .table: Terminal.data(TextTable(columns: columns, rows: rows.map(cells)).text)
        }
    }
}
