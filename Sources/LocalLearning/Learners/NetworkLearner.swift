import Federation
public import Learning

/// A neural network with one or two hidden layers, by full-batch descent.
public struct NetworkLearner: Learner {
    /// Units of each hidden layer.
    public var hidden = [8]
    /// What hidden units do.
    public var activation = Activation.tanh
    /// What shapes the descent.
    public var parameters = NeuralNetworkFit.Parameters()
    /// Key of the weights that the descent starts from.
    public var seed: UInt64 = 20_261_123

    /// One layer of eight units.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "mlp" }

    /// Fits the model.
    public func fit(_ parts: [TrainingCases]) throws -> Predictor {
        guard parts.eventCount > 0, parts.eventCount < parts.caseCount else { throw LearningError.oneClass }
        let start = NeuralNetwork(
            try parts.standardisation(), hidden: hidden, activation: activation, seed: seed)
        let found = try NeuralNetworkFit(start, parameters: parameters)
            .run(on: parts.map(\.table), roundLimit: parameters.maxRounds + 1, keepsSums: false).result
        return .network(
            NetworkPredictor(network: found.network, loss: found.loss, isConverged: found.isConverged))
    }
}
