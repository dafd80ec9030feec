import CProducts
import Federation

extension BlockSpecification {
    /// A block of sums that only steer Newton steps: quantum `2^-40` (9.1e-13), bound `2^40`. The solution does not depend on it beyond the
    /// tolerance of the fit, and a term costs a third of that of `unitScale`.
    static func newtonScale(_ name: String, shape: [Int], meaning: String, discloses: String) -> Self {
        BlockSpecification(
            name: name, shape: shape, fractionBits: 40, bound: 1_099_511_627_776, meaning: meaning, discloses: discloses
        )
    }
}

extension ExactSum {
    /// The finished block with integers that were summed beside it.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    func block(adding words: [Int128]) throws(FederationError) -> Block {
        var block = try block()
        for index in words.indices { block.words[index] &+= words[index] }
        try Contribution(blocks: [block]).validate(against: [block.specification])
        return block
    }
}

/// A table whose columns are multiplied: rows x columns, row-major.
struct GridTable {
    let values: [Double]
    let columns: Int
    /// For each row a number that no magnitude in it exceeds.
    let largest: [Double]

    init(_ values: [Double], columns: Int, largest: [Double]) {
        self.values = values
        self.columns = columns
        self.largest = largest
    }

    /// A table of that many rows; `largest` is infinite for a row with a value that is no number.
    init(_ values: [Double], columns: Int, rows: Int) {
        let largest = values.withUnsafeBufferPointer { values in
            (0..<rows).map { row in
                var (most, sum) = (0.0, 0.0)
                for column in 0..<columns {
                    most = max(most, values[row * columns + column].magnitude)
                    sum += values[row * columns + column]
                }
                return sum.isNaN ? .infinity : most
            }
        }
        self.init(values, columns: columns, largest: largest)
    }

    var rows: Int { largest.count }

    /// Some of the columns.
    func selecting(_ own: [Int]) -> GridTable {
        let width = own.count
        // Pointers: without bounds checks the copy takes a third of the time.
        let selected = [Double](unsafeUninitializedCapacity: rows * width) { output, count in
            values.withUnsafeBufferPointer { values in
                own.withUnsafeBufferPointer { own in
                    for row in 0..<largest.count {
                        let (target, source) = (row * width, row * columns)
                        for place in 0..<width { output[target + place] = values[source + own[place]] }
                    }
                }
            }
            count = rows * width
        }
        return GridTable(selected, columns: width, largest: largest)
    }

    /// Each row times its weight.
    func weighted(_ weights: [Double]) -> GridTable {
        var output = values
        output.withUnsafeMutableBufferPointer { output in
            for row in 0..<rows {
                let weight = weights[row]
                for place in row * columns..<(row + 1) * columns { output[place] *= weight }
            }
        }
        return GridTable(output, columns: columns, largest: zip(largest, weights).map { $0 * $1.magnitude })
    }

    /// Product of each row with each of `vectors`, a list for each of them.
    func products(_ vectors: [[Double]]) -> [[Double]] {
        let width = vectors.count
        var products = [Double](repeating: 0, count: rows * width)
        cproducts_rows(rows, width, columns, values, vectors.flatMap { $0 }, &products)
        return (0..<width).map { vector in (0..<rows).map { products[$0 * width + vector] } }
    }
}

/// One block of `newtonScale` that is filled by products of tables. Each product is rounded once to the grid by adding a power of two ("magic
/// number") and summed by its bits, joined to 128 every `span` rows: the bits are those of `ExactSum` on the same grid.
struct GridSum {
    /// Rows between two joins: 2^50 * 2^12 stays within 64 bits.
    private static let span = 4096
    /// Products are smaller where the magic number rounds them.
    private static let bound = 1024.0
    /// 1.5 * 2^12: its last bit is 2^-40.
    private static let magic = 6144.0

    private var large: ExactSum
    private var words: [Int128]

    init(_ specification: BlockSpecification) {
        precondition(specification.fractionBits == 40, "the magic number is that of the Newton grid")
        large = ExactSum(specification)
        words = [Int128](repeating: 0, count: specification.count)
    }

    /// Adds the sum over rows of `left[row, i] * right[row, j]` to the element `offset + i * right.columns + j`; of a triangle, those with
    /// i <= j to the elements of the upper triangle.
    mutating func add(_ left: GridTable, _ right: GridTable, at offset: Int = 0, isTriangle: Bool = false) {
        precondition(left.rows == right.rows, "tables of the same rows")
        precondition(!isTriangle || left.columns == right.columns, "a square")
        let (width, columns) = (left.columns, right.columns)
        guard width > 0, columns > 0 else { return }
        var factors = left.values
        for row in 0..<left.rows where !(left.largest[row] * right.largest[row] < Self.bound) {
            addLarge(left, right, row: row, at: offset, isTriangle: isTriangle)
            for place in row * width..<(row + 1) * width { factors[place] = 0 }
        }
        var work = [Double](repeating: 0, count: 256 * (width + 11))
        for start in stride(from: 0, to: left.rows, by: Self.span) {
            let rows = min(Self.span, left.rows - start)
            var sums = [Int64](repeating: 0, count: width * columns)
            factors.withUnsafeBufferPointer { factors in
                right.values.withUnsafeBufferPointer { values in
                    cproducts_grid(
                        rows, width, columns, factors.baseAddress! + start * width,
                        values.baseAddress! + start * columns, Self.magic, isTriangle ? 1 : 0, &work, &sums)
                }
            }
            let excess = Int64(rows) &* Int64(bitPattern: Self.magic.bitPattern)
            var position = offset
            for i in 0..<width {
                for j in (isTriangle ? i : 0)..<columns {
                    words[position] &+= Int128(sums[i * columns + j] &- excess)
                    position += 1
                }
            }
        }
    }

    /// A row whose products may leave the range of the magic number.
    private mutating func addLarge(
        _ left: GridTable, _ right: GridTable, row: Int, at offset: Int, isTriangle: Bool
    ) {
        var position = offset
        for i in 0..<left.columns {
            let factor = left.values[row * left.columns + i]
            for j in (isTriangle ? i : 0)..<right.columns {
                large.add(factor * right.values[row * right.columns + j], at: position)
                position += 1
            }
        }
    }

    /// The finished block.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    func block() throws(FederationError) -> Block { try large.block(adding: words) }
}
