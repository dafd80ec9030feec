import ArgumentParser
import Federation
import Foundation
import Learning
import LocalLearning
import Reporting
import StudyProtocol
import Tables

/// Fits a model on this machine.
struct ModelFit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Fit a model from a table on this machine, with no coordinator.",
        discussion: """
            Examples:
              concord model fit --table t.csv --outcome event --ignore id --method elastic-net --alpha 1 --folds 10 \\
                --model model.json
              concord model fit --table t.csv --outcome event --ignore id --method boosting --rounds 50 --max-depth 3 \\
                --sites hospital --model model.json
            With --sites the model is fitted twice: from the whole table, and from the sites' sums; the two are compared.
            docs/learning.md has the definitions and the model file.
            """)

    enum Method: String, ExpressibleByArgument, CaseIterable {
        case elasticNet = "elastic-net"
        case boosting
    }

    @Option(help: "One row a case (CSV).") var table: String
    @Option(help: "Column of the outcome: 1 event, 0 no event.") var outcome: String
    @Option(help: "Columns of the features, separated by commas; default: all others.") var features = ""
    @Option(help: "Columns that are no features, separated by commas; the first names the row for the folds.")
    var ignore = ""
    @Option(help: "elastic-net (logistic regression) or boosting (trees).") var method: Method = .elasticNet
    @Option(help: "Share of the LASSO in the elastic net: 1 LASSO, 0 ridge.") var alpha = 1.0
    @Option(help: "Penalty of the elastic net; without it by cross-validation.") var lambda: Double?
    @Option(help: "Folds of the cross-validation.") var folds = 10
    @Option(help: "Column of the fold, 1 and up; without it by a keyed hash of the row's name, stratified.") var fold:
        String?
    @Option(help: "Key of that hash.") var seed = "concord"
    @Flag(help: "The sparsest model within one standard error of the best.") var sparse = false
    @Option(help: "Number of trees.") var rounds = 100
    @Option(help: "Levels of splits of a tree.") var maxDepth = 3
    @Option(help: "Share of each leaf that is taken.") var eta = 0.1
    @Option(help: "L2 penalty of leaves.") var leafPenalty = 1.0
    @Option(help: "Fewest cases of a leaf.") var minimumCases = 5
    @Option(help: "Bins of a feature, at quantiles.") var bins = 16
    @Option(help: "Column of the site: fit from the sites' sums too, and compare.") var sites: String?
    @Option(help: "Write the model here (JSON).") var model: String

    func run() throws {
        try guarded {
            let source = try readTable(table)
            let input = try LearningInput(
                source, outcome: outcome, features: words(features),
                others: words(ignore) + [sites, fold].compactMap(\.self))
            let whole = [Array(0..<input.table.count)]
            let file = try fit(input, source, parts: whole)
            try file.json().write(to: URL(filePath: model), options: .atomic)
            for line in file.summary { Terminal.message(line) }
            guard let sites else { return }
            let labels = try source.texts(sites)
            let parts = Set(labels).sorted().map { name in labels.indices.filter { labels[$0] == name } }
            guard parts.count > 1 else { throw LocalLearningError.options("--sites: all rows are of one site") }
            let federated = try fit(input, source, parts: parts)
            let isSame = federated == file
            Terminal.message("from the sums of \(parts.count) sites: \(isSame ? "the same file" : "another file")")
            guard isSame else { throw ExitCode(1) }
        }
    }

    private func fit(_ input: LearningInput, _ source: CSVTable, parts: [[Int]]) throws -> ModelFile {
        switch method {
        case .elasticNet:
            guard (0...1).contains(alpha) else { throw LocalLearningError.options("--alpha: \(alpha) is not 0 to 1") }
            var parameters = ElasticNetPath.Parameters()
            parameters.alpha = alpha
            if let lambda {
                guard lambda >= 0, lambda.isFinite else {
                    throw LocalLearningError.options("--lambda: \(lambda) is not 0 or more")
                }
                parameters.lambdas = [lambda]
            }
            let own = try membership(input, source)
            parameters.folds = own.max() ?? 0
            return try ModelFile.elasticNet(
                outcome: outcome, sites: parts.map { input.table.selecting(rows: $0) }, parameters: parameters,
                folds: parts.map { rows in rows.map { own[$0] } }, isSparse: sparse)
        case .boosting:
            guard rounds > 0, maxDepth > 0, eta > 0, leafPenalty >= 0, (2...254).contains(bins) else {
                throw LocalLearningError.options(
                    "--rounds, --max-depth and --eta are above 0, --leaf-penalty 0 or more, --bins 2 to 254")
            }
            var parameters = TreeBoosting.Parameters()
            parameters.rounds = rounds
            parameters.maxDepth = maxDepth
            parameters.eta = eta
            parameters.lambda = leafPenalty
            parameters.minimumCases = minimumCases
            let edges = input.edges(bins: bins)
            let coded = input.coded(edges)
            return try ModelFile.boosting(
                outcome: outcome, sites: parts.map(coded.selecting), edges: edges, parameters: parameters)
        }
    }

    /// Fold of each row; 0 without cross-validation.
    private func membership(_ input: LearningInput, _ source: CSVTable) throws -> [Int] {
        guard lambda == nil else { return [Int](repeating: 0, count: input.table.count) }
        if let fold {
            return try source.numbers(fold).enumerated().map { row, value in
                guard value >= 1, value <= 1000, value == value.rounded() else {
                    throw LocalLearningError.options(
                        "\(source.file): row \(row + 1), column '\(fold)' is no fold, 1 and up")
                }
                return Int(value)
            }
        }
        guard folds >= 3 else { throw LocalLearningError.options("--folds: \(folds) is below 3") }
        let key = words(ignore).first
        let labels = try key.map { try source.texts($0) } ?? (0..<input.table.count).map { "\($0)" }
        return ModelFile.folds(names: labels, outcome: input.table.outcome, count: folds, seed: seed)
    }
}

