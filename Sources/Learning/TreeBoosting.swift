public import Federation

/// Gradient boosting of trees by histograms (Chen and Guestrin, KDD 2016; level by level as `xgboost` with `tree_method=hist`): a
/// round for each level, in which the sites send sums of first and second derivatives in each bin of each open node.
///
/// The sums are integers, so the model is the same to the last bit for any number of sites and any order of rows; with the
/// bins of `xgboost` its trees are `xgboost`'s, node by node. Gains are compared in single precision, the first feature and
/// then the first bin winning a tie, as there.
public struct TreeBoosting: Computation {
    /// `learning.tree-boosting`
    public static let identifier = "learning.tree-boosting"

    /// What shapes the trees; names and defaults of `xgboost`.
    public struct Parameters: Codable, Sendable, Equatable {
        /// Number of trees.
        public var rounds = 100
        /// Share of each leaf that is taken.
        public var eta = 0.3
        /// Levels of splits.
        public var maxDepth = 6
        /// L2 penalty of leaves.
        public var lambda = 1.0
        /// L1 penalty of leaves.
        public var alpha = 0.0
        /// Least gain of a split.
        public var gamma = 0.0
        /// Least sum of second derivatives in a child.
        public var minChildWeight = 1.0
        /// Weight of events; non-events have 1.
        public var positiveWeight = 1.0
        /// Fewest pooled cases of a leaf, so that none describes a few patients; 0 for `xgboost`'s own behaviour.
        public var minimumCases = 5

        /// The defaults.
        public init() {}
    }

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the features.
    ///   - binCounts: number of bins of each feature, 254 at most.
    public init(features: [String], binCounts: [Int], parameters: Parameters = Parameters()) {
        precondition(features.count == binCounts.count, "a number of bins for each feature")
        precondition(binCounts.allSatisfy { (1...254).contains($0) }, "1 to 254 bins")
        specification = State(
            parameters: parameters, binCounts: binCounts, model: BoostedTrees(features: features, trees: []),
            growing: [],
            open: [0], occupied: nil)
    }

    /// The model so far, and the nodes whose histograms are wanted.
    public struct State: Codable, Sendable, Equatable {
        /// What shapes the trees.
        public let parameters: Parameters
        /// Number of bins of each feature.
        public let binCounts: [Int]
        /// Finished trees.
        public var model: BoostedTrees
        /// The tree that grows; empty before its root is known.
        public var growing: [TreeNode]
        /// Positions of the nodes of its last level, ascending.
        public var open: [Int]
        /// Bins of each feature with a case, from the first round on.
        public var occupied: [[Int]]?
    }

    /// One open root.
    public func initialState() -> State { specification }

    /// Binary digits after the point of the derivatives; their sums stay exact to 4 million cases of weight 1.
    static let fractionBits = 40

    /// Histograms of the open nodes and their totals.
    public func blocks(for state: State) -> [BlockSpecification] {
        let nodes = state.open.count
        let bins = state.binCounts.reduce(0, +)
        func derivatives(_ name: String, _ shape: [Int], _ meaning: String, _ discloses: String) -> BlockSpecification {
            BlockSpecification(
                name: name, shape: shape, fractionBits: Self.fractionBits, bound: 1_099_511_627_776, meaning: meaning,
                discloses: discloses)
        }
        return [
            .counts(
                "cases", shape: [nodes], meaning: "cases in each open node", discloses: "the site's cases in each node"),
            derivatives(
                "gradient_sum", [nodes], "sum of first derivatives of each open node",
                "how far the site's events are from the margins in a node"),
            derivatives(
                "hessian_sum", [nodes], "sum of second derivatives of each open node",
                "how sure the margins of the site's cases are in a node"),
            .counts(
                "bin_cases", shape: [nodes, bins], meaning: "cases in each bin of each feature of each open node",
                discloses: "the site's histogram of each feature in a node"),
            derivatives(
                "bin_gradient", [nodes, bins], "sums of first derivatives in each bin",
                "the site's events less expected events in each bin"),
            derivatives(
                "bin_hessian", [nodes, bins], "sums of second derivatives in each bin",
                "the site's variance of the outcome in each bin"),
        ]
    }

