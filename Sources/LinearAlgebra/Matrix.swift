/// A dense matrix of doubles, row-major.
public struct Matrix: Sendable, Equatable, Codable {
    /// Number of rows.
    public let rows: Int
    /// Number of columns.
    public let columns: Int
    /// The elements: row i, column j at `i * columns + j`.
    public var elements: [Double]

    /// Creates a matrix from its elements, row by row.
    public init(rows: Int, columns: Int, elements: [Double]) {
        precondition(elements.count == rows * columns, "elements are rows x columns")
        self.rows = rows
        self.columns = columns
        self.elements = elements
    }

    /// The element at a row and a column.
    public subscript(_ row: Int, _ column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }

    /// The product with a vector, summed from the first column to the last.
    public func times(_ vector: [Double]) -> [Double] {
        precondition(vector.count == columns, "one value for each column")
        return (0..<rows).map { row in
            var sum = 0.0
            for column in 0..<columns { sum += self[row, column] * vector[column] }
            return sum
        }
    }

    /// The cross-products of the columns, X'X, summed from the first row to the last.
    public var gram: SymmetricMatrix {
        var upper = [Double](repeating: 0, count: columns * (columns + 1) / 2)
        for row in 0..<rows {
            var position = 0
            for i in 0..<columns {
                let value = self[row, i]
                for j in i..<columns {
                    upper[position] += value * self[row, j]
                    position += 1
                }
            }
        }
        return SymmetricMatrix(order: columns, upper: upper)
    }
}