/// Predicts with a model file.
struct ModelApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Predict the cases of a table with a model file.",
        discussion: "Example: concord model apply --model model.json --table new.csv --output predictions.csv")

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV).") var table: String
    @Option(help: "Write the columns that are no features, and the probability, here (CSV).") var output: String

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let source = try readTable(table)
            let probabilities = try file.probabilities(try LearningInput(source, features: file.features))
            let taken = Set(file.features)
            let kept = source.columns.indices.filter { !taken.contains(source.columns[$0]) }
            let rows = zip(source.rows, probabilities).map { cells, probability in
                kept.map { cells[$0] } + [String(format: "%.17g", probability)]
            }
            let columns = kept.map { source.columns[$0] } + ["probability"]
            let text = CSVTable(file: source.file, columns: columns, rows: rows).csv
            try Data(text.utf8).write(to: URL(filePath: output), options: .atomic)
        }
    }
}

/// Says why a model predicts what it predicts.
struct ModelExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "What each feature adds to the log odds: over a table, and for each case.",
        discussion: """
            Examples:
              concord model explain --model model.json --table t.csv
              concord model explain --model model.json --table t.csv --cases contributions.csv
            Logistic models against the training mean, trees by Shapley values against all training cases.
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV).") var table: String
    @Option(help: "Write what each feature adds for each case here (CSV).") var cases: String?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    private struct Importance: Encodable {
        let feature: String
        let meanAbsolute: Double
        let share: Double
    }

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let input = try LearningInput(try readTable(table), features: file.features)
            let (base, values) = try file.contributions(input)
            let p = file.features.count
            if let cases {
                let rows = (0..<input.table.count).map { row in
                    ([base] + values[row * p..<(row + 1) * p]).map { String(format: "%.17g", $0) }
                }
                let text = CSVTable(file: "contributions", columns: ["base"] + file.features, rows: rows).csv
                try Data(text.utf8).write(to: URL(filePath: cases), options: .atomic)
            }
            let means = (0..<p).map { column in
                (0..<input.table.count).reduce(0) { $0 + values[$1 * p + column].magnitude } / Double(input.table.count)
            }
            let total = means.reduce(0, +)
            let ranked = (0..<p).filter { means[$0] > 0 }.sorted { (means[$0], $1) > (means[$1], $0) }.map {
                Importance(feature: file.features[$0], meanAbsolute: means[$0], share: means[$0] / total)
            }
            switch format {
            case .json, .jsonl:
                let lines = format == .json ? [try CanonicalForm.encode(ranked)] : try ranked.map(CanonicalForm.encode)
                for line in lines { Terminal.data(String(decoding: line, as: UTF8.self) + "\n") }
            case .table, .csv:
                let number = format == .csv ? "%.17g" : "%.4f"
                let columns = ["feature", "mean |contribution|", "share"]
                let rows = ranked.map {
                    [$0.feature, String(format: number, $0.meanAbsolute), String(format: number, $0.share)]
                }
                Terminal.data(
                    format == .csv
                        ? CSVTable(file: "importance", columns: columns, rows: rows).csv
                        : TextTable(columns: columns, rows: rows).text)
            }
        }
    }
}

extension ModelFile {
    /// What was fitted, a line for each fact.
    var summary: [String] {
        var lines = ["\(cases) cases, \(events) events of '\(outcome)'"]
        if let logistic, let choice {
            lines.append(
                "logistic, elastic net alpha \(choice.alpha), lambda \(String(format: "%.6g", logistic.lambda)): "
                    + "\(logistic.columns.count) features")
            if let validation = choice.crossValidation, let place = choice.lambdas.firstIndex(of: logistic.lambda) {
                lines.append(
                    String(
                        format: "deviance of cases held out %.4f, standard error %.4f", validation.mean[place],
                        validation.standardError[place]))
            }
        }
        if let trees {
            let leaves = trees.explanation.model.trees.reduce(0) { sum, tree in sum + tree.count { $0.split == nil } }
            lines.append("\(trees.explanation.model.trees.count) trees with \(leaves) leaves")
        }
        return lines + ["sha256 \(sha256)"]
    }
}

private func readModel(_ path: String) throws -> ModelFile { try ModelFile(json: try contents(of: path)) }
