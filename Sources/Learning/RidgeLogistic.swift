public import Federation
import LinearAlgebra

/// L2-penalised logistic regression by federated Newton steps.
///
/// Minimises `sum log(1 + exp(-y (b0 + z'b))) + lambda / 2 * |b|^2` (y = 1 event, -1 none) over z-scored columns, the
/// intercept free; scikit-learn's C is 1 / lambda. Each round the sites send gradient, Hessian and log-likelihood at the
/// broadcast coefficients; a step that raises the objective is halved. Converged when no coefficient would move by more
/// than 1e-10 times the larger of 1 and its size; that last step is still taken.
public struct RidgeLogistic: Computation {
    /// `learning.ridge-logistic`
    public static let identifier = "learning.ridge-logistic"
    /// Most Newton steps before the classes count as separated.
    static let stepLimit = 60
    /// Most halvings of one step.
    static let halvingLimit = 30

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - columns: names of the columns.
    ///   - means: pooled means.
    ///   - standardDeviations: pooled standard deviations, all positive.
    ///   - lambda: the penalty.
    ///   - offset: name of a further column, the table's last, that is added to the linear predictor as it is; nil for none.
    public init(
        columns: [String], means: [Double], standardDeviations: [Double], lambda: Double, offset: String? = nil
    ) {
        precondition(columns.count == means.count && means.count == standardDeviations.count, "one moment a column")
        precondition(lambda >= 0 && lambda.isFinite, "a penalty is not negative")
        specification = State(
            columns: columns, means: means, standardDeviations: standardDeviations, lambda: lambda, offset: offset,
            coefficients: [Double](repeating: 0, count: columns.count + 1), step: nil, objective: nil, halvings: 0,
            iteration: 0)
    }

