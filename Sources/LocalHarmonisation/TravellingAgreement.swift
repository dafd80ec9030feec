public import Federation
public import Harmonisation

/// Agreement of batches on travelling subjects, from the sums of sites, in two rounds: how many subjects two batches of a site
/// both measured; their sums, squares and products.
///
/// A site pairs the rows of a subject by the subject's name, which stays there. A subject counts within each site by itself:
/// the product of a value here and a value there is no sum over sites. The numbers are of the pairs of batches, which a site
/// must have agreed to show; a floor holds for them (`ToldSubjects`).
public struct TravellingAgreement: Computation {
    /// `harmonisation.travelling-subjects`
    public static let identifier = "harmonisation.travelling-subjects"
    private let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - means: pooled mean of each feature, from `PooledMoments`.
    ///   - deviations: pooled standard deviation of each; 0 for one that does not vary.
    ///   - batches: public names of the batches of all sites, in alphabetical order.
    ///   - minimum: fewest subjects behind a number of a site.
    public init(features: [String], means: [Double], deviations: [Double], batches: [String], minimum: Int) {
        precondition(means.count == features.count && deviations.count == features.count, "moments of each feature")
        precondition(minimum > 0, "a subject at least")
        specification = State(
            features: features, means: means, deviations: deviations, batches: batches, minimum: minimum)
    }

    /// What is compared, and from the second round on by which batches.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Pooled mean of each.
        public let means: [Double]
        /// Pooled standard deviation of each, 0 for one that does not vary.
        public let deviations: [Double]
        /// Names of the batches.
        public let batches: [String]
        /// Fewest subjects behind a number of a site.
        public let minimum: Int
        /// Pairs of batches with subjects; nil in the first round.
        public internal(set) var pairs: [[Int]]?
        /// Subjects of each pair.
        public internal(set) var pairSubjects: [Double]?
        /// Subjects of any pair.
        public internal(set) var travelling: Double?

