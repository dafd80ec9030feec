import Federation
public import Harmonisation

/// The harmonisation of a study: which computations the sites are asked, one after the other, and what a site does with them.
///
/// The computations are those of `HarmonisationFile.fit`, in the same order on the same rows.
public struct HarmonisationProgram: Sendable {
    /// Names of the features.
    public let features: [String]
    /// Names of the coded covariates.
    public let covariates: [String]
    /// Positions of the coded covariates of each smooth term.
    public let smooth: [[Int]]
    /// Several batch columns with their public level tables, the coarsest first; empty for one.
    public let factors: [BatchFactor]
    /// Location and scale of batches.
    public let method: ComBatMethod
    /// Batch that the others are brought to; of several columns a combination of levels.
    public let reference: String?
    /// CovBat.
    public let hasCovariance: Bool
    /// Whether patients have a random intercept.
    public let hasSubjects: Bool
    /// Class of each feature; nil for one.
    public let classes: [String]?
    /// Transforms of features; nil without.
    public let transforms: FeatureTransforms?
    /// Whether features may have missing values.
    public let allowsMissing: Bool

    /// Creates a program.
    ///
    /// - Throws: `LocalHarmonisationError.options` for a pattern of `classes` or `transforms` that no feature has.
    public init(
        features: [String], covariates: [String], smooth: [[Int]] = [], factors: [BatchFactor] = [],
        method: ComBatMethod = .parametric, reference: String? = nil, hasCovariance: Bool = false,
        hasSubjects: Bool = false, classes: FeatureClasses? = nil, transforms: [FeaturePattern] = [],
        allowsMissing: Bool = false
    ) throws {
        self.features = features
        self.covariates = covariates
        self.smooth = smooth
        self.factors = factors
        self.method = method
        self.reference = reference
        self.hasCovariance = hasCovariance
        self.hasSubjects = hasSubjects
        self.allowsMissing = allowsMissing
        self.classes = try classes?.classes(of: features)
        self.transforms = transforms.isEmpty ? nil : try FeatureTransforms(transforms, features: features)
    }

    /// Runs the program as far as results are there.
    ///
    /// - Throws: `HarmonisationReplay.Pending` where the sites must answer first; what the computations throw.
    public func run(on replay: HarmonisationReplay) throws -> FrozenHarmonisation {
        let columns = features.count + covariates.count
        let exponents = try replay.result(ExponentCensus(columns: columns, allowsMissing: allowsMissing), .features)
        var frozen = try regression(replay, exponents: exponents)
        guard hasCovariance else { return frozen }
        let names = frozen.combat.adjustedFeatures
        guard names.count > 1 else { throw HarmonisationError.tooFewFeatures(needed: 2) }
        let residuals = RequestedRows.residuals(frozen)
        let scales = try replay.result(ExponentCensus(columns: names.count), residuals)
        let moments = try replay.result(PooledMoments(exponents: scales), residuals)
        let products = try replay.result(
            ScatterMatrix(means: moments.means, deviations: moments.sampleStandardDeviations), residuals)
        let axes = try PrincipalAxes(features: names, moments: moments, products: products)
        let rows = RequestedRows.scores(frozen, axes)
        let scoreScales = try replay.result(ExponentCensus(columns: axes.axes.count), rows)
        guard factors.isEmpty else {
            let fitted = try replay.result(
                FactorComBatFit(
                    features: axes.names, covariates: [], exponents: scoreScales, factors: factors, method: .withoutEB,
                    reference: reference.map(BatchCombination.levels)), rows)
            frozen.covariance = CovarianceModel(axes, scores: fitted.combat)
            frozen.scoreFactors = fitted
            return frozen
        }
        var scores = try replay.result(
            ComBatFit(features: axes.names, covariates: [], exponents: scoreScales, method: .withoutEB), rows)
        if let reference { scores = try replay.result(ReferenceBatchFit(scores, reference: reference), rows) }
        frozen.covariance = CovarianceModel(axes, scores: scores)
        return frozen
    }

    /// ComBat before the covariance.
    private func regression(_ replay: HarmonisationReplay, exponents: [Int]) throws -> FrozenHarmonisation {
        var rows = RequestedRows.features
        var intercepts: FrozenHarmonisation.Intercepts?
        var combat: ComBatModel?
        if hasSubjects {
            let fitted = try replay.result(
                RandomInterceptFit(
                    features: features, covariates: covariates, exponents: exponents, method: method, smooth: smooth,
                    allowsMissing: allowsMissing), .features)
            rows = .withoutIntercepts(fitted, exponents: exponents)
            intercepts = .init(ratio: fitted.ratio, exponents: exponents)
            combat = classified(fitted.combat)
        }
        guard factors.isEmpty else {
            let columns = features.count + covariates.count
            let scales =
                try hasSubjects
                ? replay.result(ExponentCensus(columns: columns, allowsMissing: allowsMissing), rows) : exponents
            let fitted = try replay.result(
                FactorComBatFit(
                    features: features, covariates: covariates, exponents: scales, factors: factors, method: method,
                    smooth: smooth, classes: classes, reference: reference.map(BatchCombination.levels), pooled: combat,
                    allowsMissing: allowsMissing),
                rows)
            var frozen = FrozenHarmonisation(combat: fitted.combat)
            (frozen.transforms, frozen.intercepts, frozen.factors) = (transforms, intercepts, fitted)
            return frozen
        }
        var model = try combat ?? classified(oneBatchColumn(replay, exponents: exponents))
        if let reference { model = try replay.result(ReferenceBatchFit(model, reference: reference), rows) }
        var frozen = FrozenHarmonisation(combat: model)
        (frozen.transforms, frozen.intercepts) = (transforms, intercepts)
        return frozen
    }

    private func oneBatchColumn(_ replay: HarmonisationReplay, exponents: [Int]) throws -> ComBatModel {
        guard allowsMissing else {
            return try replay.result(
                ComBatFit(
                    features: features, covariates: covariates, exponents: exponents, method: method, smooth: smooth),
                .features)
        }
        return try replay.result(
            IncompleteComBatFit(
                features: features, covariates: covariates, exponents: exponents, method: method, smooth: smooth),
            .features)
    }

    private func classified(_ model: ComBatModel) -> ComBatModel { classes.map(model.grouping) ?? model }
}
