public import Federation
import Learning
public import LocalHarmonisation

/// Everything between a table and a model: imputation, selection, algorithm. It sees the rows that it is given and no others, so
/// that nothing leaks when it runs on training folds.
public struct ModelPipeline: Sendable {
    /// Logarithms and Box-Cox transforms of features, before everything else; their exponents are given, not fitted.
    public var transforms = FeatureTransforms(lambda: [:])
    /// What stands in for missing values.
    public var imputation: Imputation.Rule
    /// Steps of the selection of features.
    public var selection: [SelectionStep]
    /// Features that the selection passes over: they stay.
    public var kept: [String]
    /// Largest root mean square of a training case's robust z-scores (`CaseBound`); nil for none. Bins bound what a tree sees of a value.
    public var caseBound: Double?
    /// The algorithm.
    public var learner: any Learner
    /// Column of a known part of the linear predictor, which is no feature: nothing stands in for it, and no selection sees it. It is the
    /// table's last. Nil for none.
    public var offset: String?
    /// Settings of the algorithm of which folds choose; nil where they are given.
    public var tuning: Tuning?

    /// Creates a pipeline.
    public init(
        imputation: Imputation.Rule = .none, selection: [SelectionStep] = [], kept: [String] = [],
        learner: any Learner
    ) {
        self.imputation = imputation
        self.selection = selection
        self.kept = kept
        self.learner = learner
    }

    /// Fits everything to the rows of one or several sites on this machine.
    ///
    /// - Throws: what the steps throw.
    public func fit(_ parts: [TrainingCases]) throws -> FittedModel { try fit(Cohort(parts)) }

    /// Fits everything to the rows of a cohort.
    ///
    /// - Throws: what the steps throw.
    public func fit(_ cohort: Cohort) throws -> FittedModel {
        guard let tuning else { return try fitted(try prepared(cohort), learner, cohort, tuning: nil) }
        return try tuning.fit(self, cohort)
    }

    /// What comes before the algorithm, fitted.
    struct Prepared: Codable {
        let standIns: Imputation
        let selected: Selected
        var features: [String] { selected.features }
    }

    /// Fits what comes before the algorithm.
    func prepared(_ cohort: Cohort) throws -> Prepared {
        let cohort = try transformed(cohort)
        let candidates = try cohort.selecting(features: cohort.features.filter { $0 != offset })
        let standIns = try cohort.once("imputation") { try Imputation.fit(imputation, candidates) }
        let whole = try filled(cohort, standIns)
        return Prepared(standIns: standIns, selected: try cohort.once("selection") { try selected(whole) })
    }

    /// Fits an algorithm after that.
    ///
    /// - Parameter tuning: how the algorithm's settings were chosen.
    func fitted(
        _ prepared: Prepared, _ learner: any Learner, _ cohort: Cohort, tuning: TuningRecord?
    ) throws -> FittedModel {
        let predictor = try learner.fit(try bounded(try after(prepared, cohort), prepared.features, learner))
        let stood = prepared.standIns.restricted(to: predictor.model.columns)
        let own = transforms.restricted(to: stood.inputs(of: predictor.model.columns))
        return FittedModel(
            transforms: own.lambda.isEmpty ? nil : own, imputation: stood,
            selection: selection.isEmpty ? nil : prepared.selected,
            predictor: predictor, tuning: tuning)
    }

    /// The cohort as the algorithm takes it: transformed, filled, with the selected features and the offset.
    func after(_ prepared: Prepared, _ cohort: Cohort) throws -> Cohort {
        try filled(try transformed(cohort), prepared.standIns)
            .selecting(features: prepared.features + [offset].compactMap(\.self))
    }

    /// The algorithm with its bound, offset and grid, for rows to which all that comes before has been done.
    var algorithmAlone: ModelPipeline {
        var own = self
        (own.transforms, own.imputation, own.selection, own.kept) = (FeatureTransforms(lambda: [:]), .none, [], [])
        return own
    }

    private func transformed(_ cohort: Cohort) throws -> Cohort {
        transforms.lambda.isEmpty ? cohort : try cohort.after(.transform(transforms))
    }

    private func filled(_ cohort: Cohort, _ standIns: Imputation) throws -> Cohort {
        standIns.values.isEmpty ? cohort : try cohort.after(.impute(standIns))
    }

