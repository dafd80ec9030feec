import Disclosure
import Federation
import FoundationEssentials
import Harmonisation
import LocalHarmonisation
import StudyProtocol

extension StudyProtocol {
    /// Whether harmonisation is more than one round of `ComBatFit`.
    var hasHarmonisationProgram: Bool {
        harmonisation.method != .none
            && (harmonisation.variant != nil || harmonisation.covariates.contains { $0.smooth != nil })
    }

    /// The harmonisation of the candidate features; nil for none, or for one round of `ComBatFit`.
    ///
    /// - Parameters:
    ///   - features: the candidate features.
    ///   - gaps: those with missing values, which are harmonised with them where something takes the place of missing values.
    /// - Throws: `HarmonisationError` for places of a smooth covariate, `LocalHarmonisationError` for a pattern that no feature
    ///   has.
    func harmonisationProgram(features: [String], gaps: [String]) throws -> HarmonisationProgram? {
        guard hasHarmonisationProgram || !gaps.isEmpty, let method = harmonisation.method.combat else { return nil }
        let variant = harmonisation.variant
        let design = try harmonisationDesign()
        return try HarmonisationProgram(
            features: features + gaps, covariates: design.flatMap(\.coded), smooth: design.smoothGroups,
            factors: (variant?.batches ?? []).map { BatchFactor(name: $0.column, levels: $0.levels) }, method: method,
            reference: variant?.reference.map { $0.count > 1 ? BatchCombination.name($0) : $0[0] },
            hasCovariance: variant?.covariance ?? false, hasSubjects: variant?.randomIntercept != nil,
            classes: variant?.classes.map { FeatureClasses($0.map { .init(name: $0.name, pattern: $0.features) }) },
            transforms: (variant?.transforms ?? []).map { .init(name: "\($0.lambda)", pattern: $0.features) },
            allowsMissing: !gaps.isEmpty)
    }

    /// The report of the training sites.
    func harmonisationReport(features: [String], floor: Int) -> StudyReport {
        StudyReport(
            features: features, covariates: harmonisation.covariates.flatMap(\.columns), sites: sites.training,
            minimum: floor)
    }

    private func harmonisationDesign() throws -> [DesignColumn] {
        try harmonisation.covariates.map { covariate in
            DesignColumn(
                name: covariate.name, levels: covariate.levels,
                smooth: try covariate.smooth.map {
                    try ThinPlateSpline(places: $0.places, dimension: $0.functions, name: covariate.name)
                })
        }
    }

    /// Rows with the covariates as harmonisation has them: smooth ones expanded.
    func expandingCovariates(of table: CaseTable) throws -> CaseTable {
        guard harmonisation.covariates.contains(where: { $0.smooth != nil }) else { return table }
        let design = try harmonisationDesign()
        let q = table.covariateNames.count
        var covariates: [Double] = []
        for row in 0..<table.count {
            var place = row * q
            for column in design {
                let width = column.smooth == nil ? column.coded.count : 1
                let own = table.covariates[place..<place + width]
                covariates += column.smooth.map { $0.columns(at: own[place]) } ?? Array(own)
                place += width
            }
        }
        return CaseTable(
            featureNames: table.featureNames, features: table.features, covariateNames: design.flatMap(\.coded),
            covariates: covariates, outcome: table.outcome, batch: table.batch)
    }
}

extension StudyProtocol.HarmonisationMethod {
    /// What a site does with the pooled model; nil for nothing.
    var combat: ComBatMethod? {
        switch self {
        case .none: nil
        case .combat: .parametric
        case .combatWithoutEB: .withoutEB
        case .combatNonparametric: .nonparametric
        case .combatMeanOnly: .meanOnly
        case .combatNonparametricMeanOnly: .nonparametricMeanOnly
        }
    }
}

