/// What stops a factorisation.
public enum LinearAlgebraError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The column is, to within rounding, a linear combination of the listed columns before it (none: it is zero).
    case dependent(column: Int, on: [Int])
    /// LAPACK's iteration did not converge, or the matrix has a value that is not finite.
    case noConvergence
    /// The system has no LAPACK library.
    case libraryMissing

    /// One sentence.
    public var description: String {
        switch self {
        case .dependent(let column, let others) where others.isEmpty:
            "column \(column) is zero"
        case .dependent(let column, let others):
            "column \(column) is a linear combination of the columns \(others); remove one of them"
        case .noConvergence:
            "the eigenvalues did not converge; check the matrix for values that are not finite"
        case .libraryMissing:
            "liblapack.so.3 cannot be loaded; install a LAPACK library (Debian: libopenblas0)"
        }
    }
}
