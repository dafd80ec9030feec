public import Federation
public import Statistics

/// Agreement of several readers on categories over all sites, missing ratings allowed: the coefficients of
/// `WeightedAgreement` with their standard errors, Cohen's kappa of every pair, Light's, Fleiss' of each category, and
/// Krippendorff's alpha of any level.
///
/// Two rounds: totals of the categories; then tables of pairs, coincidences, and sums of squares of the cases' terms of each
/// coefficient, which need the totals (Gwet 2014, chapter 5).
public struct PooledRatingAgreement: Computation {
    /// `agreement.ratings`
    public static let identifier = "agreement.ratings"
    /// Most cells of the confusion tables of all pairs of readers.
    public static let cellLimit = 1 << 20
    private let readers: Int
    private let categories: Int
    private let weights: WeightedAgreement.Weights
    private let level: KrippendorffAlpha.Level
    private let values: [Double]

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - readers: number of readers, the same at all sites; at least two.
    ///   - categories: number of ordered categories, at least two.
    ///   - weights: how disagreements count.
    ///   - level: what differences of values mean for Krippendorff's alpha.
    ///   - values: public value of each category in ascending order; nil: 0, 1, 2 and so on.
    /// - Throws: `AgreementError.tooManyCells` or `.wrongValues`.
    public init(
        readers: Int, categories: Int, weights: WeightedAgreement.Weights, level: KrippendorffAlpha.Level = .nominal,
        values: [Double]? = nil
    ) throws(AgreementError) {
        precondition(readers >= 2 && categories >= 2, "at least two readers and two categories")
        guard readers <= 1024, categories <= 1024, Self.pairs(readers) * categories * categories <= Self.cellLimit
        else { throw .tooManyCells(readers: readers, categories: categories, limit: Self.cellLimit) }
        let values = values ?? (0..<categories).map(Double.init)
        guard values.count == categories, values.allSatisfy(\.isFinite), zip(values, values.dropFirst()).allSatisfy(<)
        else { throw .wrongValues(categories: categories) }
        (self.readers, self.categories, self.weights) = (readers, categories, weights)
        (self.level, self.values) = (level, values)
    }

    private static func pairs(_ readers: Int) -> Int { readers * (readers - 1) / 2 }

    /// What a site must know: the rule, then the totals of all sites.
    public struct State: Codable, Sendable, Equatable {
        /// Number of readers.
        public let readers: Int
        /// Number of categories.
        public let categories: Int
        /// How disagreements count.
        public let weights: WeightedAgreement.Weights
        /// Totals of all sites; nil in the first round.
        public let totals: RatingSums?
    }

    /// Agreement of all readers over all sites.
    public struct Result: Sendable, Equatable, Codable {
        /// Number of cases with a rating.
        public let cases: Int
        /// Cohen's kappa of each pair of readers: 1 and 2, 1 and 3, ..., 2 and 3, ...
        public let cohen: [Estimate]
        /// Light's kappa: the mean over pairs.
        public let light: Estimate
        /// Fleiss' kappa.
        public let fleiss: Estimate
        /// Conger's kappa.
        public let conger: Estimate
        /// Brennan and Prediger's kappa.
        public let brennanPrediger: Estimate
        /// Gwet's AC1, or AC2 with weights.
        public let gwet: Estimate
        /// Krippendorff's alpha for the weights.
        public let krippendorff: Estimate
        /// Krippendorff's alpha of the level.
        public let alpha: Estimate
        /// Fleiss' kappa of each category against the others, without weights; empty unless all readers rated all cases.
        public let byCategory: [Estimate]
        /// Two-sided p-value of each of them.
        public let byCategoryPValues: [Double?]
    }

    /// The rule.
    public func initialState() -> State {
        State(readers: readers, categories: categories, weights: weights, totals: nil)
    }

