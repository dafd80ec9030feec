/// Whether a selection by ranks of bins, as a study counts them, is that of the ranks of the values.
public struct RankCertificate: Codable, Sendable, Equatable {
    /// What the bins leave open.
    public struct Comparison: Codable, Sendable, Equatable {
        /// The feature, or the first of two.
        public let first: String
        /// The second of two; nil where a feature's own AUC is compared.
        public let second: String?
        /// Smallest absolute correlation of two features, or AUC of one, that the values can have.
        public let lower: Double
        /// Largest.
        public let upper: Double
    }

    /// The step of the selection.
    public let step: String
    /// Whether the values' ranks lead to the same features for certain.
    public let proved: Bool
    /// Most bins of a feature.
    public let bins: Int
    /// How often features in open comparisons got finer bins.
    public let refinements: Int
    /// Number of comparisons that stay open.
    public let openComparisons: Int
    /// These, at most `limit`; the selection decides them by the ranks of the bins.
    public let undecided: [Comparison]

    /// Most comparisons that are listed.
    public static let limit = 100

    init(step: String, bins: Int, refinements: Int, open: [Comparison]) {
        (self.step, self.bins, self.refinements) = (step, bins, refinements)
        (proved, openComparisons, undecided) = (open.isEmpty, open.count, Array(open.prefix(Self.limit)))
    }

    /// One line.
    public var text: String {
        let times = refinements == 1 ? "once" : "\(refinements) times"
        let bins = "\(bins) bins" + (refinements > 0 ? ", refined \(times)" : "")
        guard !proved else { return "\(step): proved equal to the selection by exact ranks (\(bins))" }
        let nearest = undecided.prefix(1).map {
            ", such as \($0.first)\($0.second.map { " and \($0)" } ?? "") "
                + "(\(Self.brief($0.lower)) to \(Self.brief($0.upper)))"
        }.joined()
        let plural = openComparisons == 1 ? "" : "s"
        return "\(step): not proved, \(openComparisons) comparison\(plural) undecided\(nearest); "
            + "decided by ranks of bins (\(bins))"
    }

    private static func brief(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
}
