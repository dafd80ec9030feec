import Federation
public import Statistics

/// Pooled AUC whose certified interval is narrow against its confidence interval: `PooledAUC` with ever more bins.
///
/// The bins are doubled until the certified interval is narrower than a tenth of the confidence interval, or until the smallest
/// allowed number of cases in a bin stops the search. Every step is a `PooledAUC` of its own, so that the result is the same
/// for any number of shards, and what leaves a site is what its last histogram shows.
public enum CertifiedAUC {
    /// Where the search ended.
    public struct Result: Sendable, Equatable {
        /// AUC of the binned scores.
        public let estimate: Estimate
        /// Interval that contains the AUC of the pooled scores; nil without an estimate.
        public let certified: CertifiedInterval?
        /// Points of the ROC curve of the pooled scores at the edges of the bins; nil without an estimate.
        public let curve: CertifiedCurve?
        /// Bins of the last histogram.
        public let bins: Int
        /// Whether the certified interval is narrower than a tenth of the confidence interval.
        public let isNarrow: Bool
    }

    /// Certified over confidence interval at which the search ends.
    public static let share = 0.1

    /// Searches.
    ///
    /// - Parameters:
    ///   - shards: cases of each site.
    ///   - minimumPerBin: fewest pooled cases of a bin.
    /// - Throws: `ValidationError`, `FederationError`.
    public static func search(_ shards: [ScoredCases], minimumPerBin: Int) throws -> Result {
        var bins = fewestBins
        while true {
            let run = try PooledAUC(score: "score", bins: bins, minimumPerBin: minimumPerBin).run(on: shards)
            let found = run.result
            guard let more = binsToTry(after: found, asked: bins, limit: 1 << 16) else {
                return Result(
                    estimate: found.estimate, certified: found.certified,
                    curve: found.certified == nil ? nil : try run.sums.last.flatMap(curve), bins: found.bins,
                    isNarrow: found.isNarrow)
            }
            bins = more
        }
    }

    /// Bins with which the search begins.
    public static let fewestBins = 8

    /// The number of bins to go on with; nil where the search ends.
    ///
    /// - Parameters:
    ///   - found: what the last histogram gave.
    ///   - asked: bins that were asked for; fewer were found where the floor, or ties, allow no more.
    ///   - limit: most bins.
    public static func binsToTry(after found: PooledAUC.Result, asked: Int, limit: Int) -> Int? {
        found.isNarrow || found.bins < asked || asked >= limit ? nil : min(2 * asked, limit)
    }

    private static func curve(_ sum: Contribution) throws -> CertifiedCurve? {
        let histogram = try sum.values("histogram").map { Int($0) }
        let bins = histogram.count / 2
        return CertifiedCurve(nonEvents: Array(histogram[..<bins]), events: Array(histogram[bins...]))
    }
}
