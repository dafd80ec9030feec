import Federation
import Learning
package import LinearAlgebra
import Statistics

/// Selects features from training cases, step by step, by the sums of a study.
package struct FeatureSelection {
    let steps: [SelectionStep]

    package init(steps: [SelectionStep]) { self.steps = steps }

    /// Names of the selected features, in the order of the last step.
    ///
    /// - Throws: `LocalLearningError.nothingSelected`, `LearningError`, `HarmonisationError.missingValues`.
    package func run(on parts: [TrainingCases]) throws -> [String] {
        var kept = parts.features
        for step in steps {
            let own = try parts.selecting(features: kept)
            let places = try Self.places(step, own)
            guard !places.isEmpty else { throw LocalLearningError.nothingSelected(step: step.text) }
            kept = places.map { kept[$0] }
        }
        return kept
    }

    private static func places(_ step: SelectionStep, _ parts: [TrainingCases]) throws -> [Int] {
        switch step {
        case .variance(let limit):
            let deviations = try parts.standardisation().standardDeviations
            return deviations.indices.filter { deviations[$0] * deviations[$0] > limit }
        case .univariate(let statistic, let cut): return try Univariate(statistic, parts).kept(cut)
        case .redundancy(let correlation, let threshold, let rule):
            let matrix = try Self.correlation(correlation, parts)
            switch rule {
            case .featureEngine:
                return RedundancyFilter.featureEngine(
                    names: parts.features, correlation: matrix, threshold: threshold)
            case .caret: return RedundancyFilter.caretExact(correlation: matrix, cutoff: threshold)
            case .relevance:
                let relevance = try Univariate(parts[0].times == nil ? .t : .cox, parts).relevance
                return RedundancyFilter.relevanceOrdered(
                    correlation: matrix, relevance: relevance, maximumCorrelation: threshold
                ).sorted()
            }
        case .minimumRedundancy(let variant, let count):
            guard parts[0].times == nil else {
                throw LocalLearningError.options(
                    "--select: \(variant.rawValue) needs an outcome without time; use cox:K and spearman:R")
            }
            return try Self.minimumRedundancy(variant, count: count, parts)
        }
    }

    /// Correlation of each pair of features over all parts.
    package static func correlation(
        _ kind: SelectionStep.Correlation, _ parts: [TrainingCases]
    ) throws -> SymmetricMatrix {
        var tables = parts.map(\.table)
        if kind == .spearman {
            let grid = FeatureRanks.Grid(columns: parts.features, points: parts.distinctValues())
            let ranks = try FeatureRanks(grid).run(on: tables).result
            tables = try tables.map { try ranks.ranks($0) }
        }
        let moments = try Standardisation.pooled(tables)
        return try CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations).run(on: tables).result
    }

    private static func minimumRedundancy(
        _ variant: SelectionStep.MinimumRedundancyVariant, count: Int, _ parts: [TrainingCases]
    ) throws -> [Int] {
        let tables = parts.map(\.table)
        let moments = try parts.standardisation()
        guard variant != .quotientOfF else {
            let statistics = try UnivariateFilter(centres: moments.means, scales: moments.standardDeviations)
                .run(on: tables).result
            return try MinimumRedundancyFit(
                centres: moments.means, scales: moments.standardDeviations,
                relevance: statistics.map { min($0 * $0, .greatestFiniteMagnitude) }, count: count
            ).run(on: tables, roundLimit: count + 1).result
        }
        // Peng's bins: below, around and above the mean, within half a standard deviation.
        let edges = BinEdges(
            features: parts.features,
            edges: zip(moments.means, moments.standardDeviations).map { $1 > 0 ? [$0 - $1 / 2, $0 + $1 / 2] : [] })
        return try MutualInformationSelection(
            features: parts.features, binCounts: edges.binCounts, count: count,
            scheme: variant == .difference ? .difference : .quotient
        ).run(on: tables.map { $0.coded(edges) }).result
    }
}

/// Statistics of each feature by itself.
private struct Univariate {
    /// Larger is more relevant; 0 for a feature that does not vary.
    let relevance: [Double]
    let pValues: [Double]

    init(_ statistic: SelectionStep.Statistic, _ parts: [TrainingCases]) throws {
        switch statistic {
        case .t, .welch:
            let moments = try parts.standardisation()
            let values = try UnivariateFilter(
                centres: moments.means, scales: moments.standardDeviations,
                statistic: statistic == .t ? .student : .welch
            ).run(on: parts.map(\.table)).result
            let freedom = Double(parts.caseCount - 2)
            relevance = values.map(\.magnitude)
            pValues = relevance.map { StudentDistribution.twoSided(min($0, 1e150), df: freedom) }
        case .auc:
            let grid = FeatureRanks.Grid(columns: parts.features, points: parts.distinctValues())
            let found = try FeatureRanks(grid).run(on: parts.map(\.table)).result
            relevance = found.areas.map { ($0 - 0.5).magnitude }
            pValues = found.pValues
        case .cox:
            let shards = try parts.map { FoldedSurvival(try $0.survival()) }
            relevance = try CoxScoreFilter(try parts.standardisation()).run(on: shards).result
            pValues = relevance.map { ChiSquareDistribution.upperTail($0, df: 1) }
        }
    }

    /// Positions of the features that stay: the best first, or those with a small p in their own order.
    func kept(_ cut: SelectionStep.Cut) -> [Int] {
        switch cut {
        case .best(let count):
            let order = relevance.indices.filter { relevance[$0] > 0 }
                .sorted { relevance[$0] != relevance[$1] ? relevance[$0] > relevance[$1] : $0 < $1 }
            return Array(order.prefix(count))
        case .pValue(let limit): return pValues.indices.filter { pValues[$0] < limit && relevance[$0] > 0 }
        }
    }
}
