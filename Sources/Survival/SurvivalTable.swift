/// Follow-up and covariates of one site's cases. Never leaves the site.
public struct SurvivalTable: Sendable, Equatable {
    /// Follow-up.
    public let followUp: SurvivalTimes
    /// Names of the covariates.
    public let names: [String]
    /// Covariates, cases x names row-major.
    public let values: [Double]
    /// Stratum of each case, within which risks are compared; a stratum lies within one site.
    public let stratum: [String]

    /// Creates a table; `values` are rows x columns.
    public init(followUp: SurvivalTimes, names: [String], values: [Double], stratum: [String]) {
        precondition(values.count == followUp.count * names.count, "values are cases x names")
        precondition(stratum.count == followUp.count, "a stratum for each case")
        self.followUp = followUp
        self.names = names
        self.values = values
        self.stratum = stratum
    }

    /// The given cases, in the given order.
    public func selecting(_ rows: [Int]) -> SurvivalTable {
        let q = names.count
        return SurvivalTable(
            followUp: followUp.selecting(rows), names: names, values: rows.flatMap { values[$0 * q..<($0 + 1) * q] },
            stratum: rows.map { stratum[$0] })
    }

    /// Binary exponents e with |x| <= 2^e for each covariate.
    public var exponents: [Int] {
        let q = names.count
        return (0..<q).map { column in
            var largest = 0.0
            for row in 0..<followUp.count { largest = max(largest, values[row * q + column].magnitude) }
            return largest > 0 && largest.isFinite ? Int(largest.exponent) + 1 : 0
        }
    }
}
