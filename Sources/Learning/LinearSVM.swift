public import Federation
public import LinearAlgebra

/// Linear support vector machine with squared hinge loss (Fan et al., JMLR 2008;9:1871, L2-regularised L2-loss): minimises
/// (|w|^2 + b^2) / 2 + C sum c_i max(0, 1 - y_i (w x_i + b))^2 by Newton's method over the cases inside the margin. The
/// intercept is penalised, as in liblinear; x are z-scores.
public struct LinearSVM: Computation {
    /// `learning.linear-svm`
    public static let identifier = "learning.linear-svm"

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - standardisation: pooled moments of the features.
    ///   - cost: C, the weight of the losses.
    ///   - classWeights: weight of a non-event and of an event.
    public init(_ standardisation: Standardisation, cost: Double = 1, classWeights: [Double] = [1, 1]) {
        precondition(cost > 0 && classWeights.count == 2 && classWeights.allSatisfy { $0 > 0 }, "weights above 0")
        let start = [Double](repeating: 0, count: standardisation.columns.count + 1)
        specification = State(
            standardisation: standardisation, cost: cost, classWeights: classWeights,
            ascent: NewtonAscent(start: start))
    }

    /// What is fitted, and how far the fit is.
    public struct State: Codable, Sendable, Equatable {
        /// Location and scale of the features.
        public let standardisation: Standardisation
        /// Weight of the losses.
        public let cost: Double
        /// Weights of the classes.
        public let classWeights: [Double]
        /// Intercept and coefficients of z-scores at which sums are wanted.
        public var ascent: NewtonAscent
    }

    /// Coefficients 0.
    public func initialState() -> State { specification }

    /// Counts, losses, gradient and information.
    public func blocks(for state: State) -> [BlockSpecification] {
        let k = state.standardisation.columns.count + 1
        return [
            NewtonBlocks.classCases,
            .unitScale("loss", meaning: "sum of squared hinge losses", discloses: "how well the model fits the site"),
            NewtonBlocks.gradient(
                k, meaning: "sums of hinge loss times features over the cases inside the margin",
                discloses: "the covariance of the losses with each feature"),
            NewtonBlocks.hessian(
                k, meaning: "upper triangle of the products of features of the cases inside the margin",
                discloses: "the covariance of the features among the site's cases inside the margin"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        try shard.requireFiniteFeatures()
        let table = try state.standardisation.apply(to: shard)
        let p = table.featureCount
        let specifications = blocks(for: state)
        var sums = specifications.prefix(3).map(ExactSum.init)
        var information = ProductSum(specifications[3], order: p + 1)
        var x = [Double](repeating: 1, count: p + 1)
        let coefficients = state.ascent.coefficients
        for row in 0..<table.count {
            let group = try LearningError.group(of: table.outcome[row])
            sums[0].add(1, at: group)
            let sign = group == 1 ? 1.0 : -1
            var decision = coefficients[0]
            for column in 0..<p {
                x[column + 1] = table.features[row * p + column]
                decision += coefficients[column + 1] * x[column + 1]
            }
            let loss = 1 - sign * decision
            guard loss > 0 else { continue }
            let weight = state.classWeights[group]
            sums[1].add(weight * loss * loss)
            for i in 0...p { sums[2].add(weight * loss * sign * x[i], at: i) }
            information.add(x, weight: weight)
        }
        return Contribution(blocks: try sums.map { try $0.block() } + [try information.block()])
    }

    /// A Newton step, then the model.
    ///
    /// - Throws: `LearningError.oneClass`.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, LinearSVMModel> {
        var state = current
        _ = try NewtonBlocks.counts(sum)
        let coefficients = state.ascent.coefficients
        let penalty = coefficients.reduce(0) { $0 + $1 * $1 } / 2
        let objective = penalty + state.cost * (try sum.scalar("loss"))
        let gradient = zip(try sum.values("gradient"), coefficients).map { 2 * state.cost * $0 - $1 }
        var information = SymmetricMatrix(
            order: coefficients.count, upper: try sum.values("hessian").map { 2 * state.cost * $0 })
        for i in coefficients.indices { information[i, i] += 1 }
        state.ascent.absorb(gradient: gradient, information: information.upper, logLikelihood: -objective)
        guard state.ascent.status != .running else { return .broadcast(state) }
        return .done(
            LinearSVMModel(
                standardisation: state.standardisation, intercept: state.ascent.coefficients[0],
                coefficients: Array(state.ascent.coefficients.dropFirst()), objective: objective))
    }
}

/// A linear decision function of z-scores.
public struct LinearSVMModel: Sendable, Equatable, Codable {
    /// Location and scale of the features.
    public let standardisation: Standardisation
    /// Intercept.
    public let intercept: Double
    /// Coefficients of z-scores.
    public let coefficients: [Double]
    /// Objective before the last step, which changes it by less than rounding.
    public let objective: Double

    /// Signed distance from the boundary, on the scale of the margin.
    ///
    /// - Throws: `LearningError.columnsDiffer`.
    public func decisions(_ table: CaseTable) throws(LearningError) -> [Double] {
        let scaled = try standardisation.apply(to: table)
        let p = scaled.featureCount
        return (0..<table.count).map { row in
            (0..<p).reduce(intercept) { $0 + coefficients[$1] * scaled.features[row * p + $1] }
        }
    }
}
