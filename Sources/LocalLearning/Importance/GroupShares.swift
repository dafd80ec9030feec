/// Means over cases of what several groups add, and the share of each with its error by the delta method.
struct GroupShares {
    /// Mean of each group.
    let means: [Double]
    /// Standard error of each mean.
    let errors: [Double]
    private let rises: [[Double]]

    /// - Parameter rises: of each group, a number a case.
    init(_ rises: [[Double]]) {
        self.rises = rises
        means = rises.map { $0.reduce(0, +) / Double($0.count) }
        errors = zip(rises, means).map { own, mean in Self.error(own.map { $0 - mean }) }
    }

    private static func error(_ deviations: [Double]) -> Double {
        let n = Double(deviations.count)
        return (deviations.reduce(0) { $0 + $1 * $1 } / (n - 1) / n).squareRoot()
    }

    /// Share of a group among those that rise; 0 for one that falls, nil where none rises.
    func share(_ place: Int) -> (value: Double, error: Double)? {
        let rising = means.indices.filter { means[$0] > 0 }
        let total = rising.reduce(0) { $0 + means[$1] }
        guard total > 0 else { return nil }
        let value = max(0, means[place]) / total
        guard means[place] > 0 else { return (0, 0) }
        // d share = (d own - share d total) / total, case by case.
        let influences = rises[place].indices.map { row in
            let own = rises[place][row] - means[place]
            let all = rising.reduce(0) { $0 + rises[$1][row] - means[$1] }
            return (own - value * all) / total
        }
        return (value, Self.error(influences))
    }
}
