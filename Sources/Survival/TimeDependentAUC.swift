public import Statistics

/// AUC at a horizon: cases have the event by then, controls are still free of it after; cases weigh by the inverse probability of
/// not being censored before their event (Uno et al., JASA 2007;102:527; Blanche et al., Stat Med 2013;32:5381).
public enum TimeDependentAUC {
    /// The estimate with the standard error of its influence function, the estimated censoring included.
    ///
    /// - Parameters:
    ///   - scores: risk of each case; higher is earlier.
    ///   - horizon: in the unit of the times.
    public static func estimate(_ data: SurvivalTimes, scores: [Double], horizon: Double) -> Estimate {
        precondition(scores.count == data.count, "a score for each case")
        let n = data.count
        let isCase = (0..<n).map { data.events[$0] && data.times[$0] <= horizon }
        let controls = (0..<n).filter { data.times[$0] > horizon }
        let events = isCase.count { $0 }
        guard events > 0 else { return .notEstimable("no event by the horizon") }
        guard !controls.isEmpty else { return .notEstimable("no case is observed beyond the horizon") }
        let uncensored = data.uncensoredBefore()
        let weights = (0..<n).map { isCase[$0] ? 1 / uncensored[$0] : 0 }
        let total = weights.reduce(0, +)
        let sorted = controls.map { scores[$0] }.sorted()
        // Share of the controls below each case, and of the cases' weight above each control; equal scores half.
        let placement = (0..<n).map { row in isCase[row] ? Self.share(of: sorted, below: scores[row]) : 0 }
        let area = zip(weights, placement).reduce(0) { $0 + $1.0 * $1.1 } / total
        var influence = [Double](repeating: 0, count: n)
        let ordered = (0..<n).filter { isCase[$0] }.sorted { scores[$0] < scores[$1] }
        let heights = ordered.map { scores[$0] }
        var sums = [0.0]
        for row in ordered { sums.append((sums.last ?? 0) + weights[row]) }
        for row in controls {
            let (first, last) = (Self.lowerBound(heights, scores[row]), Self.upperBound(heights, scores[row]))
            let above = (total - sums[last] + (sums[last] - sums[first]) / 2) / total
            influence[row] += (above - area) * Double(n) / Double(controls.count)
        }
        let pull = (0..<n).map { weights[$0] * (placement[$0] - area) / total }
        for row in 0..<n { influence[row] += pull[row] * Double(n) }
        addCensoring(data, pull: pull, to: &influence)
        let mean = influence.reduce(0, +) / Double(n)
        let square = influence.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return .value(
            .normal(
                area, standardError: (square / Double(n - 1) / Double(n)).squareRoot(), n: n, events: events,
                method: "cumulative cases, dynamic controls at \(horizon), inverse probability of censoring"))
    }

    /// What the estimated probability of censoring adds to the influence of each case.
    private static func addCensoring(_ data: SurvivalTimes, pull: [Double], to influence: inout [Double]) {
        let n = data.count
        // Sum of the pull of all cases that are later than a time.
        var later = pull.reduce(0, +)
        var hazard = 0.0
        var atRisk = n
        for group in data.byTime() {
            for row in group { later -= pull[row] }
            let deaths = group.count { data.events[$0] }
            let risk = Double(atRisk - deaths)
            let censored = Double(group.count - deaths)
            if censored > 0 { hazard += censored / (risk * risk) * later }
            for row in group {
                let own = data.events[row] ? 0 : later / risk
                influence[row] += Double(n) * (own - hazard)
            }
            atRisk -= group.count
        }
    }

    private static func share(of sorted: [Double], below value: Double) -> Double {
        let (first, last) = (lowerBound(sorted, value), upperBound(sorted, value))
        return (Double(first) + Double(last - first) / 2) / Double(sorted.count)
    }

    private static func lowerBound(_ sorted: [Double], _ value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func upperBound(_ sorted: [Double], _ value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
