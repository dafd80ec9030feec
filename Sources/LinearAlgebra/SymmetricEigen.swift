import CLAPACK

/// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyevd`, one thread.
public struct SymmetricEigen: Sendable {
    /// Eigenvalues, ascending.
    public let values: [Double]
    /// Eigenvectors, row-major: vector k is row k.
    public let vectors: [Double]

    /// Decomposes a matrix; `nil` if LAPACK does not converge.
    public init?(_ matrix: SymmetricMatrix) {
        openblas_set_num_threads(1)
        let n = matrix.order
        var dense = [Double](repeating: 0, count: n * n)
        for row in 0..<n {
            for column in 0..<n { dense[row * n + column] = matrix[row, column] }
        }
        var values = [Double](repeating: 0, count: n)
        guard LAPACKE_dsyevd(LAPACK_COL_MAJOR, 86, 85, Int32(n), &dense, Int32(n), &values) == 0 else { return nil }
        self.values = values
        vectors = dense
    }
}
