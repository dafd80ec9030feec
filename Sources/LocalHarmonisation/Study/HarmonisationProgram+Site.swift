public import Federation
import Harmonisation
import StudyProtocol

/// Fewest rows of a site that a sum of its harmonisation may be of.
public struct HarmonisationFloors: Sendable {
    /// Of a batch.
    public let batch: Int
    /// Of a combination of several batch columns.
    public let combination: Int

    /// Creates floors.
    public init(batch: Int, combination: Int) { (self.batch, self.combination) = (batch, combination) }
}

extension HarmonisationProgram {
    /// A site's answer to a round.
    ///
    /// - Throws: `LocalHarmonisationError.options` for a request that is not the protocol's, `HarmonisationError` naming the
    ///   column or the floor, `FederationError`.
    public func contribute(
        _ request: HarmonisationRequest, rows: HarmonisationRows, floors: HarmonisationFloors
    ) throws -> Contribution {
        try requireFloors(rows, floors)
        if allowsMissing { try requireValues(rows, floors) }
        let source = try source(request.rows, of: rows, floors)
        func state<C: Computation>(_ computation: C) throws -> C.State {
            try CanonicalForm.decode(C.State.self, from: request.state)
        }
        switch request.computation {
        case ExponentCensus.identifier:
            let census = ExponentCensus(columns: 0)
            return try census.contribute(chunksOf: source, to: state(census))
        case IncompleteComBatFit.identifier where allowsMissing && factors.isEmpty && !hasSubjects:
            return try HarmonisationRequest.incomplete.contribute(source, to: state(HarmonisationRequest.incomplete))
        case ComBatFit.identifier
        where factors.isEmpty && !allowsMissing && (!hasSubjects || request.rows != .features):
            return try HarmonisationRequest.comBat.contribute(source, to: state(HarmonisationRequest.comBat))
        case RandomInterceptFit.identifier where hasSubjects && request.rows == .features:
            guard let subject = rows.subject else { throw LocalHarmonisationError.noSubjects }
            let table = try transforms?.transformed(rows.table) ?? rows.table
            return try HarmonisationRequest.randomIntercept.contribute(
                LongitudinalTable(table: table, subject: subject),
                to: state(HarmonisationRequest.randomIntercept))
        case FactorComBatFit.identifier where !factors.isEmpty:
            let state = try state(HarmonisationRequest.factors)
            guard isOwn(state.factors) else { throw notOfProtocol("batch columns") }
            return try HarmonisationRequest.factors.contribute(chunksOf: source, to: state)
        case ReferenceBatchFit.identifier where factors.isEmpty:
            let state = try state(HarmonisationRequest.reference)
            guard reference != nil, state.reference == reference else { throw notOfProtocol("reference") }
            return try HarmonisationRequest.reference.contribute(chunksOf: source, to: state)
        case PooledMoments.identifier where hasCovariance:
            let moments = PooledMoments(exponents: [])
            return try moments.contribute(chunksOf: source, to: state(moments))
        case ScatterMatrix.identifier where hasCovariance:
            let products = ScatterMatrix(means: [], deviations: [])
            return try products.contribute(chunksOf: source, to: state(products))
        default: throw notOfProtocol(request.computation)
        }
    }

    /// What a request is about.
    private func source(
        _ requested: RequestedRows, of rows: HarmonisationRows, _ floors: HarmonisationFloors
    ) throws -> any RowSource {
        switch requested {
        case .features: return try rows.source(transforms)
        case .withoutIntercepts(let model, let exponents):
            guard hasSubjects else { throw notOfProtocol("random intercepts") }
            let patients = try rows.patients(transforms)
            let batches = try model.batchIntercepts(patients, exponents: exponents)
            return model.subjectIntercepts(patients, batches: batches).rest
        case .residuals(let frozen):
            return CovarianceModel.residuals(
                try adjusted(frozen, rows, floors), of: frozen.combat.adjustedFeatures, after: frozen.combat)
        case .scores(let frozen, let axes):
            return CovarianceModel.scores(try adjusted(frozen, rows, floors), after: frozen.combat, along: axes)
        case .ofSites, .harmonisedOfSites, .covariatesOfSites: throw notOfProtocol("a report")
        }
    }

    private func adjusted(
        _ frozen: FrozenHarmonisation, _ rows: HarmonisationRows, _ floors: HarmonisationFloors
    ) throws -> any RowSource {
        guard hasCovariance, frozen.transforms == transforms, (frozen.intercepts != nil) == hasSubjects else {
            throw notOfProtocol("CovBat")
        }
        return try SiteHarmonisation(frozen, rows: rows, minimumBatchSize: floors.batch).adjusted
    }

    /// Levels that occur are a part of the protocol's.
    private func isOwn(_ asked: [BatchFactor]) -> Bool {
        asked.count == factors.count
            && zip(asked, factors).allSatisfy { $0.name == $1.name && Set($0.levels).isSubset(of: $1.levels) }
    }

    private func requireFloors(_ rows: HarmonisationRows, _ floors: HarmonisationFloors) throws(HarmonisationError) {
        let sizes = Dictionary(grouping: rows.batch) { $0 }.mapValues(\.count)
        for (batch, count) in sizes.sorted(by: { $0.key < $1.key }) {
            guard !factors.isEmpty else {
                guard count >= floors.batch else { throw .batchTooSmall(cases: count, minimum: floors.batch) }
                continue
            }
            guard count >= floors.combination else {
                throw .sparseCombination(
                    levels: BatchCombination.levels(of: batch), cases: count, minimum: floors.combination)
            }
        }
    }

    /// Sums over the rows that have a feature are of as many rows as a sum of the batch must be.
    private func requireValues(
        _ rows: HarmonisationRows, _ floors: HarmonisationFloors
    ) throws(LocalHarmonisationError) {
        let minimum = factors.isEmpty ? floors.batch : floors.combination
        let p = rows.table.featureCount
        for own in Dictionary(grouping: rows.batch.indices, by: { rows.batch[$0] }).values {
            for column in 0..<p where own.count(where: { !rows.table.features[$0 * p + column].isNaN }) < minimum {
                throw .options(
                    "the column '\(rows.table.featureNames[column])' has fewer than \(minimum) values in a batch of the site; "
                        + "leave it out of extraction.columns")
            }
        }
        var gaps = GapFloors(batch: rows.batch, minimum: floors.combination)
        for column in 0..<p {
            func hasValue(_ row: Int) -> Bool { !rows.table.features[row * p + column].isNaN }
            guard !rows.batch.indices.allSatisfy(hasValue), !gaps.tells(hasValue) else { continue }
            throw .options(
                "fewer than \(floors.combination) rows of a batch of the site differ in the gaps of the column "
                    + "'\(rows.table.featureNames[column])' from other columns; leave it out of extraction.columns")
        }
    }

    private func notOfProtocol(_ what: String) -> LocalHarmonisationError {
        .options("the coordinator asks for \(what), which is not the protocol's; check the versions of the software")
    }
}
