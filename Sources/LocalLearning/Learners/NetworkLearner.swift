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
    /// Federated averaging instead of the descent over all cases; nil for the exact network.
    public var averaging: NeuralNetworkAveraging.Parameters?
    /// Key of the weights that the descent starts from.
    public var seed: UInt64 = 20_261_123

    /// One layer of eight units.
    public init() {}

    /// Name of the algorithm.
    public var name: String { averaging == nil ? "mlp" : LearnerSettings.averaged }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let classes = try cohort.classes()
        guard classes.events > 0, classes.others > 0 else { throw LearningError.oneClass }
        if averaging != nil, classes.sites < 2 {
            throw LocalLearningError.options(
                "\(name): averages the networks of sites, and the cases to train on are of one; give --sites, two or more"
            )
        }
        let start = NeuralNetwork(
            try cohort.standardisation(), hidden: hidden, activation: activation, seed: seed)
        if let averaging { return try averaged(cohort, from: start, averaging) }
        let found = try cohort.result(
            NeuralNetworkFit(start, parameters: parameters), roundLimit: parameters.maxRounds + 1)
        return .network(
            NetworkPredictor(
                network: found.network, loss: found.loss, isConverged: found.isConverged,
                siteBound: parameters.gradientBound))
    }

    /// The network of averaging, with its loss over all cases from one more round.
    private func averaged(
        _ cohort: Cohort, from start: NeuralNetwork, _ averaging: NeuralNetworkAveraging.Parameters
    ) throws -> Predictor {
        var own = averaging
        own.penalty = parameters.penalty
        let network = try cohort.result(NeuralNetworkAveraging(start, parameters: own), roundLimit: own.rounds + 1)
        var once = parameters
        once.maxRounds = 1
        let measured = try cohort.result(NeuralNetworkFit(network, parameters: once), roundLimit: 2)
        return .network(
            NetworkPredictor(
                network: network, loss: measured.loss, isConverged: measured.isConverged, averaging: own))
    }
}
