import ArgumentParser
import Federation
import Foundation
import LocalHarmonisation
import LocalLearning
import Plots
import Tables

/// Fits a model on this machine.
struct ModelFit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Fit a model from a table on this machine, with no coordinator.",
        discussion: """
            Examples:
              concord model fit --table t.csv --outcome event --id id --method lasso --folds 10 --model model.json
              concord model fit --table t.csv --outcome event --id id --method svm --calibrate platt \\
                --select spearman:0.9,mrmr:15 --impute median --model model.json
              concord model fit --table t.csv --time days --event death --id id --sites hospital --method cox-lasso \\
                --model model.json
              concord model fit --table t.csv --outcome event --id id --method svm --tune cost=0.001,0.01,0.1 --tune-folds 5 \\
                --model model.json
              concord model fit --table raw.csv --outcome event --id id --harmonisation combat.json --threshold 0.4 \\
                --intended-use "microvascular invasion before resection, CT" --model model.json
            With --sites the model is fitted twice: from the whole table, and from the sites' sums; the two are compared.
            docs/learning.md has the definitions and the model file.
            """)

    @OptionGroup var columns: LearningTableOptions
    @Option(
        help: ArgumentHelp(
            "lr, ridge, lasso, elastic-net, svm, kernel-svm, boosting, forest, mlp, mlp-fedavg; with --time cox, cox-lasso, "
                + "cox-ridge, coxph."))
    var method = "lasso"
    @OptionGroup var options: LearnerOptions
    @OptionGroup var fusion: FusionOptions
    @Option(help: "Column of the fold within the training cases, 1 and up, instead of the hash.") var fold: String?
    @Option(help: "Fit again without each of this many folds, and store how often each feature is in the model.")
    var stability = 0
    @Option(help: "Draw how often each feature is in these models (SVG); needs --stability.")
    var stabilityPlot: String?
    @Option(help: "How the table's features were extracted; without it TABLE.extraction.json, if there is one.")
    var extraction: String?
    @Option(
        help: ArgumentHelp(
            "Harmonise the table first with this model of `harmonise fit`, and keep it in the file.",
            discussion: "The table needs its batch column and covariates; they are no features."))
    var harmonisation: String?
    @Option(help: "Probability from which a case counts as positive.") var threshold: Double?
    @Option(help: "Time up to which a Cox model's probability is meant, in the unit of its times.") var horizon: Double?
    @Option(help: "What the model is for: purpose, population, limits.") var intendedUse: String?
    @Option(help: "What the file should say of itself beside that, as name=text; may be repeated.")
    var note: [String] = []
    @Option(help: "Write the model here (JSON).") var model: String

    func run() throws {
        try guarded {
            guard stabilityPlot == nil || stability > 0 else {
                throw LocalLearningError.options("--stability-plot: needs --stability, the number of folds")
            }
            let raw = try readTable(columns.table)
            let setting = try ModelFile.Setting(
                extraction: try extractionRecord(extraction, of: columns.table),
                harmonisation: harmonisation.map { try readHarmonisation($0) },
                use: IntendedUse(purpose: intendedUse, threshold: threshold, horizon: horizon))
            let harmoniser = setting.harmonisation
            let source = try harmoniser?.harmonise(raw, newBatchMinimum: 5).table ?? raw
            let described = (harmoniser.map { $0.batchColumns + $0.design.map(\.name) } ?? []).filter {
                $0 != columns.sites && $0 != columns.id && !words(columns.ignore).contains($0)
            }
            let input = try columns.input(
                source, others: [fold].compactMap(\.self) + described, blocks: try fusion.features(of: source),
                offset: options.offset)
            let settings = try options.settings([method], input.cases, given: try givenFolds(source, input))
            let pipeline = try fusion.pipeline(
                method, options, settings, source: source, features: input.table.featureNames)
            let isOfSites = settings.dependsOnSites(method)
            let file = try fit(
                pipeline, input, parts: isOfSites ? input.cases.bySite() : [input.cases], setting)
            try write(String(decoding: try file.json(), as: UTF8.self), to: model)
            if let stabilityPlot, let found = file.stability {
                try write(found.plot(of: method).standaloneSVG(), to: stabilityPlot)
            }
            for line in file.facts { Terminal.message(line) }
            if let tuning = file.fitted.tuning { Terminal.data(tuningTable(tuning)) }
            guard !isOfSites else {
                var settings = settings
                settings.siteBound = nil
                let exact = try fusion.pipeline(
                    "mlp", options, settings, source: source, features: input.table.featureNames
                ).fit([input.cases])
                let change =
                    zip(try file.fitted.scores(input.table), try exact.scores(input.table))
                    .map { ($0 - $1).magnitude }.max() ?? 0
                Terminal.message(
                    String(format: "largest difference of a probability from that of mlp on all cases: %.4f", change))
                return
            }
            guard columns.sites != nil else { return }
            let parts = input.cases.bySite()
            guard parts.count > 1 else { throw LocalLearningError.options("--sites: all rows are of one site") }
            let isSame = try fit(pipeline, input, parts: parts, setting) == file
            Terminal.message("from the sums of \(parts.count) sites: \(isSame ? "the same file" : "another file")")
            guard isSame else { throw ExitCode(1) }
        }
    }

    private func fit(
        _ pipeline: ModelPipeline, _ input: LearningInput, parts: [TrainingCases], _ setting: ModelFile.Setting
    ) throws -> ModelFile {
        try ModelFile(
            outcome: try columns.outcomeColumns(), method: method, parts: parts, fitted: try pipeline.fit(parts),
            stability: try frequencies(pipeline, input), setting: setting, provenance: try provenance())
    }

    private func frequencies(_ pipeline: ModelPipeline, _ input: LearningInput) throws -> ModelFile.Stability? {
        guard stability > 0 else { return nil }
        let resampling = try Resampling(input.cases, folds: stability, repetitions: 1, seed: options.seed)
        return try CrossValidation(method, input.cases, resampling) { try pipeline.fit($0.bySite()) }.fileStability
    }

    private func provenance() throws -> [String: String] {
        var output: [String: String] = [:]
        for own in note {
            let parts = own.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw LocalLearningError.options("--note: '\(own)' is not name=text") }
            output[parts[0]] = parts[1]
        }
        return output
    }

    /// Fold of each patient by a column.
    private func givenFolds(_ source: CSVTable, _ input: LearningInput) throws -> [String: Int]? {
        guard let fold else { return nil }
        var output: [String: Int] = [:]
        for (row, value) in try source.numbers(fold).enumerated() {
            guard value >= 1, value <= 1000, value == value.rounded() else {
                throw LocalLearningError.options(
                    "\(source.file): row \(row + 1), column '\(fold)' is no fold, 1 and up")
            }
            let name = input.cases.names[row]
            guard output.updateValue(Int(value), forKey: name) ?? Int(value) == Int(value) else {
                throw LocalLearningError.options("\(source.file): row \(row + 1): its patient is in two folds")
            }
        }
        guard Set(output.values) == Set(1...(output.values.max() ?? 1)) else {
            throw LocalLearningError.options("\(source.file): column '\(fold)' has not every fold from 1 on")
        }
        return output
    }
}
