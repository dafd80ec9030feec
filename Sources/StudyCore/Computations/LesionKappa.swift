public import Federation

/// Mean voxel kappa over lesions of the contours of two readers, for each region, and the table of case-level ratings.
///
/// The kappa of a lesion is Cohen's (1960) over the voxels of its stored reference region: the bounding box of both
/// contours grown by the largest ring of the protocol. A lesion whose box holds one category only has no kappa.
public struct LesionKappa: Computation {
    /// `agreement.lesion-kappa`
    public static let identifier = "agreement.lesion-kappa"
    let regions: [String]
    let categories: Int

    /// Creates the computation.
    public init(regions: [String], categories: Int) {
        self.regions = regions
        self.categories = categories
    }

    /// Which regions, and how many categories the ratings have.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the regions.
        public let regions: [String]
        /// Number of categories of case-level ratings; 0 for none.
        public let categories: Int
    }

    /// Over all sites.
    public struct Summary: Sendable, Equatable {
        /// Region to number of lesions, mean kappa and its standard error.
        public let regions: [String: (lesions: Int, mean: Double, standardError: Double)]
        /// Counts of the ratings, row-major.
        public let ratings: [Int]

        /// Whether two summaries are the same.
        public static func == (left: Summary, right: Summary) -> Bool {
            left.ratings == right.ratings && left.regions.keys == right.regions.keys
                && left.regions.allSatisfy { name, value in right.regions[name].map { $0 == value } ?? false }
        }
    }

    /// The regions and the number of categories.
    public func initialState() -> State { State(regions: regions, categories: categories) }

    /// Sums of kappas, and rating counts.
    public func blocks(for state: State) -> [BlockSpecification] {
        var blocks: [BlockSpecification] = []
        if !state.regions.isEmpty {
            blocks.append(
                .unitScale(
                    "lesion_kappa", shape: [state.regions.count, 3],
                    meaning: "for each region: lesions with two contours, sum of their kappas, sum of squared kappas",
                    discloses: "the mean and spread of the site's reader agreement"))
        }
        if state.categories > 0 {
            blocks.append(
                .counts(
                    "ratings", shape: [state.categories, state.categories],
                    meaning: "cases by the ratings of two readers", discloses: "the site's rating table"))
        }
        return blocks
    }

    /// Cohen's kappa of one lesion from [both, first only, second only, neither], or `nil` if it has none.
    public static func kappa(_ counts: [Int]) -> Double? {
        let n = Double(counts.reduce(0, +))
        let both = Double(counts[0])
        let first = Double(counts[1])
        let second = Double(counts[2])
        let neither = Double(counts[3])
        let expected = ((both + first) * (both + second) + (second + neither) * (first + neither)) / (n * n)
        guard n > 0, expected < 1 else { return nil }
        return ((both + neither) / n - expected) / (1 - expected)
    }

    /// Sums over the site's lesions and ratings.
    public func contribute(_ shard: ExtractionData, to state: State) throws -> Contribution {
        var result: [Block] = []
        for specification in blocks(for: state) {
            var sum = ExactSum(specification)
            if specification.name == "ratings" {
                if !shard.ratings.isEmpty { sum.add(shard.ratings.map(Double.init)) }
            } else {
                for (row, region) in state.regions.enumerated() {
                    for kappa in (shard.contours[region] ?? []).compactMap(Self.kappa) {
                        sum.add(1, at: row * 3)
                        sum.add(kappa, at: row * 3 + 1)
                        sum.add(kappa * kappa, at: row * 3 + 2)
                    }
                }
            }
            result.append(try sum.block())
        }
        return Contribution(blocks: result)
    }

    /// Means and standard errors over all lesions.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Summary> {
        var regions: [String: (lesions: Int, mean: Double, standardError: Double)] = [:]
        if !state.regions.isEmpty {
            let values = try sum.values("lesion_kappa")
            for (row, region) in state.regions.enumerated() where values[row * 3] >= 2 {
                let n = values[row * 3]
                let mean = values[row * 3 + 1] / n
                let variance = max(0, values[row * 3 + 2] / n - mean * mean) * n / (n - 1)
                regions[region] = (Int(n), mean, (variance / n).squareRoot())
            }
        }
        let ratings = state.categories > 0 ? try sum.values("ratings").map { Int($0) } : []
        return .done(Summary(regions: regions, ratings: ratings))
    }
}
