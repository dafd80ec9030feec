import ArgumentParser
import Foundation
import LocalLearning
import LocalValidation
import Tables

/// Attributes the drop of an AUC between sites, on this machine.
struct Drop: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Attribute the drop of the AUC at external sites to case mix, protocol, contours and the rest.",
        discussion: """
            Examples:
              concord drop --predictions p.csv --score p --outcome event --site hospital --internal A \\
                --covariates age,size,stage --categorical stage --gate 0.05
              concord drop --predictions p.csv --score p --outcome event --site hospital --internal A,B \\
                --protocol-scores two-scans.csv --contour-scores two-readers.csv --report drop.html
              concord drop --predictions p.csv --score p --outcome event --site hospital --internal A --model model.json \
                --contour-features two-readers.csv --case lesion
            Scores measured twice have columns internal and external. Features measured twice have one row for each case and
            reading, which is internal or external; the model of `concord model fit` makes scores (log odds) of them.
            With --gate the exit code is 0 if every verdict is a pass, 3 if one is a fail, else 6 (undecided).
            """)

    @Option(help: "One row a case (CSV).") var predictions: String
    @Option(help: "Column of the score.") var score: String
    @Option(help: "Column of the outcome: 1 event, 0 no event.") var outcome: String
    @Option(help: "Column of the site.") var site: String
    @Option(help: "Sites that developed the model, separated by commas; all others are external.") var `internal`:
        String
    @Option(help: "Columns of the case mix, separated by commas.") var covariates = ""
    @Option(help: "Those of them whose values are categories, separated by commas.") var categorical = ""
    @Flag(help: "Balance the variances of the covariates too, not their means alone.") var variances = false
    @Option(help: "Scores of the same cases under the internal and the external protocol (CSV).")
    var protocolScores: String?
    @Option(help: "Scores of the same cases by the internal and the external readers' contours (CSV).")
    var contourScores: String?
    @Option(help: "Features of the same cases under the internal and the external protocol (CSV); needs --model.")
    var protocolFeatures: String?
    @Option(help: "Features of the same cases by the internal and the external readers (CSV); needs --model.")
    var contourFeatures: String?
    @Option(help: "Model that makes scores of the features.") var model: String?
    @Option(name: .customLong("case"), help: "Column that names the case in tables of features.") var caseName = "case"
    @Option(help: "Column of the reading in tables of features.") var reading = "reading"
    @Option(help: "Largest drop that is accepted: pass, fail or undecided, and the cases that would decide.")
    var gate: Double?
    @Option(help: "Bootstrap samples of the intervals.") var resamples = 1000
    @Option(help: "Key of the hash that seeds them.") var key = "concord"
    @OptionGroup var pictures: PictureOptions
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try localResults(format, pictures) {
            try LocalValidationError.requireFinite([("--gate", gate)])
            let table = try readTable(predictions)
            let columns = DropAttribution.Columns(
                score: score, outcome: outcome, site: site, internalSites: words(`internal`),
                covariates: words(covariates), categorical: Set(words(categorical)))
            let attribution = try DropAttribution(
                table, columns, balancesVariances: variances,
                protocols: remeasured(protocolScores, protocolFeatures, "protocol"),
                contours: remeasured(contourScores, contourFeatures, "contour"))
            var records = try attribution.results(resamples: resamples, gate: gate, key: key)
            records += try agreement()
            return LocalResults(
                title: "Drop of the AUC of \(score)", file: table.file, records: records,
                plots: pictures.areWanted ? attribution.plots(records) : [])
        }
    }

    /// Scores measured twice; of features by the model.
    private func remeasured(_ scores: String?, _ features: String?, _ name: String) throws -> RemeasuredScores? {
        guard scores == nil || features == nil else {
            throw LocalValidationError.options("give --\(name)-scores or --\(name)-features, and not both")
        }
        if let scores { return try RemeasuredScores(readTable(scores), outcome: outcome) }
        guard let features else { return nil }
        guard let model else { throw LocalValidationError.options("--\(name)-features needs --model") }
        let file = try ModelFile(json: contents(of: model))
        let table = try file.harmonised(readTable(features))
        let probabilities = try file.predictions(try LearningInput(table, features: file.features)).map { prediction in
            guard let probability = prediction.probability else {
                throw LocalValidationError.options("--model: the model has no probabilities; fit it with --calibrate")
            }
            return probability
        }
        // A probability that is 0 or 1 after rounding has no log odds.
        let inside = probabilities.map { min(max($0, 1e-15), 1 - 1e-15) }
        return try RemeasuredScores(
            table, scores: inside.map { log($0 / (1 - $0)) }, caseName: caseName, reading: reading,
            outcome: outcome)
    }

    /// ICC of the model's features over contours, and CCC across protocols.
    private func agreement() throws -> [StatisticRecord] {
        guard protocolFeatures != nil || contourFeatures != nil, let model else { return [] }
        let names = try ModelFile(json: contents(of: model)).features
        func read(_ path: String?) throws -> FeatureReadings? {
            try path.map {
                try FeatureReadings(readTable($0), caseName: caseName, site: nil, reading: reading, features: names)
            }
        }
        return try FeatureStability(readers: read(contourFeatures), protocols: read(protocolFeatures)).results()
    }
}
