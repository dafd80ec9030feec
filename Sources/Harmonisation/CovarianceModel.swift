public import Federation

/// CovBat (Chen et al., Human Brain Mapping 43:1179, 2022): after ComBat, location and scale of each batch are removed from the
/// scores of the leading principal components of the residuals, so that batches agree in their correlations too.
///
/// The eigenvectors come from LAPACK: their last bits depend on the processor.
public struct CovarianceModel: Sendable, Equatable, Codable {
    /// Features that ComBat adjusts and that miss no value in the fit, in the order of the axes' elements.
    public let features: [String]
    /// Pooled mean of each feature's residual after ComBat.
    public let centre: [Double]
    /// Pooled standard deviation of each feature's residual, denominator N - 1.
    public let deviation: [Double]
    /// Leading principal axes of the standardised residuals, an array of features each.
    public let axes: [[Double]]
    /// Share of the variance that the axes have together.
    public let share: Double
    /// ComBat without covariates and without empirical Bayes of the scores.
    public let scores: ComBatModel

    /// A model, and location and scale of the scores, which stay at the sites.
    public struct Fitted: Sendable, Equatable {
        /// What is pooled.
        public let model: CovarianceModel
        /// Location and scale of the scores of each batch; none with several batch factors.
        public let estimates: [BatchEstimate]
        /// Effects of several batch factors on the scores; nil with one.
        public let factors: FactorComBatModel?
    }

    /// Fits the rows of sites, which need not be in memory; memory grows with the square of the number of features.
    ///
    /// - Parameters:
    ///   - model: ComBat, which harmonised the rows.
    ///   - sites: all features, harmonised.
    ///   - factors: several batch factors, whose combinations are the batches; empty for one.
    ///   - incomplete: features that keep ComBat's values, because rows that lack them have no scores.
    ///   - share: axes are taken until they have more than this share of the variance.
    /// - Throws: `HarmonisationError`, `FederationError` or `LinearAlgebraError`.
    ///
    /// With a reference in the model the scores are brought to its scores, and its rows keep their bits.
    public static func fit(
        after model: ComBatModel, to sites: [any RowSource], factors: [BatchFactor] = [],
        leavingOut incomplete: Set<String> = [], share: Double = 0.95
    ) throws -> Fitted {
        let names = model.adjustedFeatures.filter { !incomplete.contains($0) }
        guard names.count > 1 else { throw HarmonisationError.tooFewFeatures(needed: 2) }
        let residuals = sites.map { self.residuals($0, of: names, after: model) }
        let principal = try PrincipalAxes(of: residuals, share: share)
        let scores = sites.map { self.scores($0, after: model, along: principal) }
        let census = try ExponentCensus(columns: principal.axes.count).run(chunksOf: scores)
        func covariance(_ fitted: ComBatModel) -> CovarianceModel { CovarianceModel(principal, scores: fitted) }
        guard factors.isEmpty else {
            let fitted = try FactorComBatFit(
                features: principal.names, covariates: [], exponents: census, factors: factors, method: .withoutEB,
                reference: model.reference.map(BatchCombination.levels)
            ).run(chunksOf: scores)
            return Fitted(model: covariance(fitted.combat), estimates: [], factors: fitted)
        }
        var fitted = try ComBatFit(
            features: principal.names, covariates: [], exponents: census, method: .withoutEB
        ).fit(scores)
        if let reference = model.reference {
            fitted = try ReferenceBatchFit(fitted, reference: reference).run(chunksOf: scores)
        }
        return Fitted(
            model: covariance(fitted), estimates: try scores.flatMap { try fitted.estimates($0) }, factors: nil)
    }

    /// The model of scores along axes.
    public init(_ principal: PrincipalAxes, scores: ComBatModel) {
        features = principal.features
        (centre, deviation, axes) = (principal.centre, principal.deviation, principal.axes)
        share = principal.share
        self.scores = scores
    }

    /// What remains of features of harmonised rows about their means at the covariates.
    public static func residuals(
        _ harmonised: any RowSource, of features: [String], after model: ComBatModel
    ) -> any RowSource {
        MappedRows(harmonised, features: features, covariates: []) { try model.residuals(of: $0, features: features) }
    }

    /// Scores of these residuals.
    public static func scores(
        _ harmonised: any RowSource, after model: ComBatModel, along axes: PrincipalAxes
    ) -> any RowSource {
        MappedRows(harmonised, features: axes.names, covariates: []) {
            axes.scores(of: try model.residuals(of: $0, features: axes.features))
        }
    }

    private var principal: PrincipalAxes {
        PrincipalAxes(features: features, centre: centre, deviation: deviation, axes: axes)
    }

    /// Location and scale of the scores of batches that were not there at the fit, from harmonised rows of them only.
    ///
    /// - Throws: `HarmonisationError`.
    public func estimates(
        _ source: any RowSource, after model: ComBatModel, minimumBatchSize: Int
    ) throws -> [BatchEstimate] {
        try scores.estimates(
            Self.scores(source, after: model, along: principal), minimumBatchSize: minimumBatchSize)
    }

    /// Removes the batches' location and scale of the scores from a harmonised table.
    ///
    /// - Throws: `HarmonisationError` naming the batch, or features with a missing value that the scores need.
    public func apply(
        _ estimates: [BatchEstimate], to table: CaseTable, after model: ComBatModel
    ) throws(HarmonisationError) -> CaseTable {
        let residuals = try model.residuals(of: table, features: features)
        try residuals.requireFiniteFeatures()
        let before = principal.scores(of: residuals)
        let after = try scores.apply(estimates, to: before)
        var output = table
        let columns = try model.columns(features)
        let width = axes.count
        for row in 0..<table.count {
            for axis in 0..<width {
                let change = after.features[row * width + axis] - before.features[row * width + axis]
                for (place, column) in columns.enumerated() {
                    output.features[row * table.featureCount + column] += change * axes[axis][place] * deviation[place]
                }
            }
        }
        return output
    }
}

extension ComBatModel {
    /// Positions of features.
    ///
    /// - Throws: `HarmonisationError.columnsDiffer`.
    func columns(_ names: [String]) throws(HarmonisationError) -> [Int] {
        let positions = Dictionary(features.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var columns: [Int] = []
        for name in names {
            guard let column = positions[name] else { throw .columnsDiffer(name) }
            columns.append(column)
        }
        return columns
    }

    /// What remains of features about their means at the rows' covariates; NaN where a value is missing.
    func residuals(of table: CaseTable, features names: [String]) throws(HarmonisationError) -> CaseTable {
        let columns = try columns(names)
        let p = table.featureCount
        var values: [Double] = []
        values.reserveCapacity(table.count * columns.count)
        for row in 0..<table.count {
            for column in columns {
                values.append(table.features[row * p + column] - predicted(table, row: row, column: column))
            }
        }
        return CaseTable(featureNames: names, features: values, outcome: table.outcome, batch: table.batch)
    }
}
