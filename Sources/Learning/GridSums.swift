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

    /// A block of second derivatives, which only say which way to go: products of integers of 16 bits, quantum `2^-23` (1.2e-7), bound `2^40`.
    static func curvatureScale(_ name: String, shape: [Int], meaning: String, discloses: String) -> Self {
        BlockSpecification(
            name: name, shape: shape, fractionBits: ShortTable.productFraction, bound: 1_099_511_627_776,
            meaning: meaning, discloses: discloses
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

/// One block of `newtonScale` or `curvatureScale` that is filled by products of columns. Of the finer grid each product is rounded once by
/// adding a power of two ("magic number") without rounding it before, and summed by its bits, joined to 128 every `span` rows. Of the coarser one
/// both factors are rounded to integers of 16 bits, in rows where these hold them.
struct GridSum {
    /// Rows between two joins: 2^50 * 2^12 stays within 64 bits.
    private static let span = 4096

    private let specification: BlockSpecification
    /// Terms beyond the magic numbers; nil as long as there are none.
    private var large: ExactSum?
    private var words: [Int128]
    private let isCoarse: Bool
    /// Its last bit is that of the grid.
    private let magic: Double
    /// Products are smaller where the magic number rounds them.
    private let bound: Double

    init(_ specification: BlockSpecification) {
        let bits = specification.fractionBits
        isCoarse = bits == ShortTable.productFraction
        precondition(isCoarse || bits == 40, "one of two grids")
        magic = Double(sign: .plus, exponent: 52 - bits, significand: 1.5)
        bound = Double(sign: .plus, exponent: 50 - bits, significand: 1)
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
        guard isCoarse else { return addDoubles(left, right, columns, at: offset, isTriangle: isTriangle) }
        addShorts(
            left, Array(0..<left.columns), by: [Double](repeating: 1, count: left.rows), largest: left.rowMaxima(),
            right, columns, at: offset, isTriangle: isTriangle)
    }

    /// Adds the sum over rows of the products of columns of a table, each times the weight of its row, with others of its columns.
    mutating func add(
        _ rows: [Int], by weights: [Double], of table: ColumnTable, columns: [Int], isTriangle: Bool
    ) {
        guard isCoarse, !rows.isEmpty else {
            return add(table.weighted(rows, by: weights), table, columns: columns, isTriangle: isTriangle)
        }
        addShorts(
            table, rows, by: weights, largest: zip(table.largest, weights).map { $0 * $1 }, table, columns, at: 0,
            isTriangle: isTriangle)
    }

    /// Adds products of integers, and as doubles those of the rows that are too wide for them: each row by itself goes one way or the
    /// other, so that the sums are the same however rows are divided among sites.
    ///
    /// - Parameters:
    ///   - some: columns of the left table, each times the weight of its row.
    ///   - largest: for each row a number that no magnitude of these exceeds.
    ///   - right: a table that is kept in integers too.
    private mutating func addShorts(
        _ left: ColumnTable, _ some: [Int], by weights: [Double], largest: [Double], _ right: ColumnTable,
        _ columns: [Int], at offset: Int, isTriangle: Bool
    ) {
        guard let other = right.short else { preconditionFailure("second derivatives are of a design") }
        let wide = largest.indices.filter {
            !(right.largest[$0] < ShortTable.limit && largest[$0] < ShortTable.factorLimit)
        }
        var factors = weights
        if !wide.isEmpty {
            addDoubles(
                left.part(rows: wide, columns: some).weighted(Array(some.indices), by: wide.map { weights[$0] }),
                right.part(rows: wide, columns: columns), Array(columns.indices), at: offset, isTriangle: isTriangle)
            for row in wide { factors[row] = 0 }
        }
        var sums = [Int64](repeating: 0, count: some.count * columns.count)
        ShortTable(left, some, fraction: ShortTable.factorFraction, weights: factors)
            .addProducts(with: other, columns: columns, isTriangle: isTriangle, to: &sums)
        join(sums, less: 0, columns: columns.count, at: offset, isTriangle: isTriangle)
    }

    private mutating func addDoubles(
        _ left: ColumnTable, _ right: ColumnTable, _ columns: [Int], at offset: Int, isTriangle: Bool
    ) {
        var factors = left
        // Most tables have no such row at all.
        let others = right.largest.isEmpty ? right.rowMaxima() : right.largest
        let most = cproducts_largest(others.count, others) * cproducts_largest(left.values.count, left.values)
        let largest = most < bound ? [] : left.rowMaxima()
        for row in largest.indices where !(largest[row] * others[row] < bound) {
            addLarge(left, right, columns, row: row, at: offset, isTriangle: isTriangle)
            factors.clear(row: row)
        }
        let places = columns.map(Int64.init)
        for start in stride(from: 0, to: left.stride, by: Self.span) {
            let rows = min(Self.span, left.stride - start)
            var sums = [Int64](repeating: 0, count: left.columns * columns.count)
            factors.values.withUnsafeBufferPointer { factors in
                right.values.withUnsafeBufferPointer { values in
                    guard let factors = factors.baseAddress, let values = values.baseAddress else { return }
                    cproducts_grid(
                        rows, left.stride, left.columns, factors + start, columns.count, values + start, places,
                        magic, isTriangle ? 1 : 0, &sums)
                }
            }
            join(
                sums, less: Int64(rows) &* Int64(bitPattern: magic.bitPattern), columns: columns.count, at: offset,
                isTriangle: isTriangle)
        }
    }

    /// Adds sums of 64 bits, of a triangle its upper half.
    private mutating func join(_ sums: [Int64], less excess: Int64, columns: Int, at offset: Int, isTriangle: Bool) {
        // Pointers: half a million words a time.
        words.withUnsafeMutableBufferPointer { words in
            sums.withUnsafeBufferPointer { sums in
                var position = offset
                for i in 0..<sums.count / columns {
                    for j in (isTriangle ? i : 0)..<columns {
                        words[position] &+= Int128(sums[i * columns + j] &- excess)
                        position += 1
                    }
                }
            }
        }
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
