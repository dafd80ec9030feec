import CKernels

/// A table of columns in integers of 16 bits, multiples of a power of two: sums of their products are exact, whatever their order.
struct ShortTable: Sendable {
    /// Binary digits of z-scores and of factors that they are multiplied with, after the point.
    static let (fraction, factorFraction) = (11, 12)
    /// The same of their products.
    static let productFraction = fraction + factorFraction
    /// What the magnitudes of both are below.
    static let (limit, factorLimit) = (15.99, 7.99)
    /// Rows of a block, whose sums of squares are known.
    private static let block = 32

    /// Columns x `stride`; 0 beyond the rows.
    let values: [Int16]
    /// Distance of two columns: the rows, rounded up to a multiple of 32.
    let stride: Int
    /// For each 32 rows the largest sum of squares of a column.
    private let norms: [Int64]

    /// A design of z-scores; 0 in rows that are too wide.
    init(_ design: ColumnTable) {
        self.init(
            design, Array(0..<design.columns), fraction: Self.fraction,
            weights: design.largest.map { $0 < Self.limit ? 1 : 0 })
    }

    /// Some columns of a table, each times the weight of its row.
    ///
    /// - Parameter weights: such that no magnitude exceeds `limit` or `factorLimit`.
    init(_ table: ColumnTable, _ columns: [Int], fraction: Int, weights: [Double]) {
        precondition(weights.count == table.rows, "a weight for each row")
        let (rows, stride) = (table.rows, (table.rows + Self.block - 1) / Self.block * Self.block)
        let scale = Double(sign: .plus, exponent: fraction, significand: 1)
        values = [Int16](unsafeUninitializedCapacity: columns.count * stride) { output, count in
            output.initialize(repeating: 0)
            table.values.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress, let output = output.baseAddress else { return }
                for (place, column) in columns.enumerated() {
                    cproducts_shorten(rows, values + column * table.stride, weights, scale, output + place * stride)
                }
            }
            count = columns.count * stride
        }
        self.stride = stride
        var norms = [Int64](repeating: 0, count: stride / Self.block)
        cproducts_short_norms(columns.count, stride, values, &norms)
        self.norms = norms
    }

    /// Adds the sum over rows of the products of each column with some of another table to `sums`, row-major; of a triangle, those with i <= j.
    func addProducts(with other: ShortTable, columns: [Int], isTriangle: Bool, to sums: inout [Int64]) {
        precondition(stride == other.stride, "tables of the same rows")
        let places = columns.map(Int64.init)
        for span in spans(with: other) {
            (span.isWide ? cproducts_short_stepwise : cproducts_short)(
                span.rows.lowerBound, span.rows.upperBound, stride, values.count / max(1, stride), values, places.count,
                other.values, places, isTriangle ? 1 : 0, &sums)
        }
    }

    /// Rows over which the magnitudes of products of any two columns add up to less than 2^31, by Cauchy and Schwarz, and single blocks of which
    /// that is not certain.
    private func spans(with other: ShortTable) -> [(rows: Range<Int>, isWide: Bool)] {
        var output: [(rows: Range<Int>, isWide: Bool)] = []
        var sum = 0.0
        for block in norms.indices {
            let bound = (Double(norms[block]) * Double(other.norms[block])).squareRoot() + 1
            let rows = block * Self.block..<(block + 1) * Self.block
            if let last = output.last, !last.isWide, sum + bound < 0x1p31 {
                output[output.count - 1].rows = last.rows.lowerBound..<rows.upperBound
                sum += bound
            } else {
                output.append((rows, bound >= 0x1p31))
                sum = bound
            }
        }
        return output
    }
}
