public import Federation
import LinearAlgebra

/// Logistic regression with the elastic net over a path of penalties, all folds of a cross-validation in the same rounds (Friedman,
/// Hastie and Tibshirani, J Stat Softw 2010;33:1; strong rule of Tibshirani et al., JRSS B 2012;74:245).
///
/// The objective is glmnet's: sum w l / sum w + lambda sum v_j (alpha |b_j| + (1 - alpha) / 2 b_j^2) with b on the scale of features
/// with (weighted) standard deviation 1 among the fit's own cases, and v rescaled to sum to the number of features. Each
/// round the sites send, for every fit that is not finished, the gradient of all features and the information of the few
/// that may be in the model; the quadratic problem is solved by coordinate descent without data.
public struct ElasticNetPath: Computation {
    /// `learning.elastic-net`
    public static let identifier = "learning.elastic-net"

    /// What is penalised, and how.
    public struct Parameters: Codable, Sendable, Equatable {
        /// Share of the LASSO: 1 LASSO, 0 ridge.
        public var alpha = 1.0
        /// Penalties of the path, descending; nil for `count` of them from the smallest that leaves no penalised feature.
        public var lambdas: [Double]?
        /// Length of the path.
        public var count = 100
        /// Smallest penalty over the largest.
        public var ratio = 0.02
        /// Relative penalty of each feature, 0 for none; nil for all alike.
        public var penaltyFactors: [Double]?
        /// Weight of a non-event and of an event.
        public var classWeights = [1.0, 1.0]
        /// Whether features are penalised on the scale of their standard deviation, else as they are.
        public var isStandardised = true
        /// Number of folds of the cross-validation; 0 for none.
        public var folds = 0

        /// The defaults of glmnet, and a path to 0.02.
        public init() {}
    }

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameter standardisation: pooled moments of the features; sums are taken of z-scores.
    public init(_ standardisation: Standardisation, parameters: Parameters = Parameters()) {
        let p = standardisation.columns.count
        precondition((0...1).contains(parameters.alpha) && parameters.count >= 1, "alpha from 0 to 1, a path")
        precondition(parameters.penaltyFactors?.count ?? p == p, "a penalty factor for each feature")
        precondition(parameters.classWeights.count == 2, "a weight for each class")
        specification = State(
            standardisation: standardisation, parameters: parameters, deviations: [], weights: [], nullDeviance: 0,
            lambdas: [], fits: [])
    }

    /// One fit of the path: of all cases, or of those outside one fold.
    public struct Fit: Codable, Sendable, Equatable {
        /// Fold that is held out; 0 for none.
        public let fold: Int
        /// Intercept and coefficients of z-scores at which sums are wanted.
        var coefficients: [Double]
        /// Features whose information is wanted, ascending.
        var working: [Int]
        /// Position of the penalty; -1 for the model without penalised features.
        var place: Int
        /// Best coefficients at this penalty so far, and their objective.
        var previous: [Double]?
        var objective = 0.0
        /// Models so far: those of all cases, and the deviance of the cases held out.
        var points: [[Double]] = []
        var devianceRatios: [Double] = []
        var heldOut: [Double] = []
    }

    /// What is fitted, and how far each fit is.
    public struct State: Codable, Sendable, Equatable {
        /// Location and scale of the features.
        public let standardisation: Standardisation
        /// What is penalised.
        public let parameters: Parameters
        /// Standard deviation of the z-scores among the cases of each fit, fits x features.
        var deviations: [[Double]]
        /// Sum of the weights of the cases of each fit, and of the cases held out.
        var weights: [[Double]]
        /// Deviance of the model with an intercept only, all cases.
        var nullDeviance: Double
        /// Penalties; empty before they are known.
        var lambdas: [Double]
        /// Fits; empty in the first round.
        var fits: [Fit]
    }

    /// No fit yet.
    public func initialState() -> State { specification }

    /// Positions of the fits that want sums; folds wait for the path of all cases.
    private static func running(_ state: State) -> [Int] {
        state.fits.indices.filter { place in
            let at = state.fits[place].place
            return at < 0 || at < state.lambdas.count
        }
    }

