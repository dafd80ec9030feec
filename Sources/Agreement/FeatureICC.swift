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
/// Two rounds: sums; then squares and products about the pooled mean of each feature. With public centres, one round.
public struct FeatureICC: Computation {
    /// `agreement.feature-icc`
    public static let identifier = "agreement.feature-icc"
    let exponents: [Int]
    let centres: [Double]?

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - exponents: public binary scale of each feature: values are divided by `2^exponent`.
    ///   - centres: public centre of each feature after scaling; `nil` to find the pooled means in a first round.
    public init(exponents: [Int], centres: [Double]? = nil) {
        precondition(centres.map { $0.count == exponents.count } ?? true, "a centre for each feature")
        self.exponents = exponents
        self.centres = centres
    }

    /// Scales, and once they are known the centres.
    public struct State: Codable, Sendable, Equatable {
        /// Binary exponent of each feature.
        public let exponents: [Int]
        /// Number of cases, if it is known from a first round.
        public let cases: Double?
        /// Centre of each feature, scaled: public, or the pooled mean over both readers.
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
    public func initialState() -> State { State(exponents: exponents, cases: nil, centres: centres) }

    /// Sums, then squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.exponents.count
        let cases = BlockSpecification.counts(
            "cases", meaning: "cases that both readers contoured", discloses: "their number at the site")
        guard state.centres != nil else {
            return [
                cases,
                .unitScale(
                    "reader_sum", shape: [2, p], meaning: "sum of each feature by reader, scaled",
                    discloses: "the site's mean of each feature by reader"),
            ]
        }
        let squares: [BlockSpecification] = [
            .unitScale(
                "square", shape: [3, p],
                meaning: "about the pooled mean: squares of the first reader, of the second, and their products",
                discloses: "the site's spread of each feature and its agreement between the readers"),
            .unitScale(
                "reader_deviation", shape: [2, p], meaning: "sum about the pooled mean by reader, scaled",
                discloses: "the site's mean of each feature by reader"),
        ]
        return state.cases == nil ? [cases] + squares : squares
    }

    /// Sums over the site's cases.
    public func contribute(_ shard: PairedFeatures, to state: State) throws -> Contribution {
        let p = state.exponents.count
        guard shard.width == p || shard.count == 0 else {
            throw FederationError.wrongShape(block: "reader_sum", expected: p, found: shard.width)
        }
        if let centres = state.centres, centres.count != p {
            throw FederationError.wrongShape(block: "square", expected: p, found: centres.count)
        }
        let scales = state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
        let centres = state.centres ?? [Double](repeating: 0, count: p)
        var sums = blocks(for: state).map(ExactSum.init)
        let start = state.cases == nil ? 1 : 0
        if start == 1 { sums[0].add(Double(shard.count)) }
        for row in 0..<shard.count {
            for column in 0..<p {
                let a = shard.first[row * p + column] * scales[column] - centres[column]
                let b = shard.second[row * p + column] * scales[column] - centres[column]
                if state.centres != nil {
                    sums[start].add(a * a, at: column)
                    sums[start].add(b * b, at: p + column)
                    sums[start].add(a * b, at: 2 * p + column)
                }
                sums[sums.count - 1].add(a, at: column)
                sums[sums.count - 1].add(b, at: p + column)
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The centres, then the agreement.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let p = state.exponents.count
        let n: Double
        if let known = state.cases { n = known } else { n = try sum.scalar("cases") }
        guard n >= 3 else {
            let none = [Double?](repeating: nil, count: p)
            return .done(Result(cases: Int(n), icc: none, lower: none))
        }
        guard state.centres != nil else {
            let sums = try sum.values("reader_sum")
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
            let readings = ReadingSums(
                cases: n, sums: (deviations[column], deviations[p + column]),
                squares: (squares[column], squares[p + column]), product: squares[2 * p + column])
            if case .value(let value) = IntraclassCorrelation.estimate(readings, model: .agreement) {
                icc.append(value.value)
                lower.append(value.lower)
            } else {
                icc.append(nil)
                lower.append(nil)
            }
        }
        return .done(Result(cases: Int(n), icc: icc, lower: lower))
    }
}
