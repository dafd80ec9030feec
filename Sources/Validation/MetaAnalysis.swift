#if canImport(Glibc)
    import Glibc
#endif
import Statistics

/// Random-effects summary over sites, by REML with the interval of Hartung and Knapp.
public struct MetaAnalysis: Sendable, Equatable {
    /// Number of sites.
    public let sites: Int
    /// Mean on the analysis scale.
    public let mean: Double
    /// Standard error of the mean (Hartung-Knapp 2001, not below Wald's if floored).
    public let standardError: Double
    /// Between-site variance.
    public let tauSquared: Double
    /// Share of the total variance that is between sites (Higgins and Thompson 2002), 0 to 1.
    public let iSquared: Double
    /// Cochran's Q.
    public let q: Double

    /// Fits the model; `nil` with fewer than three sites or a variance that is not positive.
    ///
    /// - Parameters:
    ///   - effects: one estimate a site, on the analysis scale (logit for an AUC).
    ///   - variances: their variances.
    ///   - isFlooredAtWald: whether the standard error is at least Wald's; `false` reproduces metafor's `knha`.
    public init?(effects: [Double], variances: [Double], isFlooredAtWald: Bool = true) {
        precondition(effects.count == variances.count, "a variance for each effect")
        let k = Double(effects.count)
        guard effects.count >= 3, effects.allSatisfy(\.isFinite), variances.allSatisfy({ $0 > 0 && $0.isFinite })
        else { return nil }
        let tau = Self.restrictedMaximumLikelihood(effects, variances)
        let weights = variances.map { 1 / ($0 + tau) }
        let total = weights.reduce(0, +)
        let mean = zip(weights, effects).reduce(0) { $0 + $1.0 * $1.1 } / total
        let spread = zip(weights, effects).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) } / (k - 1)
        let factor = isFlooredAtWald ? max(1, spread) : spread
        let fixed = variances.map { 1 / $0 }
        let fixedTotal = fixed.reduce(0, +)
        let fixedSquare = fixed.reduce(0) { $0 + $1 * $1 }
        let typical = (k - 1) * fixedTotal / (fixedTotal * fixedTotal - fixedSquare)
        let fixedMean = zip(fixed, effects).reduce(0) { $0 + $1.0 * $1.1 } / fixedTotal
        sites = effects.count
        self.mean = mean
        standardError = (factor / total).squareRoot()
        tauSquared = tau
        iSquared = tau / (tau + typical)
        q = zip(fixed, effects).reduce(0) { $0 + $1.0 * ($1.1 - fixedMean) * ($1.1 - fixedMean) }
    }

    /// Fisher scoring for the REML estimate of the between-site variance (Viechtbauer 2005).
    private static func restrictedMaximumLikelihood(_ effects: [Double], _ variances: [Double]) -> Double {
        let k = Double(effects.count)
        let plain = effects.reduce(0, +) / k
        var tau = max(
            0,
            effects.reduce(0) { $0 + ($1 - plain) * ($1 - plain) } / (k - 1) - variances.reduce(0, +) / k)
        for _ in 0..<10_000 {
            let weights = variances.map { 1 / ($0 + tau) }
            let s1 = weights.reduce(0, +)
            let s2 = weights.reduce(0) { $0 + $1 * $1 }
            let s3 = weights.reduce(0) { $0 + $1 * $1 * $1 }
            let mean = zip(weights, effects).reduce(0) { $0 + $1.0 * $1.1 } / s1
            let quadratic = zip(weights, effects).reduce(0) { $0 + $1.0 * $1.0 * ($1.1 - mean) * ($1.1 - mean) }
            let trace = s1 - s2 / s1
            let traceSquare = s2 - 2 * s3 / s1 + s2 * s2 / (s1 * s1)
            let following = max(0, tau + (quadratic - trace) / traceSquare)
            let change = (following - tau).magnitude
            tau = following
            if change <= 1e-14 * max(1, tau) { break }
        }
        return tau
    }

    /// Interval of the mean, t with k - 1 degrees of freedom.
    public var interval: (lower: Double, upper: Double) {
        let t = StudentDistribution.quantile(0.975, df: Double(sites - 1))
        return (mean - t * standardError, mean + t * standardError)
    }

    /// Which t distribution a prediction interval uses.
    public enum PredictionRule: Sendable {
        /// k - 1 degrees of freedom, as metafor after Hartung-Knapp.
        case metafor
        /// k - 2 degrees of freedom (Higgins, Thompson and Spiegelhalter 2009), as metamisc.
        case higgins
    }

    /// Interval for the effect at a new site.
    public func predictionInterval(_ rule: PredictionRule = .metafor) -> (lower: Double, upper: Double) {
        let df = Double(sites - (rule == .metafor ? 1 : 2))
        let t = StudentDistribution.quantile(0.975, df: df)
        let error = (tauSquared + standardError * standardError).squareRoot()
        return (mean - t * error, mean + t * error)
    }
}
