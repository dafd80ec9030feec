import ArgumentParser
import Foundation
import LocalValidation
import Plots
import Tables

/// Refits a model without some of the cases, on this machine.
struct CrossValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crossvalidate",
        abstract: "Validate a logistic model by refitting it: leaving sites out, in folds, by the bootstrap.",
        discussion: """
            Examples:
              concord crossvalidate --table t.csv --outcome event --predictors age,size,grade --categorical grade \\
                --site hospital --leave-out-sites --format json
              concord crossvalidate --table t.csv --outcome event --predictors age,size --site hospital --case id \\
                --folds 5 --bootstrap 200 --key study-7 --report cv.html
              concord crossvalidate --table t.csv --outcome event --predictors f1,f2,f3 --site hospital --case id \
                --folds 5 --readings two-readers.csv --reader reader
            Every refit sums over the sites' rows what a study sends. Folds are stratified by site and outcome; they and the
            resamples follow from a hash of the case with --key. docs/validation-statistics.md has the definitions.
            """)

    @Option(help: "One row a case (CSV).") var table: String
    @Option(help: "Column of the outcome: 1 event, 0 no event.") var outcome: String
    @Option(help: "Columns of the predictors, separated by commas.") var predictors: String
    @Option(
        help: "Those of them whose values are categories, separated by commas; the first category is the reference.")
    var categorical = ""
    @Option(help: "Column of the site.") var site: String
    @Option(name: .customLong("case"), help: "Column that names the case; default: the number of the row.")
    var caseName: String?
    @Flag(help: "Leave rows with a missing value out.") var completeCases = false
    @Flag(help: "Predict each site by the model of all others (internal-external validation).") var leaveOutSites =
        false
    @Option(help: "Number of folds.") var folds: Int?
    @Option(help: "Number of bootstrap resamples for the optimism.") var bootstrap: Int?
    @Option(help: "L2 penalty of the coefficients of z-scores.") var ridge = 0.0
    @Option(help: "Key of the hash that decides folds and resamples; lock it beforehand.") var key = "concord"
    @Option(help: "Locked threshold of the probabilities.") var threshold: Double?
    @OptionGroup var readings: ReadingOptions
    @OptionGroup var pictures: PictureOptions
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try localResults(format, pictures) {
            try LocalValidationError.requireFinite([("--threshold", threshold)])
            guard leaveOutSites || folds != nil || bootstrap != nil else {
                throw LocalValidationError.options("give --leave-out-sites, --folds or --bootstrap")
            }
            let source = try readTable(table)
            let columns = PredictorTable.Columns(
                predictors: words(predictors), categorical: Set(words(categorical)), outcome: outcome, site: site,
                caseName: caseName)
            guard (readings.readings == nil && readings.protocols == nil) || caseName != nil else {
                throw LocalValidationError.options("--readings and --protocols need --case, by which cases are found")
            }
            let stability = try caseName.flatMap {
                try readings.filter(caseName: $0, site: site, features: words(predictors))
            }
            let validation = try CrossValidation(
                try PredictorTable(source, columns, completeCases: completeCases), ridge: ridge, key: key,
                stability: stability)
            var records = try validation.wholeModel()
            var plots: [any Plot] = []
            func add(_ outcome: CrossValidation.Outcome) {
                records += outcome.records
                if pictures.areWanted { plots += outcome.predictions.plots() }
            }
            if leaveOutSites { add(try validation.leavingSitesOut(threshold: threshold)) }
            if let folds { add(try validation.inFolds(folds, threshold: threshold)) }
            if let bootstrap { records += try validation.optimism(resamples: bootstrap) }
            return LocalResults(
                title: "Cross-validation of \(outcome)", file: source.file, records: records, plots: plots)
        }
    }
}
