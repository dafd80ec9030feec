import ArgumentParser
import Federation
import Foundation
import LocalLearning
import Reporting
import StudyProtocol
import Tables

/// Compares algorithms on the same folds.
struct ModelCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Compare algorithms on the same folds or left-out sites; everything is fitted within the training cases.",
        discussion: """
            Examples:
              concord model compare --table t.csv --outcome event --id id --methods lr,lasso,svm,boosting \\
                --select spearman:0.9,mrmr:15 --repeats 5 --choose
              concord model compare --table t.csv --outcome event --id id --sites hospital --outer site --methods lasso,svm
            Intervals and p-values over folds are those of the corrected resampled t test; the out-of-fold AUC has DeLong's.
            """, aliases: ["crossvalidate"])

    @OptionGroup var columns: LearningTableOptions
    @Option(help: "Algorithms, separated by commas.") var methods = "lr,lasso,elastic-net,svm,boosting,forest,mlp"
    @OptionGroup var options: LearnerOptions
    @OptionGroup var fusion: FusionOptions
    @Option(help: "folds, or site to leave out one at a time.") var outer = "folds"
    @Option(help: "Number of stratified folds.") var outerFolds = 5
    @Option(help: "How often the table is divided anew.") var repeats = 1
    @Option(help: "Column of the fold, instead of the hash.") var outerFold: String?
    @Flag(help: "Choose the best by folds within each training set too: the AUC of the whole procedure.") var choose =
        false
    @Flag(help: "Show what selecting features on all cases would have bought.") var leak = false
    @Option(help: "Write the scores of the cases held out here (CSV).") var predictions: String?
    @Option(help: "Write how often each feature was in the models here (CSV).") var frequencies: String?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try guarded {
            let source = try readTable(columns.table)
            let input = try columns.input(
                source, others: [outerFold].compactMap(\.self), blocks: try fusion.features(of: source),
                offset: options.offset)
            let settings = try options.settings(words(methods), input.cases)
            let candidates = try words(methods).map {
                AlgorithmComparison.Candidate(
                    name: $0,
                    pipeline: try fusion.pipeline(
                        $0, options, settings, source: source, features: input.table.featureNames))
            }
            let comparison = try AlgorithmComparison(
                candidates, input.cases, try resampling(source, input.cases), choiceFolds: choose ? 5 : nil,
                showsLeak: leak, seed: options.seed)
            if let predictions { try write(scores(comparison, source), to: predictions) }
            if let frequencies { try write(shares(comparison), to: frequencies) }
            try show(comparison.report())
        }
    }

    private func resampling(_ source: CSVTable, _ cases: TrainingCases) throws -> Resampling {
        if let outerFold { return try Resampling(cases, labels: try source.texts(outerFold)) }
        switch outer {
        case "folds":
            return try Resampling(cases, folds: outerFolds, repetitions: repeats, seed: options.seed)
        case "site": return try Resampling(leavingOutSitesOf: cases)
        default: throw LocalLearningError.options("--outer: use folds or site")
        }
    }

    private func scores(_ comparison: AlgorithmComparison, _ source: CSVTable) throws -> String {
        let kept = [columns.id, columns.sites, columns.outcome, columns.time, columns.event].compactMap(\.self)
        let texts = try kept.map { try source.texts($0) }
        let all = comparison.validations + [comparison.chosen].compactMap(\.self)
        let scores = all.map(\.meanScores)
        let rows = (0..<source.rowCount).map { row in
            texts.map { $0[row] } + scores.map { String(format: "%.17g", $0[row]) }
        }
        return CSVTable(file: "scores", columns: kept + all.map(\.name), rows: rows).csv
    }

    private func shares(_ comparison: AlgorithmComparison) -> String {
        let own = comparison.validations.map(\.fileStability)
        let features = Set(own.flatMap(\.frequencies.keys)).sorted()
        let rows = features.map { feature in
            [feature] + own.map { String(format: "%.17g", $0.frequencies[feature] ?? 0) }
        }
        return CSVTable(
            file: "frequencies", columns: ["feature"] + comparison.validations.map(\.name), rows: rows
        ).csv
    }

    private func show(_ report: ComparisonReport) throws {
        switch format {
        case .json, .jsonl: Terminal.data(String(decoding: try CanonicalForm.encode(report), as: UTF8.self) + "\n")
        case .csv: Terminal.data(CSVTable(file: "comparison", columns: report.header, rows: report.rows("%.17g")).csv)
        case .table:
            Terminal.data("\(report.resampling), \(report.cases) cases, \(report.events) events\n")
            Terminal.data(TextTable(columns: report.header, rows: report.rows("%.3f")).text)
            if !report.pairs.isEmpty {
                Terminal.data("\n" + TextTable(columns: report.pairHeader, rows: report.pairRows("%.3f")).text)
            }
            if !report.choices.isEmpty {
                let texts = report.choices.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                    .map { "\($0.key) \($0.value)" }
                Terminal.data("\nchosen within the training sets: \(texts.joined(separator: ", "))\n")
            }
            if !report.tuningLines.isEmpty {
                Terminal.data("\n" + report.tuningLines.joined(separator: "\n") + "\n")
            }
        }
        if let warning = report.warning { Terminal.message("warning: \(warning)") }
    }
}

extension ComparisonReport {
    fileprivate var header: [String] {
        [
            "algorithm", "mean \(measure)", "lower", "upper", "out of fold", "DeLong lower", "DeLong upper", "leaked",
            "features", "stability", "test sets",
        ]
    }

    fileprivate func rows(_ format: String) -> [[String]] {
        func text(_ value: Double?) -> String { value.map { String(format: format, $0) } ?? "" }
        return algorithms.map { own in
            [own.name]
                + [
                    own.mean, own.lower, own.upper, own.outOfFold, own.outOfFoldLower, own.outOfFoldUpper, own.leaked,
                    own.meanFeatures, own.stability,
                ].map(text) + ["\(own.tests)"]
        }
    }

    fileprivate var pairHeader: [String] {
        ["first", "second", "difference", "lower", "upper", "p", "p (Holm)", "DeLong p", "DeLong p (Holm)"]
    }

    fileprivate func pairRows(_ format: String) -> [[String]] {
        func text(_ value: Double?) -> String { value.map { String(format: format, $0) } ?? "" }
        return pairs.map { own in
            [own.first, own.second]
                + [own.difference, own.lower, own.upper, own.pValue, own.holm, own.deLongPValue, own.deLongHolm].map(
                    text)
        }
    }
}
