import ArgumentParser
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
            The last two tables have columns internal and external: the score of the same cases measured in two ways.
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
    @Option(help: "Largest drop that is accepted: pass, fail or undecided, and the cases that would decide.")
    var gate: Double?
    @Option(help: "Bootstrap samples of the intervals.") var resamples = 1000
    @Option(help: "Key of the hash that seeds them.") var key = "concord"
    @OptionGroup var pictures: PictureOptions
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try localResults(format, pictures) {
            let table = try readTable(predictions)
            let columns = DropAttribution.Columns(
                score: score, outcome: outcome, site: site, internalSites: words(`internal`),
                covariates: words(covariates), categorical: Set(words(categorical)))
            func remeasured(_ path: String?) throws -> RemeasuredScores? {
                try path.map { try RemeasuredScores(readTable($0), outcome: outcome) }
            }
            let attribution = try DropAttribution(
                table, columns, balancesVariances: variances, protocols: remeasured(protocolScores),
                contours: remeasured(contourScores))
            let records = try attribution.results(resamples: resamples, gate: gate, key: key)
            return LocalResults(
                title: "Drop of the AUC of \(score)", file: table.file, records: records,
                plots: pictures.areWanted ? attribution.plots(records) : [])
        }
    }
}
