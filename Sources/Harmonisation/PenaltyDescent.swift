import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The descent of R `mgcv` 1.8 and later on a score over logarithms of smoothing parameters, for Gaussian models whose weights
/// are chosen by generalised cross-validation (Wood, Journal of the American Statistical Association 99:673, 2004).
///
/// Newton's steps, of 5 at most in any parameter; where the Hessian is not positive definite, or three halvings of a step gain
/// nothing, the steepest descent's, of which the largest component is 1. It ends where a step gains less than 1e-7 of 1 + the
/// score, though the gradient may be as large as 5e-3 of that: on a flat stretch above the minimum too.
public struct PenaltyDescent {
    /// A score with its derivatives by the logarithms of the weights.
    struct Point {
        let score: Double
        let gradient: [Double]
        let hessian: SymmetricMatrix
    }

    private static let tolerance = 1e-7
    private static let iterationLimit = 400
    private static let trialLimit = 15
    private static let longestStep = 5.0

    /// Logarithms of the weights at which the descent from a start ends; nil if it does not within 400 steps.
    ///
    /// - Parameters:
    ///   - score: the score.
    ///   - derivatives: the same with gradient and Hessian.
    static func end(
        from start: [Double], score: ([Double]) throws -> Double, derivatives: ([Double]) throws -> Point
    ) throws -> [Double]? {
        var at = start
        var point = try derivatives(at)
        var lowest = point.score
        var gain = Double.infinity
        var (step, steepest, isSteepest) = directions(point)
        for iteration in 2...iterationLimit {
            var trials = 0
            while trials < trialLimit {
                trials += 1
                if trials == 4, !isSteepest { (step, isSteepest) = (steepest, true) }
                // The last trial stays where it is.
                let trial = trials < trialLimit ? zip(at, step).map(+) : at
                let value = try score(trial)
                if value < lowest {
                    (gain, lowest, at) = (lowest - value, value, trial)
                    break
                }
                step = step.map { $0 / 2 }
            }
            // The gradient of the place that the step was taken from.
            let slope = point.gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            point = try derivatives(at)
            (step, steepest, isSteepest) = directions(point)
            let isFlat =
                gain <= tolerance * (1 + lowest) && slope <= Self.slopeTolerance * (1 + lowest.magnitude)
            if iteration > 3, isFlat || trials == trialLimit {
                return try outwards(from: at, lowest: lowest, gradient: point.gradient, score)
            }
        }
        return nil
    }

    /// Cube root of the tolerance.
    private static let slopeTolerance = 0.004_641_588_833_612_778

    /// The next step, and that of the steepest descent, which it is where Newton's leads nowhere.
    private static func directions(
        _ point: Point
    ) -> (step: [Double], steepest: [Double], isSteepest: Bool) {
        let largest = point.gradient.reduce(0) { max($0, $1.magnitude) }
        let steepest = point.gradient.map { largest > 0 ? -$0 / largest : 0 }
        guard let factor = try? Cholesky(point.hessian, tolerance: 0) else {
            return (steepest, steepest, true)
        }
        let newton = factor.solve(point.gradient).map { -$0 }
        let length = newton.reduce(0) { max($0, $1.magnitude) }
        let step = length > longestStep ? newton.map { $0 * longestStep / length } : newton
        return (step, steepest, false)
    }

    /// Up to five steps of 2 in each parameter, downhill, for minima at infinity.
    private static func outwards(
        from end: [Double], lowest: Double, gradient: [Double], _ score: ([Double]) throws -> Double
    ) throws -> [Double] {
        var (at, lowest) = (end, lowest)
        for term in at.indices {
            for _ in 0..<5 {
                var trial = at
                trial[term] += gradient[term] < 0 ? 2 : -2
                let value = try score(trial)
                guard value < lowest else { break }
                (at, lowest) = (trial, value)
            }
        }
        return at
    }
}

extension PenaltyDescent {
    /// Logarithms of the weights from which `mgcv` starts (`initial.sp`), of penalties that are the sum of the bends' squared
    /// coefficients (`ThinPlateSpline`): such that on average 40 % or more of a penalised coefficient are the data's.
    ///
    /// They depend on the basis in which `mgcv` has a term: bends from the eigenvectors in the order of their signed
    /// eigenvalues, by Householder reflections free of straight lines, of root mean square 1 over the rows, and then by
    /// another reflection together with the constant free of a mean. Of more than 1,000 different values, where the spline
    /// is of quantiles and `mgcv` draws 2,000 places, an approximation.
    ///
    /// - Parameter terms: of each smooth term the rows' values of the covariate, and the number of functions.
    /// - Throws: `HarmonisationError.tooFewValues`; `LinearAlgebraError`.
    public static func start(
        of terms: [(name: String, values: [Double], dimension: Int)]
    ) throws -> [Double] {
        let columns = try terms.map { try diagonals($0.name, $0.values, $0.dimension) }
        var weights = columns.map { own in
            own.reduce(0) { $0 + $1.data } / own.reduce(0) { $0 + $1.penalty }
        }
        func share() -> Double {
            var (sum, count) = (0.0, 0.0)
            for (weight, own) in zip(weights, columns) {
                for column in own where column.penalty > 0 {
                    sum += column.data / (column.data + weight * column.penalty)
                    count += 1
                }
            }
            return sum / count
        }
        while share() > 0.4 { weights = weights.map { $0 * 10 } }
        while share() < 0.4 { weights = weights.map { $0 / 10 } }
        return weights.map { log($0) }
    }

