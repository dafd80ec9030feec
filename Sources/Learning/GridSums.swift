import CKernels
import Federation

extension BlockSpecification {
    /// A block of sums that only steer Newton steps: quantum `2^-40` (9.1e-13), bound `2^40`. The solution does not depend on it beyond the
    /// tolerance of the fit, and a term costs a third of that of `unitScale`.
    static func newtonScale(_ name: String, shape: [Int], meaning: String, discloses: String) -> Self {
        BlockSpecification(
            name: name, shape: shape, fractionBits: 40, bound: 1_099_511_627_776, meaning: meaning, discloses: discloses
        )
    }

    /// A block of second derivatives, which only say which way to go: products in single precision, quantum `2^-14` (6.1e-5), bound `2^40`.
    static func curvatureScale(_ name: String, shape: [Int], meaning: String, discloses: String) -> Self {
        BlockSpecification(
            name: name, shape: shape, fractionBits: 14, bound: 1_099_511_627_776, meaning: meaning, discloses: discloses
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

/// One block of `newtonScale` or `curvatureScale` that is filled by products of columns. Each product is rounded once to the grid by adding a
/// power of two ("magic number") without rounding it before, and summed by its bits, joined to 128 every `span` rows.
struct GridSum {
    /// Rows between two joins: 2^50 * 2^12 stays within 64 bits.
    private static let span = 4096
    /// 1.5 * 2^12: its last bit is 2^-40.
    private static let magic = 6144.0

    private let specification: BlockSpecification
    /// Terms beyond the magic numbers; nil as long as there are none.
    private var large: ExactSum?
    private var words: [Int128]
    private var isSingle: Bool { specification.fractionBits == 14 }

    /// Products are smaller where the magic number rounds them.
    private var bound: Double { isSingle ? 255 : 1024 }

    init(_ specification: BlockSpecification) {
        precondition([14, 40].contains(specification.fractionBits), "the magic numbers are those of two grids")
        self.specification = specification
        words = [Int128](repeating: 0, count: specification.count)
    }

    /// Adds the sum over rows of `left[i] * right[columns[j]]` to the element `offset + i * columns.count + j`; of a triangle, those with
    /// i <= j to the elements of the upper triangle.
    mutating func add(
        _ left: ColumnTable, _ right: ColumnTable, columns: [Int], at offset: Int = 0, isTriangle: Bool = false
    ) {
        precondition(left.rows == right.rows, "tables of the same rows")
        precondition(!isTriangle || left.columns == columns.count, "a square")
        guard left.columns > 0, !columns.isEmpty else { return }
        var factors = left
        // Most tables have no such row at all.
        let most =
            cproducts_largest(right.largest.count, right.largest) * cproducts_largest(left.values.count, left.values)
        let largest = most < bound ? [] : left.rowMaxima()
        for row in largest.indices where !(largest[row] * right.largest[row] < bound) {
            addLarge(left, right, columns, row: row, at: offset, isTriangle: isTriangle)
            factors.clear(row: row)
        }
        let places = columns.map(Int64.init)
        guard !isSingle else { return addSingle(factors, right, places, at: offset, isTriangle: isTriangle) }
        for start in stride(from: 0, to: left.stride, by: Self.span) {
            let rows = min(Self.span, left.stride - start)
            var sums = [Int64](repeating: 0, count: left.columns * columns.count)
            factors.values.withUnsafeBufferPointer { factors in
                right.values.withUnsafeBufferPointer { values in
                    guard let factors = factors.baseAddress, let values = values.baseAddress else { return }
                    cproducts_grid(
                        rows, left.stride, left.columns, factors + start, columns.count, values + start, places,
                        Self.magic, isTriangle ? 1 : 0, &sums)
                }
            }
            let excess = Int64(rows) &* Int64(bitPattern: Self.magic.bitPattern)
            var position = offset
            for i in 0..<left.columns {
                for j in (isTriangle ? i : 0)..<columns.count {
                    words[position] &+= Int128(sums[i * columns.count + j] &- excess)
                    position += 1
                }
            }
        }
    }

    /// All rows, in single precision.
    private mutating func addSingle(
        _ left: ColumnTable, _ right: ColumnTable, _ places: [Int64], at offset: Int, isTriangle: Bool
    ) {
        addSingle(SingleTable(left), right.single ?? SingleTable(right), places, at: offset, isTriangle: isTriangle)
    }

    private mutating func addSingle(
        _ own: SingleTable, _ other: SingleTable, _ places: [Int64], at offset: Int, isTriangle: Bool
    ) {
        // A site whose cases are all held out elsewhere has no row.
        guard own.stride > 0 else { return }
        let columns = own.values.count / own.stride
        var sums = [Int64](repeating: 0, count: columns * places.count)
        cproducts_single(
            own.stride, own.stride, columns, own.values, places.count, other.values, places,
            Int32(specification.fractionBits), isTriangle ? 1 : 0, &sums)
        // Pointers: half a million words a time.
        words.withUnsafeMutableBufferPointer { words in
            sums.withUnsafeBufferPointer { sums in
                var position = offset
                for i in 0..<columns {
                    for j in (isTriangle ? i : 0)..<places.count {
                        words[position] &+= Int128(sums[i * places.count + j])
                        position += 1
                    }
                }
            }
        }
    }

    /// Adds the sum over rows of the products of columns of a table, each times the weight of its row, with others of its columns.
    mutating func add(
        _ rows: [Int], by weights: [Double], of table: ColumnTable, columns: [Int], isTriangle: Bool
    ) {
        guard isSingle, let single = table.single, !rows.isEmpty else {
            return add(table.weighted(rows, by: weights), table, columns: columns, isTriangle: isTriangle)
        }
        // Each row by itself goes one way or the other: the sums are the same however rows are divided among sites.
        let large = table.largest.indices.filter { !(table.largest[$0] * table.largest[$0] * weights[$0] < bound) }
        var small = weights
        if !large.isEmpty {
            let left = table.weighted(rows, by: weights)
            for row in large {
                addLarge(left, table, columns, row: row, at: 0, isTriangle: isTriangle)
                small[row] = 0
            }
        }
        addSingle(single.weighted(rows, by: small), single, columns.map(Int64.init), at: 0, isTriangle: isTriangle)
    }

    /// A row whose products may leave the range of the magic number.
    private mutating func addLarge(
        _ left: ColumnTable, _ right: ColumnTable, _ columns: [Int], row: Int, at offset: Int, isTriangle: Bool
    ) {
        var sum = large ?? ExactSum(specification)
        large = nil
        var position = offset
        for i in 0..<left.columns {
            let factor = left.values[i * left.stride + row]
            for column in columns[(isTriangle ? i : 0)...] {
                sum.add(factor * right.values[column * right.stride + row], at: position)
                position += 1
            }
        }
        large = sum
    }

    /// The finished block.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    func block() throws(FederationError) -> Block {
        if let large { return try large.block(adding: words) }
        let block = try Block(specification: specification, words: words)
        try Contribution(blocks: [block]).validate(against: [specification])
        return block
    }
}
