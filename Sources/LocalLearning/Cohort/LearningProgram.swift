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
    /// The comparison; nil without.
    public var comparison: Comparison?

    /// A comparison of algorithms.
    public struct Comparison: Sendable, Equatable {
        /// The algorithms.
        public var methods: [String]
        /// Folds whose cases are tested in turn.
        public var folds: Int
        /// How often, each time with other folds.
        public var repetitions: Int
        /// Whether the AUC is told that selecting on all cases would have bought.
        public var showsLeak: Bool

        /// Creates a comparison.
        public init(methods: [String], folds: Int, repetitions: Int, showsLeak: Bool) {
            (self.methods, self.folds, self.repetitions, self.showsLeak) = (methods, folds, repetitions, showsLeak)
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

    /// Creates a program.
    ///
    /// - Parameter seed: key of the folds, which each site makes of its own cases.
    public init(
        method: String, settings: LearnerSettings, selection: [SelectionStep], kept: [String], comparison: Comparison?,
        seed: String
    ) {
        (self.method, self.settings, self.selection, self.kept) = (method, settings, selection, kept)
        self.comparison = comparison
        self.settings.folds.seed = seed
        self.settings.folds.isBySite = true
    }

    /// Folds of a repetition of the comparison.
    func outer(_ comparison: Comparison, repetition: Int) -> InnerFolds {
        var folds = InnerFolds()
        (folds.count, folds.isBySite) = (comparison.folds, true)
        folds.seed = "\(settings.folds.seed)/outer/\(repetition)"
        return folds
    }

    /// Throws unless the folds that a site is asked for are those of the program: others could single out a case.
    ///
    /// - Throws: `LocalLearningError.options`.
    public func check(_ round: LearningRound) throws {
        let own =
            [settings.folds]
            + (comparison.map { own in (0..<own.repetitions).map { outer(own, repetition: $0) } } ?? [])
        guard round.requests.allSatisfy({ $0.request.folds.allSatisfy(own.contains) }) else {
            throw LocalLearningError.options("the coordinator asks for folds that the protocol does not have")
        }
    }

    /// Runs the program.
    ///
    /// - Throws: `LearningReplay.Pending` in a study, what the algorithms throw.
    public func run(on cohort: Cohort) throws -> Outcome {
        let classes = try cohort.classes()
        guard classes.others > 0, classes.events > 0 else { throw LearningError.oneClass }
        let parts = try cohort.each([true, false], { $0 ? "model" : "comparison" }) { isModel in
            isModel
                ? Part(fitted: try pipeline(method).fit(cohort), comparison: nil)
                : Part(fitted: nil, comparison: try comparison.map { try report($0, cohort, classes) })
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

    private func pipeline(_ method: String, selects: Bool = true) throws -> ModelPipeline {
        ModelPipeline(
            selection: selects ? selection : [], kept: selects ? kept : [],
            learner: try settings.learner(named: method))
    }

    /// Results of one algorithm.
    private struct Validated: Codable {
        let areas: [Double?]
        let outOfFold: Estimate
        let features: [[String]]
    }

    /// An algorithm on folds, or with a selection on all cases.
    private struct Compared: Codable {
        let honest: Validated?
        let leaked: Double?
    }

    private func validated(
        _ pipeline: ModelPipeline, _ label: String, _ comparison: Comparison, _ cohort: Cohort
    ) throws -> Validated {
        let repetitions = try cohort.each(Array(0..<comparison.repetitions), { "\(label) \($0)" }) { repetition in
            let folds = outer(comparison, repetition: repetition)
            let numbers = cohort.numbers(of: folds)
            let models = try cohort.each(numbers, { "fold \($0)" }) {
                try pipeline.fit(try cohort.outside(folds, $0))
            }
            // The folds one by one, and of the first repetition all cases together: each case once.
            let tests: [Int?] = numbers.map { $0 } + (repetition == 0 ? [nil] : [])
            let areas = try cohort.each(tests, { $0.map { "test \($0)" } ?? "all" }) { number in
                guard let number, let place = numbers.firstIndex(of: number) else {
                    return try Self.area(
                        of: try cohort.after(
                            .heldOut(
                                RowStep.HeldOutModels(
                                    folds: folds, numbers: numbers,
                                    scores: [RowStep.HeldOutModels.Score(name: RowStep.scoreName, models: models)],
                                    direct: [], areProbabilities: true))))
                }
                return try Self.area(of: try cohort.within(folds, number).after(.scored(models[place])))
            }
            return Validated(
                areas: areas.prefix(numbers.count).map(\.number),
                outOfFold: repetition == 0 ? areas[numbers.count] : .notEstimable("of the first repetition"),
                features: models.map(\.predictor.model.columns))
        }
        return Validated(
            areas: repetitions.flatMap(\.areas), outOfFold: repetitions[0].outOfFold,
            features: repetitions.flatMap(\.features))
    }

    private static func area(of scored: Cohort) throws -> Estimate {
        try scored.result(
            PooledAUC(score: RowStep.scoreName, bins: 256, minimumPerBin: PooledQuantiles.minimumPerBin), .validated
        ).estimate
    }

    /// Selection on all cases, then folds: a contrast, never a result.
    private func leaked(_ method: String, _ comparison: Comparison, _ cohort: Cohort) throws -> Double? {
        let selected = try cohort.each([method], { "selection \($0)" }) { try pipeline($0).selected(cohort) }[0]
        return try validated(
            try pipeline(method, selects: false), "leaked", comparison,
            try cohort.selecting(features: selected)
        ).outOfFold.number
    }

    private func report(
        _ comparison: Comparison, _ cohort: Cohort, _ classes: (others: Int, events: Int)
    ) throws -> ComparisonReport {
        let share = 1 / Double(comparison.folds - 1)
        let wantsLeak = comparison.showsLeak && !selection.isEmpty
        let both = try cohort.each(comparison.methods.flatMap { [($0, false), ($0, true)] }, { "\($0.0) \($0.1)" }) {
            own in
            let (method, isLeaked) = own
            return isLeaked
                ? Compared(honest: nil, leaked: wantsLeak ? try leaked(method, comparison, cohort) : nil)
                : Compared(honest: try validated(try pipeline(method), "honest", comparison, cohort), leaked: nil)
        }
        let found = both.compactMap(\.honest)
        let leaks = both.filter { $0.honest == nil }.map(\.leaked)
        let algorithms = zip(comparison.methods, zip(found, leaks)).map { name, own in
            ComparisonReport.Algorithm(
                name: name, areas: own.0.areas, testShare: share, outOfFold: own.0.outOfFold, leaked: own.1,
                features: own.0.features, among: cohort.features)
        }
        return ComparisonReport(
            measure: "AUC",
            resampling: "\(comparison.folds) folds stratified within each site"
                + (comparison.repetitions > 1 ? ", \(comparison.repetitions) times" : ""),
            cases: classes.others + classes.events, events: classes.events, algorithms: algorithms,
            pairs: ComparisonReport.pairs(comparison.methods, found.map(\.areas), testShare: share), choices: [:],
            warning: comparison.methods.count > 1
                ? "the model is the '\(method)' that the protocol named before; the best of this table, chosen on it, would be too "
                    + "good for a new patient" : nil)
    }
}

extension ComparisonReport.Algorithm {
    fileprivate init(
        name: String, areas: [Double?], testShare: Double, outOfFold: Estimate, leaked: Double?, features: [[String]],
        among all: [String]
    ) {
        let values = areas.compactMap(\.self)
        let interval = CorrectedResampling.estimate(values, testShare: testShare).estimate.interval
        let columns = Set(features.joined()).union(all).sorted()
        let places = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        self.init(
            name: name, mean: values.isEmpty ? nil : values.reduce(0, +) / Double(values.count),
            lower: interval.map { max(0, $0.lower) }, upper: interval.map { min(1, $0.upper) },
            outOfFold: outOfFold.number, outOfFoldLower: outOfFold.interval?.lower,
            outOfFoldUpper: outOfFold.interval?.upper, leaked: leaked,
            meanFeatures: features.reduce(0) { $0 + Double($1.count) } / Double(max(features.count, 1)),
            stability: SelectionStability(
                features: columns, selections: features.map { $0.compactMap { places[$0] }.sorted() }
            ).index, tests: values.count)
    }
}

extension ComparisonReport {
    /// Every pair on the same test sets: corrected resampled t, Holm.
    static func pairs(_ names: [String], _ areas: [[Double?]], testShare: Double) -> [Pair] {
        var rows: [Pair] = []
        for first in names.indices {
            for second in names.indices where second > first {
                let differences = zip(areas[first], areas[second]).compactMap { a, b in
                    a.flatMap { a in b.map { a - $0 } }
                }
                let found = CorrectedResampling.estimate(differences, testShare: testShare)
                rows.append(
                    Pair(
                        first: names[first], second: names[second],
                        difference: differences.isEmpty
                            ? nil : differences.reduce(0, +) / Double(differences.count),
                        lower: found.estimate.interval?.lower, upper: found.estimate.interval?.upper,
                        pValue: found.pValue, holm: nil, deLongPValue: nil, deLongHolm: nil))
            }
        }
        let corrected = CorrectedResampling.holm(rows.map(\.pValue))
        for place in rows.indices { rows[place].holm = corrected[place] }
        return rows
    }
}
