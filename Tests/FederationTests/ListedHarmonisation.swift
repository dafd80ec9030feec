import Federation
import Harmonisation
import TestKit

extension ListedComputation {
    /// The variants of harmonisation beyond ComBat and its folds, and the report, on the 126 cases of `table`.
    static let harmonisation: [ListedComputation] = {
        let cases = table
        let names = cases.featureNames
        let exponents = [4, 14, -6, 4, 4, 4, 8, 2]
        let means = [3.0, 3000, 0.003, 3, 3, 3]
        let deviations = [1.0, 1000, 0.001, 1, 1, 1]
        let batches = Set(cases.batch).sorted()
        let features = cases.selecting(covariates: [])
        var listed = [
            ListedComputation(
                IncompleteComBatFit(features: names, covariates: cases.covariateNames, exponents: exponents),
                shard: { incomplete }, split: splitBatches),
            ListedComputation(
                FactorComBatFit(
                    features: names, covariates: cases.covariateNames, exponents: exponents,
                    factors: [
                        BatchFactor(name: "vendor", levels: ["v0", "v1"]),
                        BatchFactor(name: "kernel", levels: ["k0", "k1", "k2"]),
                    ]), shard: { factored }, split: splitRows),
            ListedComputation(
                RandomInterceptFit(features: names, covariates: cases.covariateNames, exponents: exponents),
                shard: { longitudinal },
                split: { rows, count in
                    (0..<count).map { site in rows.selecting(rows: (0..<126).filter { $0 / 18 % count == site }) }
                }),
            ListedComputation(
                ScatterMatrix(means: means, deviations: deviations), shard: { cases }, split: splitRows),
            ListedComputation(
                BatchContrasts(features: names, exponents: Array(exponents.prefix(6))), shard: { features },
                split: splitBatches),
            ListedComputation(
                HistogramEdges(features: names, means: means, deviations: deviations, cells: 12, minimum: 5),
                shard: { features }, split: splitBatches),
            ListedComputation(
                BatchHistograms(
                    features: names, edges: zip(means, deviations).map { [$0 - $1, $0 - 0.2 * $1, $0, $0 + $1] },
                    batches: batches, minimum: 3), shard: { features }, split: splitBatches),
            ListedComputation(
                BatchProjections(
                    features: names, means: means, deviations: deviations,
                    components: LeadingComponents(
                        axes: [[0.6, 0.8, 0, 0, 0, 0], [-0.8, 0.6, 0, 0, 0, 0], [0, 0, 0.5, 0.5, 0.5, 0.5]],
                        values: [6, 5, 4], total: 18), batches: batches, minimum: 3), shard: { features },
                split: splitBatches),
        ]
        if let smooth = smoothed {
            listed.append(
                ListedComputation(
                    ComBatFit(
                        features: names, covariates: smooth.covariateNames,
                        exponents: exponents.prefix(6) + smooth.covariateNames.map { _ in 4 },
                        smooth: [Array(smooth.covariateNames.indices.dropFirst())]),
                    shard: { smooth }, split: splitBatches))
        }
        let fit = ComBatFit(features: names, covariates: cases.covariateNames, exponents: exponents)
        if let model = try? fit.run(on: [cases]).result {
            listed.append(
                ListedComputation(
                    ReferenceBatchFit(model, reference: "batch2"), shard: { cases }, split: splitRows))
        }
        return listed
    }()

    /// Every seventh value of the third feature is missing.
    private static let incomplete: CaseTable = {
        var cases = table
        for row in stride(from: 0, to: cases.count, by: 7) { cases.features[row * 6 + 2] = .nan }
        return cases
    }()

    /// One or two rows a patient, within a batch.
    private static let longitudinal = LongitudinalTable(
        table: table, subject: (0..<126).map { "p\($0 / 18)-\($0 % 18 / 3 * 2 + ($0 % 3 == 0 ? 1 : 0))" })

    /// Two vendors, three kernels; a combination has rows in several shards.
    private static let factored = CaseTable(
        featureNames: table.featureNames, features: table.features, covariateNames: table.covariateNames,
        covariates: table.covariates, outcome: table.outcome,
        batch: (0..<126).map { BatchCombination.name(["v\($0 % 2)", "k\($0 / 2 % 3)"]) })

    /// Age as a thin plate spline.
    private static let smoothed: CaseTable? = {
        let ages = (0..<126).map { table.covariates[$0 * 2] }
        guard let spline = try? ThinPlateSpline(places: ages, dimension: 5, name: "age") else { return nil }
        return CaseTable(
            featureNames: table.featureNames, features: table.features,
            covariateNames: (0..<spline.columnCount).map { "age\($0)" }, covariates: ages.flatMap(spline.columns),
            outcome: table.outcome, batch: table.batch)
    }()
}

extension CaseTable {
    /// The table with some of its covariates.
    fileprivate func selecting(covariates names: [String]) -> CaseTable {
        let positions = names.compactMap { covariateNames.firstIndex(of: $0) }
        let q = covariateNames.count
        return CaseTable(
            featureNames: featureNames, features: features, covariateNames: names,
            covariates: (0..<count).flatMap { row in positions.map { covariates[row * q + $0] } }, outcome: outcome,
            batch: batch)
    }
}
