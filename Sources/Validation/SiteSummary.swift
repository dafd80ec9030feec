#if canImport(Glibc)
    import Glibc
#endif
public import Statistics

/// Random-effects summary of the sites' own results, back on the scale of the result.
public struct SiteSummary: Sendable, Equatable {
    /// Mean over sites with its interval.
    public let mean: Estimate
    /// The mean with the interval that a new site's value is expected in.
    public let prediction: Estimate
    /// Between-site variance on the analysis scale.
    public let tauSquared: Estimate
    /// Share of the variance that is between sites, 0 to 1.
    public let iSquared: Estimate
    /// Cochran's Q on the analysis scale.
    public let q: Estimate
    /// P-value of homogeneity by `q`; nil where there is no `q`.
    public let homogeneityPValue: Double?

    /// On which scale the sites are combined.
    public enum Scale: String, Sendable, Equatable, Codable {
        /// Logit, for an AUC.
        case logit
        /// Logarithm, for O:E.
        case logarithm
        /// As it is, for a calibration slope.
        case identity

        func forward(_ value: Double, _ error: Double) -> (effect: Double, variance: Double)? {
            switch self {
            case .logit:
                guard value > 0, value < 1 else { return nil }
                let slope = value * (1 - value)
                return (log(value / (1 - value)), error * error / (slope * slope))
            case .logarithm: return value > 0 ? (log(value), error * error / (value * value)) : nil
            case .identity: return (value, error * error)
            }
        }

        func backward(_ effect: Double) -> Double {
            switch self {
            case .logit: 1 / (1 + exp(-effect))
            case .logarithm: exp(effect)
            case .identity: effect
            }
        }
    }

    /// Combines the sites that have a value with a positive standard error, finite on the scale.
    ///
    /// - Parameters:
    ///   - estimates: one for each site; suppressed and not estimable ones are left out.
    ///   - scale: on which scale they are combined.
    ///   - estimator: of the between-site variance.
    ///   - rule: of the interval of the mean.
    ///   - predictionRule: of the prediction interval.
    public init(
        _ estimates: [Estimate], scale: Scale, estimator: TauEstimator = .reml,
        rule: MetaAnalysis.IntervalRule = .hartungKnappFloored,
        predictionRule: MetaAnalysis.PredictionRule = .metafor
    ) {
        var effects: [Double] = []
        var variances: [Double] = []
        for point in estimates.compactMap({ Self.onScale($0, scale) }) {
            effects.append(point.effect)
            variances.append(point.variance)
        }
        guard
            let meta = MetaAnalysis(effects: effects, variances: variances, estimator: estimator, rule: rule)
        else {
            let few = Estimate.notEstimable("fewer than three sites with a value and a standard error")
            (mean, prediction, tauSquared, iSquared, q) = (few, few, few, few, few)
            homogeneityPValue = nil
            return
        }
        let method = "random effects, \(scale.rawValue) scale, \(estimator.rawValue), \(rule.rawValue)"
        func value(_ value: Double, _ interval: (lower: Double, upper: Double)?, _ note: String = "") -> Estimate {
            .value(
                EstimateValue(
                    value: value, lower: interval.map(\.lower), upper: interval.map(\.upper), n: meta.sites,
                    method: method + note))
        }
        func bounds(_ interval: (lower: Double, upper: Double)) -> (lower: Double, upper: Double) {
            (scale.backward(interval.lower), scale.backward(interval.upper))
        }
        let ends = bounds(meta.interval)
        mean = .value(
            EstimateValue(
                value: scale.backward(meta.mean),
                // That of the analysis scale has no meaning on another one.
                standardError: scale == .identity ? meta.standardError : nil, lower: ends.lower, upper: ends.upper,
                n: meta.sites, method: method))
        prediction = value(
            scale.backward(meta.mean), bounds(meta.predictionInterval(predictionRule)), ", prediction interval")
        tauSquared = value(
            meta.tauSquared, MetaAnalysis.tauSquaredInterval(effects: effects, variances: variances), ", Q-profile")
        iSquared = value(meta.iSquared, nil)
        q = .value(
            EstimateValue(
                value: meta.q, n: meta.sites,
                method: "\(scale.rawValue) scale, chi-square with \(meta.sites - 1) degrees of freedom"))
        homogeneityPValue = meta.homogeneityPValue
    }

    /// A site's result on the scale of the analysis; nil if it takes no part.
    public static func onScale(_ estimate: Estimate, _ scale: Scale) -> (effect: Double, variance: Double)? {
        guard exclusion(of: estimate, scale: scale) == nil, case .value(let site) = estimate,
            let error = site.standardError
        else { return nil }
        return scale.forward(site.value, error)
    }

    /// The share of each site in the mean, 1 / (variance + tau2); nil for a site that takes no part.
    public static func weights(_ estimates: [Estimate], scale: Scale, tauSquared: Double) -> [Double?] {
        let weights = estimates.map { estimate in
            Self.onScale(estimate, scale).map { 1 / ($0.variance + tauSquared) }
        }
        let total = weights.compactMap(\.self).reduce(0, +)
        return weights.map { $0.map { $0 / total } }
    }

    /// Why a site's result takes no part in a summary; nil if it does.
    public static func exclusion(of estimate: Estimate, scale: Scale) -> String? {
        guard case .value(let site) = estimate else { return "left out: \(estimate.reason)" }
        guard site.value.isFinite else { return "left out: the result is not finite" }
        switch scale {
        case .logit where site.value <= 0 || site.value >= 1:
            return "left out: the value is \(site.value), whose logit is infinite"
        case .logarithm where site.value <= 0:
            return "left out: the value is \(site.value), which has no logarithm"
        default: break
        }
        guard let error = site.standardError, error > 0, error.isFinite else {
            return "left out: the result has no standard error"
        }
        return nil
    }
}
