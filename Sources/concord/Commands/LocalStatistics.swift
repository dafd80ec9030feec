import Agreement
import ArgumentParser
import Foundation
import Imaging
import LocalValidation
import Plots
import Tables

/// Validates predictions on this machine.
struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Discrimination, calibration and utility of predictions, by site and over sites, with no coordinator.",
        discussion: """
            Examples:
              concord validate --predictions p.csv --score p --outcome event --site hospital --format json
              concord validate --predictions p.csv --score new,old --outcome event --threshold 0.4 --categories 0.2,0.5
              concord validate --predictions p.csv --score p --outcome event --site hospital --internal A --curve
              concord validate --predictions p.csv --score risk --time months --event death --horizon 24 --site hospital
            Calibration and net benefit need scores from 0 to 1. `concord explain --list` names every statistic.
            With --gate or --drop-gate the exit code is 0 if every verdict is a pass, 3 if one is a fail, else 6 (undecided).
            """)

    @Option(help: "One row a case (CSV).") var predictions: String
    @Option(help: "Columns of scores, separated by commas; the first is compared with the others.") var score: String
    @Option(help: "Column of the outcome: 1 event, 0 no event.") var outcome: String?
    @Option(help: "Column of the time to the event or to the end of observation.") var time: String?
    @Option(help: "Column of 1 for an event at that time, 0 for none.") var event: String?
    @Option(help: "Time at which survival and the AUC are wanted, in the unit of --time.") var horizon: Double?
    @Option(help: "Column of the site.") var site: String?
    @Option(help: "Locked threshold of the scores.") var threshold: Double?
    @Option(help: "Limits of risk categories for the NRI of two scores, separated by commas.") var categories = ""
    @Option(help: "Site that developed the model; its AUC less that of the other sites is the drop.") var `internal`:
        String?
    @Option(help: "Gate of the AUC: pass, fail or undecided, and the cases that would decide.") var gate: Double?
    @Option(help: "Largest drop of the AUC from --internal that is accepted: pass, fail or undecided.") var dropGate:
        Double?
    @Option(
        help: "Add intervals that stay valid at every look (confidence sequences), narrowest at this number of cases.")
    var sequential: Int?
    @Flag(help: "Net benefit at every threshold from 0.01 to 0.99, and the ROC curve with its bands.") var curve = false
    @OptionGroup var pictures: PictureOptions
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try localResults(format, pictures) {
            let cutPoints = try words(categories).map { word in
                guard let cut = Double(word), cut > 0, cut < 1 else {
                    throw LocalValidationError.options("--categories: '\(word)' is not between 0 and 1")
                }
                return cut
            }
            guard (time == nil) == (event == nil) else {
                throw LocalValidationError.options("--time and --event belong together; give both or neither")
            }
            guard outcome != nil || time != nil else {
                throw LocalValidationError.options("give --outcome, or --time and --event")
            }
            guard horizon == nil || time != nil else {
                throw LocalValidationError.options("--horizon needs --time and --event")
            }
            if let horizon, !(horizon > 0 && horizon.isFinite) {
                throw LocalValidationError.options("--horizon: \(horizon) is not above 0")
            }
            try LocalValidationError.requireFinite([
                ("--threshold", threshold), ("--gate", gate), ("--drop-gate", dropGate),
            ])
            guard dropGate == nil || (`internal` != nil && outcome != nil) else {
                throw LocalValidationError.options("--drop-gate needs --internal and --outcome")
            }
            let table = try readTable(predictions)
            var records: [StatisticRecord] = []
            var plots: [any Plot] = []
            if let outcome {
                let analysis = try PredictionAnalysis(table, scores: words(score), outcome: outcome, site: site)
                if pictures.areWanted { plots = analysis.plots() }
                records = try analysis.results(
                    threshold: threshold, cutPoints: cutPoints, internalSite: `internal`, dropGate: dropGate,
                    wantsDecisionCurve: curve)
            }
            if let time, let event {
                let analysis = try SurvivalAnalysis(
                    table, scores: words(score), time: time, event: event, site: site)
                records += analysis.results(horizon: horizon)
                if pictures.areWanted { plots += analysis.plots() }
            }
            if let gate { records += StatisticRecord.verdicts(records, gate: gate) }
            records += try sequences(of: records, tightestAt: sequential)
            return LocalResults(title: "Validation of \(score)", file: table.file, records: records, plots: plots)
        }
    }
}

