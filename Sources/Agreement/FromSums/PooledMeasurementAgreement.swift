public import Federation
public import Statistics

/// Agreement of several readers' measurements over all sites: six forms of the ICC, Lin's coefficient and Bland-Altman
/// limits of every pair, Krippendorff's alpha of the interval level.
///
/// Two rounds: the pooled mean; then sums, squares and products about it, so that nothing cancels. With a public centre, one
/// round. Cases with all measurements count, for alpha those with two at least.
public struct PooledMeasurementAgreement: Computation {
    /// `agreement.measurements`
    public static let identifier = "agreement.measurements"
    private let readers: Int
    private let exponent: Int
    private let centre: Double?

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - readers: number of readers, the same at all sites; at least two.
    ///   - exponent: public binary scale: measurements are divided by `2^exponent`, which should make them about 1.
    ///   - centre: public centre near the mean, in the unit of the measurements; nil to find the pooled mean in a first
    ///     round.
    public init(readers: Int, exponent: Int, centre: Double? = nil) {
        precondition(readers >= 2 && (-400...400).contains(exponent), "two readers, an exponent of -400 to 400")
        precondition(centre.map(\.isFinite) ?? true, "a finite centre")
        (self.readers, self.exponent) = (readers, exponent)
        self.centre = centre.map { $0 * Double(sign: .plus, exponent: -exponent, significand: 1) }
    }

    /// The scale, and once it is known the centre.
    public struct State: Codable, Sendable, Equatable {
        /// Number of readers.
        public let readers: Int
        /// Binary exponent of the measurements.
        public let exponent: Int
        /// Public centre or pooled mean, scaled.
        public let centre: Double?
    }

    /// Agreement of two readers.
    public struct Pair: Sendable, Equatable, Codable {
        /// Number of the first reader, from 0.
        public let first: Int
        /// Number of the second reader.
        public let second: Int
        /// Lin's coefficient.
        public let concordance: Estimate
        /// Mean of second less first reader.
        public let bias: Estimate
        /// Lower Bland-Altman limit.
        public let lowerLimit: Estimate
        /// Upper Bland-Altman limit.
        public let upperLimit: Estimate
    }

    /// An intraclass correlation.
    public struct Correlation: Sendable, Equatable, Codable {
        /// Model and type.
        public let model: IntraclassCorrelation.Model
        /// Single reading or mean of the readers.
        public let unit: IntraclassCorrelation.Unit
        /// The coefficient.
        public let estimate: Estimate
    }

    /// Agreement of all readers over all sites.
    public struct Result: Sendable, Equatable, Codable {
        /// Cases with all measurements.
        public let cases: Int
        /// All six forms.
        public let correlations: [Correlation]
        /// All pairs of readers: 1 and 2, 1 and 3, ..., 2 and 3, ...
        public let pairs: [Pair]
        /// Krippendorff's alpha, interval level.
        public let alpha: Estimate
    }

    /// The scale.
    public func initialState() -> State { State(readers: readers, exponent: exponent, centre: centre) }

