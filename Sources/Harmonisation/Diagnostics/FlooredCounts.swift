/// Where the histogram of one batch may be cut, so that whatever is told of it, and whatever follows by subtraction from what
/// was told before, is of no case or of a minimum of cases.
package struct FlooredCuts {
    /// Cases at or below each edge, in front of them 0, and behind them all.
    private let upTo: [Int]
    /// Edges at which the histogram was cut, ascending.
    package private(set) var edges: [Int] = []

    /// - Parameter cells: cases of each cell; edge e lies between cell e and the next one.
    package init(_ cells: [Int]) { upTo = cells.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) } }

    /// Cases above edge `lower`, or all from the first one for nil, up to edge `upper`, or up to the last one.
    private func cases(above lower: Int?, upTo upper: Int?) -> Int {
        (upper.map { upTo[$0 + 1] } ?? upTo[upTo.count - 1]) - (lower.map { upTo[$0 + 1] } ?? 0)
    }

    /// Cuts at the first of some edges that leave a minimum of cases on both sides, up to the next cuts.
    ///
    /// - Parameters:
    ///   - candidates: ascending edges.
    ///   - allowsEmpty: whether no case on one of the sides is enough too: then a group begins and ends near its cases.
    ///   - told: cuts of before, to the next of which there must be no case or `least` too.
    package mutating func cut(
        at candidates: some Sequence<Int>, minimum: Int, allowsEmpty: Bool = false, told: [Int] = [], least: Int = 0
    ) {
        for edge in candidates {
            let place = Self.place(of: edge, among: edges)
            let (lower, upper) = Self.neighbours(place, of: edges)
            let (left, right) = (cases(above: lower, upTo: edge), cases(above: edge, upTo: upper))
            let isEnough = [left, right].allSatisfy { $0 >= minimum || allowsEmpty && $0 == 0 }
            guard lower != edge, isEnough, left + right > 0 else { continue }
            let (below, above) = Self.neighbours(Self.place(of: edge, among: told), of: told)
            let isApart =
                below == edge || above == edge
                || [cases(above: below, upTo: edge), cases(above: edge, upTo: above)].allSatisfy {
                    $0 == 0 || $0 >= least
                }
            if isApart { edges.insert(edge, at: place) }
        }
    }

    /// Number of edges at or below an edge.
    private static func place(of edge: Int, among edges: [Int]) -> Int {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] <= edge { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func neighbours(_ place: Int, of edges: [Int]) -> (lower: Int?, upper: Int?) {
        (place > 0 ? edges[place - 1] : nil, place < edges.count ? edges[place] : nil)
    }

    /// Groups of neighbouring cells between the cuts, and their cases.
    var groups: [(cells: ClosedRange<Int>, cases: Int)] {
        var start = 0
        return (edges.map { Optional($0) } + [nil]).map { edge in
            let end = edge ?? upTo.count - 2
            defer { start = end + 1 }
            return (start...end, upTo[end + 1] - upTo[start])
        }
    }
}

/// A histogram as it may be told of one batch: neighbouring cells are joined to groups of a minimum of cases, and a group is
/// told at its lowest cell, at the cell of its median and at its highest cell.
///
/// The last group takes what is left over; a batch with fewer cases than the minimum is one group of all cells.
struct FlooredCounts {
    /// Placements of a group, in the order of a block's axis: lowest, median, highest cell.
    static let placements = 3
    /// Counts by placement, each of all cells.
    private(set) var counts: [[Double]]

    init(_ cells: [Int], minimum: Int) {
        var cuts = FlooredCuts(cells)
        cuts.cut(at: 0..<cells.count - 1, minimum: minimum)
        self.init(cells, cuts)
    }

    /// The groups between cuts.
    init(_ cells: [Int], _ cuts: FlooredCuts) {
        counts = [[Double]](repeating: [Double](repeating: 0, count: cells.count), count: Self.placements)
        for group in cuts.groups {
            var (median, upTo) = (group.cells.lowerBound, cells[group.cells.lowerBound])
            while 2 * upTo < group.cases {
                median += 1
                upTo += cells[median]
            }
            for (placement, cell) in [group.cells.lowerBound, median, group.cells.upperBound].enumerated() {
                counts[placement][cell] += Double(group.cases)
            }
        }
    }
}