extension Pipeline {
    /// The first round of harmonisation, or the moments where there is none.
    func enterHarmonisation(_ state: PipelineState, frozen: [FrozenArtefact]) throws -> PipelineStep {
        guard let method = study.harmonisation.method.combat else { return try enterMoments(state, frozen: frozen) }
        guard !hasProgram(state) else {
            var state = state
            state.harmonised = nil
            return try harmonise(state, open: nil, frozen: frozen)
        }
        return try enter(
            .harmonisation, state,
            ComBatFit(
                features: state.features, covariates: covariateColumns, exponents: state.exponents, method: method),
            frozen: frozen)
    }

    /// Whether harmonisation is more than one round of `ComBatFit`.
    private func hasProgram(_ state: PipelineState) -> Bool { study.hasHarmonisationProgram || state.gaps != nil }

    func afterHarmonisation(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        if let model = state.reported {
            let request = try CanonicalForm.decode(HarmonisationRequest.self, from: state.broadcast)
            return try report(state, model, open: (request, sum), frozen: [])
        }
        guard !hasProgram(state) else {
            let request = try CanonicalForm.decode(HarmonisationRequest.self, from: state.broadcast)
            return try harmonise(state, open: (request, sum), frozen: [])
        }
        let computation = ComBatFit(features: [], covariates: [], exponents: [])
        guard case .done(let model) = try step(computation, state, sum) else {
            throw PipelineError.unexpectedContent("a second round of ComBat")
        }
        return try enterReport(state, FrozenHarmonisation(combat: model), frozen: [])
    }

    /// The first round of the report of the study's own fit, or the moments.
    private func enterReport(
        _ state: PipelineState, _ model: FrozenHarmonisation, frozen: [FrozenArtefact]
    ) throws -> PipelineStep {
        let frozen = frozen + [try freeze(ArtefactName.harmonisation, model)]
        // The pooled side of a comparison has one site.
        guard study.harmonisation.report != nil, state.refit == nil, study.sites.training.count > 1 else {
            return try enterMoments(state, frozen: frozen)
        }
        var state = state
        (state.harmonised, state.reported) = (nil, model)
        return try report(state, model, open: nil, frozen: frozen)
    }

    private func report(
        _ state: PipelineState, _ model: FrozenHarmonisation,
        open: (request: HarmonisationRequest, sum: Contribution)?, frozen: [FrozenArtefact]
    ) throws -> PipelineStep {
        var state = state
        let report = study.harmonisationReport(features: state.features, floor: study.disclosure.minimumCell)
        let replay = HarmonisationReplay(finished: state.harmonised ?? [], open: open)
        do {
            let found = try report.run(on: replay, model)
            (state.harmonised, state.reported) = (nil, nil)
            return try enterMoments(state, frozen: frozen + [try freeze(ArtefactName.harmonisationReport, found)])
        } catch let pending as HarmonisationReplay.Pending {
            state.harmonised = replay.finished
            return try ask(pending.request, state, frozen: frozen)
        }
    }

    private func ask(
        _ request: HarmonisationRequest, _ state: PipelineState, frozen: [FrozenArtefact]
    ) throws -> PipelineStep {
        try broadcast(
            .harmonisation, state, Catalogue.harmonisationPrefix + request.computation, request, frozen: frozen)
    }

    /// Runs the protocol's harmonisation from the start over what it has worked out already, up to the next sum that it needs.
    private func harmonise(
        _ state: PipelineState, open: (request: HarmonisationRequest, sum: Contribution)?, frozen: [FrozenArtefact]
    ) throws -> PipelineStep {
        var state = state
        guard let program = try study.harmonisationProgram(features: state.features, gaps: state.gaps ?? []) else {
            return try enterMoments(state, frozen: frozen)
        }
        let replay = HarmonisationReplay(finished: state.harmonised ?? [], open: open)
        do {
            let model = try program.run(on: replay)
            state.harmonised = nil
            return try enterReport(state, model, frozen: frozen)
        } catch let pending as HarmonisationReplay.Pending {
            state.harmonised = replay.finished
            return try ask(pending.request, state, frozen: frozen)
        }
    }
}

