/// Counts by cell that are made fast: one after the other goes into four tables in turn, because a count that is changed
/// again at once waits for the memory.
struct Tally {
    /// Number of cells.
    let cells: Int
    /// From table to table; 0 where they are large: then equal cells seldom follow each other, and one is enough.
    private let stride: Int
    private var counts: [UInt32]

    private static let largest = 1 << 14

    init(cells: Int) {
        self.cells = cells
        stride = cells <= Self.largest ? cells : 0
        counts = [UInt32](repeating: 0, count: cells + 3 * stride)
    }

    /// Counts some cells. `cell` gives the cell of each of `number` places.
    @inline(__always)
    mutating func add(_ number: Int, cell: (Int) -> Int) {
        let stride = stride
        counts.withUnsafeMutableBufferPointer { counts in
            guard let first = counts.baseAddress else { return }
            let (second, third, fourth) = (first + stride, first + 2 * stride, first + 3 * stride)
            var place = 0
            while place + 4 <= number {
                first[cell(place)] &+= 1
                second[cell(place + 1)] &+= 1
                third[cell(place + 2)] &+= 1
                fourth[cell(place + 3)] &+= 1
                place += 4
            }
            while place < number {
                first[cell(place)] &+= 1
                place += 1
            }
        }
    }

    /// Hands over the counts, which begin anew.
    mutating func drain(_ body: (UnsafeBufferPointer<UInt32>) -> Void) {
        let (cells, stride) = (cells, stride)
        counts.withUnsafeMutableBufferPointer { counts in
            guard let first = counts.baseAddress else { return }
            if stride > 0 {
                let (second, third, fourth) = (first + stride, first + 2 * stride, first + 3 * stride)
                for cell in 0..<cells { first[cell] = first[cell] &+ second[cell] &+ third[cell] &+ fourth[cell] }
            }
            body(UnsafeBufferPointer(start: first, count: cells))
            counts.update(repeating: 0)
        }
    }
}
