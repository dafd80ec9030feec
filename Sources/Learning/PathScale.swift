/// The z-scores of a fit's own cases, in which its path is followed: pooled z-scores of training cases without a held-out outlier may
/// vary so little around their mean that their second derivatives would be lost beside it.
///
/// Sites are told coefficients of pooled z-scores and answer with sums of them. With the fit's mean m and standard deviation d of a pooled
/// z-score z, and b a coefficient of (z - m) / d, the pooled coefficient is b / d, the gradient (g - m g0) / d, and the intercept less m b / d.
struct PathScale: Codable, Sendable, Equatable {
    /// A feature counts as constant in a fit where its standard deviation is not above this share of the pooled one: the grid of
    /// gradients, 9e-13 of a pooled z-score, holds the optimality conditions to `ElasticNetPenalty.tolerance` down to there.
    private static let least = 1e-4
    /// Second derivatives of a feature below this share of the pooled deviation are summed on the grid of the gradients.
    private static let narrow = 0.125

    /// Mean of each pooled z-score; 0 where there is no intercept that could take it up.
    let centres: [Double]
    /// Standard deviation of each pooled z-score; 0 of a feature that counts as constant.
    let deviations: [Double]
    /// Scale on which a coefficient of the fit's own z-scores is penalised; 0 of a constant feature.
    let penalised: [Double]
    /// Features that vary, but too little for a coefficient.
    let hardlyVarying: [Int]

    /// - Parameter isStandardised: whether features are penalised on the scale of their deviation in the fit, else of the pooled one.
    init(_ moments: FoldMoments.Moments, isStandardised: Bool, hasIntercept: Bool) {
        centres = hasIntercept ? moments.means : moments.means.map { _ in 0 }
        let own = moments.deviations.map { $0 > Self.least ? $0 : 0 }
        deviations = own
        penalised = own.map { $0 > 0 ? (isStandardised ? 1 : 1 / $0) : 0 }
        hardlyVarying = own.indices.filter { own[$0] == 0 && moments.deviations[$0] > 0 }
    }

    /// Whether sums on the coarser grid would say too little of a feature's second derivatives.
    func isNarrow(_ feature: Int) -> Bool { deviations[feature] < Self.narrow }

    /// Intercept and coefficients of pooled z-scores.
    func pooled(_ own: [Double], _ features: [Int]) -> [Double] {
        var output = own
        for (place, feature) in features.enumerated() {
            output[place + 1] = own[place + 1] / deviations[feature]
            output[0] -= centres[feature] * output[place + 1]
        }
        return output
    }

    /// The gradient of the fit's own coefficients, of some features or of all; 0 of a constant feature.
    func gradient(_ pooled: [Double], _ features: some Sequence<Int>) -> [Double] {
        var output = pooled
        for (place, feature) in features.enumerated() {
            let deviation = deviations[feature]
            output[place + 1] = deviation > 0 ? (pooled[place + 1] - centres[feature] * pooled[0]) / deviation : 0
        }
        return output
    }

    /// Second derivatives of the fit's own coefficients.
    ///
    /// - Parameters:
    ///   - pooled: the upper triangle over the intercept and the features, or `rows` of features over all columns.
    ///   - known: what is known of the first row, of the intercept.
    func information(_ pooled: [Double], _ features: [Int], rows: Range<Int>, first known: [Double]) -> [Double] {
        let order = features.count + 1
        let isTriangle = rows.lowerBound == 0
        let (means, widths) = ([0] + features.map { centres[$0] }, [1] + features.map { deviations[$0] })
        // The intercept with itself and with each pooled z-score.
        let border: [Double] =
            isTriangle
            ? Array(pooled.prefix(order))
            : known.indices.map { widths[$0] * known[$0] + means[$0] * ($0 > 0 ? known[0] : 0) }
                + rows.indices.map { pooled[($0 - rows.lowerBound) * order] }
        var output = pooled
        var position = 0
        for i in rows {
            for j in (isTriangle ? i : 0)..<order {
                let (left, right) = (i > 0 ? means[i] : 0, j > 0 ? means[j] : 0)
                let centred = pooled[position] - left * border[j] - right * (border[i] - left * border[0])
                output[position] = centred / (widths[i] * widths[j])
                position += 1
            }
        }
        return output
    }
}
