public import Federation
import Statistics

/// What a hidden unit does with its input.
public enum Activation: String, Codable, Sendable, CaseIterable {
    /// max(0, x).
    case relu
    /// The hyperbolic tangent.
    case tanh
    /// 1 / (1 + exp(-x)).
    case logistic

    /// Output of a unit.
    func value(_ x: Double) -> Double {
        switch self {
        case .relu: x > 0 ? x : 0
        case .tanh: 2 * LogisticFunction.probability(2 * x) - 1
        case .logistic: LogisticFunction.probability(x)
        }
    }

    /// Derivative at the input that gave this output.
    func slope(at output: Double) -> Double {
        switch self {
        case .relu: output > 0 ? 1 : 0
        case .tanh: 1 - output * output
        case .logistic: output * (1 - output)
        }
    }
}

/// A fully connected network with one or two hidden layers and one logistic output, of z-scores.
public struct NeuralNetwork: Sendable, Equatable, Codable {
    /// Location and scale of the features.
    public let standardisation: Standardisation
    /// Units of each hidden layer.
    public let hidden: [Int]
    /// What hidden units do.
    public let activation: Activation
    /// Layer after layer: weights (inputs x units, row-major), then the biases of its units.
    public internal(set) var parameters: [Double]

    /// Creates a network.
    ///
    /// - Parameters:
    ///   - hidden: units of the one or two hidden layers.
    ///   - parameters: as the property; `Self.parameterCount` numbers.
    public init(_ standardisation: Standardisation, hidden: [Int], activation: Activation, parameters: [Double]) {
        precondition((1...2).contains(hidden.count) && hidden.allSatisfy { $0 > 0 }, "one or two hidden layers")
        precondition(
            parameters.count == Self.parameterCount(standardisation.columns.count, hidden), "a number for each weight")
        self.standardisation = standardisation
        self.hidden = hidden
        self.activation = activation
        self.parameters = parameters
    }

    /// A network whose weights and biases are uniform within a bound that fits the layer's size (Glorot and Bengio, AISTATS 2010),
    /// the same for the same seed.
    public init(_ standardisation: Standardisation, hidden: [Int], activation: Activation, seed: UInt64) {
        var generator = SeededGenerator(seed: KeyedHash(seed: seed).hash("weights"))
        let sizes = [standardisation.columns.count] + hidden + [1]
        var parameters: [Double] = []
        for (inputs, units) in zip(sizes, sizes.dropFirst()) {
            let bound = ((activation == .logistic ? 2.0 : 6.0) / Double(inputs + units)).squareRoot()
            for _ in 0..<(inputs + 1) * units { parameters.append((2 * generator.uniform() - 1) * bound) }
        }
        self.init(standardisation, hidden: hidden, activation: activation, parameters: parameters)
    }

    /// Number of weights and biases.
    public static func parameterCount(_ features: Int, _ hidden: [Int]) -> Int {
        let sizes = [features] + hidden + [1]
        return zip(sizes, sizes.dropFirst()).reduce(0) { $0 + ($1.0 + 1) * $1.1 }
    }

    /// Probability of an event of each case.
    ///
    /// - Throws: `LearningError.columnsDiffer` or `.missingValues`.
    public func probabilities(_ table: CaseTable) throws(LearningError) -> [Double] {
        try table.requireFiniteFeatures()
        let scaled = try standardisation.apply(to: table)
        var pass = NetworkPass(self)
        let p = scaled.featureCount
        return scaled.features.withUnsafeBufferPointer { features in
            (0..<scaled.count).map { row in
                LogisticFunction.probability(
                    pass.forward(UnsafeBufferPointer(rebasing: features[row * p..<(row + 1) * p])))
            }
        }
    }

    /// Whether each parameter is a weight, which the penalty acts on, and no bias.
    var isWeight: [Bool] {
        let sizes = [standardisation.columns.count] + hidden + [1]
        return zip(sizes, sizes.dropFirst()).flatMap { inputs, units in
            [Bool](repeating: true, count: inputs * units) + [Bool](repeating: false, count: units)
        }
    }
}
