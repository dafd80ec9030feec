import Federation
import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cross-products of one site's batches, covariates and features under a random intercept of each subject, as functions of
/// the variance ratio: with m rows a subject the inverse covariance is 1 - theta / (1 + m theta) 1 1' (in units of the
/// residual variance), so that rows are needed once only.
struct BatchwiseMoments {
    private let batches: Int
    private let q: Int
    /// Rows a subject, and how many subjects have them.
    private let visits: [(rows: Int, subjects: Int)]
    private let batchSizes: [Double]
    /// Means of covariates (batches x q) and features (batches x p), which are taken off before products.
    private let covariateMeans: [[Double]]
    private let featureMeans: [[Double]]
    private let xx: SymmetricMatrix
    private let xy: [[Double]]
    private let yy: [Double]
    /// Products of the sums of each subject, for each number of rows: batches and covariates together, and by feature.
    private let totals: [SymmetricMatrix]
    private let totalsY: [[[Double]]]
    private let totalsYY: [[Double]]

    /// Products of a site's rows, features divided by `scales`.
    init(_ shard: LongitudinalTable, scales: [Double]) throws(FederationError) {
        let table = shard.table
        let (p, q) = (table.featureCount, table.covariateNames.count)
        let groups = table.rowsByBatch()
        let width = groups.count + q
        var y = [Double](repeating: 0, count: table.count * p)
        var x = [Double](repeating: 0, count: table.count * q)
        var batchOf = [Int](repeating: 0, count: table.count)
        var (covariateMeans, featureMeans): ([[Double]], [[Double]]) = ([], [])
        for (batch, rows) in groups.enumerated() {
            let feature = try exactMeans(width: p, rows: rows.count) { table.features[rows[$0] * p + $1] * scales[$1] }
            let covariate = try exactMeans(width: q, rows: rows.count) {
                table.covariates[rows[$0] * q + $1] * scales[p + $1]
            }
            for row in rows {
                batchOf[row] = batch
                for column in 0..<p {
                    y[row * p + column] = table.features[row * p + column] * scales[column] - feature[column]
                }
                for i in 0..<q { x[row * q + i] = table.covariates[row * q + i] * scales[p + i] - covariate[i] }
            }
            covariateMeans.append(covariate)
            featureMeans.append(feature)
        }
        xx = Matrix(rows: table.count, columns: q, elements: x).gram
        var xy = [[Double]](repeating: [Double](repeating: 0, count: q), count: p)
        var yy = [Double](repeating: 0, count: p)
        for row in 0..<table.count {
            for column in 0..<p {
                let value = y[row * p + column]
                yy[column] += value * value
                for i in 0..<q { xy[column][i] += x[row * q + i] * value }
            }
        }
        let bySize = Dictionary(grouping: shard.rowsBySubject(), by: \.count).sorted { $0.key < $1.key }
        var (totals, totalsY, totalsYY): ([SymmetricMatrix], [[[Double]]], [[Double]]) = ([], [], [])
        for (_, subjects) in bySize {
            var upper = [Double](repeating: 0, count: width * (width + 1) / 2)
            var products = [[Double]](repeating: [Double](repeating: 0, count: width), count: p)
            var squares = [Double](repeating: 0, count: p)
            for rows in subjects {
                var sum = [Double](repeating: 0, count: width)
                var response = [Double](repeating: 0, count: p)
                for row in rows {
                    sum[batchOf[row]] += 1
                    for i in 0..<q { sum[groups.count + i] += x[row * q + i] }
                    for column in 0..<p { response[column] += y[row * p + column] }
                }
                var place = 0
                for i in 0..<width {
                    for j in i..<width {
                        upper[place] += sum[i] * sum[j]
                        place += 1
                    }
                }
                for column in 0..<p {
                    squares[column] += response[column] * response[column]
                    for i in 0..<width { products[column][i] += sum[i] * response[column] }
                }
            }
            totals.append(SymmetricMatrix(order: width, upper: upper))
            totalsY.append(products)
            totalsYY.append(squares)
        }
        batches = groups.count
        self.q = q
        visits = bySize.map { ($0.key, $0.value.count) }
        batchSizes = groups.map { Double($0.count) }
        self.covariateMeans = covariateMeans
        self.featureMeans = featureMeans
        self.xy = xy
        self.yy = yy
        self.totals = totals
        self.totalsY = totalsY
        self.totalsYY = totalsYY
    }

