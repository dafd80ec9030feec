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
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let classes = try cohort.classes()
        guard classes.events > 0, classes.others > 0 else { throw LearningError.oneClass }
        let start = NeuralNetwork(
            try cohort.standardisation(), hidden: hidden, activation: activation, seed: seed)
        let found = try cohort.result(
            NeuralNetworkFit(start, parameters: parameters), roundLimit: parameters.maxRounds + 1)
        return .network(
            NetworkPredictor(network: found.network, loss: found.loss, isConverged: found.isConverged))
    }
}
