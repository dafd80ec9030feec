public import Federation

/// A network by full-batch descent: minimises (sum of c_i log-losses) / n + penalty / (2 n) sum of squared weights, biases free.
///
/// A round gives loss and gradient over all cases as integers on a grid, a term a case, so that the network is that of the pooled
/// table, to the last bit, for any number of sites.
public struct NeuralNetworkFit: Computation {
    /// `learning.neural-network`
    public static let identifier = "learning.neural-network"

    /// What shapes the descent.
    public struct Parameters: Codable, Sendable, Equatable {
        /// How parameters follow from gradients.
        public var optimiser = NetworkOptimiser.lbfgs
        /// L2 penalty of the weights.
        public var penalty = 1.0
        /// Rounds after which the best network so far is taken.
        public var maxRounds = 200
        /// The descent ends where no derivative of the loss is larger.
        public var tolerance = 1e-5
        /// Weight of a non-event and of an event.
        public var classWeights = [1.0, 1.0]
        /// Largest Euclidean norm of a site's sum of gradients; a longer one is shortened, so that no site can move the network
        /// further. nil for the exact sum; with a bound the network depends on how the cases are divided among sites.
        public var gradientBound: Double?

        /// The defaults.
        public init() {}
    }

    let specification: State

    /// Creates the computation, from a network to start at.
    public init(_ start: NeuralNetwork, parameters: Parameters = Parameters()) {
        precondition(parameters.penalty >= 0 && parameters.maxRounds > 0, "a penalty of at least 0, and a round")
        precondition(
            parameters.classWeights.count == 2 && parameters.classWeights.allSatisfy { $0 > 0 && $0.isFinite },
            "two class weights above 0")
        precondition(parameters.gradientBound.map { $0 > 0 && $0 < 1e12 } ?? true, "a bound above 0")
        specification = State(
            network: start, parameters: parameters, round: 1,
            descent: NetworkDescent(
                parameters.optimiser, start: start.parameters, tolerance: parameters.tolerance))
    }

    /// The network at which loss and gradient are wanted.
    public struct State: Codable, Sendable, Equatable {
        /// The network.
        public internal(set) var network: NeuralNetwork
        /// What shapes the descent.
        public let parameters: Parameters
        /// Number of the round, from 1.
        public internal(set) var round: Int
        var descent: NetworkDescent
    }

    /// A trained network.
    public struct Result: Sendable, Equatable, Codable {
        /// The network with the lowest loss of all rounds.
        public let network: NeuralNetwork
        /// Its loss, the penalty included.
        public let loss: Double
        /// Largest derivative of its loss.
        public let largestDerivative: Double
        /// Whether that is within the tolerance; else `maxRounds` ended the descent, or rounding did.
        public let isConverged: Bool
    }

    /// The start.
    public func initialState() -> State { specification }

    /// Counts, loss and gradient.
    public func blocks(for state: State) -> [BlockSpecification] {
        let count = state.network.parameters.count
        let meaning = "sum of the derivatives of the losses by each weight and bias"
        let discloses = "how the network would have to change for the site's cases"
        let gradient =
            state.parameters.gradientBound.map {
                BlockSpecification(
                    name: "gradient", shape: [count], fractionBits: 76, bound: $0,
                    meaning: "\(meaning), shortened to the bound", discloses: discloses)
            } ?? .unitScale("gradient", shape: [count], meaning: meaning, discloses: discloses)
        return [
            .counts("class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence"),
            .unitScale("loss", meaning: "sum of log-losses", discloses: "how well the network fits the site"),
            gradient,
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let specifications = blocks(for: state)
        var blocks = try NetworkSums(shard, state.network, classWeights: state.parameters.classWeights).blocks
        if let bound = state.parameters.gradientBound {
            blocks[2] = try Self.shortened(blocks[2].values, to: bound, specifications[2])
        }
        return Contribution(blocks: blocks)
    }

    private static func shortened(_ gradient: [Double], to bound: Double, _ specification: BlockSpecification) throws
        -> Block
    {
        let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let factor = norm > bound ? bound / norm : 1
        var sum = ExactSum(specification)
        for (place, value) in gradient.enumerated() { sum.add(max(-bound, min(bound, value * factor)), at: place) }
        return try sum.block()
    }

    /// Loss and gradient, the penalty included, that a sum over all sites gives.
    public func objective(after state: State, sum: Contribution) throws -> (loss: Double, gradient: [Double]) {
        let counts = try sum.values("class_cases")
        guard counts[0] > 0, counts[1] > 0 else { throw LearningError.oneClass }
        let (n, penalty) = (counts[0] + counts[1], state.parameters.penalty)
        var gradient = try sum.values("gradient").map { $0 / n }
        var squares = 0.0
        for (place, isWeight) in state.network.isWeight.enumerated() where isWeight {
            let weight = state.network.parameters[place]
            gradient[place] += penalty * weight / n
            squares += weight * weight
        }
        return (try sum.scalar("loss") / n + penalty * squares / (2 * n), gradient)
    }

    /// A step, or the network.
    ///
    /// - Throws: `LearningError.oneClass`.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        var state = current
        let (loss, gradient) = try objective(after: state, sum: sum)
        state.descent.absorb(loss: loss, gradient: gradient)
        let isLast = state.descent.isFinished || state.round >= state.parameters.maxRounds
        state.network.parameters = isLast ? state.descent.best : state.descent.point
        guard isLast else {
            state.round += 1
            return .broadcast(state)
        }
        return .done(
            Result(
                network: state.network, loss: state.descent.bestLoss ?? loss,
                largestDerivative: state.descent.bestSlope,
                isConverged: state.descent.bestSlope <= state.parameters.tolerance))
    }
}