    /// One feature at one variance ratio, with the batches' intercepts projected out.
    struct Reduced {
        /// Covariates' products, upper triangle.
        let products: [Double]
        /// Covariates with the feature.
        let cross: [Double]
        /// Sum of squares of the feature.
        let square: Double
        /// Logarithm of the determinants of the covariance and of the intercepts' information.
        let logDeterminant: Double
    }

    /// Weighted products of batches, covariates and a feature.
    private func weighted(_ feature: Int, ratio: Double) -> (matrix: SymmetricMatrix, right: [Double], square: Double) {
        let width = batches + q
        var matrix = SymmetricMatrix(order: width, upper: [Double](repeating: 0, count: width * (width + 1) / 2))
        for batch in 0..<batches { matrix[batch, batch] = batchSizes[batch] }
        for i in 0..<q {
            for j in i..<q { matrix[batches + i, batches + j] = xx[i, j] }
        }
        var right = [Double](repeating: 0, count: batches) + xy[feature]
        var square = yy[feature]
        for (place, visit) in visits.enumerated() {
            let weight = ratio / (1 + Double(visit.rows) * ratio)
            for index in matrix.upper.indices { matrix.upper[index] -= weight * totals[place].upper[index] }
            for index in 0..<width { right[index] -= weight * totalsY[place][feature][index] }
            square -= weight * totalsYY[place][feature]
        }
        return (matrix, right, square)
    }

    private func intercepts(_ matrix: SymmetricMatrix) throws(LinearAlgebraError) -> Cholesky {
        var own = SymmetricMatrix(order: batches, upper: [Double](repeating: 0, count: batches * (batches + 1) / 2))
        for i in 0..<batches {
            for j in i..<batches { own[i, j] = matrix[i, j] }
        }
        return try Cholesky(own)
    }

    func reduced(_ feature: Int, ratio: Double) throws(LinearAlgebraError) -> Reduced {
        let (matrix, right, square) = weighted(feature, ratio: ratio)
        let factor = try intercepts(matrix)
        let onBatches = (0..<q).map { i in factor.solve((0..<batches).map { matrix[$0, batches + i] }) }
        var products: [Double] = []
        var cross: [Double] = []
        for i in 0..<q {
            for j in i..<q {
                var value = matrix[batches + i, batches + j]
                for batch in 0..<batches { value -= onBatches[i][batch] * matrix[batch, batches + j] }
                products.append(value)
            }
            var value = right[batches + i]
            for batch in 0..<batches { value -= onBatches[i][batch] * right[batch] }
            cross.append(value)
        }
        let response = factor.solve(Array(right.prefix(batches)))
        var rest = square
        for batch in 0..<batches { rest -= response[batch] * right[batch] }
        var determinant = factor.logDeterminant
        for visit in visits { determinant += Double(visit.subjects) * log(1 + Double(visit.rows) * ratio) }
        return Reduced(products: products, cross: cross, square: rest, logDeterminant: determinant)
    }

    /// Intercept of each batch for a feature, scaled as the feature is, batches in the order of their names.
    func effects(_ feature: Int, ratio: Double, beta: [Double]) throws(LinearAlgebraError) -> [Double] {
        let (matrix, right, _) = weighted(feature, ratio: ratio)
        var rest = Array(right.prefix(batches))
        for batch in 0..<batches {
            for i in 0..<q { rest[batch] -= matrix[batch, batches + i] * beta[i] }
        }
        var effects = try intercepts(matrix).solve(rest)
        for batch in 0..<batches {
            effects[batch] += featureMeans[batch][feature]
            for i in 0..<q { effects[batch] -= covariateMeans[batch][i] * beta[i] }
        }
        return effects
    }

    /// Sum over batches of rows times intercept.
    func location(_ feature: Int, ratio: Double, beta: [Double]) throws(LinearAlgebraError) -> Double {
        zip(batchSizes, try effects(feature, ratio: ratio, beta: beta)).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
