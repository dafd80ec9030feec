import Statistics

/// How many cases two readers must rate for an interval of Cohen's kappa of a given width.
public enum KappaPlan {
    /// Standard deviation of kappa times the square root of the number of cases, for readers who use the categories alike:
    /// with shares p, a case has the pair i, j with probability (1 - kappa) p_i p_j, plus kappa p_i if i = j.
    ///
    /// - Parameters:
    ///   - kappa: expected, 0 to less than 1.
    ///   - shares: of the categories, positive, sum 1; two at least.
    public static func unitDeviation(kappa: Double, shares: [Double]) -> Double {
        precondition(kappa >= 0 && kappa < 1 && shares.count >= 2, "a kappa of 0 or more and two categories")
        // Fleiss, Cohen and Everitt 1969, eq. 13, for the shares themselves: a table of very many cases.
        let scale = 1e12
        let table = shares.indices.flatMap { i in
            shares.indices.map { j -> Int in
                let chance = (1 - kappa) * shares[i] * shares[j]
                return Int(((chance + (i == j ? kappa * shares[i] : 0)) * scale).rounded())
            }
        }
        guard case .value(let value) = CohenKappa.estimate(table: table), let error = value.standardError else {
            return .nan
        }
        return error * Double(value.n).squareRoot()
    }

    /// Fewest cases for a 95 % interval of at most `width`.
    public static func cases(kappa: Double, shares: [Double], width: Double) -> Int {
        let root = 2 * NormalDistribution.quantile(0.975) * unitDeviation(kappa: kappa, shares: shares) / width
        return Int((root * root).rounded(.up))
    }
}
