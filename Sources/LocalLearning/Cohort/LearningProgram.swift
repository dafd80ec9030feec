import Federation
import Learning
public import LocalHarmonisation
import Statistics
import Validation

/// What a study learns: the model, and a comparison of algorithms on folds, all by sums of the sites.
public struct LearningProgram: Sendable {
    /// The algorithm of the model, by a name of `LearnerSettings`.
    public var method: String
    /// Settings of all algorithms; the inner folds are made at each site.
    public var settings: LearnerSettings
    /// Steps of the selection of features.
    public var selection: [SelectionStep]
    /// Features that the selection passes over.
    public var kept: [String]
    /// What stands in for missing values.
    public var imputation: Imputation.Rule
    /// Logarithms and Box-Cox transforms of features before all else: exponents and the features that have them.
    public var transforms: [FeaturePattern] = []
    /// Blocks of features; nil without.
    public var fusion: BlockFusion?
    /// The comparison; nil without.
    public var comparison: Comparison?
    /// Correlations of the features with covariates; nil without.
    public var correlation: CovariateCorrelation.Request?
    /// Features with missing values.
    public var gaps: [String] = []
    /// Fewest pooled cases of a bin that is published; 5 where it is fewer.
    public var minimumCell = 5

    /// A comparison of algorithms.
    public struct Comparison: Sendable, Equatable {
        /// The algorithms.
        public var methods: [String]
        /// Folds whose cases are tested in turn; nil for the sites.
        public var folds: Int?
        /// How often, each time with other folds.
        public var repetitions: Int
        /// Whether the AUC is told that selecting on all cases would have bought.
        public var showsLeak: Bool
        /// Folds within the training cases by which the best algorithm is chosen; nil for no such choice.
        public var choiceFolds: Int?

        /// Creates a comparison.
        public init(methods: [String], folds: Int?, repetitions: Int, showsLeak: Bool, choiceFolds: Int? = nil) {
            (self.methods, self.folds, self.repetitions, self.showsLeak) = (methods, folds, repetitions, showsLeak)
            self.choiceFolds = choiceFolds
        }
    }

    /// What comes of it.
    public struct Outcome: Sendable {
        /// The model.
        public let fitted: FittedModel
        /// Training cases.
        public let cases: Int
        /// Events among them.
        public let events: Int
        /// The comparison; nil without.
        public let comparison: ComparisonReport?
        /// Correlations of the features with covariates; nil without.
        public let correlations: CovariateCorrelation?
    }

    private let seed: String
    /// The training sites.
    let sites: [String]
    /// Whether the outcome has times.
    var hasTimes: Bool { method.hasPrefix("cox") }

    /// Creates a program.
    ///
    /// - Parameters:
    ///   - seed: key of the folds, which each site makes of its own cases.
    ///   - sites: the training sites.
    ///   - tunesBySites: whether the sites are the folds within the training cases.
    public init(
        method: String, settings: LearnerSettings, selection: [SelectionStep], kept: [String], comparison: Comparison?,
        imputation: Imputation.Rule = .none, fusion: BlockFusion? = nil, seed: String, sites: [String] = [],
        tunesBySites: Bool = false
    ) {
        (self.method, self.settings, self.selection, self.kept) = (method, settings, selection, kept)
        (self.comparison, self.imputation, self.fusion) = (comparison, imputation, fusion)
        (self.seed, self.sites) = (seed, sites)
        self.settings.folds =
            tunesBySites ? InnerFolds(sites: sites) : Self.folds(settings.folds.count, seed: seed)
        if let grid = settings.tuning {
            self.settings.tuning?.folds =
                tunesBySites ? InnerFolds(sites: sites) : Self.folds(grid.folds.count, seed: "\(seed)/tune")
        }
    }

    private static func folds(_ count: Int, seed: String) -> InnerFolds {
        var folds = InnerFolds()
        (folds.count, folds.seed, folds.isBySite) = (count, seed, true)
        return folds
    }

    /// Folds of a repetition of the comparison.
    func outer(_ comparison: Comparison, repetition: Int) -> InnerFolds {
        comparison.folds.map { Self.folds($0, seed: "\(seed)/outer/\(repetition)") } ?? InnerFolds(sites: sites)
    }

    /// Folds by which the best algorithm is chosen within the training cases.
    func choice(_ comparison: Comparison) -> InnerFolds? {
        comparison.choiceFolds.map { Self.folds($0, seed: "\(seed)/choice") }
    }