    /// The cohort with the features of long cases shortened, where there is a bound.
    private func bounded(_ chosen: Cohort, _ features: [String], _ learner: any Learner) throws -> Cohort {
        guard let caseBound, !(learner is BoostingLearner || learner is ForestLearner), !features.isEmpty else {
            return chosen
        }
        let found = try chosen.once("bound") {
            try CaseBound.found(caseBound, try chosen.selecting(features: features))
        }
        return try found.map { try chosen.after(.bound($0)) } ?? chosen
    }

    /// What the selection leaves, of a cohort without gaps.
    func selected(_ whole: Cohort) throws -> Selected {
        let passed = Set(kept)
        let features = whole.features.filter { $0 != offset }
        let candidates = features.filter { !passed.contains($0) }
        guard !selection.isEmpty, !candidates.isEmpty else {
            return Selected(steps: selection.map(\.text), features: features, ranks: nil)
        }
        let own = try FeatureSelection(steps: selection).run(on: try whole.selecting(features: candidates))
        return Selected(steps: own.steps, features: own.features + kept, ranks: own.ranks)
    }
}

/// What the selection before an algorithm kept.
public struct Selected: Codable, Sendable, Equatable {
    /// The steps.
    public let steps: [String]
    /// Features after the last step, in its order.
    public let features: [String]
    /// Of each step by ranks whether exact ones would keep the same features; nil where they were exact or none was.
    public let ranks: [RankCertificate]?
}

/// A fitted pipeline.
public struct FittedModel: Codable, Sendable, Equatable {
    /// What the model's features have before everything else; nil for nothing.
    public let transforms: FeatureTransforms?
    /// What stands in for missing values of the model's features.
    public let imputation: Imputation
    /// What the selection kept; nil without one.
    public let selection: Selected?
    /// The model.
    public let predictor: Predictor
    /// How the settings of the algorithm were chosen; nil where they were given.
    public let tuning: TuningRecord?

    init(
        transforms: FeatureTransforms?, imputation: Imputation, selection: Selected?, predictor: Predictor,
        tuning: TuningRecord? = nil
    ) {
        (self.transforms, self.imputation, self.selection) = (transforms, imputation, selection)
        (self.predictor, self.tuning) = (predictor, tuning)
    }

    /// Columns that a table needs.
    public var features: [String] { imputation.inputs(of: predictor.model.columns) }

    /// Columns of the model that are features: without the offset.
    public var featureColumns: [String] { predictor.model.columns.filter { $0 != linear?.offset } }

    /// Whether exact ranks would have selected the same features, a line a step, those of blocks with their names.
    public var rankFacts: [(isProved: Bool, text: String)] {
        let own = (selection?.ranks ?? []).map { (isProved: $0.proved, text: $0.text) }
        guard case .stacked(let stacked) = predictor else { return own }
        return own
            + stacked.blocks.flatMap { block in
                block.fitted.rankFacts.map { (isProved: $0.isProved, text: "\(block.name): \($0.text)") }
            }
    }

    /// The linear function of z-scores; nil for trees and for stacked models.
    public var linear: LinearTerms? { predictor.linear }

    /// Score of each row: higher means event.
    ///
    /// - Throws: `LearningError.missingValues` where there is no stand-in, `CaseTableError.unknownFeature`.
    public func scores(_ table: CaseTable) throws -> [Double] { try predictor.model.scores(try prepared(table)) }

    /// What each of the model's columns adds to each row's score, rows x columns, and what they are added to.
    ///
    /// - Throws: as `scores`.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        try predictor.model.contributions(try prepared(table))
    }

    /// The columns of the model from a table that has its features.
    func prepared(_ table: CaseTable) throws -> CaseTable {
        let raw = try table.selecting(features: features)
        let own = imputation.apply(try transforms?.transformed(raw) ?? raw)
        let complete = try own.selecting(features: predictor.model.columns)
        guard !predictor.model.takesMissing else { return complete }
        let p = complete.featureCount
        let culprits = (0..<p).filter { column in
            (0..<complete.count).contains { !complete.features[$0 * p + column].isFinite }
        }
        guard culprits.isEmpty else {
            throw LearningError.missingValues(features: culprits.map { complete.featureNames[$0] })
        }
        return complete
    }
}
