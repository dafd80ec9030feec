public import Federation
public import Learning

/// A neural network with how its descent ended.
public struct NetworkPredictor: PredictiveModel {
    /// The network.
    public let network: NeuralNetwork
    /// Loss of the training cases, the penalty included.
    public let loss: Double
    /// Whether the descent reached its tolerance.
    public let isConverged: Bool
    /// How the networks of sites were averaged; nil for the exact network of all cases.
    public let averaging: NeuralNetworkAveraging.Parameters?

    /// Length to which each site's sum of gradients was shortened; nil for the exact network of all cases.
    public let siteBound: Double?

    init(
        network: NeuralNetwork, loss: Double, isConverged: Bool, averaging: NeuralNetworkAveraging.Parameters? = nil,
        siteBound: Double? = nil
    ) {
        (self.network, self.loss, self.isConverged, self.averaging) = (network, loss, isConverged, averaging)
        self.siteBound = siteBound
    }

    /// Names of the features.
    public var columns: [String] { network.standardisation.columns }
    /// What scores are.
    public var scoreName: String { "probability" }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        let own = network.standardisation
        try require(
            (1...2).contains(network.hidden.count) && network.hidden.allSatisfy { (1...10_000).contains($0) },
            "a network has one or two hidden layers")
        try require(
            own.isSound && network.parameters.allSatisfy(\.isFinite)
                && network.parameters.count == NeuralNetwork.parameterCount(own.columns.count, network.hidden),
            "a network's weights do not fit its layers")
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] { try network.probabilities(table) }

    /// The score itself.
    public func probability(score: Double) -> Double? { score }

    /// Throws: exact Shapley values of a network are out of reach.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        throw LocalLearningError.options(
            "a network has no exact contributions of features; `concord model importance` permutes them")
    }

    /// Facts about the fit.
    public var facts: [String] {
        if let averaging {
            return [
                "network by federated averaging, \(averaging.rounds) rounds of \(averaging.localSteps) steps at each site: "
                    + "NOT that of the pooled cases, it depends on how they are divided among sites"
            ]
        }
        let layers = network.hidden.map(String.init).joined(separator: " and ")
        return [
            "network of \(layers) \(network.activation.rawValue) units: \(columns.count) features"
                + (isConverged ? "" : ", the descent did not reach its tolerance")
        ]
            + (siteBound.map {
                [
                    "each site's sum of gradients shortened to \($0): NOT the network of the pooled cases, it depends on how they are "
                        + "divided among sites"
                ]
            } ?? [])
    }
}
