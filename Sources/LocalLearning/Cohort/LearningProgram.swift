import Federation
import Learning
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
    /// Blocks of features; nil without.
    public var fusion: BlockFusion?
    /// The comparison; nil without.
    public var comparison: Comparison?
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

    /// Throws unless the folds that a site is asked for are those of the program: others could single out a case.
    ///
    /// - Throws: `LocalLearningError.options`.
    public func check(_ round: LearningRound) throws {
        let own =
            [settings.folds]
            + (comparison.map { own in
                (0..<own.repetitions).map { outer(own, repetition: $0) } + [choice(own)].compactMap(\.self)
            } ?? [])
        guard round.requests.allSatisfy({ $0.request.folds.allSatisfy(own.contains) }) else {
            throw LocalLearningError.options("the coordinator asks for folds that the protocol does not have")
        }
    }

    /// Runs the program.
    ///
    /// - Throws: `LearningReplay.Pending` in a study, what the algorithms throw.
    public func run(on cohort: Cohort) throws -> Outcome {
        let classes = try cohort.classes()
        guard classes.others > 0 || cohort.hasTimes, classes.events > 0 else { throw LearningError.oneClass }
        let cohort = try cohort.selecting(features: features(of: cohort))
        let parts = try cohort.each([true, false], { $0 ? "model" : "comparison" }) { isModel in
            isModel
                ? Part(fitted: try pipeline(method, cohort.features).fit(cohort), comparison: nil)
                : Part(
                    fitted: nil,
                    comparison: try comparison.map {
                        try report($0, cohort, cases: classes.others + classes.events, events: classes.events)
                    })
        }
        guard let fitted = parts[0].fitted else { throw LearningError.oneClass }
        return Outcome(
            fitted: fitted, cases: classes.others + classes.events, events: classes.events,
            comparison: parts[1].comparison)
    }

    /// The model, or the comparison: they do not need each other.
    private struct Part: Codable {
        let fitted: FittedModel?
        let comparison: ComparisonReport?
    }

    /// The features that the model may have: those of the blocks where there are blocks, and those that are kept.
    private func features(of cohort: Cohort) throws -> [String] {
        guard let fusion else { return cohort.features }
        let named = try fusion.features(among: cohort.features)
        return named + kept.filter { !named.contains($0) }
    }

    /// Everything before an algorithm, and the algorithm.
    ///
    /// - Parameter columns: the features that there are.
    func pipeline(_ method: String, _ columns: [String], selects: Bool = true) throws -> ModelPipeline {
        guard let fusion else {
            return ModelPipeline(
                imputation: imputation, selection: selects ? selection : [], kept: selects ? kept : [],
                learner: try settings.learner(named: method))
        }
        let direct = fusion.direct + kept.filter { !fusion.direct.contains($0) }
        return try BlockFusion(kind: fusion.kind, blocks: fusion.blocks, direct: direct).pipeline(
            method, settings, columns: columns, imputation: imputation, selection: selects ? selection : [])
    }
}
