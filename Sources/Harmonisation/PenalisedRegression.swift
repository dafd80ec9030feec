import LinearAlgebra
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The within-batch regression with a ridge on the coefficients of each smooth term, its weight from sums by generalised
/// cross-validation, n RSS / (n - tr A)^2 (Wood, Generalized Additive Models, 2017, section 6.2), or by restricted maximum
/// likelihood.
///
/// The score can have several minima and flat, concave stretches; unless R `mgcv`'s descent is asked for, ours is the lowest.
struct PenalisedRegression {
    let regression: WithinBatchRegression
    /// A smooth term: its covariates, what one unit of its weight adds to their diagonal, and the logarithm of the weight
    /// at which penalty and data are of one size.
    private struct Term {
        let columns: [Int]
        let diagonal: [Double]
        let start: Double
        /// Logarithm of what a weight of 1 is on the covariates' own scale.
        let logUnit: Double
    }

    /// Farthest that a weight goes from its start, in logarithms: e^24 makes a straight line.
    private static let range = 24.0

    private let groups: [Term]
    let cases: Double
    let intercepts: Double

    /// Creates the regression.
    ///
    /// - Parameters:
    ///   - groups: covariates of each smooth term.
    ///   - units: power of two by which each covariate was divided.
    ///   - cases: number of rows.
    ///   - intercepts: number of batches, each of which costs a degree of freedom.
    init(_ regression: WithinBatchRegression, groups: [[Int]], units: [Double], cases: Double, intercepts: Double) {
        self.regression = regression
        self.groups = groups.map { columns in
            let squares = columns.map { column in
                let scale = units[column] * regression.roots[column]
                return scale * scale
            }
            let smallest = squares.min() ?? 1
            let mean = squares.reduce(0, +) / Double(max(squares.count, 1))
            return Term(
                columns: columns, diagonal: squares.map { smallest / $0 }, start: log(mean / smallest),
                logUnit: log(smallest))
        }
        self.cases = cases
        self.intercepts = intercepts
    }

    /// Coefficients of one feature.
    ///
    /// - Parameters:
    ///   - cross: cross-products of the feature with the covariates.
    ///   - square: sum of squares of the feature about its batch means.
    ///   - choice: how the weights are chosen.
    ///   - unit: power of two by which the feature was divided.
    /// - Throws: `HarmonisationError.noPenalty` where `mgcv`'s descent does not end.
    func solve(_ cross: [Double], square: Double, by choice: PenaltyChoice, unit: Double) throws -> [Double] {
        let c = zip(cross, regression.roots).map { $0 / $1 }
        let weights =
            switch choice {
            case .generalisedCrossValidation:
                try lowest { try score(c, square: square, logWeights: $0) }.weights
            case .restrictedLikelihood:
                try lowest { try restrictedCriterion(c, square: square, freedom: freedom, logWeights: $0) }.weights
            case .descent(let start): try descent(c, square: square, unit: unit, from: start)
            }
        return zip(try factor(weights).solve(c), regression.roots).map { $0 / $1 }
    }

    /// Rows less the columns without a penalty, intercepts included.
    private var freedom: Double {
        cases - intercepts - Double(regression.roots.count - groups.reduce(0) { $0 + $1.columns.count })
    }

    /// A fit by restricted maximum likelihood.
    struct Restricted {
        let coefficients: [Double]
        /// Minus twice the logarithm of the restricted likelihood, up to what does not depend on variances.
        let criterion: Double
        /// Sum of squares, penalty included: the residual variance times the degrees of freedom.
        let rest: Double
    }

    /// Coefficients of one feature, weights by restricted maximum likelihood: the penalised coefficients are random effects
    /// (Wood, Generalized Additive Models, 2017, section 6.2.6).
    ///
    /// - Parameters:
    ///   - freedom: rows less the columns without a penalty, intercepts included.
    ///   - logDeterminant: of the covariance and of the intercepts' information.
    func restricted(
        _ cross: [Double], square: Double, freedom: Double, logDeterminant: Double
    ) throws -> Restricted? {
        let c = zip(cross, regression.roots).map { $0 / $1 }
        let scales = regression.roots.reduce(logDeterminant) { $0 + 2 * log($1) }
        let found = try lowest {
            try scales + restrictedCriterion(c, square: square, freedom: freedom, logWeights: $0)
        }
        let factor = try self.factor(found.weights)
        let remaining = rest(factor, c, square: square)
        // What remains below 1e-13 of the spread is rounding, not a residual.
        guard remaining > 1e-13 * square else { return nil }
        return Restricted(
            coefficients: zip(factor.solve(c), regression.roots).map { $0 / $1 }, criterion: found.value,
            rest: remaining)
    }

