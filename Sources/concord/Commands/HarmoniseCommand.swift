public import ArgumentParser
import Foundation
import Harmonisation
public import LocalHarmonisation
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
        subcommands: [
            Fit.self, Apply.self, Suggest.self, Report.self, Page.self, Inspect.self, Measure.self,
        ])

    /// Where rows come from and go to.
    struct Files: ParsableArguments {
        @Option(help: "Table of features (CSV).") var features: String
        @Option(help: "Table of what describes the rows: batch, covariates (CSV).") var meta: String
        @Option(help: "Only rows with this value in the second table, as COLUMN=VALUE.") var rows: String?

        /// - Parameters:
        ///   - names: the features; nil for all columns that join nothing.
        ///   - others: columns that are no features.
        func input(features names: [String]? = nil, except others: [String] = []) throws -> HarmonisationInput {
            var filter: (column: String, value: String)?
            if let rows {
                guard let equals = rows.firstIndex(of: "=") else {
                    throw LocalHarmonisationError.options("--rows: '\(rows)' is not COLUMN=VALUE")
                }
                filter = (String(rows[..<equals]), String(rows[rows.index(after: equals)...]))
            }
            return try HarmonisationInput(
                features: try readRows(features), meta: try readTable(meta), rows: filter, features: names,
                except: others)
        }

        /// Writes beside the output and renames, so that no half of a table is left.
        func write(_ harmonised: HarmonisationFile.Rows, of input: HarmonisationInput, to output: String) throws {
            let (target, part) = (URL(filePath: output), URL(filePath: output + ".part"))
            let unwritable = LocalHarmonisationError.options(
                "--output: '\(target.lastPathComponent)' cannot be written; check the folder")
            guard FileManager.default.createFile(atPath: part.path(percentEncoded: false), contents: nil) else {
                throw unwritable
            }
            do {
                let file = try FileHandle(forWritingTo: part)
                try input.write(harmonised) { try file.write(contentsOf: $0) }
                try file.close()
                guard rename(part.path(percentEncoded: false), target.path(percentEncoded: false)) == 0 else {
                    throw unwritable
                }
            } catch {
                try? FileManager.default.removeItem(at: part)
                throw error
            }
        }
    }

    /// Which published package's stop rules are taken.
    enum Compatibility: String, ExpressibleByArgument, CaseIterable {
        case sva, neurocombat
    }

    enum Method: String, ExpressibleByArgument, CaseIterable {
        case parametric, nonparametric, none
    }

    /// How the penalties of smooth covariates are chosen.
    enum Penalty: String, ExpressibleByArgument, CaseIterable {
        case gcv, reml, mgcv
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
        @Option(
            help:
                "Batch that the others are brought to; its rows do not change. Of several batch columns a level of each (GE,soft)."
        )
        var reference: String?
        @Flag(help: "Harmonise the batches' correlations too (CovBat, 95 % of the variance).") var covbat = false
        @Option(
            help:
                "Features with missing values beside --covbat: refuse, or combat (they keep ComBat's values, the rest goes on)."
        )
        var incomplete: HarmonisationPlan.Incomplete = .refuse
        @Option(help: "Covariates whose effect is a curve (thin plate spline), separated by commas.")
        var smooth = ""
        @Option(help: "Functions of a smooth covariate, with the constant.") var smoothDimension = 5
        @Option(
            help:
                "Penalties of smooth covariates: mgcv (where R's mgcv stops, default), gcv (the lowest score), reml (the only one beside random intercepts)."
        )
        var penalty: Penalty?
        @Option(help: "Column that names the patient of repeated scans: a random intercept for each (REML).")
        var randomIntercept: String?
        @Option(
            help: "Stop rules, mean-only behaviour and denominators of this package: sva, neurocombat.")
        var compat: Compatibility?
        @Option(help: "A batch of one row: refuse, or location (shift it, with no scale of its own).")
        var singletons: HarmonisationPlan.Singletons = .refuse

        @OptionGroup var classes: ClassOptions
        @Option(help: "Features harmonised as logarithms (PATTERN); may be repeated.") var log: [String] = []
        @Option(help: "Features harmonised after a Box-Cox transform, as LAMBDA=PATTERN; may be repeated.")
        var boxCox: [String] = []
        @Option(
            help:
                "Several batch columns: a site with fewer rows of a combination of levels refuses to sum them (simulate)."
        )
        var combinationMinimum = 1
        @Option(help: "Column of the outcome, which is refused as a covariate.") var outcome: String?

        /// Columns of the table of features that are no features.
        var others: [String] { [randomIntercept, outcome].compactMap { $0 } }

        /// The plan for the rows of an input.
        func read(_ input: HarmonisationInput) throws -> HarmonisationPlan {
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
            let transforms =
                try patterns(boxCox, option: "--box-cox") + log.map { FeaturePattern(name: "0", pattern: $0) }
            return try HarmonisationPlan(
                batchColumns: words(batch), design: design, method: try variant(input),
                reference: reference.map { words(batch).count > 1 ? BatchCombination.name(words($0)) : $0 },
                hasCovariance: covbat, subjectColumn: randomIntercept,
                missing: compat == .sva ? .valuesLessOne : .values,
                classes: try classes.read(),
                transforms: transforms.isEmpty ? nil : FeatureTransforms(transforms, features: input.featureNames),
                combinationMinimum: combinationMinimum, singletons: singletons,
                penalty: try penaltyChoice(input), incomplete: incomplete)
        }

        /// Smooth terms are mgcv's unless another choice is named; random intercepts bring their own.
        private func penaltyChoice(_ input: HarmonisationInput) throws -> PenaltyChoice? {
            if penalty == nil, words(smooth).isEmpty || randomIntercept != nil { return nil }
            switch penalty ?? .mgcv {
            case .gcv: return .generalisedCrossValidation
            case .reml: return .restrictedLikelihood
            case .mgcv: return try input.penaltyDescent(smooth: words(smooth), dimension: smoothDimension)
            }
        }

        private func variant(_ input: HarmonisationInput) throws -> ComBatMethod {
            let isPackage = compat != nil
            var sizes: [String: Int] = [:]
            if words(batch).count == 1 { for name in try input.meta.texts(batch) { sizes[name, default: 0] += 1 } }
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
                let input = try files.input(except: plan.others)
                let plan = try plan.read(input)
                let (file, harmonised) = try HarmonisationFile.fit(plan, input: input)
                try files.write(harmonised, of: input, to: output)
                try file.json().write(to: URL(filePath: model), options: .atomic)
                for line in file.summary { Terminal.message(line) }
                guard let folds else { return }
                let parts = try HarmonisationFile.fitFolds(plan, input: input, column: folds)
                for (fold, file) in parts {
                    let path = model.hasSuffix(".json") ? String(model.dropLast(5)) : model
                    let name = String(fold.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" })
                    try file.json().write(to: URL(filePath: "\(path)-without-\(name).json"), options: .atomic)
                }
                Terminal.message("and \(parts.count) models, one without each '\(folds)'")
            }
        }
    }
}

extension HarmonisationPlan.Incomplete: ExpressibleByArgument {}

extension HarmonisationPlan.Singletons: ExpressibleByArgument {}
