public import Federation
import LinearAlgebra

/// Exact distributed ComBat (Johnson 2007) in one round: the pooled regression of the features on the covariates within
/// batches, by Frisch-Waugh from within-batch centred moments.
///
/// No row, no design row and no batch column leaves; per-batch location and scale are estimated at the site afterwards
/// and stay there. A batch must lie wholly within one shard.
public struct ComBatFit: Computation {
    /// `harmonisation.combat`
    public static let identifier = "harmonisation.combat"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the feature columns.
    ///   - covariates: names of the coded covariates.
    ///   - exponents: from `ExponentCensus`: features, then covariates.
    ///   - method: what the sites do with the model.
    public init(
        features: [String], covariates: [String], exponents: [Int], method: ComBatMethod = .parametric
    ) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        specification = State(features: features, covariates: covariates, exponents: exponents, method: method)
    }

    /// What is harmonised, and on which scale.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the feature columns.
        public let features: [String]
        /// Names of the covariates.
        public let covariates: [String]
        /// Binary exponents: features, then covariates.
        public let exponents: [Int]
        /// What the sites do with the model.
        public let method: ComBatMethod
    }

    /// What is harmonised.
    public func initialState() -> State { specification }

    /// The pooled normal equations.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.features.count
        let q = state.covariates.count
        var blocks: [BlockSpecification] = [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .counts("batches", meaning: "number of batches", discloses: "the site's number of batches"),
            .counts(
                "constant", shape: [p], meaning: "batches within which the feature is constant",
                discloses: "which features do not vary within a batch of the site"),
            .unitScale(
                "feature_sum", shape: [p], meaning: "sum of each feature, scaled",
                discloses: "the site's mean of each feature"),
            .unitScale(
                "feature_square", shape: [p], meaning: "sum of squares of each feature about its batch mean, scaled",
                discloses: "the site's spread of each feature"),
        ]
        if q > 0 {
            blocks += [
                .unitScale(
                    "covariate_sum", shape: [q], meaning: "sum of each covariate, scaled",
                    discloses: "the site's mean of each covariate"),
                .unitScale(
                    "covariate_product", shape: [q * (q + 1) / 2],
                    meaning: "upper triangle of the covariates' cross-products about batch means, scaled",
                    discloses: "the site's covariance of the covariates"),
                .unitScale(
                    "cross_product", shape: [q, p],
                    meaning: "cross-products of covariates and features about batch means, scaled",
                    discloses: "the site's covariance of covariates and features"),
            ]
        }
        return blocks
    }

    /// Sums over the site's batches.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.features.count
        let q = state.covariates.count
        guard shard.featureNames == state.features else {
            throw HarmonisationError.columnsDiffer(Self.difference(shard.featureNames, state.features))
        }
        guard shard.covariateNames == state.covariates else {
            throw HarmonisationError.columnsDiffer(Self.difference(shard.covariateNames, state.covariates))
        }
        let scales = state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(shard.count))
        let batches = shard.rowsByBatch()
        sums[1].add(Double(batches.count))
        var deviation = [Double](repeating: 0, count: p)
        var covariate = [Double](repeating: 0, count: q)
        for rows in batches {
            let featureMean = shard.meanFeatures(rows: rows)
            let covariateMean = shard.meanCovariates(rows: rows)
            for column in 0..<p {
                let first = shard.features[rows[0] * p + column]
                if rows.allSatisfy({ shard.features[$0 * p + column] == first }) { sums[2].add(1, at: column) }
            }
            for row in rows {
                for column in 0..<p {
                    let value = shard.features[row * p + column]
                    guard value.isFinite else {
                        throw HarmonisationError.missingValues(feature: state.features[column])
                    }
                    sums[3].add(value * scales[column], at: column)
                    deviation[column] = (value - featureMean[column]) * scales[column]
                    sums[4].add(deviation[column] * deviation[column], at: column)
                }
                for column in 0..<q {
                    let value = shard.covariates[row * q + column]
                    guard value.isFinite else {
                        throw HarmonisationError.missingCovariate(state.covariates[column])
                    }
                    sums[5].add(value * scales[p + column], at: column)
                    covariate[column] = (value - covariateMean[column]) * scales[p + column]
                }
                var triangle = 0
                for i in 0..<q {
                    for j in i..<q {
                        sums[6].add(covariate[i] * covariate[j], at: triangle)
                        triangle += 1
                    }
                    for column in 0..<p { sums[7].add(covariate[i] * deviation[column], at: i * p + column) }
                }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    private static func difference(_ left: [String], _ right: [String]) -> String {
        zip(left, right).first { $0 != $1 }?.0 ?? (left.count > right.count ? left[right.count] : right[left.count])
    }

    /// The model.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, ComBatModel> {
        let p = state.features.count
        let q = state.covariates.count
        let n = try sum.scalar("cases")
        let batches = try sum.scalar("batches")
        guard n > batches + Double(q) else {
            throw HarmonisationError.tooFewCases(cases: Int(n), needed: Int(batches) + q)
        }
        let constant = try sum.values("constant")
        let featureSum = try sum.values("feature_sum")
        let featureSquare = try sum.values("feature_square")
        let covariateSum = q > 0 ? try sum.values("covariate_sum") : []
        let cross = q > 0 ? try sum.values("cross_product") : []
        let beta = try coefficients(sum, state: state, cross: cross)
        var model = ComBatModel(
            features: state.features, covariates: state.covariates, method: state.method, cases: Int(n))
        for column in 0..<p {
            let unit = Double(sign: .plus, exponent: state.exponents[column], significand: 1)
            var grand = featureSum[column] / n
            var residual = featureSquare[column]
            for i in 0..<q {
                grand -= covariateSum[i] / n * beta[column * q + i]
                residual -= beta[column * q + i] * cross[i * p + column]
            }
            let variance = max(0, residual / n)
            model.grandMean.append(grand * unit)
            model.pooledStandardDeviation.append(variance.squareRoot() * unit)
            for i in 0..<q {
                let covariateUnit = Double(sign: .plus, exponent: state.exponents[p + i], significand: 1)
                model.beta.append(beta[column * q + i] * unit / covariateUnit)
            }
            if constant[column] > 0 || variance == 0 { model.passedThrough.append(state.features[column]) }
        }
        return .done(model)
    }

    /// Coefficients of the scaled regression, feature by feature (`p x q`).
    private func coefficients(_ sum: Contribution, state: State, cross: [Double]) throws -> [Double] {
        let p = state.features.count
        let q = state.covariates.count
        guard q > 0 else { return [] }
        var products = SymmetricMatrix(order: q, upper: try sum.values("covariate_product"))
        // Scaled to correlations, so that the rank test does not depend on the units of the covariates.
        let roots = (0..<q).map { products[$0, $0].squareRoot() }
        for (index, root) in roots.enumerated() where !(root > 0) {
            throw HarmonisationError.confounded(covariate: state.covariates[index])
        }
        for i in 0..<q {
            for j in i..<q { products[i, j] /= roots[i] * roots[j] }
        }
        let factor: Cholesky
        do {
            factor = try Cholesky(products, tolerance: 1e-10)
        } catch {
            guard case .notPositiveDefinite(let column) = error else { throw error }
            throw HarmonisationError.confounded(covariate: state.covariates[column])
        }
        var beta: [Double] = []
        beta.reserveCapacity(p * q)
        for column in 0..<p {
            let solution = factor.solve((0..<q).map { cross[$0 * p + column] / roots[$0] })
            for i in 0..<q { beta.append(solution[i] / roots[i]) }
        }
        return beta
    }
}

extension CaseTable {
    /// Rows of each batch, batches in the order of their names, rows in the order of the table.
    func rowsByBatch() -> [[Int]] {
        Dictionary(grouping: 0..<count) { batch[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }

    func meanFeatures(rows: [Int]) -> [Double] { means(features, width: featureCount, rows: rows) }

    func meanCovariates(rows: [Int]) -> [Double] { means(covariates, width: covariateNames.count, rows: rows) }

    private func means(_ values: [Double], width: Int, rows: [Int]) -> [Double] {
        var means = [Double](repeating: 0, count: width)
        for row in rows {
            for column in 0..<width { means[column] += values[row * width + column] }
        }
        return means.map { $0 / Double(rows.count) }
    }
}
