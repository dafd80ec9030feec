import Dispatch
import Federation
import Synchronization

extension TreeBoosting {
    /// The trees of one table in memory, the same bits as `run(on:)` gives for its rows at one or many sites.
    ///
    /// Without the blocks of a round, and with the larger of two siblings by subtraction: this is what a pooled analysis costs.
    ///
    /// - Parameter threads: how many threads share the features; no bit depends on it.
    /// - Throws: as `contribute` and `next`.
    public func fit(_ whole: CodedTable, threads: Int = 1) throws -> BoostedTrees {
        let (parameters, binCounts) = (specification.parameters, specification.binCounts)
        try whole.require(features: specification.model.features, binCounts: binCounts)
        try Self.requireRoom(for: whole.count, parameters)
        let draws = TreeBoostingDraws(parameters.sampling)
        var model = specification.model
        var margins = [Double](repeating: 0, count: whole.count)
        let workers = (0..<max(1, threads)).map { _ in Worker(parameters) }
        for tree in 0..<parameters.rounds {
            let derivatives = CaseDerivatives(
                margins: margins, outcome: whole.outcome, positiveWeight: parameters.positiveWeight)
            let features = draws.features(tree: tree, of: binCounts.count)
            for (part, worker) in workers.enumerated() {
                let own = part * features.count / workers.count..<(part + 1) * features.count / workers.count
                worker.share.withLock { $0.begin(Array(features[own]), binCounts: binCounts) }
            }
            let rows = try draws.rows(tree: tree, whole)
            var growing = PooledTree(whole, rows: rows, derivatives, parameters)
            if tree == 0 { try Self.requireBothClasses(growing.totals) }
            growing.grow(workers)
            let leaves = BoostedTrees.leaves(of: growing.nodes, whole)
            for row in margins.indices { margins[row] += growing.nodes[leaves[row]].value }
            model.trees.append(growing.nodes)
        }
        return model
    }

    /// One thread's share, which only one thread at a time works on.
    fileprivate final class Worker: Sendable {
        let share: Mutex<TreeBoostingWorker>

        init(_ parameters: Parameters) { share = Mutex(TreeBoostingWorker(parameters)) }
    }
}

/// A tree that grows level by level, with the rows of a node side by side.
private struct PooledTree {
    private let parameters: TreeBoosting.Parameters
    private let derivatives: CaseDerivatives
    private var cases: TreeBoostingWorker.Cases
    private(set) var nodes: [TreeNode]
    /// Sums of the root.
    let totals: NodeTotals

    /// A node of the level: its place in the tree, and its rows.
    private struct Member {
        let place: Int
        let node: TreeBoostingWorker.Node
    }

    init(_ table: CodedTable, rows: [Int32], _ derivatives: CaseDerivatives, _ parameters: TreeBoosting.Parameters) {
        self.parameters = parameters
        self.derivatives = derivatives
        totals = derivatives.totals(rows)
        nodes = [TreeBoostingSplit.leaf(totals, parameters)]
        cases = TreeBoostingWorker.Cases(
            table: table, rows: rows, derivatives: rows.map { derivatives.words[Int($0)] }, span: derivatives.span)
    }

    mutating func grow(_ workers: [TreeBoosting.Worker]) {
        let root = Member(place: 0, node: .init(rows: 0..<cases.rows.count, totals: totals))
        var tasks = [TreeBoostingWorker.Task(parent: nil, summed: root.node, other: nil)]
        // In the order of the workers' histograms; the tree is numbered from left to right.
        var members = [root]
        var order = [0]
        for depth in 0..<parameters.maxDepth {
            let best = Self.best(tasks, cases, workers)
            let isLast = depth + 1 == parameters.maxDepth
            var children: [(parent: Int, left: Member, right: Member)] = []
            for slot in order {
                guard let candidate = best[slot], Double(candidate.gain) >= parameters.gamma else { continue }
                let member = members[slot]
                let places = TreeBoosting.divide(member.place, by: candidate, &nodes, parameters)
                if isLast { continue }
                let middle = partition(member.node.rows, by: candidate)
                children.append(
                    (
                        slot,
                        Member(
                            place: places[0],
                            node: .init(rows: member.node.rows.lowerBound..<middle, totals: candidate.left)),
                        Member(
                            place: places[1],
                            node: .init(rows: middle..<member.node.rows.upperBound, totals: candidate.right))
                    ))
            }
            guard !children.isEmpty else { return }
            (tasks, members, order) = ([], [], [])
            for child in children {
                let leftIsSummed = child.left.node.rows.count <= child.right.node.rows.count
                let (summed, other) = leftIsSummed ? (child.left, child.right) : (child.right, child.left)
                for place in summed.node.rows { cases.derivatives[place] = derivatives.words[Int(cases.rows[place])] }
                tasks.append(.init(parent: child.parent, summed: summed.node, other: other.node))
                order += leftIsSummed ? [members.count, members.count + 1] : [members.count + 1, members.count]
                members += [summed, other]
            }
        }
    }

    /// The best division of each node over all workers, the earlier features winning a tie.
    private static func best(
        _ tasks: [TreeBoostingWorker.Task], _ cases: TreeBoostingWorker.Cases, _ workers: [TreeBoosting.Worker]
    ) -> [TreeBoostingSplit.Candidate?] {
        let found = Mutex([[TreeBoostingSplit.Candidate?]](repeating: [], count: workers.count))
        let work: @Sendable (Int) -> Void = { part in
            let own = workers[part].share.withLock { $0.level(tasks, cases) }
            found.withLock { $0[part] = own }
        }
        if workers.count == 1 {
            work(0)
        } else {
            DispatchQueue.concurrentPerform(iterations: workers.count, execute: work)
        }
        let parts = found.withLock { $0 }
        return parts[0].indices.map { slot in
            parts.reduce(nil) { best, part in
                guard let candidate = part[slot] else { return best }
                return candidate.gain > best?.gain ?? 0 ? candidate : best
            }
        }
    }

    /// Puts the rows of the left child before those of the right one, both in their order, and returns where the latter begin.
    private mutating func partition(_ range: Range<Int>, by split: TreeBoostingSplit.Candidate) -> Int {
        let column = split.feature * cases.table.count
        var right: [Int32] = []
        right.reserveCapacity(Int(split.right.cases))
        var place = range.lowerBound
        for index in range {
            let row = cases.rows[index]
            let code = cases.table.codes[column + Int(row)]
            let goesLeft = code == CodedTable.missing ? split.sendsMissingLeft : Int(code) < split.bin
            if goesLeft {
                cases.rows[place] = row
                place += 1
            } else {
                right.append(row)
            }
        }
        for (offset, row) in right.enumerated() { cases.rows[place + offset] = row }
        return place
    }
}
