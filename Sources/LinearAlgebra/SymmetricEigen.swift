import CLAPACK

/// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyevd`, one thread.
///
/// The last bits depend on the processor, so nothing that is hashed is computed from them.
public struct SymmetricEigen: Sendable {
    /// Eigenvalues, ascending.
    public let values: [Double]
    /// Eigenvectors as rows, in the order of the eigenvalues; the component of largest magnitude is positive.
    public let vectors: Matrix

    /// OpenBLAS threads spin and stall under contention: one thread, set once.
    private static let singleThread: Void = openblas_set_num_threads(1)

    /// Decomposes a matrix.
    ///
    /// - Throws: `LinearAlgebraError.noConvergence`.
    public init(_ matrix: SymmetricMatrix) throws(LinearAlgebraError) {
        _ = Self.singleThread
        let n = matrix.order
        guard n > 0 else {
            values = []
            vectors = Matrix(rows: 0, columns: 0, elements: [])
            return
        }
        guard matrix.upper.allSatisfy(\.isFinite) else { throw .noConvergence }
        var dense = Matrix(rows: n, columns: n, elements: [Double](repeating: 0, count: n * n))
        for row in 0..<n {
            for column in 0..<n { dense[row, column] = matrix[row, column] }
        }
        var values = [Double](repeating: 0, count: n)
        let job = CChar(UInt8(ascii: "V"))
        let triangle = CChar(UInt8(ascii: "U"))
        // Column-major eigenvectors in columns are row-major eigenvectors in rows.
        guard LAPACKE_dsyevd(LAPACK_COL_MAJOR, job, triangle, Int32(n), &dense.elements, Int32(n), &values) == 0 else {
            throw .noConvergence
        }
        for row in 0..<n {
            let vector = dense.elements[row * n..<(row + 1) * n]
            guard let largest = vector.max(by: { $0.magnitude < $1.magnitude }), largest < 0 else { continue }
            for column in 0..<n { dense[row, column].negate() }
        }
        self.values = values
        vectors = dense
    }
}
