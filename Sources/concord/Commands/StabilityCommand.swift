import ArgumentParser
import LocalValidation
import Tables

/// Filters features by their stability, on this machine.
struct Stability: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep features that readers and protocols agree on, on all cases and inside of folds.",
        discussion: """
            Examples:
              concord stability --readings r.csv --reader reader --case lesion --site hospital --folds 5 --format json
              concord stability --protocols p.csv --protocol scanner --case lesion --minimum-ccc 0.9
            One row for each lesion and reading, with the features in columns. A feature is kept if the lower bound of its
            ICC(A,1) over readers and its CCC across protocols reach their limits at enough of the sites.
            `concord crossvalidate --readings` filters inside of its folds.
            """)

    @OptionGroup var readings: ReadingOptions
    @Option(name: .customLong("case"), help: "Column that names the case.") var caseName: String
    @Option(help: "Column of the site.") var site: String?
    @Option(help: "Columns of the features, separated by commas; default: all others.") var features = ""
    @Option(help: "Number of folds: the filter without each fold.") var folds: Int?
    @Option(help: "Key of the hash that decides folds; lock it beforehand.") var key = "concord"
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table
    @OptionGroup var pictures: PictureOptions

    func run() throws {
        try localResults(format, pictures) {
            guard let filter = try readings.filter(caseName: caseName, site: site, features: words(features)) else {
                throw LocalValidationError.options("give --readings, --protocols, or both")
            }
            return LocalResults(
                title: "Stability of features", file: readings.files,
                records: try filter.results(folds: folds, key: key),
                plots: [])
        }
    }
}

/// Tables of repeated readings and the limits of the filter.
struct ReadingOptions: ParsableArguments {
    @Option(help: "Features by reader: one row for each case and reader (CSV).") var readings: String?
    @Option(help: "Column of the reader in --readings.") var reader = "reader"
    @Option(help: "Features by protocol: one row for each case and protocol (CSV).") var protocols: String?
    @Option(name: .customLong("protocol"), help: "Column of the protocol in --protocols.") var protocolName = "protocol"
    @Option(name: .customLong("minimum-icc"), help: "Limit of the lower bound of the ICC(A,1) over readers.")
    var minimumICC = 0.75
    @Option(name: .customLong("minimum-ccc"), help: "Limit of the CCC across protocols.") var minimumCCC = 0.85
    @Option(help: "Share of the sites at which a feature must reach both.") var siteShare = 0.75

    /// Names of the files that are read.
    var files: String {
        [readings, protocols].compactMap { $0?.split(separator: "/").last.map(String.init) }.joined(separator: ", ")
    }

    /// The filter; nil without tables.
    func filter(caseName: String, site: String?, features: [String]) throws -> FeatureStability? {
        guard readings != nil || protocols != nil else { return nil }
        var limits = FeatureStability.Limits()
        (limits.icc, limits.ccc, limits.siteShare) = (minimumICC, minimumCCC, siteShare)
        func read(_ path: String?, _ column: String) throws -> FeatureReadings? {
            try path.map {
                try FeatureReadings(
                    readTable($0), caseName: caseName, site: site, reading: column, features: features)
            }
        }
        return try FeatureStability(
            readers: read(readings, reader), protocols: read(protocols, protocolName), limits: limits)
    }
}
