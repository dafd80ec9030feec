public import Statistics

/// Chance-corrected agreement of a fixed number of readings a case.
///
/// Standard errors are Gwet's linearised ones for a sample of cases (Gwet 2014, ch. 5), intervals t with n - 1 degrees
/// of freedom, as irrCAC.
public enum MultiReaderAgreement {
    /// Fleiss' kappa (1971): chance agreement is the sum of squared category shares.
    ///
    /// - Returns: `notEstimable`, never 0, if one category only was used.
    public static func fleissKappa(_ profiles: [RatingProfile]) -> Estimate {
        guard let sums = Sums(profiles) else { return unequal }
        let chance = sums.shares.reduce(0) { $0 + $1 * $1 }
        guard chance < 1 - 1e-15 else { return .notEstimable("one category only was used") }
        return sums.estimate(chance: chance, method: "Fleiss") { profile in
            zip(profile.counts, sums.shares).reduce(0) { $0 + Double($1.0) * $1.1 } / sums.readers
        }
    }

    /// Fleiss' kappa of one category against all others (Fleiss 1971, eq. 22), with the two-sided p-value of agreement by chance alone.
    ///
    /// - Returns: one for each category; `notEstimable` for one that nobody, or everybody, chose.
    public static func fleissByCategory(_ profiles: [RatingProfile]) -> [(kappa: Estimate, pValue: Double?)] {
        guard let sums = Sums(profiles) else { return (profiles.first?.counts ?? []).map { _ in (unequal, nil) } }
        return fleissByCategory(
            cases: sums.cases, readers: sums.readers,
            counts: sums.shares.indices.map { k in
                sums.profiles.reduce(0) { $0 + Double($1.cases * $1.counts[k]) }
            },
            squares: sums.shares.indices.map { k in
                sums.profiles.reduce(0) { $0 + Double($1.cases * $1.counts[k] * $1.counts[k]) }
            })
    }

    /// The same from the ratings of each category and the sum over cases of their squares.
    static func fleissByCategory(
        cases: Double, readers: Double, counts: [Double], squares: [Double]
    ) -> [(kappa: Estimate, pValue: Double?)] {
        let pairs = cases * readers * (readers - 1)
        return zip(counts, squares).map { count, square in
            let share = count / (cases * readers)
            guard share > 0, share < 1 else { return (.notEstimable("nobody, or everybody, chose the category"), nil) }
            let value = 1 - (readers * count - square) / (pairs * share * (1 - share))
            // The standard error without agreement; it is the same for all categories.
            let z = value / (2 / pairs).squareRoot()
            return (
                .value(EstimateValue(value: value, n: Int(cases), method: "Fleiss, the category against the others")),
                NormalDistribution.twoSided(z)
            )
        }
    }

    /// Gwet's AC1 (2008): chance agreement is sum p (1 - p) / (q - 1) over the q categories.
    public static func gwetAC1(_ profiles: [RatingProfile]) -> Estimate {
        guard let sums = Sums(profiles) else { return unequal }
        let others = Double(sums.shares.count - 1)
        let chance = sums.shares.reduce(0) { $0 + $1 * (1 - $1) } / others
        return sums.estimate(chance: chance, method: "Gwet AC1") { profile in
            zip(profile.counts, sums.shares).reduce(0) { $0 + Double($1.0) * (1 - $1.1) } / sums.readers / others
        }
    }

    private static let unequal = Estimate.notEstimable(
        "needs two cases with the same number of readings, at least two each, and two categories")

    private struct Sums {
        let profiles: [RatingProfile]
        let cases: Double
        let readers: Double
        let shares: [Double]

        init?(_ profiles: [RatingProfile]) {
            let profiles = profiles.filter { $0.cases > 0 }
            guard let first = profiles.first else { return nil }
            let width = first.counts.count
            let readers = first.counts.reduce(0, +)
            let cases = profiles.reduce(0) { $0 + $1.cases }
            guard width >= 2, readers >= 2, cases >= 2,
                profiles.allSatisfy({ $0.counts.count == width && $0.counts.reduce(0, +) == readers })
            else { return nil }
            self.profiles = profiles
            self.cases = Double(cases)
            self.readers = Double(readers)
            shares = (0..<width).map { category in
                Double(profiles.reduce(0) { $0 + $1.cases * $1.counts[category] }) / Double(cases * readers)
            }
        }

        func agreement(_ profile: RatingProfile) -> Double {
            Double(profile.counts.reduce(0) { $0 + $1 * ($1 - 1) }) / (readers * (readers - 1))
        }

        /// `caseChance` is the case's own term of the chance agreement.
        func estimate(chance: Double, method: String, caseChance: (RatingProfile) -> Double) -> Estimate {
            let observed = profiles.reduce(0) { $0 + Double($1.cases) * agreement($1) } / cases
            let value = (observed - chance) / (1 - chance)
            var square = 0.0
            for profile in profiles {
                let own = (agreement(profile) - chance) / (1 - chance)
                let term = own - 2 * (1 - value) * (caseChance(profile) - chance) / (1 - chance)
                square += Double(profile.cases) * (term - value) * (term - value)
            }
            let error = (square / cases / (cases - 1)).squareRoot()
            let t = StudentDistribution.quantile(0.975, df: cases - 1)
            return .value(
                EstimateValue(
                    value: value, standardError: error, lower: value - t * error, upper: min(1, value + t * error),
                    n: Int(cases), method: method))
        }
    }
}
