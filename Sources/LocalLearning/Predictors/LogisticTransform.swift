#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Between probabilities and log odds, without overflow.
enum LogisticTransform {
    static func probability(_ logOdds: Double) -> Double {
        let e = exp(-logOdds.magnitude)
        return logOdds >= 0 ? 1 / (1 + e) : e / (1 + e)
    }

    static func logOdds(_ probability: Double) -> Double { log(probability) - log1p(-probability) }

    /// Log hazard ratio that makes a baseline risk the given one.
    static func logOfHazardRatio(_ risk: Double, baselineRisk: Double) -> Double {
        log(-log1p(-risk)) - log(-log1p(-baselineRisk))
    }

    /// Log-likelihood of an outcome at log odds.
    static func logLikelihood(_ logOdds: Double, outcome: Double) -> Double {
        -(outcome == 1 ? max(0, -logOdds) : max(0, logOdds)) - log1p(exp(-logOdds.magnitude))
    }
}
