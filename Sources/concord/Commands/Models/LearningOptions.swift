import ArgumentParser
import Federation
import Foundation
import Learning
import LocalHarmonisation
import LocalLearning
import Tables

/// Which table, and what its columns are.
struct LearningTableOptions: ParsableArguments {
    @Option(help: "One row a case (CSV).") var table: String
    @Option(help: "Column of the outcome: 1 event, 0 no event.") var outcome: String?
    @Option(help: "Column of the time to the event or to the end of observation.") var time: String?
    @Option(help: "Column of 1 for an event at that time, 0 for none.") var event: String?
    @Option(help: "Columns of the features, separated by commas; tumour_* is a pattern. Default: all others.")
    var features = ""
    @Option(help: "Column that names the row's patient: no feature; rows of one patient stay together in folds.")
    var id: String?
    @Option(help: "Columns that are no features, separated by commas.") var ignore = ""
    @Option(help: "Column of the site: no feature; the stratum of a Cox model.") var sites: String?

    /// The outcome's columns.
    func outcomeColumns() throws -> OutcomeColumns {
        switch (outcome, time, event) {
        case (let outcome?, nil, nil): return OutcomeColumns(event: outcome)
        case (nil, let time?, let event?): return OutcomeColumns(event: event, time: time)
        default: throw LocalLearningError.options("give --outcome, or --time and --event")
        }
    }

    /// - Parameters:
    ///   - others: further columns that are no features.
    ///   - blocks: the features where blocks name them.
    ///   - offset: column of a known part of the linear predictor.
    func input(
        _ source: CSVTable, others: [String] = [], blocks: [String] = [], offset: String? = nil
    ) throws -> LearningInput {
        try LearningInput(
            source, outcome: try outcomeColumns(),
            features: blocks.isEmpty ? try columns(words(features), of: source) : blocks,
            roles: LearningInput.Roles(name: id, site: sites, others: words(ignore) + others, offset: offset))
    }
}

/// Columns by names and by patterns in which `*` stands for any characters.
func columns(_ patterns: [String], of source: CSVTable) throws -> [String] {
    try BlockFusion.matches(patterns, among: source.columns, place: "\(source.file): ")
}

