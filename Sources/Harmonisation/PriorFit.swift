import Federation

/// The empirical location and scale of one batch over its features, and the prior that empirical Bayes draws them to
/// (Johnson 2007, section 3.2).
public struct PriorFit: Sendable, Equatable, Codable {
    /// The batch.
    public let batch: String
    /// Location of each feature that varies, before shrinkage.
    public let locations: [Double]
    /// Squared scale of each of them.
    public let scales: [Double]
    /// Mean and variance of the normal prior of locations; nil for fewer than two features or equal locations.
    public let locationPrior: Normal?
    /// Shape and rate of the inverse gamma prior of squared scales; nil if they do not differ.
    public let scalePrior: InverseGamma?

    /// A normal law.
    public struct Normal: Sendable, Equatable, Codable {
        /// Mean.
        public let mean: Double
        /// Variance.
        public let variance: Double
    }

    /// An inverse gamma law.
    public struct InverseGamma: Sendable, Equatable, Codable {
        /// Shape.
        public let shape: Double
        /// Rate: the scale of the law.
        public let rate: Double
    }

    /// The batches of rows without missing values, in the order of their names; batches of one row are left out.
    ///
    /// - Throws: what `ComBatFit` throws.
    public static func all(_ rows: some RowSource) throws -> [PriorFit] {
        let (features, covariates) = (rows.featureNames, rows.covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(chunksOf: [rows])
        let model = try ComBatFit(
            features: features, covariates: covariates, exponents: exponents, method: .withoutEB
        ).fit([rows])
        let active = model.activeColumns
        return try model.estimates(rows, minimumBatchSize: 1).filter { $0.cases > 1 }.map { estimate in
            let (locations, scales) = (active.map { estimate.location[$0] }, active.map { estimate.scale[$0] })
            let prior = EmpiricalBayes(gamma: locations, delta: scales)
            return PriorFit(
                batch: estimate.batch, locations: locations, scales: scales,
                locationPrior: prior.map { Normal(mean: $0.mean, variance: $0.variance) },
                scalePrior: prior?.scalePrior.map { InverseGamma(shape: $0.shape, rate: $0.rate) })
        }
    }
}
