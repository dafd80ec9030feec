/// A fitted model of any kind; in the file its kind beside it. A new kind is a case here and a line in each of the two lists below.
public indirect enum Predictor: Sendable, Equatable {
    /// Logistic regression.
    case logistic(LogisticPredictor)
    /// Linear support vector machine.
    case supportVector(SupportVectorPredictor)
    /// Cox's model.
    case cox(CoxPredictor)
    /// Boosted trees.
    case trees(TreesPredictor)
    /// Random forest.
    case forest(ForestPredictor)
    /// Neural network.
    case network(NetworkPredictor)
    /// Support vector machine with a kernel.
    case kernel(KernelPredictor)
    /// Late fusion of blocks.
    case stacked(StackedPredictor)

    private enum Kind: String, Codable {
        case logistic
        case supportVector = "svm"
        case cox
        case trees
        case forest
        case network = "mlp"
        case kernel = "kernel-svm"
        case stacked
    }

    private var kind: Kind {
        switch self {
        case .logistic: .logistic
        case .supportVector: .supportVector
        case .cox: .cox
        case .trees: .trees
        case .forest: .forest
        case .network: .network
        case .kernel: .kernel
        case .stacked: .stacked
        }
    }

    /// The model.
    public var model: any PredictiveModel {
        switch self {
        case .logistic(let own): own
        case .supportVector(let own): own
        case .cox(let own): own
        case .trees(let own): own
        case .forest(let own): own
        case .network(let own): own
        case .kernel(let own): own
        case .stacked(let own): own
        }
    }

    /// The linear function of z-scores; nil for the others.
    public var linear: LinearTerms? {
        switch self {
        case .logistic(let own): own.terms
        case .supportVector(let own): own.terms
        case .cox(let own): own.terms
        case .trees, .forest, .network, .kernel, .stacked: nil
        }
    }
}

extension Predictor: Codable {
    private enum Keys: String, CodingKey { case kind, model }

    /// Reads the kind, then the model.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        func model<Model: Decodable>() throws -> Model { try container.decode(Model.self, forKey: .model) }
        switch try container.decode(Kind.self, forKey: .kind) {
        case .logistic: self = .logistic(try model())
        case .supportVector: self = .supportVector(try model())
        case .cox: self = .cox(try model())
        case .trees: self = .trees(try model())
        case .forest: self = .forest(try model())
        case .network: self = .network(try model())
        case .kernel: self = .kernel(try model())
        case .stacked: self = .stacked(try model())
        }
    }

    /// Writes the kind and the model.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(model, forKey: .model)
    }
}
