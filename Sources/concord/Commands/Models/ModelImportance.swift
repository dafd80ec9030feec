import ArgumentParser
import Federation
import Foundation
import LocalLearning
import Reporting
import StudyProtocol
import Tables

/// Measures what a model needs its features for.
struct ModelImportance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "importance",
        abstract:
            "How much worse a model predicts when features are exchanged among cases, by feature, class or region.",
        discussion: """
            Examples:
              concord model importance --model model.json --table test.csv --groups region
              concord model importance --model combined.json --table test.csv --groups block --sites hospital
            Give cases that the model was not fitted to: in sample every feature looks needed.
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features and its outcome (CSV).") var table: String
    @Option(help: "feature, class, region (what stands before the first underscore: tumour, ring3) or block.")
    var groups = "class"
    @Option(help: "Column of the site: features are exchanged among its cases alone.") var sites: String?
    @Option(help: "How often each group is exchanged.") var permutations = 20
    @Option(help: "Key of the hash that makes the permutations.") var seed = "concord"
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try guarded {
            guard let grouping = FeatureGrouping(rawValue: groups) else {
                throw LocalLearningError.options("--groups: use feature, class, region or block")
            }
            let file = try readModel(model)
            let input = try LearningInput(
                try file.harmonised(readTable(table)), outcome: file.outcome, features: file.features,
                roles: LearningInput.Roles(site: sites))
            let found = try PermutationImportance(
                file.fitted, input.cases, grouping: grouping, permutations: permutations, seed: seed)
            func text(_ value: Double?) -> String {
                value.map { String(format: format == .csv ? "%.17g" : "%.4f", $0) } ?? ""
            }
            let columns = [
                "group", "features", "loss rises", "lower", "upper", "AUC or C falls", "share", "share lower",
                "share upper",
            ]
            let rows = found.rows.map { row in
                [row.group, "\(row.features)"]
                    + [row.rise, row.lower, row.upper, row.fall, row.share, row.shareLower, row.shareUpper].map(text)
            }
            switch format {
            case .json, .jsonl: Terminal.data(String(decoding: try CanonicalForm.encode(found), as: UTF8.self) + "\n")
            case .csv: Terminal.data(CSVTable(file: "importance", columns: columns, rows: rows).csv)
            case .table: Terminal.data(TextTable(columns: columns, rows: rows).text)
            }
        }
    }
}

/// Leaves out each site.
struct ModelInfluence: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "influence", abstract: "How a model changes, and what it is worth there, without each site.",
        discussion:
            "Example: concord model influence --table t.csv --outcome event --id id --sites hospital --method lasso")

    @OptionGroup var columns: LearningTableOptions
    @Option(help: "The algorithm, as for fit.") var method = "lasso"
    @OptionGroup var options: LearnerOptions
    @OptionGroup var fusion: FusionOptions
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try guarded {
            let source = try readTable(columns.table)
            let input = try columns.input(source, blocks: try fusion.features(of: source), offset: options.offset)
            let pipeline = try fusion.pipeline(
                method, options, try options.settings([method], input.cases), source: source,
                features: input.table.featureNames)
            let found = try SiteInfluence(pipeline, input.cases)
            let names = [
                "site", "cases", "events", "\(found.measure) there", "score change", "features changed", "reason",
            ]
            let rows = found.rows.map { row in
                [
                    row.site, "\(row.cases)", "\(row.events)",
                    row.discrimination.map { String(format: "%.3f", $0) } ?? "",
                    String(format: "%.3f", row.scoreChange), "\(row.featuresChanged)", row.reason ?? "",
                ]
            }
            switch format {
            case .json, .jsonl: Terminal.data(String(decoding: try CanonicalForm.encode(found), as: UTF8.self) + "\n")
            case .csv: Terminal.data(CSVTable(file: "influence", columns: names, rows: rows).csv)
            case .table: Terminal.data(TextTable(columns: names, rows: rows).text)
            }
        }
    }
}
