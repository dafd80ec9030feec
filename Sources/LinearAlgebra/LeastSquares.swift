/// Linear least squares by Householder reflections, in plain Swift and a fixed order of operations.
///
/// Golub and Van Loan 2013, algorithm 5.2.1, without pivoting: errors grow with the condition of the design, not with
/// its square as in the normal equations.
public struct LeastSquares: Sendable {
    /// Coefficients, one for each column of the design.
    public let coefficients: [Double]
    /// Sum of the squared residuals.
    public let residualSumOfSquares: Double

    /// Fits `response` by the columns of `design`.
    ///
    /// - Parameter tolerance: smallest accepted ratio of a column's norm after the reflections to its norm before.
    /// - Throws: `LinearAlgebraError.dependent` naming the column and those that it follows from.
    public init(design: Matrix, response: [Double], tolerance: Double = 1e-10) throws(LinearAlgebraError) {
        precondition(response.count == design.rows, "one response for each row")
        let (m, n) = (design.rows, design.columns)
        var a = design
        var y = response
        for k in 0..<n {
            var before = 0.0
            for row in 0..<m { before += design[row, k] * design[row, k] }
            var after = 0.0
            for row in min(k, m)..<m { after += a[row, k] * a[row, k] }
            guard after > 0, after.squareRoot() > tolerance * before.squareRoot() else {
                throw .dependent(column: k, on: Self.dependence(of: k, reduced: a, original: design))
            }
            let alpha = a[k, k] > 0 ? -after.squareRoot() : after.squareRoot()
            var v = (k..<m).map { a[$0, k] }
            v[0] -= alpha
            var square = 0.0
            for value in v { square += value * value }
            for column in k..<n {
                var dot = 0.0
                for row in k..<m { dot += v[row - k] * a[row, column] }
                for row in k..<m { a[row, column] -= 2 * dot / square * v[row - k] }
            }
            var dot = 0.0
            for row in k..<m { dot += v[row - k] * y[row] }
            for row in k..<m { y[row] -= 2 * dot / square * v[row - k] }
        }
        coefficients = Self.backSubstituted(a, count: n, right: y)
        var residual = 0.0
        for row in n..<max(m, n) { residual += y[row] * y[row] }
        residualSumOfSquares = residual
    }

    private static func backSubstituted(_ a: Matrix, count: Int, right: [Double]) -> [Double] {
        var x = Array(right.prefix(count))
        for row in (0..<count).reversed() {
            for column in row + 1..<max(count, row + 1) { x[row] -= a[row, column] * x[column] }
            x[row] /= a[row, row]
        }
        return x
    }

    /// Columns with a visible weight in the fit of a column by those before it.
    private static func dependence(of column: Int, reduced: Matrix, original: Matrix) -> [Int] {
        func norm(_ j: Int) -> Double {
            var sum = 0.0
            for row in 0..<original.rows { sum += original[row, j] * original[row, j] }
            return sum.squareRoot()
        }
        guard column <= original.rows, norm(column) > 0 else { return [] }
        let weights = backSubstituted(reduced, count: column, right: (0..<column).map { reduced[$0, column] })
        return weights.indices.filter { weights[$0].magnitude * norm($0) > 1e-4 * norm(column) }
    }
}
