#if canImport(Glibc)
    import Glibc
#endif
import Statistics

/// Estimators of the between-site variance tau squared (Viechtbauer 2005; Veroniki 2016).
public enum TauEstimator: String, Sendable, Equatable, Codable, CaseIterable {
    /// Restricted maximum likelihood.
    case reml
    /// DerSimonian and Laird (1986).
    case derSimonianLaird
    /// Paule and Mandel (1982).
    case pauleMandel
    /// Maximum likelihood: smaller than `reml`, as the mean costs no degree of freedom.
    case maximumLikelihood
    /// Sidik and Jonkman (2005), two steps from the mean squared deviation of the effects.
    case sidikJonkman
    /// No variance between sites: the common-effect model, for comparison.
    case commonEffect

    /// The estimate, at least 0.
    func estimate(effects: [Double], variances: [Double]) -> Double {
        switch self {
        case .reml: return Self.scoring(effects, variances, isRestricted: true)
        case .maximumLikelihood: return Self.scoring(effects, variances, isRestricted: false)
        case .commonEffect: return 0
        case .derSimonianLaird:
            let fixed = WeightedMean(effects, variances, 0)
            let df = Double(effects.count - 1)
            return max(0, (fixed.q - df) / (fixed.total - fixed.squares / fixed.total))
        case .pauleMandel: return Self.profile(effects, variances, reaching: Double(effects.count - 1))
        case .sidikJonkman:
            let k = Double(effects.count)
            let plain = effects.reduce(0, +) / k
            let crude = effects.reduce(0) { $0 + ($1 - plain) * ($1 - plain) } / k
            return crude > 0 ? crude * WeightedMean(effects, variances, crude).q / (k - 1) : 0
        }
    }

    /// The tau squared at which the generalised Q, which falls with tau squared, equals `target`; 0 if it is below
    /// the target already at 0.
    static func profile(_ effects: [Double], _ variances: [Double], reaching target: Double) -> Double {
        func excess(_ tau: Double) -> Double { WeightedMean(effects, variances, tau).q - target }
        guard excess(0) > 0 else { return 0 }
        var upper = variances.reduce(0, +)
        while excess(upper) > 0, upper < 1e300 { upper *= 2 }
        return RootFinding.bisect(0, upper) { -excess($0) }
    }

    /// Fisher scoring from the Hedges estimate, for the likelihood or the restricted one; a step that lowers it is halved.
    private static func scoring(_ effects: [Double], _ variances: [Double], isRestricted: Bool) -> Double {
        let k = Double(effects.count)
        let plain = effects.reduce(0, +) / k
        func logLikelihood(_ tau: Double, _ fit: WeightedMean) -> Double {
            -0.5 * (variances.reduce(0) { $0 + log($1 + tau) } + (isRestricted ? log(fit.total) : 0) + fit.q)
        }
        let spread = effects.reduce(0) { $0 + ($1 - plain) * ($1 - plain) } / (k - 1)
        var tau = max(0, spread - variances.reduce(0, +) / k)
        var fit = WeightedMean(effects, variances, tau)
        var likelihood = logLikelihood(tau, fit)
        for _ in 0..<10_000 {
            let trace = isRestricted ? fit.total - fit.squares / fit.total : fit.total
            let information =
                isRestricted
                ? fit.squares - 2 * fit.cubes / fit.total + fit.squares * fit.squares / (fit.total * fit.total)
                : fit.squares
            let step = (fit.squaredQ - trace) / information
            var following = max(0, tau + step)
            var next = WeightedMean(effects, variances, following)
            var nextLikelihood = logLikelihood(following, next)
            // Rounding alone moves the likelihood by a few units in the last place.
            let slack = 8 * likelihood.magnitude.ulp
            while nextLikelihood < likelihood - slack, (following - tau).magnitude > 1e-14 * max(1, tau) {
                following = (following + tau) / 2
                next = WeightedMean(effects, variances, following)
                nextLikelihood = logLikelihood(following, next)
            }
            let change = (following - tau).magnitude
            (tau, fit, likelihood) = (following, next, nextLikelihood)
            if change <= 1e-14 * max(1, tau) { break }
        }
        return tau
    }
}
