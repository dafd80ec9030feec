#if canImport(Glibc)
    import Glibc
#endif
public import Federation
import LinearAlgebra

/// Weights that give the cases of some sites the covariate moments of others (entropy balancing, Hainmueller 2012): of all
/// weights whose weighted means, and variances where asked, are the target's, those nearest to equal ones. They are
/// `exp(l'c)`, c the covariates' deviations from the target, and l is found by Newton's method on the convex dual
/// `log sum exp(l'c)`. The target is known by its moments alone; the weighted sites send sums.
public struct EntropyBalancing: Computation {
    /// `validation.entropy-balancing`
    public static let identifier = "validation.entropy-balancing"
    /// Most rounds before the case mixes count as apart.
    static let roundLimit = 200
    /// No weight of an accepted step is above the number of cases, so that a case beyond exp(20) rejects the step, whatever
    /// it adds.
    private static let largestExponent = 20.0
    private let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - columns: names of the covariates.
    ///   - means: their means in the target.
    ///   - standardDeviations: their standard deviations in the target (denominator n), all positive.
    ///   - squared: positions of the covariates whose variance is balanced too.
    public init(columns: [String], means: [Double], standardDeviations: [Double], squared: [Int] = []) {
        precondition(columns.count == means.count && means.count == standardDeviations.count, "one moment a column")
        precondition(squared.allSatisfy(columns.indices.contains), "positions of columns")
        specification = State(
            columns: columns, means: means, standardDeviations: standardDeviations, squared: squared,
            fit: NewtonAscent(start: [Double](repeating: 0, count: columns.count + squared.count)), rounds: 0)
    }

    /// The target's moments and the multipliers so far.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the covariates.
        public let columns: [String]
        /// Means in the target.
        public let means: [Double]
        /// Standard deviations in the target.
        public let standardDeviations: [Double]
        /// Positions of the covariates whose variance is balanced.
        public let squared: [Int]
        var fit: NewtonAscent
        var rounds: Int

        /// The multipliers at which the sites answer.
        public var multipliers: [Double] { fit.coefficients }

        /// Deviations from the target of one row of the covariates.
        func deviations(_ row: some Sequence<Double>) -> [Double] {
            let z = zip(row, zip(means, standardDeviations)).map { ($0 - $1.0) / $1.1 }
            return z + squared.map { z[$0] * z[$0] - 1 }
        }
    }

    /// The rule of the weights.
    public struct Result: Sendable, Equatable {
        let state: State

        /// Multipliers of the deviations: of the means, then of the variances, in units of the target's spread.
        public var multipliers: [Double] { state.multipliers }

        /// Weight of each row of a table of the covariates, with mean 1.
        public func weights(_ table: CaseTable) -> [Double] {
            let p = table.featureCount
            let linear = (0..<table.count).map { row in
                zip(state.deviations(table.features[row * p..<(row + 1) * p]), state.multipliers)
                    .reduce(0) { $0 + $1.0 * $1.1 }
            }
            let largest = linear.max() ?? 0
            let raw = linear.map { exp($0 - largest) }
            let mean = raw.reduce(0, +) / Double(max(1, raw.count))
            return raw.map { $0 / mean }
        }
    }

    /// Weight of each row of a table of the covariates as it enters the sums: `exp(l'c)`, no more than the largest.
    ///
    /// - Throws: `ValidationError.covariate` for a covariate that is missing or not finite.
    static func rawWeights(_ table: CaseTable, _ state: State) throws(ValidationError) -> [Double] {
        let p = table.featureCount
        if let place = table.features.firstIndex(where: { !$0.isFinite }) {
            throw .covariate(table.featureNames[place % p])
        }
        return (0..<table.count).map { row in
            let deviations = state.deviations(table.features[row * p..<(row + 1) * p])
            return exp(min(zip(deviations, state.multipliers).reduce(0) { $0 + $1.0 * $1.1 }, largestExponent))
        }
    }

    /// Equal weights.
    public func initialState() -> State { specification }

    /// Sums of weights, weighted deviations and their products.
    public func blocks(for state: State) -> [BlockSpecification] {
        let k = state.columns.count + state.squared.count
        // exp(20) times a million cases is within 2^52.
        func weighted(_ name: String, _ shape: [Int], _ meaning: String, _ discloses: String) -> BlockSpecification {
            BlockSpecification(
                name: name, shape: shape, fractionBits: 60, bound: 0x1p56, meaning: meaning, discloses: discloses)
        }
        return [
            weighted(
                "weight", [1], "sum of the weights at the broadcast multipliers",
                "how far the site's case mix is from the target's"),
            weighted(
                "weighted_deviation", [k], "weighted sums of the covariates' deviations from the target",
                "the site's weighted mean of each covariate"),
            weighted(
                "weighted_product", [k * (k + 1) / 2], "upper triangle of the weighted sums of products of deviations",
                "the site's weighted covariances of the covariates"),
        ]
    }

    /// Sums over the site's cases; the covariates are the table's features.
    ///
    /// - Throws: `ValidationError.covariate` for a covariate that is missing or not finite.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.columns.count
        guard shard.featureNames == state.columns else {
            throw FederationError.wrongShape(block: "weighted_deviation", expected: p, found: shard.featureCount)
        }
        var sums = blocks(for: state).map(ExactSum.init)
        for row in 0..<shard.count {
            let values = shard.features[row * p..<(row + 1) * p]
            if let column = values.firstIndex(where: { !$0.isFinite }) {
                throw ValidationError.covariate(state.columns[column - row * p])
            }
            let deviations = state.deviations(values)
            let linear = zip(deviations, state.multipliers).reduce(0) { $0 + $1.0 * $1.1 }
            let weight = exp(min(linear, Self.largestExponent))
            sums[0].add(weight)
            guard linear <= Self.largestExponent else { continue }
            var position = 0
            for i in deviations.indices {
                sums[1].add(weight * deviations[i], at: i)
                for j in i..<deviations.count {
                    sums[2].add(weight * deviations[i] * deviations[j], at: position)
                    position += 1
                }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The next multipliers, or the rule.
    ///
    /// - Throws: `ValidationError.caseMixesApart` if no weights of these cases have the target's moments.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        var state = state
        state.rounds += 1
        let total = try sum.scalar("weight")
        let means = try sum.values("weighted_deviation").map { $0 / total }
        let products = try sum.values("weighted_product")
        guard total > 0 else { throw ValidationError.caseMixesApart }
        var information: [Double] = []
        for i in means.indices {
            for j in i..<means.count {
                information.append(products[information.count] / total - means[i] * means[j])
            }
        }
        state.fit.absorb(gradient: means.map { -$0 }, information: information, logLikelihood: -log(total))
        switch state.fit.status {
        case .converged: return .done(Result(state: state))
        case .failed: throw ValidationError.caseMixesApart
        case .running:
            guard state.rounds < Self.roundLimit else { throw ValidationError.caseMixesApart }
            return .broadcast(state)
        }
    }
}
