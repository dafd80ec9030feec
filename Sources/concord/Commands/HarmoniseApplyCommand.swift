import ArgumentParser
import Foundation
import Harmonisation
import LocalHarmonisation
import Tables

extension Harmonise {
    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Harmonise rows with a fitted model: its batches, and new ones from their own rows.")

        @OptionGroup var files: Files
        @Option(help: "Write the harmonised features here (CSV, 17 significant digits).") var output: String
        @Option(help: "Model that fit wrote.") var model: String
        @Option(help: "A new batch with fewer rows is refused.") var newBatchMinimum = 5
        @Flag(help: "Refuse rows that fitted the model (of fit --folds): a validation is on others.") var heldOut =
            false

        func run() throws {
            try guarded {
                let file = try readHarmonisation(model)
                let input = try files.input(features: file.model.features)
                if heldOut {
                    try file.requireHeldOut(try file.heldOut.map { try input.meta.texts($0.column) } ?? [])
                }
                let applied = try file.apply(to: input, newBatchMinimum: max(2, newBatchMinimum))
                try files.write(applied.harmonised, of: input, to: output)
                for fallback in applied.fallbacks {
                    let name = fallback.levels.joined(separator: " / ")
                    Terminal.message(
                        fallback.unknown.isEmpty
                            ? "'\(name)' was not in the fit: the effects of its levels add up"
                            : "'\(name)': its \(fallback.unknown.joined(separator: ", ")) was not in the fit: taken as the "
                                + "other batch columns say")
                }
                for estimate in applied.new {
                    // Of a mean of n standardised values.
                    let error = 1 / Double(estimate.cases).squareRoot()
                    Terminal.message(
                        "batch '\(estimate.batch)' is new: \(estimate.cases) rows; standard error of its location before "
                            + "shrinkage \(String(format: "%.2f", error)) SD of a feature")
                }
            }
        }
    }
}
