#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The Cholesky factor of a symmetric positive definite matrix, in plain Swift and a fixed order of operations, so that
/// every machine computes the same bits (a tuned library chooses its kernels by the processor).
public struct Cholesky: Sendable {
    /// Number of rows.
    public let order: Int
    /// Smallest ratio of a pivot to its diagonal element: 1 - R^2 of the worst column on the columns before it.
    public let smallestPivotRatio: Double
    /// Lower triangle, row-major, `order * order` with zeros above.
    let factor: [Double]

    /// Factors a matrix.
    ///
    /// - Parameter tolerance: smallest accepted ratio of a pivot to its diagonal element.
    /// - Throws: `LinearAlgebraError.dependent` naming the column and those that it follows from.
    public init(_ matrix: SymmetricMatrix, tolerance: Double = 1e-12) throws(LinearAlgebraError) {
        let n = matrix.order
        var l = [Double](repeating: 0, count: n * n)
        var smallest = 1.0
        for row in 0..<n {
            for column in 0..<row {
                var value = matrix[row, column]
                for k in 0..<column { value -= l[row * n + k] * l[column * n + k] }
                l[row * n + column] = value / l[column * n + column]
            }
            let diagonal = matrix[row, row]
            var pivot = diagonal
            for k in 0..<row { pivot -= l[row * n + k] * l[row * n + k] }
            guard pivot > tolerance * diagonal, pivot > 0, pivot.isFinite else {
                throw .dependent(column: row, on: Self.dependence(of: row, factor: l, matrix: matrix))
            }
            smallest = min(smallest, pivot / diagonal)
            l[row * n + row] = pivot.squareRoot()
        }
        order = n
        smallestPivotRatio = smallest
        factor = l
    }

    /// Columns with a visible weight in the regression of a column on those before it.
    private static func dependence(of column: Int, factor: [Double], matrix: SymmetricMatrix) -> [Int] {
        let n = matrix.order
        guard matrix[column, column] > 0 else { return [] }
        var weights = [Double](repeating: 0, count: column)
        for row in (0..<column).reversed() {
            var value = factor[column * n + row]
            for k in row + 1..<max(column, row + 1) { value -= factor[k * n + row] * weights[k] }
            weights[row] = value / factor[row * n + row]
        }
        return weights.indices.filter {
            weights[$0].magnitude * matrix[$0, $0].squareRoot() > 1e-4 * matrix[column, column].squareRoot()
        }
    }

    /// Natural logarithm of the determinant of A.
    public var logDeterminant: Double {
        var sum = 0.0
        for row in 0..<order { sum += 2 * log(factor[row * order + row]) }
        return sum
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
            for k in row + 1..<max(order, row + 1) { x[row] -= factor[k * order + row] * x[k] }
            x[row] /= factor[row * order + row]
        }
        return x
    }

    /// The inverse of A.
    public var inverse: SymmetricMatrix {
        var upper: [Double] = []
        upper.reserveCapacity(order * (order + 1) / 2)
        for index in 0..<order {
            var unit = [Double](repeating: 0, count: order)
            unit[index] = 1
            upper += solve(unit)[index...]
        }
        return SymmetricMatrix(order: order, upper: upper)
    }

    /// The diagonal of the inverse: variances, when the matrix is an information matrix.
    public var inverseDiagonal: [Double] {
        let inverse = inverse
        return (0..<order).map { inverse[$0, $0] }
    }
}
