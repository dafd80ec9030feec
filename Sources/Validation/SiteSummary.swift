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
        for case .value(let site) in estimates {
            guard let error = site.standardError, error > 0, let point = scale.forward(site.value, error) else {
                continue
            }
            effects.append(point.effect)
            variances.append(point.variance)
        }
        guard
            let meta = MetaAnalysis(effects: effects, variances: variances, estimator: estimator, rule: rule)
        else {
            let few = Estimate.notEstimable("fewer than three sites with a value and a standard error")
            (mean, prediction, tauSquared, iSquared) = (few, few, few, few)
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
    }
}