    /// Moments by fold and class; then likelihoods, gradients and information.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.standardisation.columns.count
        let groups = 2 * (state.parameters.folds + 1)
        guard !state.fits.isEmpty else {
            return [
                .counts(
                    "cases", shape: [groups], meaning: "cases of each fold and class",
                    discloses: "the site's cases and events in each fold"),
                .unitScale(
                    "sum", shape: [groups, p], meaning: "sums of z-scores by fold and class",
                    discloses: "the site's mean of each feature in each fold and class"),
                .unitScale(
                    "square", shape: [groups, p], meaning: "sums of squared z-scores by fold and class",
                    discloses: "the site's spread of each feature in each fold and class"),
            ]
        }
        let running = Self.running(state).map { state.fits[$0] }
        return [
            .unitScale(
                "log_likelihood", shape: [running.count], meaning: "weighted log-likelihood of each fit",
                discloses: "how well the model fits the site's cases"),
            .unitScale(
                "held_out", shape: [running.count], meaning: "log-likelihood of the cases held out of each fit",
                discloses: "how well the model predicts the site's cases of one fold"),
            .unitScale(
                "gradient", shape: [running.count, p + 1], meaning: "gradient of each log-likelihood",
                discloses: "the site's sums of residuals times features"),
        ]
            + running.map { fit in
                let width = fit.working.count + 1
                return .unitScale(
                    "information_\(fit.fold)", shape: [width * (width + 1) / 2],
                    meaning: "upper triangle of the information of the working features",
                    discloses: "the site's weighted covariances of these features")
            }
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`, `.badFold`.
    public func contribute(_ shard: FoldedTable, to state: State) throws -> Contribution {
        try shard.table.requireFiniteFeatures()
        let table = try state.standardisation.apply(to: shard.table)
        guard shard.fold.allSatisfy({ (0...state.parameters.folds).contains($0) }) else { throw LearningError.badFold }
        let p = table.featureCount
        let groups = try table.outcome.map(LearningError.group)
        let specifications = blocks(for: state)
        guard !state.fits.isEmpty else {
            var sums = specifications.map(ExactSum.init)
            for row in 0..<table.count {
                let group = 2 * shard.fold[row] + groups[row]
                sums[0].add(1, at: group)
                for column in 0..<p {
                    let value = table.features[row * p + column]
                    sums[1].add(value, at: group * p + column)
                    sums[2].add(value * value, at: group * p + column)
                }
            }
            return Contribution(blocks: try sums.map { try $0.block() })
        }
        var sums = specifications.prefix(3).map(ExactSum.init)
        var blocks: [Block] = []
        for (place, fit) in Self.running(state).map({ state.fits[$0] }).enumerated() {
            var information = ProductSum(specifications[3 + place], order: fit.working.count + 1)
            var x = [Double](repeating: 1, count: fit.working.count + 1)
            let active = (0..<p).filter { fit.coefficients[$0 + 1] != 0 }
            for row in 0..<table.count {
                var eta = fit.coefficients[0]
                for column in active { eta += fit.coefficients[column + 1] * table.features[row * p + column] }
                let terms = LogisticFunction.terms(eta, isEvent: groups[row] == 1)
                if fit.fold > 0, shard.fold[row] == fit.fold {
                    sums[1].add(Self.clipped(terms.logLikelihood), at: place)
                    continue
                }
                let weight = state.parameters.classWeights[groups[row]]
                sums[0].add(weight * terms.logLikelihood, at: place)
                let residual = weight * terms.residual
                sums[2].add(residual, at: place * (p + 1))
                for column in 0..<p {
                    sums[2].add(residual * table.features[row * p + column], at: place * (p + 1) + column + 1)
                }
                for (index, column) in fit.working.enumerated() { x[index + 1] = table.features[row * p + column] }
                information.add(x, weight: weight * terms.weight)
            }
            blocks.append(try information.block())
        }
        return Contribution(blocks: try sums.map { try $0.block() } + blocks)
    }

    /// A held-out probability counts as 1e-5 to 1 - 1e-5, as in glmnet.
    private static func clipped(_ logLikelihood: Double) -> Double {
        let (worst, best) = (-11.512925464970229, -1.0000050000287824e-05)
        return min(max(logLikelihood, worst), best)
    }

    /// One step of every fit, then the path.
    ///
    /// - Throws: `LearningError.oneClass`, `.noPenalty` for a path that begins at 0.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, ElasticNetModel> {
        var state = current
        guard !state.fits.isEmpty else { return .broadcast(try begun(state, sum)) }
        let p = state.standardisation.columns.count
        let likelihoods = try sum.values("log_likelihood")
        let heldOut = try sum.values("held_out")
        let gradients = try sum.values("gradient")
        for (slot, place) in Self.running(state).enumerated() {
            let fit = state.fits[place]
            let total = state.weights[place][0]
            let width = fit.working.count + 1
            let sums = Sums(
                logLikelihood: likelihoods[slot] / total,
                heldOut: state.weights[place][1] > 0 ? heldOut[slot] / state.weights[place][1] : 0,
                gradient: gradients[slot * (p + 1)..<(slot + 1) * (p + 1)].map { -$0 / total },
                information: SymmetricMatrix(
                    order: width, upper: try sum.values("information_\(fit.fold)").map { $0 / total }))
            try advance(&state, place, sums)
        }
        return Self.running(state).isEmpty ? .done(result(state)) : .broadcast(state)
    }

    /// What a fit got back, over the sum of its weights.
    private struct Sums {
        let logLikelihood: Double
        let heldOut: Double
        /// Of the negative log-likelihood.
        let gradient: [Double]
        let information: SymmetricMatrix
    }

    /// Starts every fit from its intercept.
    private func begun(_ current: State, _ sum: Contribution) throws -> State {
        var state = current
        let p = state.standardisation.columns.count
        let folds = state.parameters.folds
        let cases = try sum.values("cases")
        let (sums, squares) = (try sum.values("sum"), try sum.values("square"))
        let weights = state.parameters.classWeights
        func moments(without fold: Int) -> (classes: [Double], deviations: [Double]) {
            var classes = [0.0, 0.0]
            var (first, second) = ([Double](repeating: 0, count: p), [Double](repeating: 0, count: p))
            for group in 0...folds where group != fold || fold == 0 {
                for outcome in 0...1 {
                    let place = 2 * group + outcome
                    classes[outcome] += weights[outcome] * cases[place]
                    for column in 0..<p {
                        first[column] += weights[outcome] * sums[place * p + column]
                        second[column] += weights[outcome] * squares[place * p + column]
                    }
                }
            }
            let total = classes[0] + classes[1]
            let deviations = (0..<p).map { column in
                max(0, second[column] / total - first[column] / total * (first[column] / total)).squareRoot()
            }
            return (classes, deviations)
        }
        for fold in 0...folds {
            let (classes, deviations) = moments(without: fold)
            guard classes[0] > 0, classes[1] > 0 else { throw LearningError.oneClass }
            let total = classes[0] + classes[1]
            let eta = LogisticFunction.logit(classes[1] / total)
            // What does not vary among the cases of a fit gets no coefficient there.
            state.deviations.append(state.parameters.isStandardised ? deviations : deviations.map { $0 > 0 ? 1 : 0 })
            state.weights.append([total, fold == 0 ? 0 : cases[2 * fold] + cases[2 * fold + 1]])
            if fold == 0 {
                let share = classes[1] / total
                state.nullDeviance =
                    -2 * (share * LogisticFunction.logOf(share) + (1 - share) * LogisticFunction.logOf(1 - share))
            }
            let free = factors(state).indices.filter { factors(state)[$0] == 0 && state.deviations[fold][$0] > 0 }
            state.fits.append(
                Fit(
                    fold: fold, coefficients: [eta] + [Double](repeating: 0, count: p), working: free,
                    place: fold == 0 && state.parameters.lambdas == nil ? -1 : 0))
        }
        if let given = state.parameters.lambdas { state.lambdas = given }
        return state
    }

    /// Penalty factors that sum to the number of features.
    private func factors(_ state: State) -> [Double] {
        let p = state.standardisation.columns.count
        guard let given = state.parameters.penaltyFactors else { return [Double](repeating: 1, count: p) }
        let total = given.reduce(0, +)
        return total > 0 ? given.map { $0 * Double(p) / total } : given
    }

    /// Moves one fit on by a step, over finished penalties if it is at their optimum.
    private func advance(_ state: inout State, _ place: Int, _ sums: Sums) throws {
        var fit = state.fits[place]
        let penalty = Penalty(
            alpha: state.parameters.alpha, factors: factors(state), deviations: state.deviations[place])
        var lambda = fit.place < 0 ? 0 : state.lambdas[fit.place]
        let objective = -sums.logLikelihood + penalty.value(fit.coefficients, lambda)
        if let previous = fit.previous, objective > fit.objective + 1e-13 * max(1, fit.objective.magnitude) {
            let half = zip(previous, fit.coefficients).map { ($0 + $1) / 2 }
            if half != fit.coefficients, half != previous {
                fit.coefficients = half
                state.fits[place] = fit
                return
            }
        }
        var known = true
        while known, penalty.isOptimal(fit.coefficients, sums.gradient, lambda, freeOnly: fit.place < 0) {
            if fit.place < 0 {
                state.lambdas = try path(state, largest: penalty.largest(sums.gradient))
            } else {
                fit.points.append(fit.coefficients)
                fit.devianceRatios.append(1 + 2 * sums.logLikelihood / state.nullDeviance)
                fit.heldOut.append(-2 * sums.heldOut)
            }
            fit.place += 1
            known = fit.place < state.lambdas.count
            if known { lambda = state.lambdas[fit.place] }
        }
        guard known else {
            state.fits[place] = fit
            return
        }
        fit.previous = fit.coefficients
        fit.objective = -sums.logLikelihood + penalty.value(fit.coefficients, lambda)
        fit.coefficients = penalty.minimum(
            about: fit.coefficients, working: fit.working, gradient: sums.gradient, information: sums.information,
            lambda: lambda)
        let following = fit.place + 1 < state.lambdas.count ? state.lambdas[max(fit.place + 1, 0)] : lambda
        fit.working = (0..<penalty.factors.count).filter { column in
            guard penalty.deviations[column] > 0 else { return false }
            return penalty.factors[column] == 0 || fit.coefficients[column + 1] != 0
                || fit.place >= 0
                    && penalty.slope(sums.gradient, column) >= penalty.alpha * (2 * following - lambda)
        }
        state.fits[place] = fit
    }

    /// Penalties from the smallest that leaves no penalised feature.
    private func path(_ state: State, largest: Double) throws -> [Double] {
        guard largest > 0, largest.isFinite else { throw LearningError.noPenalty }
        let (count, ratio) = (state.parameters.count, state.parameters.ratio)
        guard count > 1 else { return [largest] }
        let step = LogisticFunction.logOf(ratio) / Double(count - 1)
        return (0..<count).map { largest * LogisticFunction.decay(-step * Double($0)) }
    }

    private func result(_ state: State) -> ElasticNetModel {
        let (means, deviations) = (state.standardisation.means, state.standardisation.standardDeviations)
        let whole = state.fits[0]
        let path = state.lambdas.indices.map { place in
            let own = whole.points[place]
            let coefficients = means.indices.map { deviations[$0] > 0 ? own[$0 + 1] / deviations[$0] : 0 }
            let shift = zip(coefficients, means).reduce(0) { $0 + $1.0 * $1.1 }
            return ElasticNetModel.Point(
                lambda: state.lambdas[place], intercept: own[0] - shift, coefficients: coefficients,
                devianceRatio: whole.devianceRatios[place])
        }
        var validation: ElasticNetModel.CrossValidation?
        let folds = state.fits.dropFirst().filter { state.weights[$0.fold][1] > 0 }
        if folds.count > 1 {
            let weights = folds.map { state.weights[$0.fold][1] }
            let total = weights.reduce(0, +)
            var (mean, error): ([Double], [Double]) = ([], [])
            for place in state.lambdas.indices {
                let values = folds.map { $0.heldOut[place] }
                let average = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
                let spread = zip(values, weights).reduce(0) { $0 + $1.1 * ($1.0 - average) * ($1.0 - average) } / total
                mean.append(average)
                error.append((spread / Double(folds.count - 1)).squareRoot())
            }
            validation = ElasticNetModel.CrossValidation(mean: mean, standardError: error)
        }
        return ElasticNetModel(columns: state.standardisation.columns, path: path, crossValidation: validation)
    }
}

/// The elastic net on coefficients of z-scores.
private struct Penalty {
    let alpha: Double
    let factors: [Double]
    let deviations: [Double]

    /// Largest violation of the optimality conditions that counts as none, on the scale of standard deviations.
    private static let tolerance = 1e-9
    /// Change of a coefficient that ends the descent, on the scale of the likelihood.
    private static let stillness = 1e-12
    /// Most rounds of the descent.
    private static let sweepLimit = 10_000

    func value(_ coefficients: [Double], _ lambda: Double) -> Double {
        var sum = 0.0
        for column in factors.indices {
            let scaled = coefficients[column + 1] * deviations[column]
            sum += factors[column] * (alpha * scaled.magnitude + (1 - alpha) / 2 * scaled * scaled)
        }
        return lambda * sum
    }

    /// Absolute gradient of a feature over its penalty factor, on the scale of its standard deviation.
    func slope(_ gradient: [Double], _ column: Int) -> Double {
        guard deviations[column] > 0, factors[column] > 0 else { return 0 }
        return gradient[column + 1].magnitude / deviations[column] / factors[column]
    }

    /// Smallest penalty that leaves no penalised feature.
    func largest(_ gradient: [Double]) -> Double {
        (factors.indices.map { slope(gradient, $0) }.max() ?? 0) / max(alpha, 1e-3)
    }

    func isOptimal(_ coefficients: [Double], _ gradient: [Double], _ lambda: Double, freeOnly: Bool) -> Bool {
        guard gradient[0].magnitude <= Self.tolerance else { return false }
        for column in factors.indices where deviations[column] > 0 && (!freeOnly || factors[column] == 0) {
            let own = gradient[column + 1] / deviations[column]
            let scaled = coefficients[column + 1] * deviations[column]
            let (corner, ridge) = (lambda * alpha * factors[column], lambda * (1 - alpha) * factors[column] * scaled)
            let violation =
                scaled == 0
                ? own.magnitude - corner : (own + ridge + (scaled > 0 ? corner : -corner)).magnitude
            if violation > Self.tolerance { return false }
        }
        return true
    }

    /// Minimum of the quadratic model of the likelihood and the penalty, by coordinate descent over the working features.
    func minimum(
        about start: [Double], working: [Int], gradient: [Double], information: SymmetricMatrix, lambda: Double
    ) -> [Double] {
        var coefficients = start
        let places = [0] + working.map { $0 + 1 }
        // Gradient of the quadratic at the current coefficients.
        var slope = places.map { gradient[$0] }
        let width = places.count
        var dense = [Double](repeating: 0, count: width * width)
        for i in 0..<width {
            for j in 0..<width { dense[i * width + j] = information[i, j] }
        }
        /// One round over some coordinates; the largest change, on the scale of the likelihood.
        func sweep(_ coordinates: [Int]) -> Double {
            var largest = 0.0
            for i in coordinates {
                let place = places[i]
                let curvature = dense[i * width + i]
                let old = coefficients[place]
                var new = old - slope[i] / curvature
                if place > 0 {
                    let (factor, deviation) = (factors[place - 1], deviations[place - 1])
                    let pull = curvature * old - slope[i]
                    let corner = lambda * alpha * factor * deviation
                    let shrunk = pull > corner ? pull - corner : pull < -corner ? pull + corner : 0
                    new = shrunk / (curvature + lambda * (1 - alpha) * factor * deviation * deviation)
                }
                let change = new - old
                guard change != 0 else { continue }
                coefficients[place] = new
                // Pointers: without bounds checks the loop runs in vectors.
                dense.withUnsafeBufferPointer { dense in
                    slope.withUnsafeMutableBufferPointer { slope in
                        for j in 0..<width { slope[j] += change * dense[i * width + j] }
                    }
                }
                largest = max(largest, change.magnitude * curvature.squareRoot())
            }
            return largest
        }
        let all = (0..<width).filter { dense[$0 * width + $0] > 0 }
        // Those in the model to the end, then all of them, until a round over all changes nothing.
        for _ in 0..<Self.sweepLimit {
            guard sweep(all) >= Self.stillness else { break }
            let active = all.filter { coefficients[places[$0]] != 0 }
            for _ in 0..<Self.sweepLimit {
                guard sweep(active) >= Self.stillness else { break }
            }
        }
        return coefficients
    }
}
