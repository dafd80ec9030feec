extension FactorComBatFit {
    /// What is harmonised, and what is known of it so far.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the feature columns.
        public let features: [String]
        /// Names of the covariates.
        public let covariates: [String]
        /// Binary exponents: features, then covariates.
        public let exponents: [Int]
        /// Factors and their levels; after the first round those that occur.
        public internal(set) var factors: [BatchFactor]
        /// Empirical Bayes of the first factor.
        public let method: ComBatMethod
        /// Positions of the covariates of each smooth term; nil without.
        public let smooth: [[Int]]?
        /// How the weights of their penalties are chosen; nil for the lowest generalised cross-validation score.
        public let penalty: PenaltyChoice?
        /// Class of each feature; nil for one class.
        public let classes: [String]?
        /// A site with fewer rows of a combination refuses to send their sum.
        public let caseMinimum: Int
        /// Level of each factor that the others are brought to; nil for the mean of all rows.
        public let reference: [String]?
        /// The pooled regression where it was known before; nil if it is fitted.
        public let pooled: ComBatModel?
        /// Whether features may have missing values; nil: no.
        public let allowsMissing: Bool?
        /// Level of each factor, combination by combination; nil in the first round.
        public internal(set) var combinations: [[Int]]?
        /// Rows of each combination.
        public internal(set) var counts: [Double]?
        /// Means on unit scale, combinations x (covariates, features), or with missing values combinations x features x
        /// (feature, covariates) over the rows that have the feature; nil before the third round.
        public internal(set) var means: [Double]?
        /// Rows that have each feature, combinations x features; nil before the third round, and without missing values.
        public internal(set) var present: [Double]?
        /// The pooled regression; nil before the fourth round.
        public internal(set) var model: ComBatModel?
        /// Sum of squares about the mean of each combination, scaled, combinations x features.
        public internal(set) var squares: [Double]?
    }
}
