public import Federation
public import FoundationEssentials
public import Harmonisation
import StudyProtocol

/// What the sites of a study are asked in one round of its harmonisation.
public struct HarmonisationRequest: Codable, Sendable, Equatable {
    /// The computation.
    public let computation: String
    /// What the rows become first.
    public let rows: RequestedRows
    /// The computation's broadcast, canonical JSON.
    public let state: Data

    package init(computation: String, rows: RequestedRows, state: Data) {
        (self.computation, self.rows, self.state) = (computation, rows, state)
    }

    /// The blocks that a site sends.
    ///
    /// - Throws: `LocalHarmonisationError.options` for a computation that harmonisation does not have; `DecodingError`.
    public func specifications() throws -> [BlockSpecification] {
        func blocks<C: Computation>(_ computation: C) throws -> [BlockSpecification] where C.Broadcast == C.State {
            computation.blocks(for: try CanonicalForm.decode(C.State.self, from: state))
        }
        // The instance does not matter: what is sent depends on the broadcast alone.
        switch computation {
        case ExponentCensus.identifier: return try blocks(ExponentCensus(columns: 0))
        case ComBatFit.identifier: return try blocks(Self.comBat)
        case IncompleteComBatFit.identifier: return try blocks(Self.incomplete)
        case RandomInterceptFit.identifier: return try blocks(Self.randomIntercept)
        case FactorComBatFit.identifier: return try blocks(Self.factors)
        case ReferenceBatchFit.identifier: return try blocks(Self.reference)
        case PooledMoments.identifier: return try blocks(PooledMoments(exponents: []))
        case ScatterMatrix.identifier: return try blocks(ScatterMatrix(means: [], deviations: []))
        case BatchContrasts.identifier: return try blocks(Self.contrasts)
        case BatchProjections.identifier: return try blocks(Self.projections)
        case HistogramEdges.identifier: return try blocks(Self.edges)
        case BatchHistograms.identifier: return try blocks(Self.histograms)
        default: throw LocalHarmonisationError.options("'\(computation)' is no computation of harmonisation")
        }
    }

    static var comBat: ComBatFit { ComBatFit(features: [], covariates: [], exponents: []) }
    static var incomplete: IncompleteComBatFit { IncompleteComBatFit(features: [], covariates: [], exponents: []) }
    static var randomIntercept: RandomInterceptFit { RandomInterceptFit(features: [], covariates: [], exponents: []) }
    static var factors: FactorComBatFit {
        FactorComBatFit(
            features: [], covariates: [], exponents: [], factors: [BatchFactor(name: "", levels: [])])
    }
    static var reference: ReferenceBatchFit { .example() }
    static var contrasts: BatchContrasts { BatchContrasts(features: [], exponents: []) }
    static var projections: BatchProjections {
        BatchProjections(
            features: [], means: [], deviations: [], components: LeadingComponents(axes: [], values: [], total: 0),
            batches: [], minimum: 1)
    }
    static var edges: HistogramEdges {
        HistogramEdges(features: [], means: [], deviations: [], cells: 2, minimum: 1)
    }
    static var histograms: BatchHistograms { BatchHistograms(features: [], edges: [], batches: [], minimum: 1) }
}

/// What a computation of a study's harmonisation is about, of the rows of a site.
public enum RequestedRows: Codable, Sendable, Equatable {
    /// The features, transformed where the protocol says so.
    case features
    /// What predicted intercepts of the patients leave of them.
    case withoutIntercepts(RandomInterceptModel, exponents: [Int])
    /// What ComBat leaves, about the means at the covariates.
    case residuals(FrozenHarmonisation)
    /// Scores of the residuals along principal axes.
    case scores(FrozenHarmonisation, PrincipalAxes)
    /// The report: the features as they are, each site one batch.
    case ofSites
    /// The report: harmonised features, each site one batch.
    case harmonisedOfSites(FrozenHarmonisation)
    /// The report: the coded covariates as features, each site one batch.
    case covariatesOfSites
}
