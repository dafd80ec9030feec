/// How often features were selected over folds or resamples, and how alike the selections are (Nogueira, Sechidis and Brown,
/// JMLR 2018;18:174, eq. 4).
public struct SelectionStability: Sendable, Equatable, Codable {
    /// Names of the features.
    public let features: [String]
    /// Positions of the features of each selection.
    public let selections: [[Int]]
    /// Share of the selections that each feature is in.
    public let frequencies: [Double]
    /// 1 for equal selections, 0 on average for chance; nil below two selections, or if all or no features were selected.
    public let index: Double?

    /// Compares selections; each position at most once.
    public init(features: [String], selections: [[Int]]) {
        self.features = features
        self.selections = selections
        let (p, m) = (Double(features.count), Double(selections.count))
        var counts = [Double](repeating: 0, count: features.count)
        for selection in selections {
            for feature in selection { counts[feature] += 1 }
        }
        let frequencies = counts.map { m > 0 ? $0 / m : 0 }
        self.frequencies = frequencies
        let share = p > 0 ? frequencies.reduce(0, +) / p : 0
        guard selections.count > 1, share > 0, share < 1 else {
            index = nil
            return
        }
        let spread = frequencies.reduce(0) { $0 + m / (m - 1) * $1 * (1 - $1) } / p
        index = 1 - spread / (share * (1 - share))
    }
}