    /// Histograms of the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome` or `.badBin`.
    public func contribute(_ shard: CodedTable, to state: State) throws -> Contribution {
        try shard.require(features: state.model.features, binCounts: state.binCounts)
        var histogram = Histogram(nodes: state.open.count, binCounts: state.binCounts)
        histogram.add(shard, slots: Self.slots(shard, state), derivatives: Self.derivatives(shard, state))
        let specifications = blocks(for: state)
        return Contribution(
            blocks: try zip(specifications, histogram.words).map { try Block(specification: $0, words: $1) })
    }

    /// First and second derivative of each case's loss at the margin, on the grid.
    private static func derivatives(_ shard: CodedTable, _ state: State) -> [(gradient: Int64, hessian: Int64)] {
        let scale = Double(sign: .plus, exponent: fractionBits, significand: 1)
        let margins = state.model.margins(shard)
        return (0..<shard.count).map { row in
            let probability = LogisticFunction.probability(margins[row])
            let weight = shard.outcome[row] == 1 ? state.parameters.positiveWeight : 1
            let hessian = max(probability * (1 - probability), 1e-16)
            return (
                Int64(((probability - shard.outcome[row]) * weight * scale).rounded(.toNearestOrEven)),
                Int64((hessian * weight * scale).rounded(.toNearestOrEven))
            )
        }
    }

    /// Which open node each case lies in; -1 for none.
    private static func slots(_ shard: CodedTable, _ state: State) -> [Int] {
        guard !state.growing.isEmpty else { return [Int](repeating: 0, count: shard.count) }
        var slot = [Int](repeating: -1, count: state.growing.count)
        for (place, node) in state.open.enumerated() { slot[node] = place }
        return BoostedTrees.leaves(of: state.growing, shard).map { slot[$0] }
    }

