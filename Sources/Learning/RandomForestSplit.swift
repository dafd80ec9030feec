/// Drawn cases of both classes.
struct ClassCounts: Codable, Sendable, Equatable {
    /// Drawn cases, each counted once.
    var cases = 0
    /// Non-events, as often as they were drawn.
    var others = 0
    /// Events, as often as they were drawn.
    var events = 0

    static func + (a: ClassCounts, b: ClassCounts) -> ClassCounts {
        ClassCounts(cases: a.cases + b.cases, others: a.others + b.others, events: a.events + b.events)
    }

    static func - (a: ClassCounts, b: ClassCounts) -> ClassCounts {
        ClassCounts(cases: a.cases - b.cases, others: a.others - b.others, events: a.events - b.events)
    }
}

/// The best division of one node by Gini's impurity, feature after feature.
///
/// Impurity times weight falls by sum of w_c^2 / w over the children less the same of the node. Of equal gains the feature that was
/// drawn first and then the lowest bin wins.
struct RandomForestSplit {
    /// A possible division.
    struct Candidate {
        let feature: Int
        let bin: Int
        let sendsMissingLeft: Bool
        let gain: Double
        let left: ClassCounts
        let right: ClassCounts
    }

    private let total: ClassCounts
    private let minimumCases: Int
    private let classWeights: [Double]
    private let base: Double
    private(set) var best: Candidate?

    init(_ total: ClassCounts, parameters: RandomForest.Parameters) {
        self.total = total
        minimumCases = max(parameters.minimumCases, 1)
        classWeights = parameters.classWeights
        base = Self.purity(total, parameters.classWeights)
    }

    /// Whether a node can be divided at all.
    static func isOpen(_ total: ClassCounts, depth: Int, parameters: RandomForest.Parameters) -> Bool {
        depth < parameters.maxDepth && total.cases >= 2 * max(parameters.minimumCases, 1)
            && total.events > 0 && total.others > 0
    }

    private static func purity(_ counts: ClassCounts, _ weights: [Double]) -> Double {
        let (others, events) = (Double(counts.others) * weights[0], Double(counts.events) * weights[1])
        let sum = others + events
        return sum > 0 ? (others * others + events * events) / sum : 0
    }

    /// Tries the divisions by one feature, whose occupied bins have these counts.
    mutating func consider(feature: Int, bins: Int, occupied: [(bin: Int, counts: ClassCounts)]) {
        guard let last = occupied.last else { return }
        var present = ClassCounts()
        for (place, own) in occupied.enumerated() {
            present = present + own.counts
            // Halfway to the next occupied bin.
            let bin = place + 1 < occupied.count ? (own.bin + occupied[place + 1].bin) / 2 + 1 : bins
            consider(feature, bin, false, present, total - present)
        }
        // Without a missing value in the node both directions are one.
        guard present.cases < total.cases else { return }
        var above = last.counts
        for place in (0..<occupied.count - 1).reversed() {
            let bin = (occupied[place].bin + occupied[place + 1].bin) / 2 + 1
            consider(feature, bin, true, total - above, above)
            above = above + occupied[place].counts
        }
    }

    private mutating func consider(
        _ feature: Int, _ bin: Int, _ sendsMissingLeft: Bool, _ left: ClassCounts, _ right: ClassCounts
    ) {
        guard min(left.cases, right.cases) >= minimumCases else { return }
        let gain = Self.purity(left, classWeights) + Self.purity(right, classWeights) - base
        // Rounding of a division that changes nothing is no gain.
        guard gain > max(best?.gain ?? 0, 1e-9 * base) else { return }
        best = Candidate(
            feature: feature, bin: bin, sendsMissingLeft: sendsMissingLeft, gain: gain, left: left, right: right)
    }

    /// A leaf of these cases.
    static func leaf(_ counts: ClassCounts, parameters: RandomForest.Parameters) -> TreeNode {
        let weight = parameters.classWeights
        let (others, events) = (Double(counts.others) * weight[0], Double(counts.events) * weight[1])
        let cover = others + events
        return TreeNode(split: nil, value: cover > 0 ? events / cover : 0, cover: cover, cases: counts.cases)
    }
}