    /// Totals, then tables and squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let q = state.categories
        guard state.totals != nil else {
            return [
                .counts(
                    "cases", shape: [2], meaning: "cases with a rating, and with two at least",
                    discloses: "their numbers at the site"),
                .counts(
                    "reader_category", shape: [state.readers, q], meaning: "ratings by reader and category",
                    discloses: "how often each reader of the site chose each category"),
                .counts(
                    "repeated_category", shape: [q], meaning: "ratings of the cases with two at least by category",
                    discloses: "their numbers at the site"),
                .unitScale(
                    "category_share", shape: [q],
                    meaning: "sum over cases of the share of readers who chose the category",
                    discloses: "the site's mean share of each category"),
                .unitScale(
                    "agreement", shape: [2],
                    meaning: "sum over cases of the weighted agreement of pairs of readers; the same times ratings",
                    discloses: "the site's mean agreement"),
            ]
        }
        return [
            .counts(
                "pair_ratings", shape: [Self.pairs(state.readers), q, q],
                meaning: "cases by the ratings of two readers, for each pair of readers",
                discloses: "the site's rating table of each pair of readers"),
            .counts(
                "category_square", shape: [q],
                meaning: "sum over cases of the squared number of readers who chose the category",
                discloses: "how often the site's readers agree on each category"),
            .unitScale(
                "coincidence", shape: [q, q],
                meaning: "ordered pairs of ratings of a case by category, each case over its ratings less one",
                discloses: "the site's agreement by pairs of categories"),
            .unitScale(
                "squared_term", shape: [AgreementCoefficient.allCases.count],
                meaning: "sum over cases of the squared deviation of the case's term of each coefficient",
                discloses: "the site's spread of agreement over cases"),
        ]
    }

    /// Sums over the site's cases; one row a case, one column a reader, categories from 0, nil for a missing rating.
    ///
    /// - Throws: `AgreementError.wrongReaders` or `.unknownCategory`.
    public func contribute(_ shard: [[Int?]], to state: State) throws -> Contribution {
        let weights = WeightMatrix(state.weights, categories: state.categories)
        var cases: [RatedCase] = []
        for (position, row) in shard.enumerated() {
            guard row.count == state.readers else {
                throw AgreementError.wrongReaders(expected: state.readers, found: row.count)
            }
            guard row.allSatisfy({ $0.map((0..<state.categories).contains) ?? true }) else {
                throw AgreementError.unknownCategory(position: position, categories: state.categories)
            }
            if let rated = RatedCase(row, categories: state.categories) { cases.append(rated) }
        }
        var sums = blocks(for: state).map(ExactSum.init)
        if let totals = state.totals {
            guard totals.isFor(readers: state.readers, categories: state.categories) else {
                throw FederationError.specificationMismatch(block: "reader_category")
            }
            let terms = AgreementCoefficient.allCases.map { try? $0.terms(of: totals, weights) }
            for rated in cases { Self.add(rated, terms, state, to: &sums) }
        } else {
            for rated in cases { Self.add(rated, weights, state, to: &sums) }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// A case's part of the totals.
    private static func add(_ rated: RatedCase, _ weights: WeightMatrix, _ state: State, to sums: inout [ExactSum]) {
        let isRepeated = rated.total >= 2
        sums[0].add([1, isRepeated ? 1 : 0])
        for (reader, category) in rated.ratings { sums[1].add(1, at: reader * state.categories + category) }
        if isRepeated { sums[2].add(rated.counts) }
        sums[3].add(rated.counts.map { $0 / rated.total })
        sums[4].add([rated.agreement(weights), rated.ratedAgreement(weights)])
    }

    /// A case's part of the tables and squares.
    private static func add(
        _ rated: RatedCase, _ terms: [AgreementTerms?], _ state: State, to sums: inout [ExactSum]
    ) {
        let q = state.categories
        for (position, (first, row)) in rated.ratings.enumerated() {
            // Pairs whose first reader is an earlier one come before.
            let start = first * (2 * state.readers - first - 1) / 2
            for (second, column) in rated.ratings[(position + 1)...] {
                sums[0].add(1, at: ((start + second - first - 1) * q + row) * q + column)
            }
        }
        sums[1].add(rated.counts.map { $0 * $0 })
        if rated.total >= 2 {
            for k in 0..<q where rated.counts[k] > 0 {
                for l in 0..<q {
                    let pairs = rated.counts[k] * (rated.counts[l] - (k == l ? 1 : 0))
                    sums[2].add(pairs / (rated.total - 1), at: k * q + l)
                }
            }
        }
        for (index, term) in terms.enumerated() {
            guard let term else { continue }
            let deviation = term.deviation(rated)
            sums[3].add(deviation * deviation, at: index)
        }
    }

    /// The totals, then the coefficients.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let (q, readers) = (state.categories, state.readers)
        guard let totals = state.totals else {
            var totals = RatingSums(readers: readers, categories: q)
            let (cases, agreement) = (try sum.values("cases"), try sum.values("agreement"))
            (totals.cases, totals.repeatedCases) = (cases[0], cases[1])
            (totals.agreement, totals.ratedAgreement) = (agreement[0], agreement[1])
            let counts = try sum.values("reader_category")
            totals.readerCounts = (0..<readers).map { Array(counts[$0 * q..<($0 + 1) * q]) }
            totals.repeatedCounts = try sum.values("repeated_category")
            totals.shares = try sum.values("category_share")
            return .broadcast(State(readers: readers, categories: q, weights: state.weights, totals: totals))
        }
        let weights = WeightMatrix(state.weights, categories: q)
        let squares = try sum.values("squared_term")
        let estimates = zip(AgreementCoefficient.allCases, squares).map { coefficient, square -> Estimate in
            do throws(NotEstimable) {
                return try coefficient.terms(of: totals, weights).estimate(squares: square)
            } catch { return .notEstimable(error.reason) }
        }
        let tables = try sum.values("pair_ratings").map { Int($0) }
        let cohen = (0..<Self.pairs(readers)).map { pair in
            CohenKappa.estimate(table: Array(tables[pair * q * q..<(pair + 1) * q * q]), weights: state.weights.cohen)
        }
        let byCategory = Self.byCategory(totals, squares: try sum.values("category_square"))
        return .done(
            Result(
                cases: Int(totals.cases), cohen: cohen, light: CohenKappa.light(cohen, cases: Int(totals.cases)),
                fleiss: estimates[0], conger: estimates[3], brennanPrediger: estimates[2], gwet: estimates[1],
                krippendorff: estimates[4],
                alpha: KrippendorffAlpha.estimate(
                    values: values, counts: totals.repeatedCounts, coincidences: try sum.values("coincidence"),
                    cases: Int(totals.repeatedCases), level: level),
                byCategory: byCategory.map(\.kappa), byCategoryPValues: byCategory.map(\.pValue)))
    }

    private static func byCategory(
        _ totals: RatingSums, squares: [Double]
    ) -> [(kappa: Estimate, pValue: Double?)] {
        let readers = Double(totals.readerCounts.count)
        let isComplete = totals.readerCounts.allSatisfy { $0.reduce(0, +) == totals.cases }
        guard isComplete, totals.cases >= 2 else { return [] }
        return MultiReaderAgreement.fleissByCategory(
            cases: totals.cases, readers: readers, counts: totals.repeatedCounts, squares: squares)
    }
}
