/// Orthonormal vectors under weights, grown column by column (Gram-Schmidt, each column orthogonalised twice).
struct WeightedBasis {
    /// Part of a column's norm below which it follows from those before.
    static let tolerance = 1e-7

    let weights: [Double]
    private(set) var vectors: [[Double]] = []

    /// An empty basis.
    init(weights: [Double]) { self.weights = weights }

    /// Weighted inner product.
    func product(_ first: [Double], _ second: [Double]) -> Double {
        var sum = 0.0
        for index in weights.indices { sum += weights[index] * first[index] * second[index] }
        return sum
    }

    /// What of a column does not follow from the basis.
    func residual(_ column: [Double]) -> [Double] {
        var rest = column
        for _ in 0..<2 {
            for vector in vectors {
                let share = product(vector, rest)
                for index in rest.indices { rest[index] -= share * vector[index] }
            }
        }
        return rest
    }

    /// The part of a column that follows from the basis.
    func fitted(_ column: [Double]) -> [Double] { zip(column, residual(column)).map { $0 - $1 } }

    /// Adds what is new in a column.
    ///
    /// - Returns: the new vector; nil if the column follows from the basis.
    @discardableResult
    mutating func add(_ column: [Double]) -> [Double]? {
        let before = product(column, column)
        let rest = residual(column)
        let after = product(rest, rest)
        guard before > 0, after > Self.tolerance * Self.tolerance * before else { return nil }
        let root = after.squareRoot()
        let vector = rest.map { $0 / root }
        vectors.append(vector)
        return vector
    }
}
