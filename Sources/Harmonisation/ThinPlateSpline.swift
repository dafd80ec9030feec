import LinearAlgebra

/// A low-rank thin plate regression spline of one variable (Wood, Journal of the Royal Statistical Society B 65:95, 2003): a
/// straight line and the `k - 2` smoothest bends, with the sum of the bends' squared coefficients as penalty.
///
/// Kept as values and slopes on a regular grid, so that the places it was made from are not part of a model: between grid
/// points cubic, beyond the ends straight.
public struct ThinPlateSpline: Codable, Sendable, Equatable {
    /// Smallest value of the variable that it was made from.
    public let lower: Double
    /// Largest value.
    public let upper: Double
    /// Values of each bend on the grid, from `lower` to `upper`.
    public let values: [[Double]]
    /// Slopes of each bend on the grid, for the variable scaled to 0 to 1.
    public let slopes: [[Double]]

    /// Intervals of the grid; the cubic between two points is then within 1e-8 of the bend.
    static let intervals = 512
    /// Most places that a basis is made from; more are thinned to as many quantiles.
    static let placeLimit = 1000

    /// Makes the basis.
    ///
    /// - Parameters:
    ///   - places: values of the variable, in its units; or quantiles fixed by a protocol.
    ///   - dimension: k, the number of functions with the constant; at least 3.
    /// - Throws: `HarmonisationError.tooFewValues` without k different finite values; `LinearAlgebraError`.
    public init(places: [Double], dimension: Int, name: String) throws {
        precondition(dimension >= 3, "a line and one bend")
        let distinct = try Self.places(of: places, dimension: dimension, name: name)
        let (first, last) = (distinct[0], distinct[distinct.count - 1])
        lower = first
        upper = last
        let x = distinct.map { ($0 - first) / (last - first) }
        let coefficients = try Self.bends(x, count: dimension - 2)
        var values: [[Double]] = []
        var slopes: [[Double]] = []
        for weights in coefficients {
            var (height, slope): ([Double], [Double]) = ([], [])
            for point in 0...Self.intervals {
                let at = Double(point) / Double(Self.intervals)
                var (value, derivative) = (0.0, 0.0)
                for (place, weight) in zip(x, weights) {
                    let distance = at - place
                    value += weight * distance.magnitude * distance * distance / 12
                    derivative += weight * distance.magnitude * distance / 4
                }
                height.append(value)
                slope.append(derivative)
            }
            values.append(height)
            slopes.append(slope)
        }
        self.values = values
        self.slopes = slopes
    }

    /// The different values among some in order, or quantiles of very many.
    ///
    /// - Throws: `HarmonisationError.tooFewValues` without as many finite values as functions.
    static func places(of values: [Double], dimension: Int, name: String) throws -> [Double] {
        let distinct = Set(values).sorted()
        guard distinct.count >= dimension, let first = distinct.first, let last = distinct.last,
            first.isFinite, last.isFinite
        else { throw HarmonisationError.tooFewValues(covariate: name, needed: dimension) }
        guard distinct.count > placeLimit else { return distinct }
        return (0..<placeLimit).map { distinct[$0 * (distinct.count - 1) / (placeLimit - 1)] }
    }

    /// The radial functions |x - x_i|^3 / 12 at the places.
    static func radial(_ x: [Double]) -> SymmetricMatrix {
        var radial: [Double] = []
        radial.reserveCapacity(x.count * (x.count + 1) / 2)
        for i in x.indices {
            for j in i..<x.count {
                let distance = x[j] - x[i]
                radial.append(distance * distance * distance / 12)
            }
        }
        return SymmetricMatrix(order: x.count, upper: radial)
    }

    /// Weights of the radial functions |x - x_i|^3 / 12 for each bend, of unit penalty.
    private static func bends(_ x: [Double], count: Int) throws -> [[Double]] {
        let n = x.count
        let rank = count + 2
        let eigen = try SymmetricEigen(radial(x))
        let largest = eigen.values.indices.sorted { eigen.values[$0].magnitude > eigen.values[$1].magnitude }
        let kept = Array(largest.prefix(rank))
        // Combinations of the eigenvectors that are orthogonal to straight lines.
        var constraint = Matrix(rows: 2, columns: rank, elements: [Double](repeating: 0, count: 2 * rank))
        for (column, index) in kept.enumerated() {
            for place in 0..<n {
                constraint[0, column] += eigen.vectors[index, place]
                constraint[1, column] += eigen.vectors[index, place] * x[place]
            }
        }
        let free = try SymmetricEigen(constraint.gram).vectors
        var penalty: [Double] = []
        for i in 0..<count {
            for j in i..<count {
                penalty.append(
                    (0..<rank).reduce(0) { $0 + free[i, $1] * eigen.values[kept[$1]] * free[j, $1] })
            }
        }
        let bent = try SymmetricEigen(SymmetricMatrix(order: count, upper: penalty))
        return (0..<count).map { bend in
            var weights = [Double](repeating: 0, count: n)
            let scale = 1 / bent.values[bend].squareRoot()
            for i in 0..<count {
                for column in 0..<rank {
                    let factor = scale * bent.vectors[bend, i] * free[i, column]
                    for place in 0..<n { weights[place] += factor * eigen.vectors[kept[column], place] }
                }
            }
            return weights
        }
    }

    /// Number of columns: the line and the bends.
    public var columnCount: Int { values.count + 1 }

    /// The line and the bends at a value of the variable; NaN at NaN.
    public func columns(at value: Double) -> [Double] {
        let x = (value - lower) / (upper - lower)
        guard x.isFinite else { return [Double](repeating: .nan, count: columnCount) }
        return [x]
            + values.indices.map { bend in
                let (height, slope) = (values[bend], slopes[bend])
                let last = height.count - 1
                if x <= 0 { return height[0] + slope[0] * x }
                if x >= 1 { return height[last] + slope[last] * (x - 1) }
                let position = x * Double(last)
                let cell = min(Int(position), last - 1)
                let t = position - Double(cell)
                let (rise, width) = (height[cell + 1] - height[cell], 1 / Double(last))
                // Hermite's cubic.
                let a = slope[cell] * width - rise
                let b = rise - slope[cell + 1] * width
                return height[cell] + t * rise + t * (1 - t) * (a * (1 - t) + b * t)
            }
    }
}
