import Federation
import Harmonisation
import Learning

/// A logistic model fitted from the sums of sites: moments for the z-scores, then Newton steps, as a study's training stage
/// does it. With one site it is the pooled fit, bit for bit.
struct LogisticRefit: Sendable {
    /// A coefficient in the units of its predictor.
    struct Coefficient: Sendable {
        let name: String
        /// Nil for a predictor that does not vary among the cases, which the model leaves out.
        let value: Double?
        /// Nil for the intercept, whose error the sums of z-scores do not give.
        let standardError: Double?
    }

    /// Intercept, then each predictor.
    let coefficients: [Coefficient]
    private let model: LogisticModel
    let cases: Int
    let events: Int
    /// Newton steps.
    let iterations: Int

    /// Fits the model.
    ///
    /// - Parameters:
    ///   - shards: the rows of each site, with the same predictors.
    ///   - ridge: L2 penalty of the coefficients of z-scores; 0 for maximum likelihood.
    /// - Throws: `LearningError`, `HarmonisationError` or `FederationError`.
    init(_ shards: [CaseTable], ridge: Double) throws {
        let names = shards.first?.featureNames ?? []
        let exponents = try ExponentCensus(columns: names.count).run(on: shards).result
        let moments = try PooledMoments(exponents: exponents).run(on: shards).result
        // A spread below the rounding of the mean is that of a constant.
        let varying = names.indices.filter {
            moments.standardDeviations[$0] > 1e-12 * max(moments.means[$0].magnitude, 1e-300)
        }
        let kept = varying.map { names[$0] }
        let (means, scales) = (varying.map { moments.means[$0] }, varying.map { moments.standardDeviations[$0] })
        let newton = RidgeLogistic(columns: kept, means: means, standardDeviations: scales, lambda: ridge)
        let fit = try newton.run(on: try shards.map { try $0.selecting(features: kept) }, roundLimit: 2000).result
        var intercept = fit.intercept
        var found: [String: Coefficient] = [:]
        for (place, column) in varying.enumerated() {
            let scale = scales[place]
            intercept -= fit.coefficients[place] * means[place] / scale
            found[names[column]] = Coefficient(
                name: names[column], value: fit.coefficients[place] / scale,
                standardError: fit.standardErrors[place + 1] / scale)
        }
        coefficients =
            [Coefficient(name: "(intercept)", value: intercept, standardError: nil)]
            + names.map { found[$0] ?? Coefficient(name: $0, value: nil, standardError: nil) }
        model = LogisticModel(
            columns: kept, means: means, standardDeviations: scales, coefficients: fit.coefficients,
            intercept: fit.intercept, lambda: ridge)
        (cases, events, iterations) = (fit.cases, fit.events, fit.iterations)
    }

    /// Probabilities of an event for rows with the same predictors.
    func probabilities(_ table: CaseTable) throws -> [Double] {
        try model.predict(table.selecting(features: model.columns))
    }
}
