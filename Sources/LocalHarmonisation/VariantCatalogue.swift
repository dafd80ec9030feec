import Federation
import Harmonisation

/// What leaves a site in each variant of harmonisation, from the code of the computations.
public enum VariantCatalogue {
    /// A table in Markdown, for 5 features and 2 coded covariates; `docs/harmonisation-catalogue.md` is made of it.
    public static func markdown() -> String {
        let features = (1...5).map { "f\($0)" }
        let covariates = ["a", "b"]
        let exponents = [Int](repeating: 0, count: 7)
        let single = ComBatFit(features: features, covariates: covariates, exponents: exponents)
        let five = [Double](repeating: 0, count: 5)
        let moments = PooledMoments(exponents: [Int](repeating: 0, count: 5))
        let batches = ["A", "B", "C"]
        let factors = [BatchFactor(name: "v", levels: ["A", "B"]), BatchFactor(name: "k", levels: ["1", "2", "3"])]
        let several = FactorComBatFit(
            features: features, covariates: covariates, exponents: exponents, factors: factors)
        let incomplete = FactorComBatFit(
            features: features, covariates: covariates, exponents: exponents, factors: factors, allowsMissing: true)
        let variants: [(String, [[BlockSpecification]])] = [
            ("all: public scales, before anything else", [first(ExponentCensus(columns: 7))]),
            ("parametric, non-parametric, without EB, mean-only, classes, smooth terms", [first(single)]),
            ("reference batch, after ComBat", ReferenceBatchFit.everyRound(features: features)),
            (
                "reference batch, missing values",
                ReferenceBatchFit.everyRound(features: features, missing: .values)
            ),
            (
                "missing values",
                [first(IncompleteComBatFit(features: features, covariates: covariates, exponents: exponents))]
            ),
            ("folds of a cross-validation (3)", [first(FoldedComBatFit(single, folds: 3))]),
            ("several batch columns (2 and 3 levels, 4 combinations)", several.everyRound(combinations: 4)),
            (
                "several batch columns, missing values (2 and 3 levels, 4 combinations)",
                incomplete.everyRound(combinations: 4)
            ),
            (
                "random intercepts (the search takes 12 rounds), with smooth terms too",
                RandomInterceptFit(features: features, covariates: covariates, exponents: exponents).everyRound()
            ),
            (
                "random intercepts, missing values",
                RandomInterceptFit(
                    features: features, covariates: covariates, exponents: exponents, allowsMissing: true
                ).everyRound()
            ),
            (
                "CovBat, after ComBat",
                [
                    first(moments),
                    moments.blocks(for: .init(exponents: moments.initialState().exponents, count: 1, means: five)),
                    first(ScatterMatrix(means: five, deviations: five.map { $0 + 1 })),
                ]
            ),
            ("report: means and spreads", BatchContrasts.everyRound(features: features)),
            (
                "report: correlation matrix, after CovBat's first two rounds on the features",
                [first(ScatterMatrix(means: five, deviations: five.map { $0 + 1 }))]
            ),
            (
                "report: components (3 batches, minimum 5)",
                BatchProjections.everyRound(features: features, batches: batches, minimum: 5)
            ),
            (
                "report: edges of histograms (1 feature of 64 cells, 4 of one cell)",
                [
                    first(
                        HistogramEdges(
                            features: features, means: five, deviations: [1, 0, 0, 0, 0], cells: 32, minimum: 5))
                ]
            ),
            (
                "report: histograms (3 batches, 5 features of 2 cells, minimum 5)",
                [
                    first(
                        BatchHistograms(
                            features: features, edges: features.map { _ in [0] }, batches: batches, minimum: 5))
                ]
            ),
        ]
        var text = "| variant | round | block | shape | what it is | what a site's block discloses |\n"
        text += "| --- | --- | --- | --- | --- | --- |\n"
        for (name, rounds) in variants {
            for (round, blocks) in rounds.enumerated() {
                for block in blocks {
                    let shape = block.shape.map(String.init).joined(separator: " x ")
                    text += "| \(name) | \(round + 1) | `\(block.name)` | \(shape) | \(block.meaning) "
                    text += "| \(block.discloses) |\n"
                }
            }
        }
        return text
    }

    private static func first<C: Computation>(_ computation: C) -> [BlockSpecification] {
        computation.firstBlocks
    }
}