extension SiteComputer {
    /// The site's part of a round of harmonisation.
    mutating func harmonisationSums(_ task: StudyTask, _ artefacts: [String: Data]) throws -> Contribution {
        if task.artefacts[ArtefactName.harmonisation] != nil { return try reportSums(task, artefacts) }
        let table = try candidatesWithGaps(artefacts)
        let gaps = try gaps(artefacts)
        guard
            let program = try study.harmonisationProgram(
                features: table.featureNames.filter { !gaps.contains($0) }, gaps: gaps)
        else {
            return try contribute(ComBatFit(features: [], covariates: [], exponents: []), table, task)
        }
        let request = try CanonicalForm.decode(HarmonisationRequest.self, from: task.state)
        guard task.computation == Catalogue.harmonisationPrefix + request.computation else {
            throw PipelineError.unknownComputation(task.computation)
        }
        return try program.contribute(
            request, rows: try harmonisationRows(table),
            floors: harmonisationFloors)
    }

    /// The larger of the protocol's floors and the site's own.
    var harmonisationFloors: HarmonisationFloors {
        HarmonisationFloors(
            batch: max(study.harmonisation.minimumBatchSize, policy.floors.minimumCell),
            combination: policy.floors.minimumCell)
    }

    /// The site's part of a round of the report, whose numbers are the site's own.
    private mutating func reportSums(_ task: StudyTask, _ artefacts: [String: Data]) throws -> Contribution {
        let table = try candidates(artefacts)
        guard study.harmonisation.report != nil else { throw PipelineError.unknownComputation(task.computation) }
        guard policy.consented.contains(.features) else { throw SiteDataError.noConsent(.features) }
        let request = try CanonicalForm.decode(HarmonisationRequest.self, from: task.state)
        guard task.computation == Catalogue.harmonisationPrefix + request.computation else {
            throw PipelineError.unknownComputation(task.computation)
        }
        // The harmonised rows of any other model would tell more than the study's.
        if case .harmonisedOfSites(let model) = request.rows,
            try CanonicalForm.encode(model) != artefacts[ArtefactName.harmonisation]
        {
            throw PipelineError.unexpectedContent("a report of another harmonisation than the study's")
        }
        let report = study.harmonisationReport(
            features: table.featureNames, floor: study.disclosure.minimumCell)
        guard table.count >= policy.floors.minimumCases, report.minimum >= policy.floors.minimumCell else {
            throw HarmonisationError.batchTooSmall(cases: table.count, minimum: policy.floors.minimumCases)
        }
        var computer = self
        // The model is of the columns with gaps, too; the report is of those without.
        let whole = try candidatesWithGaps(artefacts)
        return try report.contribute(
            request, table: table,
            harmonised: { try computer.harmonised(whole, $1).selecting(features: $0.featureNames) }, site: site)
    }

    /// A table harmonised with its own batches' location and scale, or with those of the rows that fitted the model.
    ///
    /// - Parameter fitting: the rows that tell location and scale; nil for the table itself.
    mutating func harmonised(_ table: CaseTable, _ frozen: FrozenHarmonisation, fitting: CaseTable? = nil) throws
        -> CaseTable
    {
        let site = try SiteHarmonisation(
            frozen, rows: try harmonisationRows(fitting ?? table),
            minimumBatchSize: study.harmonisation.minimumBatchSize)
        var output = table
        output.features = try site.apply(to: try harmonisationRows(table)).features
        return output
    }

    /// Rows with their patients. All of the site's: the protocol has no folds beside patients.
    private mutating func harmonisationRows(_ table: CaseTable) throws -> HarmonisationRows {
        let subjects = try extraction().subjects
        guard subjects.isEmpty || subjects.count == table.count else {
            throw PipelineError.unexpectedContent("a part of the rows of patients")
        }
        return HarmonisationRows(
            table: try study.expandingCovariates(of: table), subject: subjects.isEmpty ? nil : subjects)
    }
}