    /// Sum of squares, penalty included.
    private func rest(_ factor: Cholesky, _ c: [Double], square: Double) -> Double {
        zip(factor.solve(c), c).reduce(square) { $0 - $1.0 * $1.1 }
    }

    /// Minus twice the logarithm of the restricted likelihood, up to what does not depend on the weights.
    private func restrictedCriterion(
        _ c: [Double], square: Double, freedom: Double, logWeights: [Double]
    ) throws -> Double {
        let factor = try factor(logWeights)
        var value = freedom * log(max(rest(factor, c, square: square), 1e-300)) + factor.logDeterminant
        for (group, weight) in zip(groups, logWeights) {
            value -= Double(group.columns.count) * (weight + group.logUnit)
        }
        return value
    }

    /// Logarithms of the weights with the lowest value of a criterion.
    private func lowest(
        _ criterion: ([Double]) throws -> Double
    ) throws -> (weights: [Double], value: Double) {
        var weights = groups.map(\.start)
        var best = Double.infinity
        // One term at a time, until none improves the criterion; one term needs one pass.
        for _ in 0..<50 {
            let before = best
            for group in groups.indices {
                let found = try minimum(about: groups[group].start) { candidate in
                    var trial = weights
                    trial[group] = candidate
                    return try criterion(trial)
                }
                weights[group] = found.at
                best = found.value
            }
            let isBetter = !before.isFinite || best < before - 1e-12 * before.magnitude
            if groups.count == 1 || !isBetter { break }
        }
        return (weights, best)
    }

    /// Minimum over logarithms of the weight: the best of a grid, then golden section between its neighbours.
    private func minimum(
        about start: Double, _ function: (Double) throws -> Double
    ) throws -> (at: Double, value: Double) {
        let step = 0.5
        var (middle, lowest) = (start, Double.infinity)
        for candidate in stride(from: start - Self.range, through: start + Self.range, by: step) {
            let value = try function(candidate)
            if value < lowest { (middle, lowest) = (candidate, value) }
        }
        var (left, right) = (middle - step, middle + step)
        let ratio = (5.0.squareRoot() - 1) / 2
        var (a, b) = (right - ratio * (right - left), left + ratio * (right - left))
        var (fa, fb) = (try function(a), try function(b))
        while right - left > 1e-6 {
            if fa < fb {
                (right, b, fb) = (b, a, fa)
                a = right - ratio * (right - left)
                fa = try function(a)
            } else {
                (left, a, fa) = (a, b, fb)
                b = left + ratio * (right - left)
                fb = try function(b)
            }
        }
        return fa < fb ? (a, fa) : (b, fb)
    }

    /// Logarithms of the weights where `mgcv`'s descent ends.
    private func descent(_ c: [Double], square: Double, unit: Double, from start: [Double]) throws -> [Double] {
        guard start.count == groups.count else { throw HarmonisationError.columnsDiffer("(smooth terms)") }
        // It judges the score in the units of the feature.
        let scale = unit * unit
        let end = try PenaltyDescent.end(from: zip(start, groups).map { $0 - $1.logUnit }) {
            try score(c, square: square, logWeights: $0) * scale
        } derivatives: {
            try derivatives(c, square: square, logWeights: $0, scale: scale)
        }
        guard let end else { throw HarmonisationError.noPenalty }
        return end
    }

    /// What the weights add to the diagonal of the correlations, term by term.
    func ridges(_ logWeights: [Double]) -> [[Double]] {
        zip(groups, logWeights).map { group, weight in
            var ridge = [Double](repeating: 0, count: regression.roots.count)
            for (column, diagonal) in zip(group.columns, group.diagonal) { ridge[column] = exp(weight) * diagonal }
            return ridge
        }
    }

    func factor(_ logWeights: [Double]) throws -> Cholesky {
        var matrix = regression.correlations
        for ridge in ridges(logWeights) {
            for column in ridge.indices { matrix[column, column] += ridge[column] }
        }
        return try Cholesky(matrix, tolerance: 1e-14)
    }

    /// The generalised cross-validation score.
    private func score(_ c: [Double], square: Double, logWeights: [Double]) throws -> Double {
        let factor = try factor(logWeights)
        let solution = factor.solve(c)
        let variances = factor.inverseDiagonal
        var residual = square
        var freedom = intercepts + Double(c.count)
        for i in c.indices { residual -= solution[i] * c[i] }
        for ridge in ridges(logWeights) {
            for column in ridge.indices {
                // y'y - 2 b'c + b'Gb with (G + ridge) b = c.
                residual -= ridge[column] * solution[column] * solution[column]
                freedom -= ridge[column] * variances[column]
            }
        }
        let rest = cases - freedom
        return cases * residual / (rest * rest)
    }
}
