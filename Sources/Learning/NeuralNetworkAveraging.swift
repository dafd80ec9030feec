public import Federation

/// Federated averaging (McMahan et al., AISTATS 2017, algorithm 1, full local batches): each site makes several steps on its own cases,
/// and the networks are averaged by numbers of cases.
///
/// **Not the pooled network**: the result depends on how the cases are divided among sites. It is here for comparison with
/// other platforms; `NeuralNetworkFit` is the exact one.
public struct NeuralNetworkAveraging: Computation {
    /// `learning.neural-network-averaging`
    public static let identifier = "learning.neural-network-averaging"

    /// What shapes the descent.
    public struct Parameters: Codable, Sendable, Equatable {
        /// Rounds of averaging.
        public var rounds = 50
        /// Steps at a site between two averages.
        public var localSteps = 5
        /// Length of a step relative to the gradient of the site's mean loss.
        public var rate = 0.1
        /// L2 penalty of the weights, divided by the site's number of cases.
        public var penalty = 1.0

        /// The defaults.
        public init() {}
    }

    let specification: State

    /// Creates the computation, from a network to start at.
    public init(_ start: NeuralNetwork, parameters: Parameters = Parameters()) {
        precondition(parameters.rounds > 0 && parameters.localSteps > 0 && parameters.rate > 0, "at least one step")
        specification = State(network: start, parameters: parameters, round: 1)
    }

    /// The average so far.
    public struct State: Codable, Sendable, Equatable {
        /// The average.
        public internal(set) var network: NeuralNetwork
        /// What shapes the descent.
        public let parameters: Parameters
        /// Number of the round, from 1.
        public internal(set) var round: Int
    }

    /// The start.
    public func initialState() -> State { specification }

    /// Cases, and parameters times cases.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .unitScale(
                "weighted_parameters", shape: [state.network.parameters.count],
                meaning: "weights and biases after the site's own steps, times its number of cases",
                discloses: "a network that was trained further on the site's cases alone"),
        ]
    }

    /// The site's own steps.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        var sums = blocks(for: state).map(ExactSum.init)
        let n = Double(shard.count)
        if shard.count > 0 {
            var network = state.network
            let isWeight = network.isWeight
            for _ in 0..<state.parameters.localSteps {
                let gradient = try NetworkSums(shard, network, classWeights: [1, 1]).blocks[2].values
                for place in gradient.indices {
                    let penalty = isWeight[place] ? state.parameters.penalty * network.parameters[place] : 0
                    network.parameters[place] -= state.parameters.rate * (gradient[place] + penalty) / n
                }
            }
            sums[0].add(n)
            for (place, value) in network.parameters.enumerated() { sums[1].add(n * value, at: place) }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The average.
    ///
    /// - Throws: `LearningError.oneClass` without a case.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, NeuralNetwork> {
        var state = current
        let n = try sum.scalar("cases")
        guard n > 0 else { throw LearningError.oneClass }
        state.network.parameters = try sum.values("weighted_parameters").map { $0 / n }
        guard state.round < state.parameters.rounds else { return .done(state.network) }
        state.round += 1
        return .broadcast(state)
    }
}