    /// The sum for the mean, then squares and products.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard state.centre != nil else {
            return [
                .counts("measurements", meaning: "measurements", discloses: "their number at the site"),
                .unitScale("sum", meaning: "sum of all measurements, scaled", discloses: "the site's mean measurement"),
            ]
        }
        return [
            .counts(
                "cases", shape: [3],
                meaning: "cases with all measurements; cases with two at least, and the measurements of these",
                discloses: "their numbers at the site"),
            .unitScale(
                "reader_deviation", shape: [state.readers],
                meaning: "over cases with all measurements: sum about the centre by reader, scaled",
                discloses: "the site's mean by reader"),
            .unitScale(
                "product", shape: [state.readers, state.readers],
                meaning: "over cases with all measurements: squares and products about the centre (upper triangle)",
                discloses: "the site's spread by reader and the agreement of its readers"),
            .unitScale(
                "repeated", shape: [3],
                meaning: "over cases with two measurements: sum and squares about the centre, differences within cases",
                discloses: "the site's mean, spread and spread within cases"),
        ]
    }

    /// Sums over the site's cases; one row a case, one column a reader, nil for a missing measurement.
    ///
    /// - Throws: `AgreementError.wrongReaders` or `.notFinite`; `FederationError.outOfBound` if the scale is far too small.
    public func contribute(_ shard: [[Double?]], to state: State) throws -> Contribution {
        let scale = Double(sign: .plus, exponent: -state.exponent, significand: 1)
        var sums = blocks(for: state).map(ExactSum.init)
        for row in shard {
            guard row.count == state.readers else {
                throw AgreementError.wrongReaders(expected: state.readers, found: row.count)
            }
            if let reader = row.firstIndex(where: { !($0 ?? 0).isFinite }) {
                throw AgreementError.notFinite(reader: reader)
            }
            let values = row.compactMap { $0.map { $0 * scale - (state.centre ?? 0) } }
            guard state.centre != nil else {
                sums[0].add(Double(values.count))
                for value in values { sums[1].add(value) }
                continue
            }
            guard values.count >= 2 else { continue }
            let isComplete = values.count == state.readers
            sums[0].add([isComplete ? 1 : 0, 1, Double(values.count)])
            var disagreement = 0.0
            for (first, value) in values.enumerated() {
                sums[3].add(value, at: 0)
                sums[3].add(value * value, at: 1)
                for other in values[(first + 1)...] { disagreement += 2 * (value - other) * (value - other) }
                guard isComplete else { continue }
                sums[1].add(value, at: first)
                for second in first..<values.count {
                    sums[2].add(value * values[second], at: first * state.readers + second)
                }
            }
            sums[3].add(disagreement / Double(values.count - 1), at: 2)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The centre, then the agreement.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        guard let centre = state.centre else {
            let count = try sum.scalar("measurements")
            let mean = count > 0 ? try sum.scalar("sum") / count : 0
            return .broadcast(State(readers: state.readers, exponent: state.exponent, centre: mean))
        }
        let k = state.readers
        let scale = Double(sign: .plus, exponent: state.exponent, significand: 1)
        let counts = try sum.values("cases")
        let sums = try sum.values("reader_deviation").map { $0 * scale }
        let products = try sum.values("product").map { $0 * scale * scale }
        let squares = (0..<k).reduce(0) { $0 + products[$1 * k + $1] }
        // Only the upper triangle is there: the rest is 0.
        let readings = ReadingSums(
            cases: counts[0], readerSums: sums, squares: squares,
            caseSquares: 2 * products.reduce(0, +) - squares)
        var correlations: [Correlation] = []
        for model in IntraclassCorrelation.Model.allCases {
            for unit in IntraclassCorrelation.Unit.allCases {
                let estimate = IntraclassCorrelation.estimate(readings, model: model, unit: unit)
                correlations.append(Correlation(model: model, unit: unit, estimate: estimate))
            }
        }
        var pairs: [Pair] = []
        for first in 0..<k {
            for second in (first + 1)..<k {
                let pair = PairSums(
                    centre: centre * scale, count: counts[0], sums: (sums[first], sums[second]),
                    squares: (products[first * k + first], products[second * k + second]),
                    products: products[first * k + second])
                pairs.append(Self.agreement(pair, first, second))
            }
        }
        let repeated = try sum.values("repeated")
        return .done(
            Result(
                cases: Int(counts[0]), correlations: correlations, pairs: pairs,
                alpha: KrippendorffAlpha.interval(
                    cases: Int(counts[1]), total: counts[2], sum: repeated[0], squares: repeated[1],
                    observed: repeated[2])))
    }

    private static func agreement(_ sums: PairSums, _ first: Int, _ second: Int) -> Pair {
        let limits = BlandAltman(sums)
        let few = Estimate.notEstimable("fewer than two cases with all measurements")
        return Pair(
            first: first, second: second,
            concordance: LinConcordance(sums)?.coefficient
                ?? .notEstimable("fewer than three cases with all measurements, or a reader's do not vary"),
            bias: limits?.bias ?? few, lowerLimit: limits?.lowerLimit ?? few, upperLimit: limits?.upperLimit ?? few)
    }
}