    /// Diagonals of the cross-products and of the penalty of a term's penalised columns.
    private static func diagonals(
        _ name: String, _ values: [Double], _ dimension: Int
    ) throws -> [(data: Double, penalty: Double)] {
        let places = try ThinPlateSpline.places(of: values, dimension: dimension, name: name)
        let (lower, width) = (places[0], places[places.count - 1] - places[0])
        let x = places.map { ($0 - lower) / width }
        // Rows at each place, or between it and the one before.
        var rows = [Double](repeating: 0, count: x.count)
        for value in values { rows[HistogramEdges.cell(of: value, places)] += 1 }
        let bends = dimension - 2
        let radial = ThinPlateSpline.radial(x)
        let free = try freeOfLines(x, radial, dimension: dimension)
        // Values at the places, the penalty, then both at root mean square 1.
        var heights = (0..<bends).map { bend in
            x.indices.map { place in x.indices.reduce(0) { $0 + radial[place, $1] * free[bend][$1] } }
        }
        let total = Double(values.count)
        let scales = heights.map { own in
            (zip(rows, own).reduce(0) { $0 + $1.0 * $1.1 * $1.1 } / total).squareRoot()
        }
        var penalty = SymmetricMatrix(order: bends, upper: [Double](repeating: 0, count: bends * (bends + 1) / 2))
        for i in 0..<bends {
            for j in i..<bends {
                let energy = zip(free[i], heights[j]).reduce(0) { $0 + $1.0 * $1.1 }
                penalty[i, j] = energy / (scales[i] * scales[j])
            }
        }
        for bend in 0..<bends { heights[bend] = heights[bend].map { $0 / scales[bend] } }
        let functions = heights + [[Double](repeating: 1, count: x.count)]
        // The reflection that takes the means to the first column, which falls away.
        var mirror = functions.map { own in zip(rows, own).reduce(0) { $0 + $1.0 * $1.1 } / total }
        let length = mirror.reduce(0) { $0 + $1 * $1 }.squareRoot()
        mirror[0] += mirror[0] < 0 ? -length : length
        let square = mirror.reduce(0) { $0 + $1 * $1 }
        return (1...bends).map { column in
            let weights = mirror.indices.map { ($0 == column ? 1 : 0) - 2 * mirror[$0] * mirror[column] / square }
            let data = x.indices.reduce(0.0) { sum, place in
                let value = functions.indices.reduce(0) { $0 + weights[$1] * functions[$1][place] }
                return sum + rows[place] * value * value
            }
            var own = 0.0
            for i in 0..<bends {
                for j in 0..<bends { own += weights[i] * penalty[i, j] * weights[j] }
            }
            return (data, own)
        }
    }

    /// Weights of the radial functions at the places for each bend.
    private static func freeOfLines(
        _ x: [Double], _ radial: SymmetricMatrix, dimension: Int
    ) throws -> [[Double]] {
        // Combinations of eigenvectors, rows of places; with as many places as functions of the places themselves.
        var vectors = x.indices.map { place in x.indices.map { $0 == place ? 1.0 : 0 } }
        if x.count > dimension {
            let eigen = try SymmetricEigen(radial)
            let largest = eigen.values.indices.sorted { eigen.values[$0].magnitude > eigen.values[$1].magnitude }
            let kept = largest.prefix(dimension).sorted { eigen.values[$0] > eigen.values[$1] }
            vectors = kept.map { index in x.indices.map { eigen.vectors[index, $0] } }
        }
        for (line, width) in [([Double](repeating: 1, count: x.count), dimension), (x, dimension - 1)] {
            // Takes the product with the line to the last of the first `width` combinations.
            var mirror = vectors.prefix(width).map { own in zip(own, line).reduce(0) { $0 + $1.0 * $1.1 } }
            let length = mirror.reduce(0) { $0 + $1 * $1 }.squareRoot()
            mirror[width - 1] += mirror[width - 1] < 0 ? -length : length
            let square = mirror.reduce(0) { $0 + $1 * $1 }
            for place in x.indices {
                let along = (0..<width).reduce(0) { $0 + vectors[$1][place] * mirror[$1] }
                for column in 0..<width { vectors[column][place] -= 2 * along / square * mirror[column] }
            }
        }
        return Array(vectors.prefix(dimension - 2))
    }
}
