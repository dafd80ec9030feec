import Federation
import FoundationEssentials
import Learning
import LocalHarmonisation
public import LocalLearning
import Statistics
public import StudyProtocol

extension Pipeline {
    func afterLearning(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        try learn(state, open: (try decoded.value(LearningRound.self, from: state.broadcast), sum))
    }

    /// Runs the protocol's algorithms from the start over what they have worked out already, up to the next sum that they need.
    func learn(
        _ state: PipelineState, open: (round: LearningRound, sum: Contribution)?
    ) throws -> PipelineStep {
        var state = state
        guard var program = try study.program(), let moments = state.moments else {
            throw PipelineError.unexpectedContent("learning without a model")
        }
        program.gaps = state.gaps ?? []
        // What does not vary says nothing, and has no scale.
        let offset = program.settings.offset
        let varying = moments.columns.indices.filter {
            moments.standardDeviations[$0] > 0 || moments.columns[$0] == offset
        }.map { moments.columns[$0] }
        let columns = varying + (state.gaps ?? [])
        guard !columns.isEmpty else { throw PipelineError.noFeatures("none varies") }
        let replay = try LearningReplay(finished: state.learned ?? [:], open: open, decoded: decoded)
        do {
            let outcome = try program.run(
                on: Cohort(
                    features: columns, hasTimes: study.outcome.time != nil, minimumCell: program.minimumCell,
                    replay: replay))
            decoded.forget()
            state.learned = nil
            return try finishLearning(state, outcome)
        } catch let pending as LearningReplay.Pending {
            state.learned = replay.finished
            decoded.forget()
            let round = try pending.round.limited(decoded)
            return try broadcast(.learning, state, Catalogue.learningPrefix + round.computation, round)
        }
    }

    private func finishLearning(_ state: PipelineState, _ outcome: LearningProgram.Outcome) throws -> PipelineStep {
        var state = state
        var provenance = ["study": study.study, "version": "\(study.version)"]
        // What the file alone does not say: a table must be harmonised before the model is applied to it.
        if let harmonisation = state.artefacts[ArtefactName.harmonisation] {
            provenance["features"] = "as harmonised by the study, harmonisation \(harmonisation)"
        }
        let file = try ModelFile(
            outcome: OutcomeColumns(event: study.outcome.column, time: study.outcome.time),
            method: study.model?.kind.rawValue ?? "",
            cases: outcome.cases, events: outcome.events, fitted: outcome.fitted,
            setting: ModelFile.Setting(
                use: try IntendedUse(
                    purpose: study.title, threshold: Self.openThreshold(study),
                    horizon: study.validation.horizon.flatMap { horizon in
                        // Beyond the last event that was told no risk is known.
                        outcome.fitted.predictor.cox?.risk(at: horizon, score: 0).map { _ in horizon }
                    })),
            provenance: provenance)
        let frozen = FrozenArtefact(
            name: ArtefactName.model, bytes: try file.json(), sha256: CanonicalForm.sha256(try file.json()))
        state.results.selection.independent = outcome.fitted.selection?.features.count ?? state.features.count
        state.results.selection.selected = outcome.fitted.features.filter { $0 != outcome.fitted.linear?.offset }
        state.results.selection.ranks = outcome.fitted.selection?.ranks
        let rows = TermTable(file).rows
        state.results.model = ModelResults(
            sha256: frozen.sha256, intercept: outcome.fitted.linear?.intercept ?? 0,
            coefficients: rows.map {
                NamedValue(name: $0.term, value: $0.coefficient, standardError: $0.standardError)
            },
            iterations: state.results.rounds, facts: file.facts)
        state.results.comparison = outcome.comparison
        state.results.correlations = outcome.correlations
        return try enterValidation(state, frozen: [frozen])
    }

    /// A threshold of 0 or 1 decides nothing.
    private static func openThreshold(_ study: StudyProtocol) -> Double? {
        (0..<1).contains(study.validation.threshold) && study.validation.threshold > 0
            && study.outcome.time == nil ? study.validation.threshold : nil
    }
}

extension StudyProtocol {
    /// What the algorithms of the study send, known before the first round; nil where it has none.
    ///
    /// - Parameters:
    ///   - features: names of the feature columns, coded covariates of the model included.
    ///   - cases: pooled number of training cases.
    /// - Throws: `LocalLearningError.options` for a step of the selection that there is not.
    public func learningCommunication(features: [String], cases: Int) throws -> LearningEstimate? {
        try program()?.communication(features: features, cases: cases)
    }

