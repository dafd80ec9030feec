import Learning
import Validation

/// Ranks of features on a grid of bins, and the edges that finer bins are searched for between.
struct RankedFeatures: Codable {
    let edges: [PooledQuantileEdges.Result]
    let found: FeatureRanks.Result

    /// Bins in a study at first.
    static let bins = 256
    /// A refinement has so many times the bins: it costs the rounds of a search, and shortens the intervals as many times.
    static let refinement = 4

    /// Ranks in at most so many bins.
    ///
    /// - Parameter known: coarser bins of the same features.
    init(_ cohort: Cohort, bins: Int, within known: [PooledQuantileEdges.Result]? = nil) throws {
        let search =
            known.map {
                PooledQuantiles(
                    columns: cohort.features, bins: bins, minimumPerBin: cohort.minimumCell, within: $0)
            }
            ?? PooledQuantiles(
                columns: cohort.features, bins: bins, minimumPerBin: cohort.minimumCell, isolatesTies: true)
        let found = try search.settled ?? cohort.result(search)
        edges =
            known.map { zip($0, found).map { $0.divided(by: $1, minimumPerBin: cohort.minimumCell) } } ?? found
        self.found = try cohort.result(FeatureRanks(Self.grid(cohort.features, edges)))
    }

    private static func grid(_ features: [String], _ edges: [PooledQuantileEdges.Result]) -> FeatureRanks.Grid {
        let ties = edges.map { $0.ties ?? [] }
        return FeatureRanks.Grid(
            columns: features, points: edges.map { $0.edges + [$0.top ?? Double(Float.greatestFiniteMagnitude)] },
            ties: ties.allSatisfy(\.isEmpty) ? nil : ties)
    }
}
