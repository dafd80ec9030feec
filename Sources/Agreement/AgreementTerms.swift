import Statistics

/// Why the data do not define a coefficient.
struct NotEstimable: Error {
    let reason: String
}

/// A coefficient from sums over all cases, and what a case adds to its variance.
struct AgreementTerms: Sendable {
    let value: Double
    /// Number of cases of the variance.
    let cases: Double
    let method: String
    /// Deviation of the case's term of the linearised coefficient from the coefficient.
    let deviation: @Sendable (RatedCase) -> Double

    /// The interval of irrCAC: t with n - 1 degrees of freedom.
    ///
    /// - Parameter squares: sum of the squared deviations of all cases.
    func estimate(squares: Double) -> Estimate {
        guard cases > 1 else { return .value(EstimateValue(value: value, n: Int(cases), method: method)) }
        let error = (squares / (cases * (cases - 1))).squareRoot()
        let t = StudentDistribution.quantile(0.975, df: cases - 1)
        return .value(
            EstimateValue(
                value: value, standardError: error, lower: value - t * error, upper: min(1, value + t * error),
                n: Int(cases), method: method))
    }
}

/// The coefficients that take chance off in different ways.
enum AgreementCoefficient: CaseIterable {
    case fleiss, gwet, brennanPrediger, conger, krippendorff

    func terms(of sums: RatingSums, _ weights: WeightMatrix) throws(NotEstimable) -> AgreementTerms {
        guard sums.repeatedCases > 0 else { throw NotEstimable(reason: "no case has two ratings") }
        let shares = sums.shares.map { $0 / sums.cases }
        guard shares.filter({ $0 > 0 }).count > 1 else { throw NotEstimable(reason: "one category only was used") }
        let categories = Double(shares.count)
        switch self {
        case .fleiss:
            let weighted = weights.times(shares)
            return Self.linearised(
                sums, weights, chance: WeightMatrix.product(shares, weighted), method: "Fleiss"
            ) { WeightMatrix.product($0.counts, weighted) / $0.total }
        case .gwet:
            let factor = weights.sum / (categories * (categories - 1))
            let rest = shares.map { 1 - $0 }
            return Self.linearised(
                sums, weights, chance: factor * WeightMatrix.product(shares, rest), method: "Gwet"
            ) { factor * WeightMatrix.product($0.counts, rest) / $0.total }
        case .brennanPrediger:
            return Self.linearised(
                sums, weights, chance: weights.sum / (categories * categories), method: "Brennan-Prediger", part: nil)
        case .conger: return try Self.conger(sums, weights)
        case .krippendorff: return try Self.krippendorff(sums, weights)
        }
    }

    /// The coefficient with linearised variance.
    ///
    /// - Parameter part: a case's part of the chance agreement (of which twice the deviation counts), or nil if chance does not
    ///   depend on the ratings.
    private static func linearised(
        _ sums: RatingSums, _ weights: WeightMatrix, chance: Double, method: String,
        part: (@Sendable (RatedCase) -> Double)?
    ) -> AgreementTerms {
        let (cases, repeated) = (sums.cases, sums.repeatedCases)
        let value = (sums.agreement / repeated - chance) / (1 - chance)
        return AgreementTerms(value: value, cases: cases, method: "\(method), linearised variance") { rated in
            let own = rated.total >= 2 ? rated.agreement(weights) - chance : 0
            var term = cases / repeated * own / (1 - chance)
            if let part { term -= 2 * (1 - value) * (part(rated) - chance) / (1 - chance) }
            return term - value
        }
    }

    /// Every reader has its own shares; a reader without any rating does not count.
    private static func conger(_ sums: RatingSums, _ weights: WeightMatrix) throws(NotEstimable) -> AgreementTerms {
        let given = sums.readerCounts.map { $0.reduce(0, +) }
        let active = given.indices.filter { given[$0] > 0 }
        guard active.count >= 2 else { throw NotEstimable(reason: "fewer than two readers") }
        let shares = given.indices.map { reader in
            sums.readerCounts[reader].map { given[reader] > 0 ? $0 / given[reader] : 0 }
        }
        let total = sums.shares.indices.map { k in active.reduce(0) { $0 + shares[$1][k] } }
        let weightedTotal = weights.times(total)
        let weighted = shares.map(weights.times)
        // Chance over ordered pairs of different readers.
        let own = active.reduce(0) { $0 + WeightMatrix.product(shares[$1], weighted[$1]) }
        let pairs = Double(active.count * (active.count - 1))
        let chance = (WeightMatrix.product(total, weightedTotal) - own) / pairs
        // The mean weighted agreement of a reader with the others, which a missing rating counts as.
        let means = shares.indices.map { reader in
            WeightMatrix.product(zip(total, shares[reader]).map { $0 - $1 }, weighted[reader])
        }
        let everyone = active.reduce(0) { $0 + means[$1] }
        let cases = sums.cases
        return linearised(sums, weights, chance: chance, method: "Conger") { rated in
            var part = everyone
            for (reader, category) in rated.ratings {
                let own = weightedTotal[category] - weighted[reader][category]
                part += cases / given[reader] * (own - means[reader])
            }
            return part / pairs
        }
    }

    /// irrCAC's standard error; cases with one rating do not count.
    private static func krippendorff(
        _ sums: RatingSums, _ weights: WeightMatrix
    ) throws(NotEstimable) -> AgreementTerms {
        let n = sums.repeatedCases
        let ratings = sums.repeatedCounts.reduce(0, +)
        let mean = ratings / n
        let weighted = weights.times(sums.repeatedCounts.map { $0 / ratings })
        let chance = WeightMatrix.product(sums.repeatedCounts, weighted) / ratings
        guard chance < 1 else { throw NotEstimable(reason: "one category only was used") }
        let raw = sums.ratedAgreement / ratings
        let correction = 1 / ratings
        let agreement = (1 - correction) * raw + correction
        // irrCAC linearises about the coefficient before the correction for small samples.
        let plain = (raw - chance) / (1 - chance)
        return AgreementTerms(
            value: (agreement - chance) / (1 - chance), cases: n, method: "Krippendorff, linearised variance"
        ) { rated in
            guard rated.total >= 2 else { return 0 }
            let excess = (rated.total - mean) / mean
            let own = rated.ratedAgreement(weights) / mean
            let part = (own - agreement * excess - chance) / (1 - chance)
            let expected = WeightMatrix.product(rated.counts, weighted) / mean - chance * excess
            return part - 2 * (1 - plain) * (expected - chance) / (1 - chance) - plain
        }
    }
}