    /// Names of the coded covariates that enter the model, its offset and those that features are correlated with among them: `age`, `sex=M`.
    public var modelCovariateColumns: [String] {
        let wanted = Set(
            (model?.covariates ?? []) + [model?.learning?.offset].compactMap(\.self)
                + (model?.learning?.correlate?.covariates ?? []))
        return harmonisation.covariates.filter { wanted.contains($0.name) }.flatMap(\.columns)
    }

    /// What the study learns; nil for `ridge-logistic`, whose stages are its own, and without a model.
    ///
    /// - Throws: `LocalLearningError.options` for a step of the selection that there is not.
    func program() throws -> LearningProgram? {
        guard let model, let learning = model.learning else { return nil }
        var settings = LearnerSettings()
        (settings.alpha, settings.lambda, settings.isSparse) = (learning.alpha, model.lambda, learning.sparse)
        settings.folds.count = learning.folds
        settings.cost = learning.cost
        settings.calibration = learning.calibrate == .platt ? .platt : .isotonic
        (settings.trees.rounds, settings.trees.maxDepth, settings.trees.eta) = (
            learning.rounds, learning.maxDepth, learning.eta
        )
        (settings.trees.lambda, settings.trees.minimumCases, settings.bins) = (
            learning.leafPenalty, learning.minimumCases, learning.bins
        )
        (settings.forest.trees, settings.forest.minimumCases) = (learning.trees, learning.minimumCases)
        (settings.hidden, settings.weightPenalty) = (learning.hidden, learning.weightPenalty)
        (settings.gamma, settings.fourierFeatures) = (learning.gamma, learning.fourier)
        settings.eventWeight = learning.eventWeight ?? 1
        settings.activation = try learning.activation.map { try named($0.rawValue) } ?? .tanh
        settings.optimiser = learning.adamRate.map { .adam(rate: $0) } ?? .lbfgs
        (settings.caseBound, settings.siteBound) = (learning.caseBound, learning.siteBound)
        (settings.trees.alpha, settings.trees.gamma) = (learning.leafL1 ?? 0, learning.minimumGain ?? 0)
        settings.trees.minChildWeight = learning.minChildWeight ?? 1
        (settings.caseShare, settings.featureShare) = (learning.subsample ?? 1, learning.colsample ?? 1)
        settings.averaging.rounds = learning.averagingRounds ?? 50
        settings.averaging.localSteps = learning.localSteps ?? 5
        settings.averaging.rate = learning.localRate ?? 0.1
        settings.tuning = try learning.tuning.map { own in
            // The program makes the folds, of the study's name or of its sites.
            var folds = InnerFolds()
            folds.count = own.folds ?? sites.fitting.count
            return try TuningGrid(own.values, folds: folds, criterion: try own.criterion.map { try named($0.rawValue) })
        }
        settings.offset = harmonisation.covariates.first { $0.name == learning.offset }?.columns.first
        func columns(_ names: [String]) -> [String] {
            harmonisation.covariates.filter { names.contains($0.name) }.flatMap(\.columns)
        }
        let covariates = columns(model.covariates)
        var program = LearningProgram(
            method: model.kind.rawValue, settings: settings, selection: try learning.select.map(SelectionStep.init),
            kept: covariates + selection.fixed,
            comparison: learning.compare.map {
                LearningProgram.Comparison(
                    methods: $0.methods.map(\.rawValue), folds: $0.leaveOutSites == true ? nil : $0.folds,
                    repetitions: $0.repeats, showsLeak: $0.leak, choiceFolds: $0.choose)
            },
            imputation: try learning.impute.map { try named($0.rawValue) } ?? .none,
            fusion: try learning.fusion.map { own in
                try BlockFusion(
                    kind: try named(own.kind.rawValue),
                    blocks: own.blocks.map {
                        BlockFusion.Block(name: $0.name, columns: $0.columns, penalty: $0.penalty)
                    },
                    direct: own.direct)
            }, seed: study, sites: sites.fitting, tunesBySites: learning.leaveOutSites == true)
        program.transforms = (learning.transforms ?? []).map { .init(name: "\($0.lambda)", pattern: $0.features) }
        program.minimumCell = disclosure.minimumCell
        program.correlation = try learning.correlate.map {
            CovariateCorrelation.Request(try named($0.kind.rawValue), covariates: columns($0.covariates))
        }
        return program
    }

    /// A case of the learning module by the protocol's word for it.
    private func named<Value: RawRepresentable>(_ word: String) throws -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: word) else {
            throw LocalLearningError.options("'\(word)' is not known to this version")
        }
        return value
    }
}
