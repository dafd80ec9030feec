import CKernels

/// The logistic function and its relatives in plain Swift, so that every machine computes the same bits (a C library
/// chooses its `exp` by the processor). Relative error below 1e-15.
enum LogisticFunction {
    /// What a case contributes to the likelihood equations at a linear predictor.
    struct Terms {
        /// Log-likelihood.
        let logLikelihood: Double
        /// Outcome minus probability.
        let residual: Double
        /// p (1 - p).
        let weight: Double
    }

    /// 1 / (1 + exp(-eta)).
    static func probability(_ eta: Double) -> Double {
        let e = decay(eta.magnitude)
        return eta >= 0 ? 1 / (1 + e) : e / (1 + e)
    }

    /// The terms of one case; nothing cancels, however sure the model is.
    static func terms(_ eta: Double, isEvent: Bool) -> Terms {
        let e = decay(eta.magnitude)
        let small = e / (1 + e)
        let large = 1 / (1 + e)
        let isLikely = (eta >= 0) == isEvent
        let miss = isLikely ? small : large
        return Terms(
            logLikelihood: (isLikely ? 0 : -eta.magnitude) - log1p(e), residual: isEvent ? miss : -miss,
            weight: small * large)
    }

    /// The terms of many cases.
    struct Rows {
        var logLikelihoods: [Double]
        var residuals: [Double]
        var weights: [Double]
    }

    /// The terms of each case, with the bits of those of one.
    ///
    /// - Parameter events: 0 of a non-event, 1 of an event.
    static func terms(_ predictors: [Double], events: [Double]) -> Rows {
        precondition(events.count == predictors.count, "an outcome for each case")
        let rest = (8 - predictors.count % 8) % 8
        guard rest == 0 else {
            let zeros = repeatElement(0.0, count: rest)
            var rows = terms(predictors + zeros, events: events + zeros)
            for path in [\Rows.logLikelihoods, \Rows.residuals, \Rows.weights] {
                rows[keyPath: path].removeLast(rest)
            }
            return rows
        }
        let zeros = [Double](repeating: 0, count: predictors.count)
        var rows = Rows(logLikelihoods: zeros, residuals: zeros, weights: zeros)
        cproducts_logistic(
            predictors.count, predictors, events, &rows.logLikelihoods, &rows.residuals, &rows.weights)
        for row in predictors.indices where !(predictors[row].magnitude < 700) {
            let own = terms(predictors[row], isEvent: events[row] != 0)
            (rows.logLikelihoods[row], rows.residuals[row]) = (own.logLikelihood, own.residual)
            rows.weights[row] = own.weight
        }
        return rows
    }

    /// exp(-x) for x >= 0: exp(-x) = 2^-k exp(r) with |r| <= ln 2 / 2, Taylor to r^13.
    static func decay(_ x: Double) -> Double {
        guard x < 745 else { return x.isNaN ? x : 0 }
        let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
        // ln 2 in two parts, the first with 21 trailing zero bits so that its product with k is exact.
        let r = (k * 6.93147180369123816490e-01 - x) + k * 1.90821492927058770002e-10
        var sum = inverseFactorials[0]
        for coefficient in inverseFactorials.dropFirst() { sum = sum * r + coefficient }
        return sum * Double(sign: .plus, exponent: -Int(k), significand: 1)
    }

    /// log(1 + e) for 0 <= e <= 1: 2 artanh(s), s = e / (2 + e) <= 1/3.
    static func log1p(_ e: Double) -> Double {
        let s = e / (2 + e)
        let square = s * s
        var sum = 0.0
        for reciprocal in oddReciprocals { sum = sum * square + reciprocal }
        return 2 * s * sum
    }

    /// Natural logarithm of a positive number: k ln 2 + 2 artanh of the reduced one.
    static func logOf(_ x: Double) -> Double {
        guard x > 0, x.isFinite else { return x == 0 ? -.infinity : .nan }
        let isHigh = x.significand > 1.4142135623730951
        let m = isHigh ? x.significand / 2 : x.significand
        let k = Double(x.exponent) + (isHigh ? 1 : 0)
        let s = (m - 1) / (m + 1)
        let square = s * s
        var sum = 0.0
        for reciprocal in oddReciprocals { sum = sum * square + reciprocal }
        return k * 6.93147180369123816490e-01 + (2 * s * sum + k * 1.90821492927058770002e-10)
    }

    /// log(p / (1 - p)).
    static func logit(_ p: Double) -> Double { logOf(p) - logOf(1 - p) }

    /// 1/35, 1/33, ..., 1/1.
    private static let oddReciprocals = stride(from: 35, through: 1, by: -2).map { 1 / Double($0) }

    /// 1/13!, 1/12!, ..., 1/1!, 1/0!.
    private static let inverseFactorials: [Double] = {
        var factorial = 1.0
        var values = [1.0]
        for n in 1...13 {
            factorial *= Double(n)
            values.append(1 / factorial)
        }
        return values.reversed()
    }()
}
