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
        let own = "the protocol's harmonisation; sums over all rows of a site"
        let gapped =
            own + "; rows of a batch that differ in their gaps are none or `minimum-cell` and more (`GapFloors`)"
        let combinations =
            "the protocol's harmonisation; rows of a combination, and values of a feature in it, are `--combination-minimum` "
            + "or more"
        let shown = "consent `features` of the site's policy; rows of a batch are `--minimum` or more"
        let groups = shown + ", of a group of cells too; what was told is divided, never shifted (`FlooredCuts`)"
        let variants: [(name: String, rule: String, rounds: [[BlockSpecification]])] = [
            ("all: public scales, before anything else", own, [first(ExponentCensus(columns: 7))]),
            ("parametric, non-parametric, without EB, mean-only, classes, smooth terms", own, [first(single)]),
            (
                "reference batch, after ComBat",
                "the protocol names the reference batch, whose mean and spread are public by that",
                ReferenceBatchFit.everyRound(features: features)
            ),
            (
                "reference batch, missing values",
                "the protocol names the reference batch, whose mean and spread are public by that",
                ReferenceBatchFit.everyRound(features: features, missing: .values)
            ),
            (
                "missing values", gapped,
                [first(IncompleteComBatFit(features: features, covariates: covariates, exponents: exponents))]
            ),
            (
                "folds of a cross-validation (3)", "`--folds` on one machine; no study asks for it",
                [first(FoldedComBatFit(single, folds: 3))]
            ),
            (
                "several batch columns (2 and 3 levels, 4 combinations)", combinations,
                several.everyRound(combinations: 4)
            ),
            (
                "several batch columns, missing values (2 and 3 levels, 4 combinations)", combinations,
                incomplete.everyRound(combinations: 4)
            ),
            (
                "random intercepts (the search takes 12 rounds), with smooth terms too", own,
                RandomInterceptFit(features: features, covariates: covariates, exponents: exponents).everyRound()
            ),
            (
                "random intercepts, missing values", gapped,
                RandomInterceptFit(
                    features: features, covariates: covariates, exponents: exponents, allowsMissing: true
                ).everyRound()
            ),
            (
                "CovBat, after ComBat", own,
                [
                    first(moments),
                    moments.blocks(for: .init(exponents: moments.initialState().exponents, count: 1, means: five)),
                    first(ScatterMatrix(means: five, deviations: five.map { $0 + 1 })),
                ]
            ),
            ("report: means and spreads", shown, BatchContrasts.everyRound(features: features)),
            (
                "report: correlation matrix, after CovBat's first two rounds on the features", shown,
                [first(ScatterMatrix(means: five, deviations: five.map { $0 + 1 }))]
            ),
            (
                "report: components (3 batches, minimum 5)", groups,
                BatchProjections.everyRound(features: features, batches: batches, minimum: 5)
            ),
            (
                "report: edges of histograms (1 feature of 64 cells, 4 of one cell)", groups,
                [
                    first(
                        HistogramEdges(
                            features: features, means: five, deviations: [1, 0, 0, 0, 0], cells: 32, minimum: 5))
                ]
            ),
            (
                "report: histograms (3 batches, 5 features of 2 cells, minimum 5)", groups,
                [
                    first(
                        BatchHistograms(
                            features: features, edges: features.map { _ in [0] }, batches: batches, minimum: 5))
                ]
            ),
            (
                "report: travelling subjects (3 batches, 1 pair of one site, minimum 5)",
                shown + ", subjects too; sets of subjects differ by none or as many (`ToldSubjects`)",
                TravellingAgreement(
                    features: features, means: five, deviations: five, batches: batches, minimum: 5
                ).everyRound(pairs: [[0, 1]])
            ),
        ]
        var text =
            "| variant | round | block | shape | what it is | what a site's block discloses | rule that allows it |\n"
        text += "| --- | --- | --- | --- | --- | --- | --- |\n"
        for (name, rule, rounds) in variants {
            for (round, blocks) in rounds.enumerated() {
                for block in blocks {
                    let shape = block.shape.map(String.init).joined(separator: " x ")
                    text += "| \(name) | \(round + 1) | `\(block.name)` | \(shape) | \(block.meaning) "
                    text += "| \(block.discloses) | \(rule) |\n"
                }
            }
        }
        return text
    }

    private static func first<C: Computation>(_ computation: C) -> [BlockSpecification] {
        computation.firstBlocks
    }
}
