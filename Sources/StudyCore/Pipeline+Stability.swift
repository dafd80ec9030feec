import Agreement
import Federation
import Statistics
import StudyProtocol

/// Which of the candidate columns are stable, while that is found out.
struct StabilityProgress: Sendable, Equatable, Codable {
    /// What is known of each column, in the order of the candidates.
    var columns: [FeatureStabilityResult]
}

extension Pipeline {
    /// Whether the protocol asks for more than the bound of the ICC over all lesions.
    private var recordsStability: Bool { study.agreement.protocols != nil || study.agreement.siteShare != nil }

    private func progress(_ state: PipelineState) -> StabilityProgress {
        state.stability ?? StabilityProgress(columns: state.features.map(FeatureStabilityResult.init))
    }

    func afterReaderStability(_ state: PipelineState, _ agreement: FeatureICC.Result) throws -> PipelineStep {
        var state = state
        var progress = progress(state)
        for column in progress.columns.indices {
            progress.columns[column].icc = agreement.icc[column]
            progress.columns[column].iccLower = agreement.lower[column]
            if study.agreement.siteShare == nil {
                progress.columns[column].isKept =
                    agreement.lower[column].map { $0 >= study.agreement.minimumICC } ?? false
            }
        }
        state.stability = progress
        guard study.agreement.siteShare != nil else { return try enterProtocolStability(state) }
        return try enter(
            .readerVotes, state, ReaderVotes(columns: state.features.count, limit: study.agreement.minimumICC))
    }

    /// The concordance between acquisition protocols, or the end of the filter.
    func enterProtocolStability(_ state: PipelineState) throws -> PipelineStep {
        guard study.agreement.protocols != nil else { return try endStability(state) }
        return try enter(
            .protocolStability, state, FeatureCCC(exponents: Array(state.exponents.prefix(state.features.count))))
    }

    func afterProtocolStability(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        switch try step(FeatureCCC(exponents: []), state, sum) {
        case .broadcast(let next): return try broadcast(.protocolStability, state, FeatureCCC.identifier, next)
        case .done(let concordance):
            let limit = study.agreement.minimumCCC ?? 0
            var progress = progress(state)
            for column in progress.columns.indices {
                progress.columns[column].ccc = concordance[column].number
                if study.agreement.siteShare == nil, !(concordance[column].number.map { $0 >= limit } ?? false) {
                    progress.columns[column].isKept = false
                }
            }
            state.stability = progress
            guard study.agreement.siteShare != nil else { return try endStability(state) }
            return try enter(.protocolVotes, state, ProtocolVotes(columns: state.features.count, limit: limit))
        }
    }

    /// A column passes at enough of the sites that have an estimate; without one it does not.
    func afterVotes(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        let isOfReaders = state.phase == .readerVotes
        let found: StabilityVotes.Result
        if isOfReaders {
            guard case .done(let result) = try step(ReaderVotes(columns: 0, limit: 0), state, sum) else {
                throw PipelineError.unexpectedContent("a second round of votes")
            }
            found = result
        } else {
            guard case .done(let result) = try step(ProtocolVotes(columns: 0, limit: 0), state, sum) else {
                throw PipelineError.unexpectedContent("a second round of votes")
            }
            found = result
        }
        var progress = progress(state)
        for column in progress.columns.indices {
            let share = found.shares[column]
            if isOfReaders {
                progress.columns[column].readerShare = share
            } else {
                progress.columns[column].protocolShare = share
            }
            if !(share.map { $0 >= study.agreement.siteShare ?? 1 } ?? false) {
                progress.columns[column].isKept = false
            }
        }
        state.stability = progress
        return try isOfReaders ? enterProtocolStability(state) : endStability(state)
    }

    /// Goes on with the columns that are stable.
    private func endStability(_ state: PipelineState) throws -> PipelineStep {
        var state = state
        guard let progress = state.stability else { return try afterStability(state, frozen: []) }
        state.stability = nil
        let kept = progress.columns.indices.filter { progress.columns[$0].isKept }
        guard !kept.isEmpty else {
            guard recordsStability else {
                throw PipelineError.noFeatures(
                    "no feature has a lower bound of its ICC of \(study.agreement.minimumICC); "
                        + "lower agreement.minimum-icc")
            }
            throw PipelineError.noFeatures(
                "none is stable over readers and protocols; lower agreement.minimum-icc, minimum-ccc or site-share")
        }
        if recordsStability, state.refit == nil { state.results.stability = progress.columns }
        let covariates = state.exponents.suffix(covariateColumns.count)
        state.exponents = kept.map { state.exponents[$0] } + covariates
        state.features = kept.map { state.features[$0] }
        return try afterStability(state, frozen: [try freeze(ArtefactName.features, state.features)])
    }
}
