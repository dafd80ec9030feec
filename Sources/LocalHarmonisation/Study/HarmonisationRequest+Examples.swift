public import Federation
import Harmonisation

extension HarmonisationRequest {
    /// Each computation of a study's harmonisation with its blocks for 5 features and 2 coded covariates, in every state that
    /// differs.
    public static var examples: [(computation: String, blocks: [BlockSpecification])] {
        let features = (1...5).map { "f\($0)" }
        let covariates = ["a", "b"]
        let (seven, five) = ([Int](repeating: 0, count: 7), [Double](repeating: 0, count: 5))
        let moments = PooledMoments(exponents: [0, 0, 0, 0, 0])
        let factors = [BatchFactor(name: "v", levels: ["A", "B"]), BatchFactor(name: "k", levels: ["1", "2", "3"])]
        func all<C: Computation>(
            _ computation: C, _ rounds: [[BlockSpecification]]? = nil
        ) -> [(computation: String, blocks: [BlockSpecification])] {
            (rounds ?? [computation.firstBlocks]).map { (C.identifier, $0) }
        }
        let intercepts = RandomInterceptFit(features: features, covariates: covariates, exponents: seven)
        let several = FactorComBatFit(features: features, covariates: covariates, exponents: seven, factors: factors)
        let gapped = RandomInterceptFit(
            features: features, covariates: covariates, exponents: seven, allowsMissing: true)
        let incomplete = FactorComBatFit(
            features: features, covariates: covariates, exponents: seven, factors: factors, allowsMissing: true)
        let sites = ["a", "b", "c"]
        let report =
            all(contrasts, BatchContrasts.everyRound(features: features))
            + all(projections, BatchProjections.everyRound(features: features, batches: sites, minimum: 5))
            + all(HistogramEdges(features: features, means: five, deviations: [1, 0, 0, 0, 0], cells: 32, minimum: 5))
            + all(
                BatchHistograms(features: features, edges: features.map { _ in [0] }, batches: sites, minimum: 5))
        return all(ExponentCensus(columns: 7))
            + all(ComBatFit(features: features, covariates: covariates, exponents: seven))
            + all(IncompleteComBatFit(features: features, covariates: covariates, exponents: seven))
            + all(ReferenceBatchFit.example(), ReferenceBatchFit.everyRound(features: features))
            + all(ReferenceBatchFit.example(), ReferenceBatchFit.everyRound(features: features, missing: .values))
            + all(intercepts, intercepts.everyRound()) + all(several, several.everyRound(combinations: 4))
            + all(gapped, gapped.everyRound()) + all(incomplete, incomplete.everyRound(combinations: 4))
            + all(
                moments,
                [
                    moments.blocks(for: moments.initialState()),
                    moments.blocks(for: .init(exponents: [0, 0, 0, 0, 0], count: 1, means: five)),
                ])
            + all(ScatterMatrix(means: five, deviations: five)) + report
    }
}