    /// Throws unless folds, transforms and the length of cases that a site is asked for are the program's: others could single out a case.
    /// Numbers that the program works out (medians, scales, ranks, models) are the coordinator's word.
    ///
    /// - Throws: `LocalLearningError.options`.
    public func check(_ round: LearningRound) throws {
        let own =
            [settings.folds] + [settings.tuning?.folds].compactMap(\.self)
            + (comparison.map { own in
                (0..<own.repetitions).map { outer(own, repetition: $0) } + [choice(own)].compactMap(\.self)
            } ?? [])
        guard round.requests.allSatisfy({ $0.request.folds.allSatisfy(own.contains) }) else {
            throw LocalLearningError.options("the coordinator asks for folds that the protocol does not have")
        }
        for step in round.requests.flatMap(\.request.steps) {
            switch step {
            case .transform(let asked):
                let isKnown = asked.lambda.allSatisfy { feature, exponent in
                    transforms.contains { $0.matches(feature) && Double($0.name) == exponent }
                }
                guard isKnown else {
                    throw LocalLearningError.options(
                        "the coordinator asks for transforms that the protocol does not have")
                }
            case .bound(let asked), .lengths(let asked):
                guard asked.largest == settings.caseBound else {
                    throw LocalLearningError.options("the coordinator asks for a bound that the protocol does not have")
                }
            default: continue
            }
        }
    }

    /// Runs the program.
    ///
    /// - Throws: `LearningReplay.Pending` in a study, what the algorithms throw.
    public func run(on cohort: Cohort) throws -> Outcome {
        let classes = try cohort.classes()
        guard classes.others > 0 || cohort.hasTimes, classes.events > 0 else { throw LearningError.oneClass }
        let all = cohort
        let cohort = try cohort.selecting(features: features(of: cohort))
        let labels = ["model", "comparison"] + (correlation == nil ? [] : ["correlations"])
        let parts = try cohort.each(labels, \.self) { label in
            var part = Part()
            switch label {
            case "model": part.fitted = try pipeline(method, cohort.features).fit(cohort)
            case "comparison":
                part.comparison = try comparison.map {
                    try report($0, cohort, cases: classes.others + classes.events, events: classes.events)
                }
            default:
                let apart = Set(kept + (correlation?.covariates ?? []) + [settings.offset].compactMap(\.self))
                part.correlations = try correlation.map {
                    try CovariateCorrelation(
                        $0, all, features: all.features.filter { !apart.contains($0) }, gaps: gaps)
                }
            }
            return part
        }
        guard let fitted = parts[0].fitted else { throw LearningError.oneClass }
        return Outcome(
            fitted: fitted, cases: classes.others + classes.events, events: classes.events,
            comparison: parts[1].comparison, correlations: parts.count > 2 ? parts[2].correlations : nil)
    }

    /// The model, the comparison or the correlations: they do not need each other.
    private struct Part: Codable {
        var fitted: FittedModel?
        var comparison: ComparisonReport?
        var correlations: CovariateCorrelation?
    }

    /// The features that the model may have: those of the blocks where there are blocks, and those that are kept.
    private func features(of cohort: Cohort) throws -> [String] {
        let apart = Set(correlation?.covariates ?? []).subtracting(kept + [settings.offset].compactMap(\.self))
        guard let fusion else { return cohort.features.filter { !apart.contains($0) } }
        let named = try fusion.features(among: cohort.features)
        return (named + kept).reduce(into: []) { list, name in
            if !list.contains(name), name != settings.offset { list.append(name) }
        } + [settings.offset].compactMap(\.self)
    }

    /// Everything before an algorithm, and the algorithm.
    ///
    /// - Parameter columns: the features that there are.
    func pipeline(_ method: String, _ columns: [String]) throws -> ModelPipeline {
        guard let grid = settings.tuning else { return try pipeline(method, columns, settings) }
        return try grid.tuned(method, settings) { try pipeline(method, columns, $0) }
    }

    private func pipeline(
        _ method: String, _ columns: [String], _ settings: LearnerSettings
    ) throws -> ModelPipeline {
        var pipeline: ModelPipeline
        if let fusion {
            let direct = fusion.direct + kept.filter { !fusion.direct.contains($0) }
            pipeline = try BlockFusion(kind: fusion.kind, blocks: fusion.blocks, direct: direct).pipeline(
                method, settings, columns: columns, imputation: imputation, selection: selection)
        } else {
            pipeline = ModelPipeline(
                imputation: imputation, selection: selection, kept: kept, learner: try settings.learner(named: method))
            pipeline.offset = settings.offset
        }
        pipeline.transforms = try FeatureTransforms(transforms, features: columns.filter { $0 != settings.offset })
        pipeline.caseBound = settings.caseBound
        return pipeline
    }
}
