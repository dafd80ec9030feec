import ArgumentParser
import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import Tables

/// Harmonises feature tables on this machine, with no coordinator.
struct Harmonise: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove batch effects from a table of features (ComBat), with no coordinator.",
        discussion: """
            Examples:
              concord harmonise fit --features features.csv --meta meta.csv --batch scanner --covariates age,sex \\
                --categorical sex --model model.json --output harmonised.csv
              concord harmonise apply --model model.json --features new.csv --meta new-meta.csv --output new-harmonised.csv
              concord harmonise inspect --model model.json
            Rows of the two tables are paired by the first column that both have, else by their order. Every other column of
            the features is a feature. docs/harmonisation.md has the definitions and the model file.
            """,
        subcommands: [Fit.self, Apply.self, Inspect.self])

    /// Where rows come from and go to.
    struct Files: ParsableArguments {
        @Option(help: "Table of features (CSV).") var features: String
        @Option(help: "Table of what describes the rows: batch, covariates (CSV).") var meta: String
        @Option(help: "Only rows with this value in the second table, as COLUMN=VALUE.") var rows: String?
        @Option(help: "Write the harmonised features here (CSV, 17 significant digits).") var output: String

        func input() throws -> HarmonisationInput {
            var filter: (column: String, value: String)?
            if let rows {
                guard let equals = rows.firstIndex(of: "=") else {
                    throw LocalHarmonisationError.options("--rows: '\(rows)' is not COLUMN=VALUE")
                }
                filter = (String(rows[..<equals]), String(rows[rows.index(after: equals)...]))
            }
            return try HarmonisationInput(features: try table(features), meta: try table(meta), rows: filter)
        }

        private func table(_ path: String) throws -> CSVTable {
            let name = URL(filePath: path).lastPathComponent
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw LocalHarmonisationError.options("\(name): cannot be read; check the path and the permissions")
            }
            return try CSVTable(bytes: [UInt8](bytes), file: name)
        }

        func write(_ harmonised: CaseTable, of input: HarmonisationInput) throws {
            let text = input.written(harmonised) { String(format: "%.17g", $0) }.csv
            try Data(text.utf8).write(to: URL(filePath: output), options: .atomic)
        }
    }

    /// Which published package's stop rules are taken.
    enum Compatibility: String, ExpressibleByArgument, CaseIterable {
        case sva, neurocombat
    }

    enum Method: String, ExpressibleByArgument, CaseIterable {
        case parametric, nonparametric, none
    }

    struct Fit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Estimate batch effects and remove them; the model is a file that harmonises later rows.")

        @OptionGroup var files: Files
        @Option(help: "Column of the batch.") var batch: String
        @Option(help: "Covariates whose effects are kept, separated by commas.") var covariates = ""
        @Option(help: "Those of the covariates that are levels and not numbers, separated by commas.") var categorical =
            ""
        @Option(help: "Empirical Bayes: parametric, nonparametric, none.") var method: Method = .parametric
        @Flag(help: "Location only, no scale.") var meanOnly = false
        @Option(help: "Batch that the others are brought to; its rows do not change.") var reference: String?
        @Option(help: "Stop rules and mean-only behaviour of this package: sva, neurocombat.") var compat:
            Compatibility?
        @Option(help: "Write the model here (JSON).") var model: String

        func run() throws {
            try guarded {
                let input = try files.input()
                let design = try input.design(numeric: words(covariates), categorical: words(categorical))
                let table = try input.table(features: input.featureNames, batch: batch, design: design)
                let (file, harmonised) = try HarmonisationFile.fit(
                    table, batchColumn: batch, design: design, method: try variant(table), reference: reference)
                try files.write(harmonised, of: input)
                try file.json().write(to: URL(filePath: model), options: .atomic)
                for line in file.summary { Terminal.message(line) }
            }
        }

        private func variant(_ table: CaseTable) throws -> ComBatMethod {
            let isSVA = compat != nil
            let sizes = Dictionary(grouping: table.batch) { $0 }.mapValues(\.count)
            var meanOnly = meanOnly
            if let single = sizes.filter({ $0.value == 1 }).keys.min() {
                guard compat != .neurocombat else {
                    throw LocalHarmonisationError.options("batch '\(single)' has one row, which neuroCombat refuses")
                }
                if compat == .sva, method != .none, !meanOnly {
                    Terminal.message("batch '\(single)' has one row: location only for all batches, as sva does")
                    meanOnly = true
                }
            }
            switch (method, meanOnly) {
            case (.parametric, false): return isSVA ? .parametricSVA : .parametric
            case (.parametric, true): return isSVA ? .meanOnlySVA : .meanOnly
            case (.nonparametric, false): return .nonparametric
            case (.nonparametric, true): return .nonparametricMeanOnly
            case (.none, false): return .withoutEB
            case (.none, true):
                throw LocalHarmonisationError.options("--mean-only shrinks; give --method parametric or nonparametric")
            }
        }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Harmonise rows with a fitted model: its batches, and new ones from their own rows.")

        @OptionGroup var files: Files
        @Option(help: "Model that fit wrote.") var model: String
        @Option(help: "A new batch with fewer rows is refused.") var newBatchMinimum = 5

        func run() throws {
            try guarded {
                let file = try read(model)
                let input = try files.input()
                let table = try input.table(
                    features: file.model.features, batch: file.batchColumn, design: file.design)
                let (harmonised, new) = try file.apply(to: table, newBatchMinimum: max(2, newBatchMinimum))
                try files.write(harmonised, of: input)
                for estimate in new {
                    // Of a mean of n standardised values.
                    let error = 1 / Double(estimate.cases).squareRoot()
                    Terminal.message(
                        "batch '\(estimate.batch)' is new: \(estimate.cases) rows; standard error of its location before "
                            + "shrinkage \(String(format: "%.2f", error)) SD of a feature")
                }
            }
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a model file holds, after checking its hash.")

        @Option(help: "Model that fit wrote.") var model: String

        func run() throws {
            try guarded {
                let file = try read(model)
                Terminal.data((file.summary + ["sha256 \(file.sha256)"]).joined(separator: "\n") + "\n")
            }
        }
    }
}

extension HarmonisationFile {
    /// What was fitted, a line for each fact.
    var summary: [String] {
        var lines = [
            "\(model.cases) rows, \(model.features.count) features, method \(model.method.rawValue), batch '\(batchColumn)'",
            "covariates: \(model.covariates.isEmpty ? "none" : model.covariates.joined(separator: ", "))",
        ]
        if let reference = model.reference { lines.append("reference: \(reference)") }
        lines += batches.map { "batch '\($0.batch)': \($0.cases) rows\($0.isLocationOnly ? ", location only" : "")" }
        if !model.passedThrough.isEmpty {
            lines.append("constant in a batch, unchanged: \(model.passedThrough.joined(separator: ", "))")
        }
        return lines
    }
}

private func words(_ list: String) -> [String] {
    list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
}

private func read(_ path: String) throws -> HarmonisationFile {
    guard let json = FileManager.default.contents(atPath: path) else {
        throw LocalHarmonisationError.options("\(URL(filePath: path).lastPathComponent): cannot be read")
    }
    return try HarmonisationFile(json: json)
}

/// Every error as one line; 64 for what the user gave.
private func guarded(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let code as ExitCode {
        throw code
    } catch {
        throw Terminal.fail("\(error)", code: 64)
    }
}
