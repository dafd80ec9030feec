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
        /// What stands in for missing values; nil where a column with a gap is left out.
        public let impute: Imputation?
        /// Whether the training sites are the folds within the training cases; nil where `folds` are.
        public let leaveOutSites: Bool?
        /// Blocks of features; nil without.
        public let fusion: Fusion?
        /// What hidden units of a network do; nil for tanh.
        public let activation: Activation?
        /// Length of a step of Adam, where the descent of `mlp` is by Adam; nil for L-BFGS.
        public let adamRate: Double?
        /// Transforms of features before the model; nil without.
        public let transforms: [FeatureTransform]?
        /// Largest root mean square of a training case's robust z-scores; nil for none.
        public let caseBound: Double?
        /// Length to which each site's sum of gradients of `mlp` is shortened; nil for the exact sum.
        public let siteBound: Double?
        /// Weight of an event; nil for 1.
        public let eventWeight: Double?
        /// L1 penalty of leaves; nil for 0.
        public let leafL1: Double?
        /// Least gain of a split; nil for 0.
        public let minimumGain: Double?
        /// Least sum of second derivatives in a child; nil for 1.
        public let minChildWeight: Double?
        /// Share of the cases of a tree; nil for all of them, and for a forest's bootstrap.
        public let subsample: Double?
        /// Share of the features of a boosted tree; nil for all of them.
        public let colsample: Double?
        /// Rounds of federated averaging; nil for 50.
        public let averagingRounds: Int?
        /// Steps at a site between two averages; nil for 5.
        public let localSteps: Int?
        /// Length of such a step; nil for 0.1.
        public let localRate: Double?
        /// Settings of which folds choose; nil where all are given.
        public let tuning: Tuning?
        /// Covariate that is added to the linear predictor as it is; nil for none.
        public let offset: String?
        /// Covariates that the features are correlated with; nil without.
        public let correlate: Correlate?
    }

    /// Whether the model depends, by its definition, on how the cases are divided among sites.
    public var modelDependsOnSites: Bool {
        model?.kind == .networkAveraging || model?.kind == .network && model?.learning?.siteBound != nil
    }

    /// What stands in for missing values.
    public enum Imputation: String, Sendable, Equatable, Codable, CaseIterable {
        /// The pooled median of the training cases.
        case median
        /// The median, and a feature that is 1 where it stands in.
        case medianIndicator = "median-indicator"
    }

    /// What hidden units of a network do.
    public enum Activation: String, Sendable, Equatable, Codable, CaseIterable {
        /// max(0, x).
        case relu
        /// The hyperbolic tangent.
        case tanh
        /// 1 / (1 + exp(-x)).
        case logistic
    }

    /// Correlations of the features with covariates.
    public struct Correlate: Sendable, Equatable, Codable {
        /// Which correlation.
        public let kind: Kind
        /// Names of `harmonisation.covariates`.
        public let covariates: [String]

        /// Which correlation.
        public enum Kind: String, Sendable, Equatable, Codable, CaseIterable {
            /// Of ranks.
            case spearman
            /// Of values.
            case pearson
        }
    }

    /// How a network's descent goes.
    enum Optimiser: String, Sendable, CaseIterable {
        /// Limited-memory BFGS.
        case lbfgs
        /// Steps by moments of the gradient.
        case adam
    }

    /// Blocks of features that come into one model.
    public struct Fusion: Sendable, Equatable, Codable {
        /// Where they are joined.
        public let kind: Kind
        /// The blocks.
        public let blocks: [Block]
        /// Columns that enter without penalty and selection.
        public let direct: [String]

        /// Where blocks are joined.
        public enum Kind: String, Sendable, Equatable, Codable, CaseIterable {
            /// One model, with penalties by block.
            case early
            /// A model for each block and one of their scores.
            case late
        }

        /// Features that belong together.
        public struct Block: Sendable, Equatable, Codable {
            /// The name.
            public let name: String
            /// Names, or patterns with `*`.
            public let columns: [String]
            /// Penalty relative to that of other blocks; nil for 1.
            public let penalty: Double?
        }
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
        /// Folds that are tested in turn, unless the sites are.
        public let folds: Int
        /// How often, each time with other folds.
        public let repeats: Int
        /// Whether the AUC with features selected on all cases is told too.
        public let leak: Bool
        /// Whether each training site in turn is tested; nil where folds are.
        public let leaveOutSites: Bool?
        /// Folds within the training cases by which the best algorithm is chosen; nil for no such choice.
        public let choose: Int?
    }
}
