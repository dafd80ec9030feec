import Federation
import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cross-products of batches that patients link, covariates and features under a random intercept of each subject, as functions
/// of the variance ratio: with m rows a subject the inverse covariance is 1 - theta / (1 + m theta) 1 1' (in units of the
/// residual variance), so that rows are needed once only.
///
/// Summed subject by subject in the order of their names: what other batches a site has changes no bit.
struct BatchwiseMoments {
    private let batches: Int
    private let q: Int
    /// Rows a subject, and how many subjects have them.
    private let visits: [(rows: Int, subjects: Int)]
    private let batchSizes: [Double]
    /// Means of features, then covariates, of each batch, which are taken off before products.
    private let means: [[Double]]
    private let p: Int
    private let xx: SymmetricMatrix
    /// Features x covariates.
    private let xy: [Double]
    private let yy: [Double]
    /// Products of the sums of each subject, for each number of rows: batches and covariates together, and by feature.
    private let totals: [SymmetricMatrix]
    /// Features x (batches, covariates), for each number of rows.
    private let totalsY: [[Double]]
    private let totalsYY: [[Double]]

    init(
        _ members: [(name: String, rows: Int, means: [Double])], subjects: [[Int]], of source: some LongitudinalSource,
        scales: [Double]
    ) throws {
        let (p, q) = (source.featureNames.count, source.covariateNames.count)
        let places = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.name, $0) })
        let sizes = Dictionary(grouping: subjects, by: \.count).mapValues(\.count).sorted { $0.key < $1.key }
        let visitOf = Dictionary(uniqueKeysWithValues: sizes.enumerated().map { ($1.key, $0) })
        var sums = SubjectSums(batches: members.count, features: p, covariates: q, visits: sizes.count)
        try source.forEachChunk(ofSubjects: subjects) { table, chunk in
            for rows in chunk {
                sums.begin()
                for row in rows {
                    let place = places[table.batch[row], default: 0]
                    sums.add(row, of: table, batch: place, means: members[place].means, scales: scales)
                }
                sums.finish(visitOf[rows.count, default: 0])
            }
        }
        batches = members.count
        self.p = p
        self.q = q
        visits = sizes.map { ($0.key, $0.value) }
        batchSizes = members.map { Double($0.rows) }
        means = members.map(\.means)
        xx = SymmetricMatrix(order: q, upper: sums.xx)
        xy = sums.xy
        yy = sums.yy
        totals = sums.totals.map { SymmetricMatrix(order: members.count + q, upper: $0) }
        totalsY = sums.totalsY
        totalsYY = sums.totalsYY
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
        var right = [Double](repeating: 0, count: batches) + xy[feature * q..<(feature + 1) * q]
        var square = yy[feature]
        for (place, visit) in visits.enumerated() {
            let weight = ratio / (1 + Double(visit.rows) * ratio)
            for index in matrix.upper.indices { matrix.upper[index] -= weight * totals[place].upper[index] }
            for index in 0..<width { right[index] -= weight * totalsY[place][feature * width + index] }
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
            effects[batch] += means[batch][feature]
            for i in 0..<q { effects[batch] -= means[batch][p + i] * beta[i] }
        }
        return effects
    }
}
