extension TreeBoosting {
    /// What shapes the trees; names and defaults of `xgboost`.
    public struct Parameters: Codable, Sendable, Equatable {
        /// Number of trees.
        public var rounds = 100
        /// Share of each leaf that is taken.
        public var eta = 0.3
        /// Levels of splits.
        public var maxDepth = 6
        /// L2 penalty of leaves.
        public var lambda = 1.0
        /// L1 penalty of leaves.
        public var alpha = 0.0
        /// Least gain of a split.
        public var gamma = 0.0
        /// Least sum of second derivatives in a child.
        public var minChildWeight = 1.0
        /// Weight of events; non-events have 1.
        public var positiveWeight = 1.0
        /// Fewest pooled cases of a leaf, so that none describes a few patients; 0 for `xgboost`'s own behaviour.
        public var minimumCases = 5
        /// How cases and features are drawn for each tree; nil for all of them.
        public var sampling: Sampling?

        /// The defaults.
        public init() {}
    }

    /// Which cases and features each tree is grown from, by keyed hashes.
    public struct Sampling: Codable, Sendable, Equatable {
        /// Probability of a case to be in a tree (`subsample`); below 1 the tables need keys.
        public var cases = 1.0
        /// Share of the features that a tree may split by (`colsample_bytree`).
        public var features = 1.0
        /// Key of the draws.
        public var seed: UInt64 = 20_261_123

        /// All cases and features.
        public init() {}
    }
}
