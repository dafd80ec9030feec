public import Federation
import Statistics

/// Features of the same cases by two readers.
public struct PairedFeatures: Sendable, Equatable {
    /// First reader's values, row-major.
    public let first: [Double]
    /// Second reader's values, row-major.
    public let second: [Double]
    /// Number of features.
    public let width: Int

    /// Creates the pair.
    public init(first: [Double], second: [Double], width: Int) {
        precondition(first.count == second.count && (width == 0 ? first.isEmpty : first.count % width == 0), "pairs")
        self.first = first
        self.second = second
        self.width = width
    }

    /// Number of cases.
    public var count: Int { width == 0 ? 0 : first.count / width }
}

/// ICC(A,1) of each feature between two readers over all sites: two-way, absolute agreement, single reading
/// (McGraw and Wong 1996, table 4), with the lower bound of its 95 % interval (table 7).
///
/// Two rounds: sums; then squares and products about the pooled mean of each feature.
public struct FeatureICC: Computation {
    /// `agreement.feature-icc`
    public static let identifier = "agreement.feature-icc"
    let exponents: [Int]

    /// Creates the computation; `exponents` are the public scales of the features.
    public init(exponents: [Int]) { self.exponents = exponents }

    /// Scales, and from the second round on the pooled centres.
    public struct State: Codable, Sendable, Equatable {
        /// Binary exponent of each feature.
        public let exponents: [Int]
        /// Number of cases, second round.
        public let cases: Double?
        /// Pooled mean over both readers, scaled, second round.
        public let centres: [Double]?

        /// Creates a broadcast.
        public init(exponents: [Int], cases: Double?, centres: [Double]?) {
            self.exponents = exponents
            self.cases = cases
            self.centres = centres
        }
    }

    /// Agreement of each feature.
    public struct Result: Sendable, Equatable, Codable {
        /// Number of cases that both readers contoured.
        public let cases: Int
        /// ICC(A,1); `nil` for a constant feature.
        public let icc: [Double?]
        /// Lower bound of the 95 % interval; `nil` where the ICC is.
        public let lower: [Double?]
    }

    /// The scales.
    public func initialState() -> State { State(exponents: exponents, cases: nil, centres: nil) }

    /// Sums, then squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.exponents.count
        guard state.centres != nil else {
            return [
                .counts("cases", meaning: "cases that both readers contoured", discloses: "their number at the site"),
                .unitScale(
                    "reader_sum", shape: [2, p], meaning: "sum of each feature by reader, scaled",
                    discloses: "the site's mean of each feature by reader"),
            ]
        }
        return [
            .unitScale(
                "square", shape: [3, p],
                meaning: "about the pooled mean: squares of the first reader, of the second, and their products",
                discloses: "the site's spread of each feature and its agreement between the readers"),
            .unitScale(
                "reader_deviation", shape: [2, p], meaning: "sum about the pooled mean by reader, scaled",
                discloses: "the site's mean of each feature by reader"),
        ]
    }

    /// Sums over the site's cases.
    public func contribute(_ shard: PairedFeatures, to state: State) throws -> Contribution {
        let p = state.exponents.count
        guard shard.width == p || shard.count == 0 else {
            throw FederationError.wrongShape(block: "reader_sum", expected: p, found: shard.width)
        }
        let scales = state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
        var sums = blocks(for: state).map(ExactSum.init)
        if state.centres == nil { sums[0].add(Double(shard.count)) }
        for row in 0..<shard.count {
            for column in 0..<p {
                let first = shard.first[row * p + column] * scales[column]
                let second = shard.second[row * p + column] * scales[column]
                if let centres = state.centres {
                    let a = first - centres[column]
                    let b = second - centres[column]
                    sums[0].add(a * a, at: column)
                    sums[0].add(b * b, at: p + column)
                    sums[0].add(a * b, at: 2 * p + column)
                    sums[1].add(a, at: column)
                    sums[1].add(b, at: p + column)
                } else {
                    sums[1].add(first, at: column)
                    sums[1].add(second, at: p + column)
                }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The centres, then the agreement.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let p = state.exponents.count
        guard let cases = state.cases else {
            let n = try sum.scalar("cases")
            let sums = try sum.values("reader_sum")
            guard n >= 3 else {
                return .done(
                    Result(
                        cases: Int(n), icc: [Double?](repeating: nil, count: p),
                        lower: [Double?](repeating: nil, count: p)))
            }
            return .broadcast(
                State(
                    exponents: state.exponents, cases: n,
                    centres: (0..<p).map { (sums[$0] + sums[p + $0]) / (2 * n) }))
        }
        let squares = try sum.values("square")
        let deviations = try sum.values("reader_deviation")
        var icc: [Double?] = []
        var lower: [Double?] = []
        for column in 0..<p {
            let bounds = IntraclassCorrelation.absoluteAgreement(
                cases: cases, sums: (deviations[column], deviations[p + column]),
                squares: (squares[column], squares[p + column]), product: squares[2 * p + column])
            icc.append(bounds?.icc)
            lower.append(bounds?.lower)
        }
        return .done(Result(cases: Int(cases), icc: icc, lower: lower))
    }
}

/// ICC(A,1) for two readers from sums.
public enum IntraclassCorrelation {
    /// ICC(A,1) with the 95 % interval of McGraw and Wong (1996), or `nil` if nothing varies.
    ///
    /// - Parameters:
    ///   - cases: number of cases, at least 3.
    ///   - sums: sum of each reader's values.
    ///   - squares: sum of each reader's squared values.
    ///   - product: sum of the products.
    public static func absoluteAgreement(
        cases n: Double, sums: (Double, Double), squares: (Double, Double), product: Double
    ) -> (icc: Double, lower: Double, upper: Double)? {
        let total = sums.0 + sums.1
        let correction = total * total / (2 * n)
        // Row totals are a + b, so their squares are a^2 + b^2 + 2ab.
        let rows = (squares.0 + squares.1 + 2 * product) / 2 - correction
        let columns = (sums.0 * sums.0 + sums.1 * sums.1) / n - correction
        let all = squares.0 + squares.1 - correction
        let msr = rows / (n - 1)
        let msc = max(0, columns)
        let mse = max(0, all - rows - columns) / (n - 1)
        let denominator = msr + mse + 2 * (msc - mse) / n
        guard denominator > 0, all > 0 else { return nil }
        let icc = (msr - mse) / denominator
        guard mse > 0 else { return (icc, icc, icc) }
        let a = 2 * icc / (n * (1 - icc))
        let b = 1 + 2 * icc * (n - 1) / (n * (1 - icc))
        let v = (a * msc + b * mse) * (a * msc + b * mse)
            / ((a * msc) * (a * msc) + (b * mse) * (b * mse) / (n - 1))
        let fLower = FisherDistribution.quantile(0.975, df1: n - 1, df2: v)
        let fUpper = FisherDistribution.quantile(0.975, df1: v, df2: n - 1)
        let lower = n * (msr - fLower * mse) / (fLower * (2 * msc + (2 * n - 2 - n) * mse) + n * msr)
        let upper = n * (fUpper * msr - mse) / (2 * msc + (2 * n - 2 - n) * mse + n * fUpper * msr)
        return (icc, lower, upper)
    }
}
