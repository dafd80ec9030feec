/// What was seen of the gradient of all features on the way to some coefficients, and what it proves of those nearby: a feature whose slope is
/// so far from its corner that it cannot have reached it stays out of the model without a look at it.
///
/// Let e be the change of the predictors of a fit's cases, q that of their probabilities, w the cases' shares of the weight. Where no second
/// derivative of a case's loss is above s, e q >= q^2 / s, so that the sum of w q^2 is at most s times that of w e q, which is
/// the change of the coefficients times that of their gradient. By Cauchy and Schwarz the slope of a feature with standard deviation 1, or less, has
/// changed by at most the root of that sum (co-coercivity: Nesterov, Lectures on Convex Optimization, 2018, theorem 2.1.5).
struct PathReference: Codable, Sendable, Equatable {
    /// Largest second derivative of a case's loss by its predictor in logistic regression.
    static let logistic = 0.25

    /// Intercept and coefficients of the known features.
    var coefficients: [Double]
    /// Intercept, and all features: as last seen.
    private(set) var gradient: [Double]
    /// How far each slope may have moved since it was seen.
    private(set) var margins: [Double]
    /// Rounding of the slope of a z-score, at most, of two gradients together.
    private let rounding: Double

    /// The gradient of all features at some coefficients.
    init(coefficients: [Double], gradient: [Double], rounding: Double) {
        (self.coefficients, self.gradient, self.rounding) = (coefficients, gradient, rounding)
        margins = gradient.map { _ in 0 }
    }

    /// Moves to other coefficients, where the slopes of the intercept, the known and some other features were seen.
    mutating func move(
        to now: [Double], slopes: [Double], known: [Int], others: [Int], scale: PathScale, steepest: Double
    ) {
        let reach = reach(to: now, slopes: slopes, known: known, scale: scale, steepest: steepest)
        for feature in scale.deviations.indices where scale.deviations[feature] > 0 {
            margins[feature + 1] += reach + rounding(of: feature, scale)
        }
        (gradient[0], coefficients) = (slopes[0], now)
        for (place, feature) in (known + others).enumerated() {
            (gradient[feature + 1], margins[feature + 1]) = (slopes[place + 1], 0)
        }
    }

    private func rounding(of feature: Int, _ scale: PathScale) -> Double {
        rounding * (1 + scale.centres[feature].magnitude) / scale.deviations[feature]
    }

    /// Largest change of the slope of a feature.
    ///
    /// - Parameters:
    ///   - now: intercept and coefficients of the known features.
    ///   - slopes: the gradient there.
    ///   - steepest: largest second derivative of a case's loss.
    func reach(
        to now: [Double], slopes: [Double], known: [Int], scale: PathScale, steepest: Double
    ) -> Double {
        var sum = 0.0
        for place in now.indices {
            let change = now[place] - coefficients[place]
            guard change != 0 else { continue }
            let feature = place > 0 ? known[place - 1] : nil
            let rounding = feature.map { self.rounding(of: $0, scale) }
            let own = feature.map { $0 + 1 } ?? 0
            sum += change * (slopes[place] - gradient[own])
            sum += change.magnitude * (margins[own] + (rounding ?? self.rounding))
        }
        return (steepest * max(0, sum)).squareRoot()
    }

    /// Features that are not known and whose slope may have come to its corner.
    ///
    /// - Parameter reach: largest change of a slope.
    func open(
        _ known: [Int], penalty: ElasticNetPenalty, scale: PathScale, lambda: Double, reach: Double
    ) -> [Int] {
        var isKnown = [Bool](repeating: false, count: penalty.factors.count)
        for feature in known { isKnown[feature] = true }
        let share = lambda * penalty.alpha
        return isKnown.indices.filter { feature in
            let deviation = scale.deviations[feature]
            guard deviation > 0, !isKnown[feature] else { return false }
            let corner = share * penalty.factors[feature] * penalty.deviations[feature]
            let slope = gradient[feature + 1].magnitude + margins[feature + 1] + reach
            // Times the deviation: a division for each feature is spared.
            return (corner - slope) * deviation < rounding * (1 + scale.centres[feature].magnitude)
        }
    }
}
