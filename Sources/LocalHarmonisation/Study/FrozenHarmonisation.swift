public import Federation
public import Harmonisation

/// What a study freezes of its harmonisation: everything that is pooled. Location and scale of a site's batches, and intercepts
/// of its patients, are estimated at the site from its own rows and stay there.
///
/// Plain ComBat is encoded as its `ComBatModel`.
public struct FrozenHarmonisation: Codable, Sendable, Equatable {
    /// The pooled regression.
    public internal(set) var combat: ComBatModel
    /// Transforms of features; nil without.
    public internal(set) var transforms: FeatureTransforms?
    /// Random intercepts; nil without.
    public internal(set) var intercepts: Intercepts?
    /// Effects of several batch columns; nil with one.
    public internal(set) var factors: FactorComBatModel?
    /// CovBat; nil without.
    public internal(set) var covariance: CovarianceModel?
    /// Effects of several batch columns on the scores; nil with one, and without CovBat.
    public internal(set) var scoreFactors: FactorComBatModel?

    /// What tells a site's batch intercepts.
    public struct Intercepts: Codable, Sendable, Equatable {
        /// Variance of the patients' intercepts over the residual variance, for each feature.
        public let ratio: [Double]
        /// Binary exponents of the fit: features, then covariates.
        public let exponents: [Int]
    }

    /// Plain ComBat.
    public init(combat: ComBatModel) { self.combat = combat }

    private enum CodingKeys: String, CodingKey {
        case combat, transforms, intercepts, factors, covariance, scoreFactors
    }

    private var isPlain: Bool {
        transforms == nil && intercepts == nil && factors == nil && covariance == nil
    }

    /// Reads plain ComBat or the parts.
    ///
    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.contains(.combat) else {
            combat = try ComBatModel(from: decoder)
            return
        }
        combat = try container.decode(ComBatModel.self, forKey: .combat)
        transforms = try container.decodeIfPresent(FeatureTransforms.self, forKey: .transforms)
        intercepts = try container.decodeIfPresent(Intercepts.self, forKey: .intercepts)
        factors = try container.decodeIfPresent(FactorComBatModel.self, forKey: .factors)
        covariance = try container.decodeIfPresent(CovarianceModel.self, forKey: .covariance)
        scoreFactors = try container.decodeIfPresent(FactorComBatModel.self, forKey: .scoreFactors)
        if let intercepts, intercepts.ratio.count != combat.features.count {
            throw DecodingError.dataCorruptedError(
                forKey: .intercepts, in: container, debugDescription: "there is not one ratio for each feature")
        }
    }

    /// Writes plain ComBat or the parts.
    public func encode(to encoder: any Encoder) throws {
        guard !isPlain else { return try combat.encode(to: encoder) }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(combat, forKey: .combat)
        try container.encodeIfPresent(transforms, forKey: .transforms)
        try container.encodeIfPresent(intercepts, forKey: .intercepts)
        try container.encodeIfPresent(factors, forKey: .factors)
        try container.encodeIfPresent(covariance, forKey: .covariance)
        try container.encodeIfPresent(scoreFactors, forKey: .scoreFactors)
    }
}

/// The rows of a site with what is known of its batches: from the rows that fitted a study, or of a new site.
public struct SiteHarmonisation {
    private var harmoniser: Harmoniser
    private let frozen: FrozenHarmonisation
    private let batchIntercepts: [BatchIntercept]
    /// The rows, transformed, with the patients' intercepts and the batches' location and scale taken off.
    let adjusted: any RowSource

    /// Estimates the batches of a site.
    ///
    /// - Parameter minimum: a smaller batch is refused.
    /// - Throws: `HarmonisationError`, `FederationError` or `LocalHarmonisationError`.
    public init(_ frozen: FrozenHarmonisation, rows: HarmonisationRows, minimumBatchSize minimum: Int) throws {
        self.frozen = frozen
        var source = try rows.source(frozen.transforms)
        batchIntercepts =
            try frozen.intercepts.map { part in
                try RandomInterceptModel(combat: frozen.combat, ratio: part.ratio)
                    .batchIntercepts(rows.patients(frozen.transforms), exponents: part.exponents)
            } ?? []
        if let part = frozen.intercepts {
            source =
                RandomInterceptModel(combat: frozen.combat, ratio: part.ratio)
                .subjectIntercepts(try rows.patients(frozen.transforms), batches: batchIntercepts).rest
        }
        let estimates =
            try frozen.factors?.estimates(of: rows.batch).estimates
            ?? frozen.combat.estimates(source, minimumBatchSize: minimum)
        let adjusted = frozen.combat.harmonised(source, by: estimates)
        self.adjusted = adjusted
        harmoniser = Harmoniser(
            model: frozen.combat, estimates: estimates, transforms: frozen.transforms,
            covariance: try frozen.covariance.map { covariance in
                (
                    covariance,
                    try frozen.scoreFactors?.estimates(of: rows.batch).estimates
                        ?? covariance.estimates(adjusted, after: frozen.combat, minimumBatchSize: minimum)
                )
            })
    }

    /// Harmonises rows of these batches: those that they were estimated from, or held-out ones.
    ///
    /// - Throws: `HarmonisationError` or `LocalHarmonisationError`.
    public func apply(to rows: HarmonisationRows) throws -> CaseTable {
        var harmoniser = harmoniser
        if let part = frozen.intercepts {
            harmoniser.intercepts = RandomInterceptModel(combat: frozen.combat, ratio: part.ratio)
                .subjectIntercepts(try rows.patients(frozen.transforms), batches: batchIntercepts)
        }
        return try harmoniser.apply(Array(0..<rows.table.count), of: rows)
    }
}
