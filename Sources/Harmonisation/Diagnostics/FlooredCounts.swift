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
        counts = [[Double]](repeating: [Double](repeating: 0, count: cells.count), count: Self.placements)
        var ends: [Int] = []
        var cases = 0
        for (cell, count) in cells.enumerated() {
            cases += count
            guard cases >= minimum else { continue }
            ends.append(cell)
            cases = 0
        }
        if ends.isEmpty { ends = [cells.count - 1] }
        ends[ends.count - 1] = cells.count - 1
        var start = 0
        for end in ends {
            let total = cells[start...end].reduce(0, +)
            var (median, upTo) = (start, cells[start])
            while 2 * upTo < total {
                median += 1
                upTo += cells[median]
            }
            for (placement, cell) in [start, median, end].enumerated() { counts[placement][cell] += Double(total) }
            start = end + 1
        }
    }
}
