import Federation
import LinearAlgebra

/// How much harmonisation changed what covariates do to features: the same fit of `ComBatFit`, before and after.
public enum EffectChange {
    /// Largest change of a covariate's effect within batches, in standard deviations of the feature (pooled within batches,
    /// before) per standard deviation of the covariate within batches; nil without covariates.
    ///
    /// - Parameters:
    ///   - before: rows of each site.
    ///   - after: the same rows after harmonisation.
    /// - Throws: what `ComBatFit` throws.
    public static func largest(before: [any RowSource], after: [any RowSource]) throws -> Double? {
        guard let first = before.first, !first.covariateNames.isEmpty else { return nil }
        let (old, deviations) = try fit(before)
        let (new, _) = try fit(after)
        let q = first.covariateNames.count
        var largest = 0.0
        for column in old.features.indices where old.pooledStandardDeviation[column] > 0 {
            for i in 0..<q {
                let change = new.beta[column * q + i] - old.beta[column * q + i]
                largest = max(largest, change.magnitude * deviations[i] / old.pooledStandardDeviation[column])
            }
        }
        return largest
    }

    /// The model, and the standard deviation of each covariate within batches, denominator N.
    private static func fit(_ sites: [any RowSource]) throws -> (model: ComBatModel, deviations: [Double]) {
        let (features, covariates) = (sites[0].featureNames, sites[0].covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(chunksOf: sites)
        let computation = ComBatFit(features: features, covariates: covariates, exponents: exponents)
        let state = computation.initialState()
        var sum = Contribution.zero(computation.blocks(for: state))
        for site in sites { try sum.add(computation.contribute(site, to: state)) }
        guard case .done(let model) = try computation.next(after: state, sum: sum) else {
            throw HarmonisationError.noCases
        }
        let (products, cases) = (try sum.values("covariate_product"), try sum.scalar("cases"))
        let q = covariates.count
        let deviations = (0..<q).map { i in
            let unit = Double(sign: .plus, exponent: exponents[features.count + i], significand: 1)
            return (products[SymmetricMatrix.position(i, i, order: q)] / cases).squareRoot() * unit
        }
        return (model, deviations)
    }
}
