public import Federation
import Harmonisation
import StudyProtocol

/// The report of a study: the sites before and after harmonisation, each one batch, from their sums.
public struct StudyReport: Sendable {
    /// Names of the features.
    public let features: [String]
    /// Names of the coded covariates.
    public let covariates: [String]
    /// The sites that fitted.
    public let sites: [String]
    /// Fewest cases of a site, and of a group of cells of its histograms.
    public let minimum: Int

    /// Creates a report.
    public init(features: [String], covariates: [String], sites: [String], minimum: Int) {
        self.features = features
        self.covariates = covariates
        self.sites = sites.sorted()
        self.minimum = minimum
    }

    /// Runs the report as far as results are there.
    ///
    /// - Throws: `HarmonisationReplay.Pending` where the sites must answer first; what the computations throw.
    public func run(on replay: HarmonisationReplay, _ frozen: FrozenHarmonisation) throws -> HarmonisationReport {
        func sums(_ rows: RequestedRows, _ features: [String], _ covariates: [String]) -> ReplayedSums {
            ReplayedSums(
                replay: replay, rows: rows, featureNames: features, covariateNames: covariates, batchNames: sites)
        }
        return try HarmonisationReport(
            sumsBefore: sums(.ofSites, features, covariates),
            after: sums(.harmonisedOfSites(frozen), features, covariates),
            covariates: sums(.covariatesOfSites, covariates, []), minimum: minimum)
    }

    /// A site's answer to a round.
    ///
    /// - Parameters:
    ///   - table: the site's candidate features with their covariates.
    ///   - harmonised: the same rows, harmonised with a model.
    ///   - site: the site, which the numbers are of.
    /// - Throws: `LocalHarmonisationError.options` for a request that is not a report's; `HarmonisationError` for fewer cases than
    ///   the minimum; `FederationError`.
    public func contribute(
        _ request: HarmonisationRequest, table: CaseTable,
        harmonised: (_ table: CaseTable, _ model: FrozenHarmonisation) throws -> CaseTable, site: String
    ) throws -> Contribution {
        guard table.count >= minimum else {
            throw HarmonisationError.batchTooSmall(cases: table.count, minimum: minimum)
        }
        var rows: CaseTable
        switch request.rows {
        case .ofSites: rows = table
        case .harmonisedOfSites(let model): rows = try harmonised(table, model)
        case .covariatesOfSites: rows = table.covariatesAsFeatures()
        case .features, .withoutIntercepts, .residuals, .scores: throw notOfReport("other rows")
        }
        rows.batch = [String](repeating: site, count: rows.count)
        let source = TableRows(rows)
        func state<C: Computation>(_ computation: C) throws -> C.State {
            try CanonicalForm.decode(C.State.self, from: request.state)
        }
        /// Groups of fewer cases, or other batches, would show more than the protocol says.
        func require(_ own: Int, _ batches: [String]? = nil) throws {
            guard own >= minimum, batches ?? sites == sites else { throw notOfReport("other floors or batches") }
        }
        switch request.computation {
        case ExponentCensus.identifier:
            let census = ExponentCensus(columns: 0)
            return try census.contribute(chunksOf: source, to: state(census))
        case PooledMoments.identifier:
            let moments = PooledMoments(exponents: [])
            return try moments.contribute(chunksOf: source, to: state(moments))
        case ScatterMatrix.identifier:
            let products = ScatterMatrix(means: [], deviations: [])
            return try products.contribute(chunksOf: source, to: state(products))
        case ComBatFit.identifier:
            return try HarmonisationRequest.comBat.contribute(source, to: state(HarmonisationRequest.comBat))
        case BatchContrasts.identifier:
            return try HarmonisationRequest.contrasts.contribute(source, to: state(HarmonisationRequest.contrasts))
        case BatchProjections.identifier:
            let state = try state(HarmonisationRequest.projections)
            try require(state.minimum, state.batches)
            return try HarmonisationRequest.projections.contribute(source, to: state)
        case HistogramEdges.identifier:
            let state = try state(HarmonisationRequest.edges)
            try require(state.minimum)
            return try HarmonisationRequest.edges.contribute(source, to: state)
        case BatchHistograms.identifier:
            let state = try state(HarmonisationRequest.histograms)
            try require(min(state.minimum, state.search?.minimum ?? 0), state.batches)
            return try HarmonisationRequest.histograms.contribute(source, to: state)
        default: throw notOfReport(request.computation)
        }
    }

    private func notOfReport(_ what: String) -> LocalHarmonisationError {
        .options("the coordinator asks for \(what), which is not of the report; check the versions of the software")
    }
}

/// Computations that a study's rounds answer.
private struct ReplayedSums: SiteSums {
    let replay: HarmonisationReplay
    let rows: RequestedRows
    let featureNames: [String]
    let covariateNames: [String]
    let batchNames: [String]

    func result<C: Computation>(_ computation: C) throws -> C.Result
    where C.Shard == CaseTable, C.Result: Codable, C.Broadcast == C.State {
        try replay.result(computation, rows)
    }

    func result<C: BatchwiseComputation>(whole computation: C) throws -> C.Result where C.Result: Codable {
        try replay.result(computation, rows)
    }
}
