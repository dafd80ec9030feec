import CLAPACK

/// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyevd`, one thread.
///
/// The last bits depend on the processor, so nothing that is hashed is computed from them.
public struct SymmetricEigen: Sendable {
    /// Eigenvalues, ascending.
    public let values: [Double]
    /// Eigenvectors as rows, in the order of the eigenvalues; the component of largest magnitude is positive.
    public let vectors: Matrix

    /// Decomposes a matrix.
    ///
    /// - Throws: `LinearAlgebraError.noConvergence` or `.libraryMissing`.
    public init(_ matrix: SymmetricMatrix) throws(LinearAlgebraError) {
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
        // Column-major eigenvectors in columns are row-major eigenvectors in rows.
        switch clapack_dsyevd(Int32(n), &dense.elements, &values) {
        case 0: break
        case Int32(CLAPACK_MISSING): throw .libraryMissing
        default: throw .noConvergence
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
