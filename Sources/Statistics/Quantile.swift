/// Sample quantiles.
public enum Quantile {
    /// The quantile between order statistics: type 7 of Hyndman and Fan, American Statistician 1996;50:361, the default of R and
    /// numpy.
    ///
    /// - Parameters:
    ///   - sorted: ascending, not empty.
    ///   - probability: 0 to 1.
    public static func linear(_ sorted: [Double], _ probability: Double) -> Double {
        precondition(!sorted.isEmpty && (0...1).contains(probability), "values and a probability")
        let position = probability * Double(sorted.count - 1)
        let lower = min(Int(position), sorted.count - 1)
        let upper = min(lower + 1, sorted.count - 1)
        return sorted[lower] + (position - Double(lower)) * (sorted[upper] - sorted[lower])
    }
}