/// Settings of algorithms and of what comes before them.
struct LearnerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Steps of the selection of features, in order, separated by commas.",
            discussion:
                "copies, variance:V, t:K, welch:K, auc:K, cox:K (or p0.05), spearman:R and pearson:R with :relevance, "
                + ":feature-engine or :caret, mrmr:K, mrmr-mid:K, mrmr-miq:K."))
    var select = ""
    @Option(help: "Logarithm of these features before all else; names or patterns, separated by commas.") var log = ""
    @Option(
        help: "Box-Cox transform as exponent=columns, with patterns, before all else; may be repeated: 0.5=*_volume.")
    var boxCox: [String] = []
    @Option(help: "Missing values: none (refused, except by trees), median or median-indicator.") var impute = "none"
    @Option(help: "Share of the LASSO in elastic-net and cox: 1 LASSO, 0 ridge.") var alpha = 0.5
    @Option(help: "Penalty; without it by cross-validation, in lr 1.") var lambda: Double?
    @Option(help: "Folds within the training cases, for the penalty and for calibration.") var folds = 10
    @Option(help: "Key of the hash of the patients' names that makes folds, and of all draws.") var seed = "concord"
    @Flag(help: "The sparsest model within one standard error of the best.") var sparse = false
    @Option(help: "C of svm and kernel-svm.") var cost = 0.01
    @Option(help: "Probabilities of svm and kernel-svm: none, platt or isotonic.") var calibrate = "none"
    @Option(help: "Trees of boosting.") var rounds = 100
    @Option(help: "Levels of splits of a tree.") var maxDepth = 3
    @Option(help: "Share of each leaf that is taken.") var eta = 0.1
    @Option(help: "L2 penalty of leaves.") var leafPenalty = 1.0
    @Option(help: "Fewest cases of a leaf.") var minimumCases = 5
    @Option(help: "Weight of an event, where a non-event has 1; not of lr, mlp-fedavg and Cox's models.")
    var eventWeight = 1.0
    @Option(help: "L1 penalty of the leaves of boosting.") var leafL1 = 0.0
    @Option(help: "Least gain of a split of boosting.") var minimumGain = 0.0
    @Option(help: "Least sum of second derivatives in a child of boosting.") var minChildWeight = 1.0
    @Option(
        help: ArgumentHelp(
            "Shorten each training case to this root mean square of its robust z-scores, at its site (not for trees).",
            discussion: "So no case, whatever its values, moves a model further. 3 leaves all but outliers as they are."
        ))
    var caseBound: Double?
    @Option(help: "Shorten each site's sum of gradients of mlp to this length: then the network depends on the sites.")
    var siteBound: Double?
    @Option(help: "Share of the cases that each tree is grown from, drawn by names; a forest's bootstrap without it.")
    var subsample = 1.0
    @Option(help: "Share of the features that each tree of boosting may split by.") var colsample = 1.0
    @Option(help: "Bins of a feature, at quantiles.") var bins = 16
    @Option(help: "Trees of a forest.") var trees = 500
    @Option(help: "Units of each hidden layer of mlp, one or two numbers.") var hidden = "8"
    @Option(help: "What hidden units do: relu, tanh or logistic.") var activation = "tanh"
    @Option(help: "Descent of mlp over all cases: lbfgs or adam.") var optimiser = "lbfgs"
    @Option(help: "Length of a step of adam.") var adamRate = 0.01
    @Option(help: "L2 penalty of the weights of mlp.") var weightPenalty = 1.0
    @Option(help: "Rounds of mlp-fedavg.") var averagingRounds = 50
    @Option(help: "Steps at a site between two averages of mlp-fedavg.") var localSteps = 5
    @Option(help: "Length of a step of mlp-fedavg relative to the gradient of the site's mean loss.")
    var localRate = 0.1
    @Option(help: "Width of the Gaussian kernel of kernel-svm; without it 1 / number of features.") var gamma: Double?
    @Option(help: "Random Fourier features of kernel-svm.") var fourier = 500
    @Option(
        help: ArgumentHelp(
            "Column of a known part of the linear predictor, added with coefficient 1; no feature.",
            discussion: "Of lr, ridge, lasso, elastic-net and Cox's models. Log odds (log hazards) for each case."))
    var offset: String?
    @Option(
        help: ArgumentHelp(
            "Values of a setting of which folds within the training cases choose, as cost=0.001,0.01,0.1; may be repeated.",
            discussion: "Every combination is tried, at most 200 of an algorithm; of equal ones the first is taken."))
    var tune: [String] = []
    @Option(help: "Folds by which --tune chooses, or site to leave out one at a time; 5 without it.")
    var tuneFolds: String?
    @Option(
        help: "Score of --tune: deviance (of models with probabilities), auc (of others); of times it is concordance.")
    var tuneBy: String?

    /// The settings, without blocks.
    ///
    /// - Parameters:
    ///   - methods: the algorithms that they are for.
    ///   - cases: the training cases.
    ///   - given: fold of each patient; nil for the hash.
    func settings(_ methods: [String], _ cases: TrainingCases, given: [String: Int]? = nil) throws -> LearnerSettings {
        guard let calibration = SupportVectorLearner.Calibration(rawValue: calibrate) else {
            throw LocalLearningError.options("--calibrate: use none, platt or isotonic")
        }
        var settings = LearnerSettings()
        (settings.alpha, settings.lambda, settings.isSparse) = (alpha, lambda, sparse)
        (settings.folds.count, settings.folds.seed) = (folds, seed)
        (settings.cost, settings.calibration) = (cost, calibration)
        (settings.trees.rounds, settings.trees.maxDepth, settings.trees.eta) = (rounds, maxDepth, eta)
        (settings.trees.lambda, settings.trees.minimumCases, settings.bins) = (leafPenalty, minimumCases, bins)
        (settings.forest.trees, settings.forest.minimumCases) = (trees, minimumCases)
        settings.hidden = try words(hidden).map { word in
            guard let units = Int(word) else { throw LocalLearningError.options("--hidden: '\(word)' is no number") }
            return units
        }
        guard let activation = Activation(rawValue: activation) else {
            throw LocalLearningError.options("--activation: use relu, tanh or logistic")
        }
        guard ["lbfgs", "adam"].contains(optimiser) else {
            throw LocalLearningError.options("--optimiser: use lbfgs or adam")
        }
        (settings.activation, settings.optimiser) = (activation, optimiser == "adam" ? .adam(rate: adamRate) : .lbfgs)
        (settings.weightPenalty, settings.gamma, settings.fourierFeatures) = (weightPenalty, gamma, fourier)
        settings.eventWeight = eventWeight
        (settings.caseBound, settings.siteBound) = (caseBound, siteBound)
        (settings.trees.alpha, settings.trees.gamma) = (leafL1, minimumGain)
        settings.trees.minChildWeight = minChildWeight
        (settings.caseShare, settings.featureShare) = (subsample, colsample)
        (settings.averaging.rounds, settings.averaging.localSteps) = (averagingRounds, localSteps)
        settings.averaging.rate = localRate
        settings.drawSeed = KeyedHash(seed: 0).hash(seed)
        (settings.folds.given, settings.offset) = (given, offset)
        settings.tuning = try grid(methods, cases, given: given)
        return settings
    }

    /// The settings of which folds choose; nil without any.
    private func grid(_ methods: [String], _ cases: TrainingCases, given: [String: Int]?) throws -> TuningGrid? {
        guard !tune.isEmpty else {
            guard tuneFolds == nil, tuneBy == nil else {
                throw LocalLearningError.options("--tune-folds and --tune-by belong to --tune")
            }
            return nil
        }
        let criterion = try tuneBy.map { word in
            guard let found = TuningGrid.Criterion(rawValue: word) else {
                throw LocalLearningError.options("--tune-by: use deviance, auc or concordance")
            }
            return found
        }
        let grid = try TuningGrid(
            TuningGrid.values(tune), folds: tuningFolds(cases, given: given), criterion: criterion)
        try grid.check(methods)
        return grid
    }

    private func tuningFolds(_ cases: TrainingCases, given: [String: Int]?) throws -> InnerFolds {
        var output = InnerFolds()
        (output.seed, output.given) = ("\(seed)/tune", given)
        guard given == nil || tuneFolds == nil else {
            throw LocalLearningError.options("--tune-folds: the folds of --fold choose; leave one of the two out")
        }
        switch tuneFolds {
        case nil: output.count = given?.values.max() ?? 5
        case "site":
            let sites = Set(cases.table.batch).sorted()
            guard sites.count > 1 else {
                throw LocalLearningError.options("--tune-folds site: give --sites, a column with two sites or more")
            }
            return InnerFolds(sites: sites)
        case let text?:
            guard let count = Int(text), (2...1000).contains(count) else {
                throw LocalLearningError.options(
                    "--tune-folds: '\(text)' is neither a number of folds, 2 and up, nor site")
            }
            output.count = count
        }
        return output
    }

    /// The transforms of features.
    ///
    /// - Parameter features: those that patterns are looked up among.
    func transforms(_ features: [String]) throws -> FeatureTransforms {
        var lambda: [String: Double] = [:]
        func add(_ patterns: String, _ exponent: Double, option: String) throws {
            let names = try BlockFusion.matches(words(patterns), among: features, place: "\(option): ")
            for name in names {
                guard features.contains(name) else {
                    throw LocalLearningError.options("\(option): '\(name)' is no feature of the model")
                }
                guard lambda.updateValue(exponent, forKey: name) == nil else {
                    throw LocalLearningError.options("\(option): '\(name)' has two transforms")
                }
            }
        }
        try add(log, 0, option: "--log")
        for text in boxCox {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let exponent = Double(parts[0]), exponent.isFinite else {
                throw LocalLearningError.options("--box-cox: '\(text)' is not exponent=columns")
            }
            try add(parts[1], exponent, option: "--box-cox")
        }
        return FeatureTransforms(lambda: lambda)
    }

    /// Everything before the named algorithm, and the algorithm.
    func pipeline(_ method: String, _ settings: LearnerSettings) throws -> ModelPipeline {
        guard let rule = Imputation.Rule(rawValue: impute) else {
            throw LocalLearningError.options("--impute: use none, median or median-indicator")
        }
        var pipeline = ModelPipeline(
            imputation: rule, selection: try words(select).map(SelectionStep.init),
            learner: try settings.learner(named: method))
        pipeline.offset = settings.offset
        return pipeline
    }
}

/// A model file.
func readModel(_ path: String) throws -> ModelFile { try ModelFile(json: try contents(of: path)) }

/// Writes a file that a local command made.
func write(_ text: String, to path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
        throw LocalLearningError.options(
            "\(URL(filePath: path).lastPathComponent) cannot be written; check the folder and the permissions")
    }
}
