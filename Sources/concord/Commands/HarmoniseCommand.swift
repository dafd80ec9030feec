import ArgumentParser
import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import StudyProtocol
import Tables

/// Harmonises feature tables on this machine, with no coordinator.
struct Harmonise: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove batch effects from a table of features (ComBat), with no coordinator.",
        discussion: """
            Examples:
              concord harmonise fit --features features.csv --meta meta.csv --batch scanner --covariates age,sex \\
                --categorical sex --model model.json --output harmonised.csv
              concord harmonise fit --features f.csv --meta m.csv --batch scanner --covariates age,sex --smooth age --covbat \
                --model model.json --output harmonised.csv
              concord harmonise apply --model model.json --features new.csv --meta new-meta.csv --output new-harmonised.csv
              concord harmonise inspect --model model.json
            Rows of the two tables are paired by the first column that both have, else by their order. Every other column of
            the features is a feature. docs/harmonisation.md has the definitions and the model file.
            """,
        subcommands: [Fit.self, Apply.self, Report.self, Inspect.self, Measure.self])

    /// Where rows come from and go to.
    struct Files: ParsableArguments {
        @Option(help: "Table of features (CSV).") var features: String
        @Option(help: "Table of what describes the rows: batch, covariates (CSV).") var meta: String
        @Option(help: "Only rows with this value in the second table, as COLUMN=VALUE.") var rows: String?

        func input() throws -> HarmonisationInput {
            var filter: (column: String, value: String)?
            if let rows {
                guard let equals = rows.firstIndex(of: "=") else {
                    throw LocalHarmonisationError.options("--rows: '\(rows)' is not COLUMN=VALUE")
                }
                filter = (String(rows[..<equals]), String(rows[rows.index(after: equals)...]))
            }
            return try HarmonisationInput(features: try readTable(features), meta: try readTable(meta), rows: filter)
        }

        func write(_ harmonised: CaseTable, of input: HarmonisationInput, to output: String) throws {
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

    /// What is fitted.
    struct Plan: ParsableArguments {
        @Option(
            help:
                "Column of the batch; or several with commas, the coarsest first, whose effects add up (vendor,kernel)."
        )
        var batch: String
        @Option(help: "Covariates whose effects are kept, separated by commas.") var covariates = ""
        @Option(help: "Those of the covariates that are levels and not numbers, separated by commas.") var categorical =
            ""
        @Option(help: "Empirical Bayes: parametric, nonparametric, none.") var method: Method = .parametric
        @Flag(help: "Location only, no scale.") var meanOnly = false
        @Option(help: "Batch that the others are brought to; its rows do not change.") var reference: String?
        @Flag(help: "Harmonise the batches' correlations too (CovBat, 95 % of the variance).") var covbat = false
        @Option(help: "Covariates whose effect is a curve (thin plate spline, penalty by GCV), separated by commas.")
        var smooth = ""
        @Option(help: "Functions of a smooth covariate, with the constant.") var smoothDimension = 5
        @Option(help: "Column that names the patient of repeated scans: a random intercept for each (REML).")
        var randomIntercept: String?
        @Option(
            help: "Stop rules, mean-only behaviour and denominators of this package: sva, neurocombat.")
        var compat: Compatibility?

        @Option(
            help: "Features with a prior of their own, as CLASS=PATTERN ('shape=original_shape_*'); may be repeated.")
        var featureClass: [String] = []
        @Option(help: "Features harmonised as logarithms (PATTERN); may be repeated.") var log: [String] = []
        @Option(help: "Features harmonised after a Box-Cox transform, as LAMBDA=PATTERN; may be repeated.")
        var boxCox: [String] = []
        @Option(
            help:
                "Several batch columns: a site with fewer rows of a combination of levels refuses to sum them (simulate)."
        )
        var combinationMinimum = 1
        @Option(help: "Column of the outcome, which is refused as a covariate.") var outcome: String?

        /// `NAME=PATTERN`
        private func patterns(_ texts: [String], option: String) throws -> [FeaturePattern] {
            try texts.map { text in
                guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                    throw LocalHarmonisationError.options("\(option): '\(text)' has no '='")
                }
                return FeaturePattern(
                    name: String(text[..<equals]), pattern: String(text[text.index(after: equals)...]))
            }
        }

        /// The plan and the rows of a table.
        func read(_ input: HarmonisationInput) throws -> (HarmonisationPlan, HarmonisationRows) {
            guard smoothDimension >= 3 else {
                throw LocalHarmonisationError.options(
                    "--smooth-dimension: \(smoothDimension) is below 3, a line and a bend")
            }
            let design = try input.design(
                numeric: words(covariates), categorical: words(categorical), smooth: words(smooth),
                dimension: smoothDimension)
            if let outcome, (words(covariates) + words(categorical) + words(smooth)).contains(outcome) {
                throw LocalHarmonisationError.options(
                    "--covariates: '\(outcome)' is the outcome; preserving it would leak it into the features")
            }
            let rows = try input.rows(
                features: input.featureNames.filter { $0 != randomIntercept && $0 != outcome }, batches: words(batch),
                design: design, subject: randomIntercept)
            let classes = try patterns(featureClass, option: "--feature-class")
            let transforms =
                try patterns(boxCox, option: "--box-cox") + log.map { FeaturePattern(name: "0", pattern: $0) }
            let plan = try HarmonisationPlan(
                batchColumns: words(batch), design: design, method: try variant(rows.table), reference: reference,
                hasCovariance: covbat, subjectColumn: randomIntercept,
                missing: compat == .sva ? .valuesLessOne : .values,
                classes: classes.isEmpty ? nil : FeatureClasses(classes),
                transforms: transforms.isEmpty
                    ? nil : FeatureTransforms(transforms, features: rows.table.featureNames),
                combinationMinimum: combinationMinimum)
            return (plan, rows)
        }

        private func variant(_ table: CaseTable) throws -> ComBatMethod {
            let isPackage = compat != nil
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
            case (.parametric, false) where compat == .neurocombat: return .parametricNeuroCombat
            case (.parametric, false): return isPackage ? .parametricSVA : .parametric
            case (.parametric, true): return isPackage ? .meanOnlySVA : .meanOnly
            case (.nonparametric, false): return .nonparametric
            case (.nonparametric, true): return .nonparametricMeanOnly
            case (.none, false): return .withoutEB
            case (.none, true):
                throw LocalHarmonisationError.options("--mean-only shrinks; give --method parametric or nonparametric")
            }
        }
    }

    struct Fit: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Estimate batch effects and remove them; the model is a file that harmonises later rows.")

        @OptionGroup var files: Files
        @OptionGroup var plan: Plan
        @Option(help: "Write the harmonised features here (CSV, 17 significant digits).") var output: String
        @Option(help: "Write the model here (JSON).") var model: String
        @Option(
            help:
                "Column of the folds of a cross-validation: writes one more model without each, as MODEL-without-FOLD.json."
        )
        var folds: String?

        func run() throws {
            try guarded {
                let input = try files.input()
                let (plan, rows) = try plan.read(input)
                let (file, harmonised) = try HarmonisationFile.fit(plan, sites: [rows])
                try files.write(harmonised[0], of: input, to: output)
                try file.json().write(to: URL(filePath: model), options: .atomic)
                for line in file.summary { Terminal.message(line) }
                guard let folds else { return }
                let parts = try HarmonisationFile.fitFolds(
                    plan, sites: [rows], folds: [try input.meta.texts(folds)], column: folds)
                for (fold, file) in parts {
                    let path = model.hasSuffix(".json") ? String(model.dropLast(5)) : model
                    let name = String(fold.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" })
                    try file.json().write(to: URL(filePath: "\(path)-without-\(name).json"), options: .atomic)
                }
                Terminal.message("and \(parts.count) models, one without each '\(folds)'")
            }
        }
    }

    /// `concord simulate harmonise`
    struct Simulation: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "harmonise",
            abstract: "Harmonise a table as one and split into sites that exchange sums, and compare.",
            discussion: """
                Example:
                  concord simulate harmonise --features features.csv --meta meta.csv --batch scanner --sites hospital
                A batch, and with --random-intercept a patient, lies within one site.
                """)

        @OptionGroup var files: Files
        @OptionGroup var plan: Plan
        @Option(help: "Column of the second table that names the site.") var sites: String
        @Option(help: "table or json.") var format: OutputFormat = .table

        func run() throws {
            try guarded {
                let input = try files.input()
                let (plan, rows) = try plan.read(input)
                let report = try HarmonisationSimulation(plan, rows: rows, sites: try input.meta.texts(sites))
                switch format {
                case .json:
                    Terminal.data(String(decoding: try CanonicalForm.encode(report), as: UTF8.self) + "\n")
                case .table, .csv, .jsonl: Terminal.data(report.text)
                }
            }
        }
    }

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
                let file = try read(model)
                let input = try files.input()
                if heldOut {
                    try file.requireHeldOut(try file.heldOut.map { try input.meta.texts($0.column) } ?? [])
                }
                let rows = try input.rows(
                    features: file.model.features, batches: file.batchColumns, design: file.design,
                    subject: file.subjects?.column)
                let applied = try file.apply(to: rows, newBatchMinimum: max(2, newBatchMinimum))
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
        if let covariance {
            let percent = String(format: "%.1f", 100 * covariance.share)
            lines.append("CovBat: \(covariance.axes.count) principal components with \(percent) % of the variance")
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

private func read(_ path: String) throws -> HarmonisationFile { try HarmonisationFile(json: try contents(of: path)) }
