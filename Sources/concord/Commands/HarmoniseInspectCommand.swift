import ArgumentParser
import Foundation
import Harmonisation
import LocalHarmonisation

extension Harmonise {
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a model file holds, after checking its hash.")

        @Option(help: "Model that fit wrote.") var model: String

        func run() throws {
            try guarded {
                let file = try readHarmonisation(model)
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
        if let penalty { lines.append("penalties of smooth covariates: \(penalty)") }
        if let reference = model.reference { lines.append("reference: \(BatchCombination.shown(reference))") }
        if let covariance {
            let percent = String(format: "%.1f", 100 * covariance.share)
            lines.append("CovBat: \(covariance.axes.count) principal components with \(percent) % of the variance")
            let left = Set(model.adjustedFeatures).subtracting(covariance.features).sorted()
            if !left.isEmpty { lines.append("ComBat only, for their missing values: \(left.joined(separator: ", "))") }
        }
        if let subjects { lines.append("random intercept of '\(subjects.column)'") }
        if let classes = model.classes {
            let sizes = Dictionary(grouping: classes) { $0 }.sorted { $0.key < $1.key }
            lines.append("priors by class: " + sizes.map { "\($0.key) \($0.value.count)" }.joined(separator: ", "))
        }
        if let transforms { lines.append("transformed features: \(transforms.lambda.count)") }
        if let heldOut { lines.append("without \(heldOut.column) '\(heldOut.fold)'") }
        if let missing = model.missing { lines.append("missing values: variance over \(missing.rawValue) values") }
        for factor in factors?.effects ?? [] {
            let nested = factor.nestedIn.isEmpty ? "" : " within \(factor.nestedIn.joined(separator: ", "))"
            let levels = factor.levels.map { "\($0.batch) \($0.cases)\($0.isLocationOnly ? " (location only)" : "")" }
            lines.append("batch column '\(factor.name)'\(nested): \(levels.joined(separator: ", "))")
        }
        if let factors { lines.append("combinations of levels: \(factors.combinations.count)") }
        lines += batches.map { "batch '\($0.batch)': \($0.cases) rows\($0.isLocationOnly ? ", location only" : "")" }
        if !model.passedThrough.isEmpty {
            lines.append("constant in a batch, unchanged: \(model.passedThrough.joined(separator: ", "))")
        }
        return lines
    }
}

/// A model file, its hash checked.
func readHarmonisation(_ path: String) throws -> HarmonisationFile {
    try HarmonisationFile(json: try contents(of: path))
}