        /// Batches that pairs link, directly or through others.
        var groups: [[Int]] {
            var groups: [Set<Int>] = []
            for pair in pairs ?? [] {
                let linked = groups.filter { !$0.isDisjoint(with: pair) }
                groups.removeAll { !$0.isDisjoint(with: pair) }
                groups.append(linked.reduce(Set(pair)) { $0.union($1) })
            }
            return groups.map { $0.sorted() }.sorted { $0[0] < $1[0] }
        }
    }

    /// What is compared.
    public func initialState() -> State { specification }

    /// Subjects, then sums.
    public func blocks(for state: State) -> [BlockSpecification] {
        let (p, b) = (state.features.count, state.batches.count)
        guard let pairs = state.pairs else {
            return [
                .counts(
                    "pair_subjects", shape: [b * (b - 1) / 2],
                    meaning: "subjects that two batches of a site both measured, 0 where they may not be told",
                    discloses: "the same, \(state.minimum) or more"),
                .counts(
                    "travelling", meaning: "subjects of any of these pairs", discloses: "their number at the site"),
            ]
        }
        let groups = state.groups
        let readers = groups.reduce(0) { $0 + $1.count }
        let whose = "\(state.minimum) subjects or more of the site"
        return [
            .unitScale(
                "pair_sum", shape: [pairs.count, 2, p],
                meaning: "sum of each standardised feature over a pair's subjects, by batch",
                discloses: "the mean of \(whose) in each batch of a pair"),
            .unitScale(
                "pair_product", shape: [pairs.count, 3, p],
                meaning: "over a pair's subjects: squares in the first batch, in the second, and products",
                discloses: "spread and agreement of \(whose)"),
            .counts(
                "group_subjects", shape: [groups.count],
                meaning: "subjects that all batches of a group measured, 0 where they may not be told",
                discloses: "the same, \(state.minimum) or more"),
            .unitScale(
                "group_sum", shape: [readers, p],
                meaning: "sum of each standardised feature over these subjects, by batch",
                discloses: "the mean of \(whose) in each batch of a group"),
            .unitScale(
                "group_square", shape: [groups.count, 2, p],
                meaning: "over these subjects: squares of all values, and of the sum of a subject's values",
                discloses: "spread between and within \(whose)"),
        ]
    }

    /// Sums over the site's subjects.
    public func contribute(_ shard: LongitudinalTable, to state: State) throws -> Contribution {
        try contribute(shard, subject: shard.subject, to: state)
    }

    /// Sums over the subjects of rows that need not be in memory.
    ///
    /// - Parameter subject: subject of each row.
    /// - Throws: `HarmonisationError` naming columns or an unknown batch.
    public func contribute(_ source: some RowSource, subject: [String], to state: State) throws -> Contribution {
        guard source.featureNames == state.features else {
            throw HarmonisationError.columnsDiffer(
                source.featureNames.first { !state.features.contains($0) } ?? "(features)")
        }
        let site = try SiteSubjects(source, subject: subject, batches: state.batches)
        var told = ToldSubjects(site.measured, minimum: state.minimum)
        var pairs: [(place: [Int], subjects: [Int])] = []
        for pair in site.pairs {
            let subjects = site.subjects(pair)
            if told.tell(subjects, batches: pair) { pairs.append((pair, subjects)) }
        }
        var sums = blocks(for: state).map(ExactSum.init)
        guard let asked = state.pairs else {
            let b = state.batches.count
            for pair in pairs {
                let (i, j) = (site.positions[pair.place[0]], site.positions[pair.place[1]])
                sums[0].add(Double(pair.subjects.count), at: i * (2 * b - i - 1) / 2 + j - i - 1)
            }
            sums[1].add(Double(Set(pairs.flatMap(\.subjects)).count))
            return Contribution(blocks: try sums.map { try $0.block() })
        }
        var places: [[Int]: Int] = [:]
        for (place, pair) in asked.enumerated() { places[pair] = place }
        let own = pairs.compactMap { pair in
            places[pair.place.map { site.positions[$0] }].map { (at: $0, batches: pair.place, subjects: pair.subjects) }
        }
        var groups: [(at: Int, reader: Int, batches: [Int], subjects: [Int])] = []
        var reader = 0
        for (at, group) in state.groups.enumerated() {
            let batches = group.compactMap { site.positions.firstIndex(of: $0) }
            let subjects = batches.count == group.count ? site.subjects(batches) : []
            if told.tell(subjects, batches: batches) {
                groups.append((at, reader, batches, subjects))
                sums[2].add(Double(subjects.count), at: at)
            }
            reader += group.count
        }
        let p = state.features.count
        try source.forEachUnsortedColumn { column, values in
            let (mean, deviation) = (state.means[column], state.deviations[column])
            func z(_ batch: Int, _ subject: Int) -> Double {
                deviation > 0 ? (site.mean(values[batch], batch, subject) - mean) / deviation : 0
            }
            for pair in own {
                for subject in pair.subjects {
                    let (x, y) = (z(pair.batches[0], subject), z(pair.batches[1], subject))
                    for (term, value) in [x, y].enumerated() {
                        sums[0].add(value, at: (pair.at * 2 + term) * p + column)
                    }
                    for (term, value) in [x * x, y * y, x * y].enumerated() {
                        sums[1].add(value, at: (pair.at * 3 + term) * p + column)
                    }
                }
            }
            for group in groups {
                for subject in group.subjects {
                    var total = 0.0
                    for (place, batch) in group.batches.enumerated() {
                        let value = z(batch, subject)
                        total += value
                        sums[3].add(value, at: (group.reader + place) * p + column)
                        sums[4].add(value * value, at: group.at * 2 * p + column)
                    }
                    sums[4].add(total * total, at: (group.at * 2 + 1) * p + column)
                }
            }
        }
        do {
            return Contribution(blocks: try sums.map { try $0.block() })
        } catch FederationError.notFinite(_, let index) {
            throw HarmonisationError.missingValues(features: [state.features[index % p]])
        }
    }

    /// The pairs, then the agreement.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, TravellingSubjects> {
        guard state.pairs == nil else { return .done(try TravellingSubjects(state, sum)) }
        let counts = try sum.values("pair_subjects")
        var following = state
        (following.pairs, following.pairSubjects) = ([], [])
        var place = 0
        for first in state.batches.indices {
            for second in state.batches.indices.dropFirst(first + 1) {
                if counts[place] > 0 {
                    following.pairs?.append([first, second])
                    following.pairSubjects?.append(counts[place])
                }
                place += 1
            }
        }
        following.travelling = try sum.scalar("travelling")
        guard following.pairs?.isEmpty == false else { return .done(TravellingSubjects(none: state.features)) }
        return .broadcast(following)
    }

    /// Runs the computation over the rows of sites that need not be in memory.
    ///
    /// - Throws: what `contribute` throws.
    func run(_ sites: [(rows: any RowSource, subject: [String])]) throws -> TravellingSubjects {
        var state = initialState()
        while true {
            var sum = Contribution.zero(blocks(for: state))
            for site in sites { try sum.add(contribute(site.rows, subject: site.subject, to: state)) }
            switch try next(after: state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result): return result
            }
        }
    }

    /// The blocks of both rounds when these pairs of batches have subjects.
    func everyRound(pairs: [[Int]]) -> [[BlockSpecification]] {
        var second = specification
        second.pairs = pairs
        return [specification, second].map(blocks)
    }
}
