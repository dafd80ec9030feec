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

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the features.
    ///   - binCounts: number of bins of each feature, 254 at most.
    public init(features: [String], binCounts: [Int], parameters: Parameters = Parameters()) {
        precondition(features.count == binCounts.count, "a number of bins for each feature")
        precondition(binCounts.allSatisfy { (1...254).contains($0) }, "1 to 254 bins")
        precondition(parameters.rounds > 0, "at least one tree")
        precondition((0...4095).contains(parameters.positiveWeight), "a weight of events from 0 to 4095")
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
        /// Bins with a case of each feature of the tree that grows, from its root on.
        public var occupied: [[Int]]?

        /// Features of the tree that grows, ascending.
        var features: [Int] {
            TreeBoostingDraws(parameters.sampling).features(tree: model.trees.count, of: binCounts.count)
        }
    }

    /// One open root.
    public func initialState() -> State { specification }

    /// Binary digits after the point of the derivatives; their sums stay exact to 4 million cases of weight 1.
    static let fractionBits = 40

    /// Histograms of the open nodes and their totals.
    public func blocks(for state: State) -> [BlockSpecification] {
        let nodes = state.open.count
        let bins = state.features.reduce(0) { $0 + state.binCounts[$1] }
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
                "bin_cases", shape: [nodes, bins],
                meaning: "cases in each bin of each feature of the tree, in each open node",
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
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.badBin` or `.noCaseKeys`;
    ///   `FederationError.outOfBound` for more than 4 million weighted cases.
    public func contribute(_ shard: CodedTable, to state: State) throws -> Contribution {
        try shard.require(features: state.model.features, binCounts: state.binCounts)
        let specifications = blocks(for: state)
        try Self.requireRoom(for: shard.count, state.parameters)
        let nodes = try Self.rowsOfNodes(shard, state)
        let derivatives = CaseDerivatives(
            margins: state.model.margins(shard), outcome: shard.outcome,
            positiveWeight: state.parameters.positiveWeight)
        let totals = nodes.map { derivatives.totals($0) }
        let bins = nodes.flatMap { Self.histogram(shard, rows: $0, derivatives, state) }
        let words = [totals, bins].flatMap { sums in
            [sums.map { Int128($0.cases) }, sums.map { Int128($0.gradient) }, sums.map { Int128($0.hessian) }]
        }
        return Contribution(blocks: try zip(specifications, words).map { try Block(specification: $0, words: $1) })
    }

    /// Throws if the sums of so many cases could leave 64 bits.
    static func requireRoom(for cases: Int, _ parameters: Parameters) throws(FederationError) {
        guard Double(cases) * max(parameters.positiveWeight, 1) <= 4_194_304 else {
            throw .outOfBound(block: "gradient_sum", index: 0)
        }
    }

    /// Rows of each open node, ascending.
    private static func rowsOfNodes(_ shard: CodedTable, _ state: State) throws -> [[Int32]] {
        let rows = try TreeBoostingDraws(state.parameters.sampling).rows(tree: state.model.trees.count, shard)
        guard !state.growing.isEmpty else { return [rows] }
        var slot = [Int](repeating: -1, count: state.growing.count)
        for (place, node) in state.open.enumerated() { slot[node] = place }
        let leaves = BoostedTrees.leaves(of: state.growing, shard)
        var output = [[Int32]](repeating: [], count: state.open.count)
        for row in rows where slot[leaves[Int(row)]] >= 0 { output[slot[leaves[Int(row)]]].append(row) }
        return output
    }

    /// Sums of the rows of one node, bin after bin of the tree's features.
    private static func histogram(
        _ shard: CodedTable, rows: [Int32], _ derivatives: CaseDerivatives, _ state: State
    ) -> [NodeTotals] {
        let features = state.features
        let layout = BinLayout(features: features, binCounts: state.binCounts)
        var sums = [NodeTotals](repeating: NodeTotals(), count: layout.width)
        let own = rows.map { derivatives.words[Int($0)] }
        var accumulator = BinAccumulator()
        shard.codes.withUnsafeBufferPointer { codes in
            rows.withUnsafeBufferPointer { rows in
                own.withUnsafeBufferPointer { own in
                    sums.withUnsafeMutableBufferPointer { sums in
                        guard let codes = codes.baseAddress, let own = own.baseAddress, let sums = sums.baseAddress
                        else { return }
                        for start in stride(from: 0, to: features.count, by: BinAccumulator.width) {
                            accumulator.add(
                                codes: codes, cases: shard.count, rows: rows, derivatives: own,
                                span: derivatives.span,
                                places: start..<min(start + BinAccumulator.width, features.count), layout: layout,
                                sums: sums)
                        }
                    }
                }
            }
        }
        return sums
    }

    /// Splits the open nodes, and begins the next tree when none is left.
    ///
    /// - Throws: `LearningError.oneClass` without a case, or with one class only; `FederationError.outOfBound` for sums of more
    ///   than 64 bits.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, BoostedTrees> {
        var state = current
        let layout = BinLayout(features: state.features, binCounts: state.binCounts)
        let totals = try Self.totals(sum, "cases", "gradient_sum", "hessian_sum")
        let bins = try Self.totals(sum, "bin_cases", "bin_gradient", "bin_hessian")
        if state.growing.isEmpty {
            state.occupied = layout.occupied(bins)
            if state.model.trees.isEmpty { try Self.requireBothClasses(totals[0]) }
            state.growing = [TreeBoostingSplit.leaf(totals[0], state.parameters)]
        }
        let occupied = state.occupied ?? []
        let depth = Self.depth(of: state.open[0], in: state.growing)
        var following: [Int] = []
        for (slot, place) in state.open.enumerated() where depth < state.parameters.maxDepth {
            var search = TreeBoostingSplit(totals[slot], parameters: state.parameters)
            bins.withUnsafeBufferPointer { bins in
                guard let base = bins.baseAddress else { return }
                for (index, feature) in layout.features.enumerated() {
                    occupied[index].withUnsafeBufferPointer {
                        search.consider(
                            feature: feature, occupied: $0, sums: base + slot * layout.width + layout.offsets[index])
                    }
                }
            }
            guard let best = search.accepted else { continue }
            following += Self.divide(place, by: best, &state.growing, state.parameters)
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

    private static func totals(
        _ sum: Contribution, _ cases: String, _ gradient: String, _ hessian: String
    ) throws(FederationError) -> [NodeTotals] {
        let (cases, gradients, hessians) = (try sum[cases].words, try sum[gradient].words, try sum[hessian].words)
        var output: [NodeTotals] = []
        output.reserveCapacity(cases.count)
        for index in cases.indices {
            guard let gradientSum = Int64(exactly: gradients[index]), let hessianSum = Int64(exactly: hessians[index])
            else { throw .outOfBound(block: gradient, index: index) }
            output.append(
                NodeTotals(
                    gradient: gradientSum, hessian: hessianSum, cases: Int64(truncatingIfNeeded: cases[index])))
        }
        return output
    }

    /// At the first margin of 0 the derivatives are weight / 2 with the sign of the class, and weight / 4.
    static func requireBothClasses(_ root: NodeTotals) throws(LearningError) {
        guard root.cases > 0, Int64(root.gradient.magnitude) < 2 * root.hessian else { throw .oneClass }
    }

    /// Makes a node's children and returns their positions.
    static func divide(
        _ place: Int, by best: TreeBoostingSplit.Candidate, _ tree: inout [TreeNode], _ parameters: Parameters
    ) -> [Int] {
        let left = tree.count
        tree[place].split = TreeNode.Split(
            feature: best.feature, bin: best.bin, sendsMissingLeft: best.sendsMissingLeft, left: left,
            right: left + 1, gain: Double(best.gain))
        tree[place].value = 0
        tree.append(TreeBoostingSplit.leaf(best.left, parameters))
        tree.append(TreeBoostingSplit.leaf(best.right, parameters))
        return [left, left + 1]
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
}
