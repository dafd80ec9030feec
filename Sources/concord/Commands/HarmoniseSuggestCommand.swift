import ArgumentParser
import Foundation
import Harmonisation
import LocalHarmonisation
import Plots
import Tables

extension Harmonise {
    struct Suggest: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Search for batches that nobody named; a person decides whether to use them.",
            discussion: """
                Example:
                  concord harmonise suggest --features features.csv --meta meta.csv --covariates age --output suggested.csv
                  concord harmonise fit --features features.csv --meta suggested.csv --batch suggested_all ...
                In each class of features the leading principal components are searched for mixtures of normal laws. Groups
                may as well be subtypes of the disease: look at them before you harmonise them away. Nothing is used unless a
                fit names the column.
                """)

        @OptionGroup var files: Files
        @Option(help: "Columns of the known batches, whose locations are taken off first, separated by commas.")
        var batch = ""
        @Option(help: "Covariates whose effects are taken off first, separated by commas.") var covariates = ""
        @Option(help: "Those of the covariates that are levels and not numbers, separated by commas.")
        var categorical = ""
        @OptionGroup var classes: ClassOptions
        @Option(help: "Column of the outcome, which is no feature.") var outcome: String?
        @Option(help: "Write the second table with a column for each suggestion here (CSV).") var output: String

        func run() throws {
            try guarded {
                let input = try files.input(except: [outcome].compactMap { $0 })
                let design = try input.design(numeric: words(covariates), categorical: words(categorical))
                let suggestion = try BatchSuggestion(
                    input, batches: words(batch), design: design, classes: try classes.read())
                for (column, own) in zip(suggestion.columns, suggestion.found.suggestions) {
                    let groups = own.groups.indices.map { group in own.group.count { $0 == group } }
                    Terminal.data(
                        "\(column): groups of \(groups.map(String.init).joined(separator: ", ")) rows on component "
                            + "\(own.component) of class '\(own.featureClass)' "
                            + "(\(PlotNumber.fixed(100 * own.variance, decimals: 1)) % of its variance); "
                            + "BIC lower by \(PlotNumber.fixed(own.bicGain, decimals: 1)), distance "
                            + "\(PlotNumber.fixed(own.separation, decimals: 2)) SD\n")
                }
                guard !suggestion.columns.isEmpty else {
                    Terminal.message("nothing is suggested; no table was written")
                    return
                }
                try Data(suggestion.table.csv.utf8).write(to: URL(filePath: output), options: .atomic)
                Terminal.message("to accept a suggestion, fit with --meta \(output) and its column as --batch")
            }
        }
    }

    /// Classes of features, by patterns or from a table.
    struct ClassOptions: ParsableArguments {
        @Option(
            help: "Features with a prior of their own, as CLASS=PATTERN ('shape=original_shape_*'); may be repeated.")
        var featureClass: [String] = []
        @Option(help: "Table with the columns feature and class (CSV), in place of --feature-class.")
        var classes: String?

        /// The classes; nil without.
        func read() throws -> FeatureClasses? {
            if let classes {
                guard featureClass.isEmpty else {
                    throw LocalHarmonisationError.options("--classes and --feature-class exclude each other")
                }
                return try FeatureClasses(table: try readTable(classes))
            }
            let patterns = try patterns(featureClass, option: "--feature-class")
            return patterns.isEmpty ? nil : FeatureClasses(patterns)
        }
    }
}

/// `NAME=PATTERN`
func patterns(_ texts: [String], option: String) throws -> [FeaturePattern] {
    try texts.map { text in
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw LocalHarmonisationError.options("\(option): '\(text)' has no '='")
        }
        return FeaturePattern(name: String(text[..<equals]), pattern: String(text[text.index(after: equals)...]))
    }
}
