extension StudyProtocol {
    /// How algorithms of a study are fitted and compared; the names and defaults are those of `concord model fit`.
    public struct Learning: Sendable, Equatable, Codable {
        /// Steps of the selection of features, in order: `spearman:0.9`, `mrmr:15`.
        public let select: [String]
        /// Folds within the training cases, made at each site of its own cases.
        public let folds: Int
        /// Share of the LASSO in the elastic net.
        public let alpha: Double
        /// Whether the sparsest model within one standard error of the best is taken.
        public let sparse: Bool
        /// C of machines.
        public let cost: Double
        /// Probabilities of machines.
        public let calibrate: Calibration
        /// Trees of boosting.
        public let rounds: Int
        /// Levels of splits of a tree.
        public let maxDepth: Int
        /// Share of each leaf that is taken.
        public let eta: Double
        /// L2 penalty of leaves.
        public let leafPenalty: Double
        /// Fewest pooled cases of a leaf.
        public let minimumCases: Int
        /// Bins of a feature.
        public let bins: Int
        /// Trees of a forest.
        public let trees: Int
        /// Units of each hidden layer of a network.
        public let hidden: [Int]
        /// L2 penalty of a network's weights.
        public let weightPenalty: Double
        /// Width of the Gaussian kernel; nil for 1 / number of features.
        public let gamma: Double?
        /// Fourier features of the kernel.
        public let fourier: Int
        /// Algorithms on the same folds; nil without.
        public let compare: Comparison?
    }

    /// Probabilities of a machine.
    public enum Calibration: String, Sendable, Equatable, Codable, CaseIterable {
        /// A sigmoid.
        case platt
        /// A function that never falls.
        case isotonic
    }

    /// Algorithms on the same folds.
    public struct Comparison: Sendable, Equatable, Codable {
        /// The algorithms.
        public let methods: [ModelKind]
        /// Folds that are tested in turn.
        public let folds: Int
        /// How often, each time with other folds.
        public let repeats: Int
        /// Whether the AUC with features selected on all cases is told too.
        public let leak: Bool
    }
}

extension StudyProtocol.Model {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        kind = try reader.choice("kind", as: StudyProtocol.ModelKind.self)
        covariates = try reader.strings("covariates")
        if kind == .ridgeLogistic {
            try reader.allow("kind", "lambda", "covariates")
            lambda = try reader.number("lambda", in: 0...1e9)
            learning = nil
        } else {
            lambda = reader.has("lambda") ? try reader.number("lambda", in: 0...1e9) : nil
            learning = try StudyProtocol.Learning(reader)
        }
    }
}

extension StudyProtocol.Learning {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow(
            "kind", "lambda", "covariates", "select", "folds", "alpha", "sparse", "cost", "calibrate", "rounds",
            "max-depth", "eta", "leaf-penalty", "minimum-cases", "bins", "trees", "hidden", "weight-penalty", "gamma",
            "fourier", "compare")
        select = try reader.strings("select")
        folds = try reader.integer("folds", in: 3...20, default: 5)
        alpha = try reader.number("alpha", in: 0...1, default: 0.5)
        sparse = try reader.boolean("sparse", default: false)
        cost = try reader.number("cost", in: 1e-9...1e9, default: 0.01)
        calibrate = try reader.choice("calibrate", as: StudyProtocol.Calibration.self, default: .platt)
        rounds = try reader.integer("rounds", in: 1...10_000, default: 100)
        maxDepth = try reader.integer("max-depth", in: 1...12, default: 3)
        eta = try reader.number("eta", in: 1e-6...1, default: 0.1)
        leafPenalty = try reader.number("leaf-penalty", in: 0...1e9, default: 1)
        minimumCases = try reader.integer("minimum-cases", in: 5...100_000, default: 5)
        bins = try reader.integer("bins", in: 2...254, default: 16)
        trees = try reader.integer("trees", in: 1...10_000, default: 500)
        let units = reader.has("hidden") ? try reader.numbers("hidden", in: 1...10_000) : [8]
        guard (1...2).contains(units.count), units.allSatisfy({ $0 == $0.rounded() }) else {
            throw reader.fault("hidden", "one or two whole numbers: the units of each hidden layer")
        }
        hidden = units.map { Int($0) }
        weightPenalty = try reader.number("weight-penalty", in: 0...1e9, default: 1)
        gamma = reader.has("gamma") ? try reader.number("gamma", in: 1e-9...1e9) : nil
        fourier = try reader.integer("fourier", in: 1...10_000, default: 500)
        compare = try reader.optionalSection("compare").map { reader throws(ConfigurationError) in
            try StudyProtocol.Comparison(reader)
        }
    }
}

extension StudyProtocol.Comparison {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("methods", "folds", "repeats", "leak")
        var methods: [StudyProtocol.ModelKind] = []
        for name in try reader.strings("methods") {
            guard let kind = StudyProtocol.ModelKind(rawValue: name), kind != .ridgeLogistic else {
                let names = StudyProtocol.ModelKind.allCases.filter { $0 != .ridgeLogistic }.map(\.rawValue)
                throw reader.fault("methods", "'\(name)' is not one of \(names.joined(separator: ", "))")
            }
            methods.append(kind)
        }
        guard !methods.isEmpty, Set(methods).count == methods.count else {
            throw reader.fault("methods", "name one algorithm or more, each once")
        }
        self.methods = methods
        folds = try reader.integer("folds", in: 3...20, default: 5)
        repeats = try reader.integer("repeats", in: 1...50, default: 1)
        leak = try reader.boolean("leak", default: false)
    }
}
