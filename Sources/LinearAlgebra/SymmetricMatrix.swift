/// A symmetric matrix as its upper triangle, row-major: (0,0), (0,1), ..., (1,1), ...
public struct SymmetricMatrix: Sendable, Equatable, Codable {
    /// Number of rows.
    public let order: Int
    /// The upper triangle, `order * (order + 1) / 2` values.
    public var upper: [Double]

    /// Creates a matrix from its upper triangle.
    public init(order: Int, upper: [Double]) {
        precondition(upper.count == order * (order + 1) / 2, "the upper triangle has order (order + 1) / 2 values")
        self.order = order
        self.upper = upper
    }

    /// Position of an element in the upper triangle.
    @inlinable
    public static func position(_ row: Int, _ column: Int, order: Int) -> Int {
        let (i, j) = row <= column ? (row, column) : (column, row)
        return i * order - i * (i - 1) / 2 + j - i
    }

    /// The element at a row and a column.
    public subscript(_ row: Int, _ column: Int) -> Double {
        get { upper[Self.position(row, column, order: order)] }
        set { upper[Self.position(row, column, order: order)] = newValue }
    }
}
