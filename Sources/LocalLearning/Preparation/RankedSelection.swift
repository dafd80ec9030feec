import Federation
import Learning
import LinearAlgebra
import Validation

/// Selections by ranks: exact on one machine; in a study by ranks of bins, with finer ones for features whose comparisons the bins
/// leave open, until none is or bins hold as few cases as they may.
struct RankedSelection {
    /// What a step keeps.
    struct Choice: Codable {
        /// Positions.
        let places: [Int]
        /// Whether exact ranks would; nil where they were.
        let certificate: RankCertificate?

        /// A choice without bins.
        static func exact(_ places: [Int]) -> Choice { Choice(places: places, certificate: nil) }
    }

    let step: SelectionStep
    let cohort: Cohort
    /// Most bins at first.
    let bins: Int

    /// A rule that drops redundant features, over a matrix and over bounds of it.
    struct Redundancy {
        let kept: (SymmetricMatrix) -> [Int]
        let undecided: (RankedCorrelation) -> [RedundancyFilter.Comparison]
        /// Whether each comparison is of all correlations of a feature.
        let needsAll: Bool
    }

    /// Features that the rule keeps by Spearman's correlations.
    func independent(_ rule: Redundancy) throws -> Choice {
        if let grid = cohort.distinctValues {
            let found = try cohort.result(FeatureRanks(grid))
            return .exact(rule.kept(try Self.correlation(found, cohort)))
        }
        var own = try cohort.once("ranks") { try RankedFeatures(cohort, bins: bins) }
        var edges = own.edges
        var bounds = RankedCorrelation(try Self.correlation(own.found, cohort), angles: own.found.angles)
        var progress = Refinement(bins: bins, most: own.found.cases / cohort.minimumCell)
        var open = rule.undecided(bounds)
        while !open.isEmpty, progress.advance() {
            let places =
                rule.needsAll
                ? Array(cohort.features.indices) : Set(open.flatMap { [$0.first, $0.second] }).sorted()
            let part = try cohort.selecting(features: places.map { cohort.features[$0] })
            own = try cohort.once("ranks \(progress.count)") {
                try RankedFeatures(part, bins: progress.bins, within: places.map { edges[$0] })
            }
            for (place, found) in zip(places, own.edges) { edges[place] = found }
            bounds.refine(
                places, RankedCorrelation(try Self.correlation(own.found, part), angles: own.found.angles))
            open = rule.undecided(bounds)
        }
        return Choice(
            places: rule.kept(bounds.binned),
            certificate: certificate(
                progress, edges.map(\.casesPerBin.count),
                open.map { pair in
                    let magnitude = bounds.magnitude(pair.first, pair.second)
                    return RankCertificate.Comparison(
                        first: cohort.features[pair.first], second: cohort.features[pair.second],
                        lower: magnitude.lower, upper: magnitude.upper)
                }))
    }

    /// Features by their AUC.
    func univariate(_ cut: SelectionStep.Cut) throws -> Choice {
        if let grid = cohort.distinctValues {
            let areas = try BoundedAreas(try cohort.result(FeatureRanks(grid)))
            return .exact(areas.univariate.kept(cut))
        }
        var own = try cohort.once("ranks") { try RankedFeatures(cohort, bins: bins) }
        var edges = own.edges
        var areas = try BoundedAreas(own.found)
        var progress = Refinement(bins: bins, most: own.found.cases / cohort.minimumCell)
        var open = areas.undecided(cut)
        while !open.isEmpty, progress.advance() {
            let part = try cohort.selecting(features: open.map { cohort.features[$0] })
            own = try cohort.once("ranks \(progress.count)") {
                try RankedFeatures(part, bins: progress.bins, within: open.map { edges[$0] })
            }
            for (place, found) in zip(open, own.edges) { edges[place] = found }
            areas.refine(open, try BoundedAreas(own.found))
            open = areas.undecided(cut)
        }
        return Choice(
            places: areas.univariate.kept(cut),
            certificate: certificate(
                progress, edges.map(\.casesPerBin.count),
                open.map { place in
                    RankCertificate.Comparison(
                        first: cohort.features[place], second: nil,
                        lower: max(0, areas.areas[place] - areas.slacks[place]),
                        upper: min(1, areas.areas[place] + areas.slacks[place]))
                }))
    }

    /// Correlation of the mid-ranks.
    static func correlation(_ found: FeatureRanks.Result, _ cohort: Cohort) throws -> SymmetricMatrix {
        let moments = found.standardisation
        return try cohort.after(.ranks(found.midRanks)).result(
            CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations))
    }

    private func certificate(
        _ progress: Refinement, _ bins: [Int], _ open: [RankCertificate.Comparison]
    ) -> RankCertificate {
        RankCertificate(step: step.text, bins: bins.max() ?? 0, refinements: progress.count, open: open)
    }

    /// How fine the bins are.
    private struct Refinement {
        var bins: Int
        /// Bins that the cases allow.
        let most: Int
        var count = 0

        /// More bins, where they may hold fewer cases.
        mutating func advance() -> Bool {
            guard bins < most else { return false }
            bins = min(bins * RankedFeatures.refinement, most)
            count += 1
            return true
        }
    }
}
