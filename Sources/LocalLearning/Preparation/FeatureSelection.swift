import Federation
import Learning
package import LinearAlgebra
import Statistics

/// Selects features from training cases, step by step, by the sums of a study.
package struct FeatureSelection {
    let steps: [SelectionStep]
    /// Most bins of ranks in a study before any is refined.
    let rankBins: Int

    package init(steps: [SelectionStep], rankBins: Int = RankedFeatures.bins) {
        (self.steps, self.rankBins) = (steps, rankBins)
    }

    /// Names of the selected features, in the order of the last step.
    ///
    /// - Throws: `LocalLearningError.nothingSelected`, `LearningError`, `HarmonisationError.missingValues`.
    package func run(on parts: [TrainingCases]) throws -> [String] { try run(on: Cohort(parts)).features }

    /// What is selected, and whether exact ranks would select it.
    ///
    /// - Throws: as the other.
    package func run(on cohort: Cohort) throws -> Selected {
        var kept = cohort.features
        var certificates: [RankCertificate] = []
        for (number, step) in steps.enumerated() {
            let own = try cohort.selecting(features: kept)
            let choice = try cohort.once("step \(number)") { try self.choice(step, own) }
            guard !choice.places.isEmpty else { throw LocalLearningError.nothingSelected(step: step.text) }
            kept = choice.places.map { kept[$0] }
            if let certificate = choice.certificate { certificates.append(certificate) }
        }
        return Selected(
            steps: steps.map(\.text), features: kept, ranks: certificates.isEmpty ? nil : certificates)
    }

    private func choice(_ step: SelectionStep, _ cohort: Cohort) throws -> RankedSelection.Choice {
        let ranked = RankedSelection(step: step, cohort: cohort, bins: rankBins)
        switch step {
        case .univariate(.auc, let cut): return try ranked.univariate(cut)
        case .redundancy(.spearman, let threshold, let rule):
            return try ranked.independent(try Self.redundancy(rule, threshold, cohort))
        case .copies: return .exact(RedundancyFilter.withoutCopies(try Self.correlation(cohort)))
        case .variance(let limit):
            let deviations = try cohort.standardisation().standardDeviations
            return .exact(deviations.indices.filter { deviations[$0] * deviations[$0] > limit })
        case .univariate(.t, let cut): return .exact(try Univariate.t(.student, cohort).kept(cut))
        case .univariate(.welch, let cut): return .exact(try Univariate.t(.welch, cohort).kept(cut))
        case .univariate(.cox, let cut): return .exact(try Univariate.cox(cohort).kept(cut))
        case .redundancy(.pearson, let threshold, let rule):
            return .exact(try Self.redundancy(rule, threshold, cohort).kept(try Self.correlation(cohort)))
        case .minimumRedundancy(let variant, let count):
            guard !cohort.hasTimes else {
                throw LocalLearningError.options(
                    "selection of features: \(variant.rawValue) needs an outcome without time; use cox:K and spearman:R"
                )
            }
            return .exact(try Self.minimumRedundancy(variant, count: count, cohort))
        }
    }

    private static func redundancy(
        _ rule: SelectionStep.Rule, _ threshold: Double, _ cohort: Cohort
    ) throws -> RankedSelection.Redundancy {
        switch rule {
        case .featureEngine:
            RankedSelection.Redundancy(
                kept: {
                    RedundancyFilter.featureEngine(names: cohort.features, correlation: $0, threshold: threshold)
                },
                undecided: {
                    RedundancyFilter.undecidedFeatureEngine($0, names: cohort.features, threshold: threshold)
                }, needsAll: false)
        case .caret:
            RankedSelection.Redundancy(
                kept: { RedundancyFilter.caretExact(correlation: $0, cutoff: threshold) },
                undecided: { RedundancyFilter.undecidedCaret($0, cutoff: threshold) }, needsAll: true)
        case .relevance: try byRelevance(threshold, cohort)
        }
    }

    private static func byRelevance(_ threshold: Double, _ cohort: Cohort) throws -> RankedSelection.Redundancy {
        let relevance = try cohort.once("relevance") {
            try (cohort.hasTimes ? Univariate.cox(cohort) : Univariate.t(.student, cohort)).relevance
        }
        return RankedSelection.Redundancy(
            kept: {
                RedundancyFilter.relevanceOrdered(
                    correlation: $0, relevance: relevance, maximumCorrelation: threshold
                ).sorted()
            },
            undecided: {
                RedundancyFilter.undecided($0, relevance: relevance, maximumCorrelation: threshold)
            }, needsAll: false)
    }

    /// Correlation of each pair of features over all parts, here.
    package static func correlation(
        _ kind: SelectionStep.Correlation, _ parts: [TrainingCases]
    ) throws -> SymmetricMatrix {
        let cohort = Cohort(parts)
        guard kind == .spearman, let grid = cohort.distinctValues else { return try correlation(cohort) }
        return try RankedSelection.correlation(try cohort.result(FeatureRanks(grid)), cohort)
    }

    /// Pearson's correlation.
    private static func correlation(_ cohort: Cohort) throws -> SymmetricMatrix {
        let moments = try cohort.standardisation()
        return try cohort.result(CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations))
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
struct Univariate {
    /// Larger is more relevant; 0 for a feature that does not vary.
    let relevance: [Double]
    let pValues: [Double]

    static func t(_ statistic: UnivariateFilter.Statistic, _ cohort: Cohort) throws -> Univariate {
        let moments = try cohort.standardisation()
        let values = try cohort.result(
            UnivariateFilter(centres: moments.means, scales: moments.standardDeviations, statistic: statistic))
        let classes = try cohort.classes()
        let freedom = Double(classes.others + classes.events - 2)
        let relevance = values.map(\.magnitude)
        return Univariate(
            relevance: relevance,
            pValues: relevance.map { StudentDistribution.twoSided(min($0, 1e150), df: freedom) })
    }

    static func cox(_ cohort: Cohort) throws -> Univariate {
        let scores = try cohort.result(CoxScoreFilter(try cohort.standardisation()), .survival)
        return Univariate(relevance: scores, pValues: scores.map { ChiSquareDistribution.upperTail($0, df: 1) })
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
