/// The best division of one node by second-order gain (Chen and Guestrin 2016, eq. 7), feature after feature.
///
/// Gains are compared in single precision as `xgboost` does, the first feature and then the first bin winning a tie.
struct TreeBoostingSplit {
    /// A possible division.
    struct Candidate: Sendable {
        let feature: Int
        let bin: Int
        let sendsMissingLeft: Bool
        let gain: Float
        let left: NodeTotals
        let right: NodeTotals
    }

    private static let quantum = Double(sign: .plus, exponent: -TreeBoosting.fractionBits, significand: 1)

    private let whole: NodeTotals
    private let parameters: TreeBoosting.Parameters
    private let minimumCases: Int64
    private let root: Float
    /// What the gains of both sides must add up to, less more than what rounding can be.
    private var needed: Double
    private var limit: Float = 1e-6
    private(set) var best: Candidate?

    init(_ whole: NodeTotals, parameters: TreeBoosting.Parameters) {
        self.whole = whole
        self.parameters = parameters
        minimumCases = Int64(max(parameters.minimumCases, 1))
        root = Float(Self.gain(whole, parameters))
        needed = Self.needed(limit, root)
    }

    /// The division to take: none if its gain is below `gamma`.
    var accepted: Candidate? {
        guard let best, Double(best.gain) >= parameters.gamma else { return nil }
        return best
    }

    /// The node as a leaf.
    static func leaf(_ totals: NodeTotals, _ parameters: TreeBoosting.Parameters) -> TreeNode {
        let hessian = Double(totals.hessian) * quantum
        let divisor = hessian + parameters.lambda
        let gradient = shrunk(Double(totals.gradient) * quantum, parameters.alpha)
        return TreeNode(
            split: nil, value: divisor > 0 ? -parameters.eta * gradient / divisor : 0, cover: hessian,
            cases: Int(totals.cases))
    }

    private static func needed(_ limit: Float, _ root: Float) -> Double {
        Double(limit) + Double(root) - 1e-6 * (Double(limit) + Double(root.magnitude))
    }

    @inline(__always)
    private static func shrunk(_ gradient: Double, _ alpha: Double) -> Double {
        gradient > alpha ? gradient - alpha : gradient < -alpha ? gradient + alpha : 0
    }

    private static func gain(_ totals: NodeTotals, _ parameters: TreeBoosting.Parameters) -> Double {
        let numerator = shrunk(Double(totals.gradient) * quantum, parameters.alpha)
        return numerator * numerator / (Double(totals.hessian) * quantum + parameters.lambda)
    }

    /// Tries the divisions by one feature.
    ///
    /// - Parameters:
    ///   - occupied: bins with a case at the root, ascending.
    ///   - sums: of each bin of the feature in this node.
    mutating func consider(feature: Int, occupied: UnsafeBufferPointer<Int>, sums: UnsafePointer<NodeTotals>) {
        guard let last = occupied.last else { return }
        var present = NodeTotals()
        for place in occupied.indices {
            present = present + sums[occupied[place]]
            guard isPromising(present) else { continue }
            let bin = place + 1 < occupied.count ? occupied[place + 1] : last + 1
            consider(feature, bin, sendsMissingLeft: false, left: present, right: whole - present)
        }
        // Without a missing value in the node both directions are one.
        guard present.cases < whole.cases else { return }
        var above = NodeTotals()
        for place in occupied.indices.reversed() {
            above = above + sums[occupied[place]]
            guard isPromising(above) else { continue }
            consider(feature, occupied[place], sendsMissingLeft: true, left: whole - above, right: above)
        }
    }

    /// Whether a side with these sums can beat the best so far: the gains of both sides against `needed`, without a division.
    @inline(__always)
    private func isPromising(_ side: NodeTotals) -> Bool {
        let other = whole - side
        let first = Self.shrunk(Double(side.gradient) * Self.quantum, parameters.alpha)
        let second = Self.shrunk(Double(other.gradient) * Self.quantum, parameters.alpha)
        let firstDivisor = Double(side.hessian) * Self.quantum + parameters.lambda
        let secondDivisor = Double(other.hessian) * Self.quantum + parameters.lambda
        return first * first * secondDivisor + second * second * firstDivisor
            >= needed * (firstDivisor * secondDivisor)
    }

    private mutating func consider(
        _ feature: Int, _ bin: Int, sendsMissingLeft: Bool, left: NodeTotals, right: NodeTotals
    ) {
        let least = min(left.hessian, right.hessian)
        guard Double(least) * Self.quantum >= parameters.minChildWeight, least > 0,
            min(left.cases, right.cases) >= minimumCases
        else { return }
        let gain = Float(Self.gain(left, parameters) + Self.gain(right, parameters)) - root
        guard gain > limit else { return }
        limit = gain
        needed = Self.needed(gain, root)
        best = Candidate(
            feature: feature, bin: bin, sendsMissingLeft: sendsMissingLeft, gain: gain, left: left, right: right)
    }
}