    /// Splits the open nodes, and begins the next tree when none is left.
    ///
    /// - Throws: `LearningError.oneClass` without a case, or with one class only.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, BoostedTrees> {
        var state = current
        let histogram = try PooledHistogram(sum, binCounts: state.binCounts)
        if state.occupied == nil {
            state.occupied = histogram.occupied
            // The first gradients are weight / 2 with the sign of the class.
            let (g, h) = (histogram.gradients[0].magnitude, histogram.hessians[0])
            guard histogram.cases[0] > 0, g < 2 * h else { throw LearningError.oneClass }
        }
        let occupied = state.occupied ?? []
        if state.growing.isEmpty { state.growing = [node(histogram, 0, state.parameters)] }
        let depth = Self.depth(of: state.open[0], in: state.growing)
        var following: [Int] = []
        for (slot, place) in state.open.enumerated() where depth < state.parameters.maxDepth {
            guard let best = bestSplit(histogram, slot: slot, occupied: occupied, state.parameters) else { continue }
            let left = state.growing.count
            state.growing[place].split = TreeNode.Split(
                feature: best.feature, bin: best.bin, sendsMissingLeft: best.sendsMissingLeft, left: left,
                right: left + 1, gain: Double(best.gain))
            state.growing[place].value = 0
            state.growing.append(node(best.left, state.parameters))
            state.growing.append(node(best.right, state.parameters))
            following += [left, left + 1]
        }
        if !following.isEmpty, depth + 1 < state.parameters.maxDepth {
            state.open = following
            return .broadcast(state)
        }
        state.model.trees.append(state.growing)
        guard state.model.trees.count < state.parameters.rounds else { return .done(state.model) }
        state.growing = []
        state.open = [0]
        return .broadcast(state)
    }

    private static func depth(of place: Int, in tree: [TreeNode]) -> Int {
        var (depth, target) = (0, place)
        while target != 0 {
            guard let parent = tree.firstIndex(where: { $0.split?.left == target || $0.split?.right == target }) else {
                break
            }
            target = parent
            depth += 1
        }
        return depth
    }

    private func node(_ histogram: PooledHistogram, _ slot: Int, _ parameters: Parameters) -> TreeNode {
        node(
            Totals(
                gradient: histogram.gradients[slot], hessian: histogram.hessians[slot], cases: histogram.cases[slot]),
            parameters)
    }

    private func node(_ totals: Totals, _ parameters: Parameters) -> TreeNode {
        let divisor = totals.hessian + parameters.lambda
        let value = divisor > 0 ? -parameters.eta * Self.shrunk(totals.gradient, parameters.alpha) / divisor : 0
        return TreeNode(split: nil, value: value, cover: totals.hessian, cases: Int(totals.cases))
    }

    /// Sums of some cases.
    private struct Totals {
        var gradient = 0.0
        var hessian = 0.0
        var cases = 0.0

        static func - (a: Totals, b: Totals) -> Totals {
            Totals(gradient: a.gradient - b.gradient, hessian: a.hessian - b.hessian, cases: a.cases - b.cases)
        }
    }

    /// A possible split.
    private struct Candidate {
        let feature: Int
        let bin: Int
        let sendsMissingLeft: Bool
        let gain: Float
        let left: Totals
        let right: Totals
    }

    private static func shrunk(_ gradient: Double, _ alpha: Double) -> Double {
        gradient > alpha ? gradient - alpha : gradient < -alpha ? gradient + alpha : 0
    }

    private static func gain(_ totals: Totals, _ parameters: Parameters) -> Double {
        let numerator = shrunk(totals.gradient, parameters.alpha)
        return numerator * numerator / (totals.hessian + parameters.lambda)
    }

    private func bestSplit(
        _ histogram: PooledHistogram, slot: Int, occupied: [[Int]], _ parameters: Parameters
    ) -> Candidate? {
        let whole = Totals(
            gradient: histogram.gradients[slot], hessian: histogram.hessians[slot], cases: histogram.cases[slot])
        let root = Float(Self.gain(whole, parameters))
        var best: Candidate?
        func consider(_ feature: Int, _ bin: Int, _ sendsMissingLeft: Bool, _ left: Totals, _ right: Totals) {
            guard left.hessian >= parameters.minChildWeight, right.hessian >= parameters.minChildWeight,
                left.hessian > 0, right.hessian > 0,
                min(left.cases, right.cases) >= Double(max(parameters.minimumCases, 1))
            else { return }
            let gain = Float(Self.gain(left, parameters) + Self.gain(right, parameters)) - root
            if gain > best?.gain ?? 0 {
                best = Candidate(
                    feature: feature, bin: bin, sendsMissingLeft: sendsMissingLeft, gain: gain, left: left, right: right
                )
            }
        }
        for feature in histogram.offsets.indices {
            let bins = occupied[feature]
            guard let last = bins.last else { continue }
            let own = bins.map { histogram.totals(slot: slot, feature: feature, bin: $0) }
            var present = Totals()
            for (place, bin) in own.enumerated() {
                present = Totals(
                    gradient: present.gradient + bin.0, hessian: present.hessian + bin.1, cases: present.cases + bin.2)
                consider(feature, place + 1 < bins.count ? bins[place + 1] : last + 1, false, present, whole - present)
            }
            // Without a missing value in the node both directions are one.
            guard present.cases < whole.cases else { continue }
            var above = Totals()
            for (place, bin) in own.enumerated().reversed() {
                above = Totals(
                    gradient: above.gradient + bin.0, hessian: above.hessian + bin.1, cases: above.cases + bin.2)
                consider(feature, bins[place], true, whole - above, above)
            }
        }
        guard let best, best.gain > 1e-6, Double(best.gain) >= parameters.gamma else { return nil }
        return best
    }
}