    /// The model so far, intercept first.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the columns.
        public let columns: [String]
        /// Pooled means.
        public let means: [Double]
        /// Pooled standard deviations.
        public let standardDeviations: [Double]
        /// The penalty.
        public let lambda: Double
        /// Column that is added to the linear predictor; nil for none.
        public let offset: String?
        /// Intercept and coefficients at which the sites answer.
        public let coefficients: [Double]
        /// The step that led here.
        public let step: [Double]?
        /// Objective before the step.
        public let objective: Double?
        /// How often the step was halved.
        public let halvings: Int
        /// Newton steps so far.
        public let iteration: Int
    }

    /// The fit.
    public struct Result: Sendable, Equatable, Codable {
        /// Intercept on the z-scored scale.
        public let intercept: Double
        /// Coefficients on the z-scored scale.
        public let coefficients: [Double]
        /// Standard errors from the penalised information, intercept first.
        public let standardErrors: [Double]
        /// Log-likelihood without penalty.
        public let logLikelihood: Double
        /// Newton steps.
        public let iterations: Int
        /// Number of cases.
        public let cases: Int
        /// Number of events.
        public let events: Int
    }

    /// Zero coefficients.
    public func initialState() -> State { specification }

    /// Counts, gradient, Hessian and log-likelihood.
    public func blocks(for state: State) -> [BlockSpecification] {
        let k = state.coefficients.count
        return [
            NewtonBlocks.classCases,
            .unitScale(
                "log_likelihood", meaning: "log-likelihood at the broadcast coefficients",
                discloses: "how well the model fits the site"),
            NewtonBlocks.gradient(
                k, meaning: "gradient of the log-likelihood: sums of residual times column",
                discloses: "the site's mean residual and its covariance with each column"),
            NewtonBlocks.hessian(
                k, meaning: "upper triangle of the information: sums of p (1 - p) times products of columns",
                discloses: "the site's weighted covariances of the columns"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues` with the names of all features concerned.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.columns.count
        try shard.requireColumns(state.columns + [state.offset].compactMap(\.self))
        let stride = shard.featureCount
        guard state.means.count == p, state.standardDeviations.count == p, state.coefficients.count == p + 1 else {
            throw LearningError.columnsDiffer("(number of coefficients)")
        }
        try shard.requireFiniteFeatures()
        let specifications = blocks(for: state)
        var sums = specifications.dropLast().map(ExactSum.init)
        var information = ProductSum(specifications[3], order: p + 1)
        var x = [Double](repeating: 1, count: p + 1)
        for row in 0..<shard.count {
            let group = try LearningError.group(of: shard.outcome[row])
            sums[0].add(1, at: group)
            var eta = state.coefficients[0] + (state.offset == nil ? 0 : shard.features[row * stride + p])
            for column in 0..<p {
                x[column + 1] =
                    (shard.features[row * stride + column] - state.means[column]) / state.standardDeviations[column]
                eta += state.coefficients[column + 1] * x[column + 1]
            }
            let terms = LogisticFunction.terms(eta, isEvent: group == 1)
            sums[1].add(terms.logLikelihood)
            for i in 0...p { sums[2].add(terms.residual * x[i], at: i) }
            information.add(x, weight: terms.weight)
        }
        return Contribution(blocks: try sums.map { try $0.block() } + [try information.block()])
    }

    /// The next Newton step, half of the last one, or the fit.
    ///
    /// - Throws: `LearningError.oneClass`, `.collinear`, `.separated`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let k = state.coefficients.count
        let counts = try NewtonBlocks.counts(sum)
        let logLikelihood = try sum.scalar("log_likelihood")
        var penalty = 0.0
        for coefficient in state.coefficients.dropFirst() { penalty += coefficient * coefficient }
        let objective = -logLikelihood + state.lambda / 2 * penalty
        if let previous = state.objective, let step = state.step, objective > previous + 1e-9 * previous.magnitude,
            state.halvings < Self.halvingLimit
        {
            let half = step.map { $0 / 2 }
            return .broadcast(
                moved(
                    state, coefficients: zip(state.coefficients, half).map { $0 - $1 }, step: half,
                    objective: previous, halvings: state.halvings + 1, iteration: state.iteration))
        }
        let slope = try sum.values("gradient")
        var gradient = slope
        var information = SymmetricMatrix(order: k, upper: try sum.values("hessian"))
        for i in 1..<k {
            gradient[i] -= state.lambda * state.coefficients[i]
            information[i, i] += state.lambda
        }
        let factor = try factored(information, state: state)
        let step = factor.solve(gradient)
        let coefficients = zip(state.coefficients, step).map { $0 + $1 }
        let isConverged = zip(step, state.coefficients).allSatisfy { $0.magnitude <= 1e-10 * max(1, $1.magnitude) }
        if isConverged {
            // With a penalty the log-likelihood is not stationary: its change over the last step, to first order.
            var gain = 0.0
            for i in 0..<k { gain += slope[i] * step[i] }
            return .done(
                Result(
                    intercept: coefficients[0], coefficients: Array(coefficients.dropFirst()),
                    standardErrors: factor.inverseDiagonal.map { $0.squareRoot() }, logLikelihood: logLikelihood + gain,
                    iterations: state.iteration, cases: Int(counts[0] + counts[1]), events: Int(counts[1])))
        }
        // The likelihood has stopped growing while the coefficients have not: its maximum is at infinity.
        let isDrifting =
            step.contains { $0.magnitude > 0.05 }
            && state.objective.map { $0 - objective < 1e-7 * max(1, objective) } ?? false
        guard state.iteration < Self.stepLimit, !isDrifting else { throw separation(state, step: step) }
        return .broadcast(
            moved(
                state, coefficients: coefficients, step: step, objective: objective, halvings: 0,
                iteration: state.iteration + 1))
    }

    /// The factor of the information; without one the columns are collinear (seen at the start) or separate the classes
    /// (seen when the weights have vanished).
    private func factored(_ information: SymmetricMatrix, state: State) throws -> Cholesky {
        do {
            return try Cholesky(information, tolerance: 1e-13)
        } catch {
            guard case .dependent(let column, let others) = error, state.iteration == 0 else {
                throw separation(state, step: state.step ?? state.coefficients)
            }
            let names = ["(intercept)"] + state.columns
            throw LearningError.collinear(column: names[column], with: others.map { names[$0] })
        }
    }

    private func separation(_ state: State, step: [Double]) -> LearningError {
        let fastest = step.indices.max { step[$0].magnitude < step[$1].magnitude } ?? 0
        return .separated(column: fastest == 0 ? "(intercept)" : state.columns[fastest - 1])
    }

    private func moved(
        _ state: State, coefficients: [Double], step: [Double], objective: Double, halvings: Int, iteration: Int
    ) -> State {
        State(
            columns: state.columns, means: state.means, standardDeviations: state.standardDeviations,
            lambda: state.lambda, offset: state.offset, coefficients: coefficients, step: step, objective: objective,
            halvings: halvings,
            iteration: iteration)
    }
}
