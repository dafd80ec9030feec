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
    package func run(on parts: [TrainingCases]) throws -> [String] { try run(on: Cohort(parts)) }

    func run(on cohort: Cohort) throws -> [String] {
        var kept = cohort.features
        for (number, step) in steps.enumerated() {
            let own = try cohort.selecting(features: kept)
            let places = try cohort.once("step \(number)") { try Self.places(step, own) }
            guard !places.isEmpty else { throw LocalLearningError.nothingSelected(step: step.text) }
            kept = places.map { kept[$0] }
        }
        return kept
    }

    private static func places(_ step: SelectionStep, _ cohort: Cohort) throws -> [Int] {
        switch step {
        case .copies: return RedundancyFilter.withoutCopies(try Self.correlation(.pearson, cohort))
        case .variance(let limit):
            let deviations = try cohort.standardisation().standardDeviations
            return deviations.indices.filter { deviations[$0] * deviations[$0] > limit }
        case .univariate(let statistic, let cut): return try Univariate(statistic, cohort).kept(cut)
        case .redundancy(let correlation, let threshold, let rule):
            let matrix = try Self.correlation(correlation, cohort)
            switch rule {
            case .featureEngine:
                return RedundancyFilter.featureEngine(
                    names: cohort.features, correlation: matrix, threshold: threshold)
            case .caret: return RedundancyFilter.caretExact(correlation: matrix, cutoff: threshold)
            case .relevance:
                let relevance = try Univariate(cohort.hasTimes ? .cox : .t, cohort).relevance
                return RedundancyFilter.relevanceOrdered(
                    correlation: matrix, relevance: relevance, maximumCorrelation: threshold
                ).sorted()
            }
        case .minimumRedundancy(let variant, let count):
            guard !cohort.hasTimes else {
                throw LocalLearningError.options(
                    "selection of features: \(variant.rawValue) needs an outcome without time; use cox:K and spearman:R"
                )
            }
            return try Self.minimumRedundancy(variant, count: count, cohort)
        }
    }

    /// Correlation of each pair of features over all parts.
    package static func correlation(
        _ kind: SelectionStep.Correlation, _ parts: [TrainingCases]
    ) throws -> SymmetricMatrix { try correlation(kind, Cohort(parts)) }

    private static func correlation(_ kind: SelectionStep.Correlation, _ cohort: Cohort) throws -> SymmetricMatrix {
        let own =
            kind == .spearman
            ? try cohort.after(
                .ranks(try cohort.once("ranks") { try cohort.result(FeatureRanks(try cohort.grid())) })) : cohort
        let moments = try own.standardisation()
        return try own.result(CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations))
    }

    private static func minimumRedundancy(
        _ variant: SelectionStep.MinimumRedundancyVariant, count: Int, _ cohort: Cohort
    ) throws -> [Int] {
        let moments = try cohort.standardisation()
        guard variant != .quotientOfF else {
            let statistics = try cohort.result(
                UnivariateFilter(centres: moments.means, scales: moments.standardDeviations))
            return try cohort.result(
                MinimumRedundancyFit(
                    centres: moments.means, scales: moments.standardDeviations,
                    relevance: statistics.map { min($0 * $0, .greatestFiniteMagnitude) }, count: count),
                roundLimit: count + 1)
        }
        // Peng's bins: below, around and above the mean, within half a standard deviation.
        let edges = BinEdges(
            features: cohort.features,
            edges: zip(moments.means, moments.standardDeviations).map { $1 > 0 ? [$0 - $1 / 2, $0 + $1 / 2] : [] })
        return try cohort.result(
            MutualInformationSelection(
                features: cohort.features, binCounts: edges.binCounts, count: count,
                scheme: variant == .difference ? .difference : .quotient), .coded(edges))
    }
}

/// Statistics of each feature by itself.
private struct Univariate {
    /// Larger is more relevant; 0 for a feature that does not vary.
    let relevance: [Double]
    let pValues: [Double]

    init(_ statistic: SelectionStep.Statistic, _ cohort: Cohort) throws {
        switch statistic {
        case .t, .welch:
            let moments = try cohort.standardisation()
            let values = try cohort.result(
                UnivariateFilter(
                    centres: moments.means, scales: moments.standardDeviations,
                    statistic: statistic == .t ? .student : .welch))
            let classes = try cohort.classes()
            let freedom = Double(classes.others + classes.events - 2)
            relevance = values.map(\.magnitude)
            pValues = relevance.map { StudentDistribution.twoSided(min($0, 1e150), df: freedom) }
        case .auc:
            let found = try cohort.result(FeatureRanks(try cohort.grid()))
            guard found.areas.count == cohort.features.count else { throw LearningError.oneClass }
            relevance = found.areas.map { ($0 - 0.5).magnitude }
            pValues = found.pValues
        case .cox:
            relevance = try cohort.result(CoxScoreFilter(try cohort.standardisation()), .survival)
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
