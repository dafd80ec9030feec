public import Federation
import LinearAlgebra

/// CovBat (Chen et al., Human Brain Mapping 43:1179, 2022): after ComBat, location and scale of each batch are removed from the
/// scores of the leading principal components of the residuals, so that batches agree in their correlations too.
///
/// The eigenvectors come from LAPACK: their last bits depend on the processor.
public struct CovarianceModel: Sendable, Equatable, Codable {
    /// Features that ComBat adjusts, in the order of the axes' elements.
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

    /// Fits harmonised tables, one a site.
    ///
    /// - Parameters:
    ///   - model: ComBat, which harmonised the tables.
    ///   - tables: all features, harmonised.
    ///   - share: axes are taken until they have more than this share of the variance.
    /// - Returns: the model, and location and scale of the scores of each batch, which stay at the site.
    /// - Throws: `HarmonisationError`, `FederationError` or `LinearAlgebraError`.
    public static func fit(
        after model: ComBatModel, to tables: [CaseTable], share: Double = 0.95
    ) throws -> (model: CovarianceModel, estimates: [BatchEstimate]) {
        let active = model.activeColumns
        guard active.count > 1 else { throw HarmonisationError.tooFewFeatures(needed: 2) }
        let residuals = tables.map { model.residuals(of: $0) }
        let exponents = try ExponentCensus(columns: active.count).run(on: residuals).result
        let moments = try PooledMoments(exponents: exponents).run(on: residuals).result
        guard moments.count > 1 else { throw HarmonisationError.noCases }
        let correction = (Double(moments.count) / Double(moments.count - 1)).squareRoot()
        let deviation = moments.standardDeviations.map { $0 * correction }
        let products = try ScatterMatrix(means: moments.means, deviations: deviation).run(on: residuals).result
        let eigen = try SymmetricEigen(products)
        let total = eigen.values.reduce(0, +)
        var axes: [[Double]] = []
        var reached = 0.0
        for index in eigen.values.indices.reversed() {
            axes.append((0..<active.count).map { eigen.vectors[index, $0] })
            reached += eigen.values[index]
            if reached > share * total { break }
        }
        let names = active.map { model.features[$0] }
        let partial = PrincipalScores(features: names, centre: moments.means, deviation: deviation, axes: axes)
        let scores = residuals.map(partial.scores)
        let census = try ExponentCensus(columns: axes.count).run(on: scores).result
        let fitted = try ComBatFit(
            features: partial.names, covariates: [], exponents: census, method: .withoutEB
        ).run(on: scores).result
        let estimates = try scores.flatMap { try fitted.harmonise($0).estimates }
        let covariance = CovarianceModel(
            features: names, centre: moments.means, deviation: deviation, axes: axes, share: reached / total,
            scores: fitted)
        return (covariance, estimates)
    }

    private var principal: PrincipalScores {
        PrincipalScores(features: features, centre: centre, deviation: deviation, axes: axes)
    }

    /// Location and scale of the scores of batches that were not there at the fit, from a harmonised table with them only.
    ///
    /// - Throws: `HarmonisationError`.
    public func estimates(_ table: CaseTable, after model: ComBatModel, minimumBatchSize: Int) throws -> [BatchEstimate]
    {
        try scores.harmonise(principal.scores(of: model.residuals(of: table)), minimumBatchSize: minimumBatchSize)
            .estimates
    }

    /// Removes the batches' location and scale of the scores from a harmonised table.
    ///
    /// - Throws: `HarmonisationError` naming the batch.
    public func apply(
        _ estimates: [BatchEstimate], to table: CaseTable, after model: ComBatModel
    ) throws(HarmonisationError) -> CaseTable {
        let before = principal.scores(of: model.residuals(of: table))
        let after = try scores.apply(estimates, to: before)
        var output = table
        let active = model.activeColumns
        let width = axes.count
        for row in 0..<table.count {
            for axis in 0..<width {
                let change = after.features[row * width + axis] - before.features[row * width + axis]
                for (place, column) in active.enumerated() {
                    output.features[row * table.featureCount + column] += change * axes[axis][place] * deviation[place]
                }
            }
        }
        return output
    }
}

extension ComBatModel {
    /// What remains of the adjusted features about their means at the rows' covariates.
    func residuals(of table: CaseTable) -> CaseTable {
        let active = activeColumns
        let p = table.featureCount
        var values: [Double] = []
        values.reserveCapacity(table.count * active.count)
        for row in 0..<table.count {
            for column in active {
                values.append(table.features[row * p + column] - predicted(table, row: row, column: column))
            }
        }
        return CaseTable(
            featureNames: active.map { features[$0] }, features: values, outcome: table.outcome, batch: table.batch)
    }
}

/// Residuals on principal axes.
private struct PrincipalScores {
    let features: [String]
    let centre: [Double]
    let deviation: [Double]
    let axes: [[Double]]

    var names: [String] { axes.indices.map { "PC\($0 + 1)" } }

    func scores(of residuals: CaseTable) -> CaseTable {
        let p = features.count
        var values: [Double] = []
        values.reserveCapacity(residuals.count * axes.count)
        for row in 0..<residuals.count {
            let z = (0..<p).map { (residuals.features[row * p + $0] - centre[$0]) / deviation[$0] }
            for axis in axes {
                var sum = 0.0
                for column in 0..<p { sum += axis[column] * z[column] }
                values.append(sum)
            }
        }
        return CaseTable(featureNames: names, features: values, outcome: residuals.outcome, batch: residuals.batch)
    }
}
