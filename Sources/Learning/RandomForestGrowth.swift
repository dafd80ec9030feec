/// A forest that grows, and the nodes that wait for their histograms.
struct RandomForestGrowth: Codable, Sendable, Equatable {
    /// A node that may be divided.
    struct Open: Codable, Sendable, Equatable {
        let tree: Int
        let node: Int
        let depth: Int
        let counts: ClassCounts
    }

    let parameters: RandomForest.Parameters
    private(set) var trees: [[TreeNode]] = []
    /// Nodes in the order in which they were made: level by level within a tree.
    private(set) var waiting: [Open] = []

    init(_ parameters: RandomForest.Parameters) { self.parameters = parameters }

    /// Adds the root of the next tree.
    mutating func plant(_ counts: ClassCounts) {
        trees.append([])
        grow(trees.count - 1, counts, depth: 0)
    }

    /// Divides the first waiting node, or leaves it as it is.
    mutating func settle(_ place: Int, _ candidate: RandomForestSplit.Candidate?) {
        let open = waiting[place]
        guard let candidate else { return }
        let left = trees[open.tree].count
        trees[open.tree][open.node].split = TreeNode.Split(
            feature: candidate.feature, bin: candidate.bin, sendsMissingLeft: candidate.sendsMissingLeft, left: left,
            right: left + 1, gain: candidate.gain)
        trees[open.tree][open.node].value = 0
        grow(open.tree, candidate.left, depth: open.depth + 1)
        grow(open.tree, candidate.right, depth: open.depth + 1)
    }

    /// Forgets the first waiting nodes, which are settled.
    mutating func dropFirst(_ count: Int) { waiting.removeFirst(count) }

    private mutating func grow(_ tree: Int, _ counts: ClassCounts, depth: Int) {
        if RandomForestSplit.isOpen(counts, depth: depth, parameters: parameters) {
            waiting.append(Open(tree: tree, node: trees[tree].count, depth: depth, counts: counts))
        }
        trees[tree].append(RandomForestSplit.leaf(counts, parameters: parameters))
    }
}

/// One site's drawn cases of one tree, node by node.
struct RandomForestCases {
    private let table: CodedTable
    /// What a case adds to its bin: cases, non-events and events in 21 binary digits each.
    private let steps: [UInt64]
    /// Rows of each node that was asked for.
    private(set) var rows: [Int: [Int32]] = [:]
    /// Rows between two emptyings of the packed counters: 65536 times 15 stays below 2^21.
    private static let span = 65_536
    private static let mask: UInt64 = 0x1F_FFFF

    /// The cases of a tree that are in the given nodes.
    init(_ shard: CodedTable, weights: [UInt8], tree: [TreeNode], nodes: [Int]) {
        table = shard
        steps = Self.steps(shard, weights)
        let leaves = BoostedTrees.leaves(of: tree, shard)
        var wanted = [Bool](repeating: false, count: tree.count)
        for node in nodes { wanted[node] = true }
        for row in weights.indices where weights[row] > 0 && wanted[leaves[row]] {
            rows[leaves[row], default: []].append(Int32(row))
        }
    }

    /// All cases of a tree at its root.
    init(_ shard: CodedTable, weights: [UInt8]) {
        table = shard
        steps = Self.steps(shard, weights)
        rows[0] = weights.indices.filter { weights[$0] > 0 }.map(Int32.init)
    }

    private static func steps(_ table: CodedTable, _ weights: [UInt8]) -> [UInt64] {
        weights.indices.map { row in
            weights[row] == 0 ? 0 : 1 | UInt64(weights[row]) << (table.outcome[row] == 1 ? 42 : 21)
        }
    }

    /// All of the root.
    var total: ClassCounts {
        (rows[0] ?? []).reduce(into: ClassCounts()) { $0 = $0 + Self.counts(steps[Int($1)]) }
    }

    private static func counts(_ packed: UInt64) -> ClassCounts {
        ClassCounts(
            cases: Int(packed & mask), others: Int(packed >> 21 & mask), events: Int(packed >> 42))
    }

    /// Adds the bins of one feature of the cases of a node.
    func add(node: Int, feature: Int, to counts: inout [ClassCounts], scratch: inout [UInt64]) {
        guard let own = rows[node] else { return }
        let (n, bins) = (table.count, counts.count)
        for start in stride(from: 0, to: own.count, by: Self.span) {
            let end = min(start + Self.span, own.count)
            // Pointers: the checks of array accesses take most of the time of this loop. `scratch` has 256 cells.
            scratch.withUnsafeMutableBufferPointer { scratch in
                table.codes.withUnsafeBufferPointer { codes in
                    steps.withUnsafeBufferPointer { steps in
                        own.withUnsafeBufferPointer { own in
                            for bin in 0..<bins { scratch[bin] = 0 }
                            let column = feature * n
                            for place in start..<end {
                                let row = Int(own[place])
                                scratch[Int(codes[column + row])] &+= steps[row]
                            }
                        }
                    }
                }
            }
            for bin in 0..<bins where scratch[bin] != 0 { counts[bin] = counts[bin] + Self.counts(scratch[bin]) }
        }
    }

    /// Moves the cases of a divided node to its children.
    mutating func divide(node: Int, by split: TreeNode.Split) {
        guard let own = rows.removeValue(forKey: node) else { return }
        var (left, right): ([Int32], [Int32]) = ([], [])
        for row in own {
            let code = table.codes[split.feature * table.count + Int(row)]
            let goesLeft = code == CodedTable.missing ? split.sendsMissingLeft : Int(code) < split.bin
            if goesLeft { left.append(row) } else { right.append(row) }
        }
        rows[split.left] = left
        rows[split.right] = right
    }

    /// Forgets the cases of a node that stays a leaf.
    mutating func forget(node: Int) { rows[node] = nil }
}