/// A site's sums in integers.
private struct Histogram {
    private let nodes: Int
    private let binCounts: [Int]
    private var nodeSums: [(cases: Int64, gradient: Int64, hessian: Int64)]
    /// For each feature, node and bin.
    private var binSums: [(cases: Int64, gradient: Int64, hessian: Int64)]

    init(nodes: Int, binCounts: [Int]) {
        self.nodes = nodes
        self.binCounts = binCounts
        nodeSums = .init(repeating: (0, 0, 0), count: nodes)
        binSums = .init(repeating: (0, 0, 0), count: nodes * binCounts.reduce(0, +))
    }

    mutating func add(_ shard: CodedTable, slots: [Int], derivatives: [(gradient: Int64, hessian: Int64)]) {
        let rows = slots.indices.filter { slots[$0] >= 0 }
        for row in rows {
            nodeSums[slots[row]].cases += 1
            nodeSums[slots[row]].gradient += derivatives[row].gradient
            nodeSums[slots[row]].hessian += derivatives[row].hessian
        }
        let n = shard.count
        let nodes = nodes
        let counts = binCounts
        // Pointers: the checks of array accesses take most of the time of this loop.
        shard.codes.withUnsafeBufferPointer { codes in
            binSums.withUnsafeMutableBufferPointer { sums in
                var start = 0
                for column in counts.indices {
                    let bins = counts[column]
                    for row in rows {
                        let code = codes[column * n + row]
                        guard code != CodedTable.missing else { continue }
                        let place = start + slots[row] * bins + Int(code)
                        sums[place].cases += 1
                        sums[place].gradient += derivatives[row].gradient
                        sums[place].hessian += derivatives[row].hessian
                    }
                    start += nodes * bins
                }
            }
        }
    }

    /// The words of the blocks in their order: nodes x bins, features one after another within a node.
    var words: [[Int128]] {
        var order: [Int] = []
        order.reserveCapacity(binSums.count)
        for node in 0..<nodes {
            var start = 0
            for bins in binCounts {
                order += (start + node * bins)..<(start + (node + 1) * bins)
                start += nodes * bins
            }
        }
        return [
            nodeSums.map { Int128($0.cases) }, nodeSums.map { Int128($0.gradient) },
            nodeSums.map { Int128($0.hessian) }, order.map { Int128(binSums[$0].cases) },
            order.map { Int128(binSums[$0].gradient) }, order.map { Int128(binSums[$0].hessian) },
        ]
    }
}

/// The sums of all sites.
private struct PooledHistogram {
    let cases: [Double]
    let gradients: [Double]
    let hessians: [Double]
    /// First bin of each feature within a node.
    let offsets: [Int]
    private let width: Int
    private let binCounts: [Int]
    private let binCases: [Double]
    private let binGradients: [Double]
    private let binHessians: [Double]

    init(_ sum: Contribution, binCounts: [Int]) throws {
        cases = try sum.values("cases")
        gradients = try sum.values("gradient_sum")
        hessians = try sum.values("hessian_sum")
        binCases = try sum.values("bin_cases")
        binGradients = try sum.values("bin_gradient")
        binHessians = try sum.values("bin_hessian")
        self.binCounts = binCounts
        var offsets: [Int] = []
        var width = 0
        for bins in binCounts {
            offsets.append(width)
            width += bins
        }
        self.offsets = offsets
        self.width = width
    }

    /// Gradient, Hessian and cases of a bin.
    func totals(slot: Int, feature: Int, bin: Int) -> (Double, Double, Double) {
        let place = slot * width + offsets[feature] + bin
        return (binGradients[place], binHessians[place], binCases[place])
    }

    /// Bins of each feature with a case in the first node.
    var occupied: [[Int]] {
        offsets.indices.map { feature in
            (0..<binCounts[feature]).filter { binCases[offsets[feature] + $0] > 0 }
        }
    }
}
