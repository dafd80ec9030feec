/// Histograms of some of the features, level after level of a tree: one thread's share of boosting in memory.
///
/// Of two siblings only the one with fewer cases is summed; the other is the parent less that one, exactly, as all sums are
/// integers.
struct TreeBoostingWorker {
    /// A node with the rows that it holds.
    struct Node: Sendable {
        let rows: Range<Int>
        let totals: NodeTotals
    }

    /// What a level asks for: a root, or two siblings whose parent's histogram is known.
    struct Task: Sendable {
        /// Position of the parent in the level before; nil for a root.
        let parent: Int?
        /// The node that is summed.
        let summed: Node
        /// Its sibling.
        let other: Node?
    }

    /// Rows and derivatives of all nodes of a level; `derivatives` is in the order of `rows` where a node is summed.
    struct Cases: Sendable {
        let table: CodedTable
        var rows: [Int32]
        var derivatives: [SIMD2<UInt64>]
        var span: Int
    }

    private let parameters: TreeBoosting.Parameters
    private var layout: BinLayout
    private var occupied: [[Int]] = []
    private var accumulator = BinAccumulator()
    private var sums: [Histogram] = []
    private var spare: [Histogram] = []

    /// Sums of all bins in memory that is not cleared before use.
    private final class Histogram {
        let base: UnsafeMutablePointer<NodeTotals>
        let width: Int

        init(width: Int) {
            self.width = width
            base = .allocate(capacity: max(width, 1))
        }

        deinit { base.deallocate() }
    }

    init(_ parameters: TreeBoosting.Parameters) {
        self.parameters = parameters
        layout = BinLayout(features: [], binCounts: [])
    }

    /// Begins a tree with these features.
    mutating func begin(_ features: [Int], binCounts: [Int]) {
        let following = BinLayout(features: features, binCounts: binCounts)
        if following.width != layout.width { spare = [] }
        spare += sums.filter { $0.width == following.width }
        sums = []
        layout = following
    }

    /// Best divisions of each node by this worker's features, in the order of the tasks, the summed node first.
    mutating func level(_ tasks: [Task], _ cases: Cases) -> [TreeBoostingSplit.Candidate?] {
        var following: [Histogram] = []
        var best: [TreeBoostingSplit.Candidate?] = []
        for task in tasks {
            let own = spare.popLast() ?? Histogram(width: layout.width)
            let parent = task.parent.map { sums[$0] }
            var searches = [TreeBoostingSplit(task.summed.totals, parameters: parameters)]
            if let other = task.other { searches.append(TreeBoostingSplit(other.totals, parameters: parameters)) }
            if parent == nil { occupied = [] }
            for start in stride(from: 0, to: layout.features.count, by: BinAccumulator.width) {
                let places = start..<min(start + BinAccumulator.width, layout.features.count)
                add(task.summed.rows, places, cases, to: own)
                if parent == nil { note(places, own) }
                for place in places {
                    let offset = layout.offsets[place]
                    search(&searches[0], place, own.base + offset)
                    guard let parent, searches.count == 2 else { continue }
                    for bin in offset..<offset + layout.bins[place] {
                        parent.base[bin] = parent.base[bin] - own.base[bin]
                    }
                    search(&searches[1], place, parent.base + offset)
                }
            }
            best += searches.map(\.best)
            following.append(own)
            if let parent { following.append(parent) }
        }
        let parents = Set(tasks.compactMap(\.parent))
        spare += sums.indices.filter { !parents.contains($0) }.map { sums[$0] }
        sums = following
        return best
    }

    /// Remembers which bins have a case at the root.
    private mutating func note(_ places: Range<Int>, _ root: Histogram) {
        for place in places {
            let offset = layout.offsets[place]
            occupied.append((0..<layout.bins[place]).filter { root.base[offset + $0].cases > 0 })
        }
    }

    private func search(_ search: inout TreeBoostingSplit, _ place: Int, _ sums: UnsafePointer<NodeTotals>) {
        occupied[place].withUnsafeBufferPointer {
            search.consider(feature: layout.features[place], occupied: $0, sums: sums)
        }
    }

    private mutating func add(_ range: Range<Int>, _ places: Range<Int>, _ cases: Cases, to target: Histogram) {
        let offset = layout.offsets[places.lowerBound]
        let end = layout.offsets[places.upperBound - 1] + layout.bins[places.upperBound - 1]
        for bin in offset..<end { target.base[bin] = NodeTotals() }
        cases.table.codes.withUnsafeBufferPointer { codes in
            cases.rows.withUnsafeBufferPointer { rows in
                cases.derivatives.withUnsafeBufferPointer { derivatives in
                    guard let codes = codes.baseAddress, let derivatives = derivatives.baseAddress else { return }
                    accumulator.add(
                        codes: codes, cases: cases.table.count, rows: UnsafeBufferPointer(rebasing: rows[range]),
                        derivatives: derivatives + range.lowerBound, span: cases.span, places: places,
                        layout: layout, sums: target.base)
                }
            }
        }
    }
}
