extension RandomInterceptFit {
    /// Intervals that hold the variance ratios, and in the last round the estimates.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the feature columns.
        public let features: [String]
        /// Names of the covariates.
        public let covariates: [String]
        /// Binary exponents: features, then covariates.
        public let exponents: [Int]
        /// What the sites do with the model.
        public let method: ComBatMethod
        /// Positions of the covariates of each smooth term; nil without.
        public let smooth: [[Int]]?
        /// Whether features may have missing values; nil: no.
        public let allowsMissing: Bool?
        /// Lower end of t for each feature.
        public internal(set) var lower: [Double]
        /// Upper end of t for each feature.
        public internal(set) var upper: [Double]
        /// What was found; in the last round only.
        public internal(set) var estimate: Estimate?

        /// Ratio of t at a candidate.
        func ratio(_ feature: Int, _ candidate: Int) -> Double {
            let t = place(feature, candidate)
            let root = t / (1 - t)
            return root * root
        }

        func place(_ feature: Int, _ candidate: Int) -> Double {
            lower[feature]
                + (upper[feature] - lower[feature]) * Double(candidate) / Double(RandomInterceptFit.candidates - 1)
        }
    }

    /// Everything but the grand means, on the scale of the sums.
    public struct Estimate: Codable, Sendable, Equatable {
        /// Variance of the subjects' intercepts over the residual one, for each feature.
        public let ratio: [Double]
        /// Effects of the covariates, features x covariates.
        public let beta: [Double]
        /// Residual standard deviation of each feature.
        public let deviation: [Double]
        /// Whether the feature is constant within some batch, or follows from the covariates.
        public let isSkipped: [Bool]
        /// Number of cases.
        public let cases: Double
    }
}