/// Agreement of readers on this machine.
struct Agree: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agreement",
        abstract: "Agreement of readers: kappas, AC, alpha, ICC, CCC, limits of agreement, with no coordinator.",
        discussion: """
            Examples:
              concord agreement --ratings r.csv --format json
              concord agreement --ratings r.csv --raters ann,bob --level ordinal --weights quadratic
              concord agreement --ratings r.csv --raters ann,bob --site hospital
              concord agreement --ratings volumes.csv --level interval
              concord agreement --masks ann.nii.gz bob.nii.gz --ring 3 --format json
            One row a case, one column a reader; empty cells, NA and ? are missing.
            """)

    @Option(help: "One row a case, one column a reader (CSV).") var ratings: String?
    @Option(
        parsing: .upToNextOption,
        help: "Masks of readers of one case, on one grid (NIfTI, NRRD); instead of --ratings.")
    var masks: [String] = []
    @Option(help: "Label of the region in the masks; without it every voxel that is not 0.") var label: Int?
    @Option(help: "Rings around the masks to compare too, in mm: 3 or 3-5, separated by commas.") var ring = ""
    @Flag(help: "Take each slice of the masks by itself.") var planar = false
    @Option(help: "Tolerance of the surface Dice, in mm.") var tolerance = 1.0
    @Option(help: "Columns of the readers, separated by commas; default: all, but a first one that names the cases.")
    var raters = ""
    @Option(
        help: "Column of the site: the coefficients of each site too, and kappas and AC over sites by random effects.")
    var site: String?
    @Option(help: "Add intervals of kappas that stay valid at every look, narrowest at this number of cases.")
    var sequential: Int?
    @Option(help: "nominal, ordinal, interval or ratio.") var level = "nominal"
    @Option(help: "none, linear or quadratic.") var weights = "none"
    @OptionGroup var pictures: PictureOptions
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try localResults(format, pictures) {
            guard masks.isEmpty != (ratings == nil) else {
                throw LocalValidationError.options("give --ratings or --masks, and not both")
            }
            guard let ratings else { return try contours() }
            guard ring.isEmpty, label == nil, !planar else {
                throw LocalValidationError.options("--ring, --label and --planar belong to --masks")
            }
            guard let level = KrippendorffAlpha.Level(rawValue: level) else {
                throw LocalValidationError.options("--level: use nominal, ordinal, interval or ratio")
            }
            guard let weights = WeightedAgreement.Weights(rawValue: weights) else {
                throw LocalValidationError.options("--weights: use none, linear or quadratic")
            }
            let table = try readTable(ratings)
            let analysis = try RatingAnalysis(
                table, raters: words(raters), level: level, weights: weights, site: site)
            var records = try analysis.results()
            records += try sequences(of: records, tightestAt: sequential)
            return LocalResults(
                title: "Agreement of readers", file: table.file, records: records,
                plots: pictures.areWanted ? try analysis.plots(records) : [])
        }
    }
}

extension Agree {
    private func contours() throws -> LocalResults {
        guard tolerance >= 0, tolerance.isFinite else {
            throw LocalValidationError.options("--tolerance: \(tolerance) is no distance in mm")
        }
        let rings = try words(ring).map { word in
            let ends = word.split(separator: "-").map { Double($0) ?? .nan }
            let (from, to) = ends.count == 1 ? (0, ends[0]) : (ends.first ?? .nan, ends.last ?? .nan)
            guard ends.count <= 2, from >= 0, to > from, to.isFinite else {
                throw LocalValidationError.options("--ring: '\(word)' is not a width in mm, as 3 or 3-5")
            }
            return (from: from, to: to)
        }
        let readers = try masks.map { path in
            let name = URL(filePath: path).lastPathComponent
            do throws(ImagingError) {
                return (name: name, mask: try MaskReader.read(path: path, label: label))
            } catch .emptyMask(let label, let present) {
                throw LocalValidationError.options("\(name): \(ImagingError.emptyMask(label: label, present: present))")
            }
        }
        let analysis = try ContourAnalysis(readers, planar: planar, tolerance: tolerance)
        return LocalResults(
            title: "Agreement of contours", file: readers.map(\.name).joined(separator: ", "),
            records: try analysis.results(rings: rings), plots: pictures.areWanted ? try analysis.plots() : [])
    }
}

/// Combines results of sites on this machine.
struct Meta: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Random-effects summary of results of sites, with no coordinator.",
        discussion: """
            Examples:
              concord meta --estimates e.csv --measure auc
              concord meta --estimates e.csv --measure log-oe --format json
            Columns: site, estimate, and se or lower and upper (95 %). Fewer than three sites are listed and not pooled.
            """)

    @Option(help: "One row a site (CSV).") var estimates: String
    @Option(help: "auc (on its own scale), logit, log-oe, slope or mean.") var measure = "mean"
    @OptionGroup var pictures: PictureOptions
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try localResults(format, pictures) {
            guard let measure = EstimateAnalysis.Measure(rawValue: measure) else {
                throw LocalValidationError.options("--measure: use auc, logit, log-oe, slope or mean")
            }
            let table = try readTable(estimates)
            let analysis = try EstimateAnalysis(table, measure: measure)
            return LocalResults(
                title: "Summary over sites", file: table.file, records: analysis.results(),
                plots: pictures.areWanted ? analysis.plots() : [])
        }
    }
}

/// Says what a statistic is.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a statistic is, where it comes from, and what of it leaves a site.",
        discussion: "Examples: concord explain AUC; concord explain --list")

    @Argument(help: "Name of a statistic.") var name: String?
    @Flag(help: "List the names.") var list = false

    func run() throws {
        if list || name == nil {
            return Terminal.data(StatisticName.allCases.map(\.rawValue).joined(separator: "\n") + "\n")
        }
        guard let found = StatisticName.allCases.first(where: { $0.rawValue.lowercased() == name?.lowercased() }) else {
            throw Terminal.fail("there is no statistic '\(name ?? "")'; `concord explain --list` names them", code: 64)
        }
        let text = found.explanation
        Terminal.data(
            """
            \(found.rawValue)
              definition: \(text.definition)
              formula:    \(found.formula)
              reference:  \(text.reference)
              federated:  \(text.federated)

            """)
    }
}
