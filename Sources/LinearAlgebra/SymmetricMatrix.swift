/// A symmetric matrix as its upper triangle, row-major: (0,0), (0,1), ..., (1,1), ...
public struct SymmetricMatrix: Sendable, Equatable {
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

/// A matrix has no Cholesky factor.
public enum LinearAlgebraError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The column is a linear combination of the columns before it, to within rounding.
    case notPositiveDefinite(column: Int)

    /// One sentence.
    public var description: String {
        switch self {
        case .notPositiveDefinite(let column):
            "column \(column) is a linear combination of the columns before it"
        }
    }
}

/// The Cholesky factor of a symmetric positive definite matrix, in plain Swift and a fixed order of operations, so that
/// every machine computes the same bits (a tuned library chooses its kernels by the processor).
public struct Cholesky: Sendable {
    let order: Int
    /// Lower triangle, row-major, `order * order` with zeros above.
    let factor: [Double]

    /// Factors a matrix.
    ///
    /// - Parameter tolerance: smallest accepted ratio of a pivot to its diagonal element.
    /// - Throws: `LinearAlgebraError.notPositiveDefinite` naming the column.
    public init(_ matrix: SymmetricMatrix, tolerance: Double = 1e-12) throws(LinearAlgebraError) {
        let n = matrix.order
        var l = [Double](repeating: 0, count: n * n)
        for column in 0..<n {
            var pivot = matrix[column, column]
            for k in 0..<column { pivot -= l[column * n + k] * l[column * n + k] }
            guard pivot > tolerance * matrix[column, column], pivot > 0 else {
                throw .notPositiveDefinite(column: column)
            }
            let root = pivot.squareRoot()
            l[column * n + column] = root
            for row in (column + 1)..<max(n, column + 1) {
                var value = matrix[row, column]
                for k in 0..<column { value -= l[row * n + k] * l[column * n + k] }
                l[row * n + column] = value / root
            }
        }
        order = n
        factor = l
    }

    /// The x with A x = b.
    public func solve(_ b: [Double]) -> [Double] {
        precondition(b.count == order, "one value for each row")
        var x = b
        for row in 0..<order {
            for k in 0..<row { x[row] -= factor[row * order + k] * x[k] }
            x[row] /= factor[row * order + row]
        }
        for row in (0..<order).reversed() {
            for k in (row + 1)..<max(order, row + 1) { x[row] -= factor[k * order + row] * x[k] }
            x[row] /= factor[row * order + row]
        }
        return x
    }

    /// The diagonal of the inverse: variances, when the matrix is an information matrix.
    public var inverseDiagonal: [Double] {
        (0..<order).map { index in
            var unit = [Double](repeating: 0, count: order)
            unit[index] = 1
            return solve(unit)[index]
        }
    }
}
