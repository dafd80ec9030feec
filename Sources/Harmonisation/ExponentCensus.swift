public import Federation

/// Finds for each column the public power of two above its largest absolute value, so that later sums are on unit scale.
///
/// A site sends for each column a one-hot of the class of *its own largest* exponent (classes of four binary orders),
/// which is coarser than a histogram over its cases.
public struct ExponentCensus: Computation {
    /// `harmonisation.exponent-census`
    public static let identifier = "harmonisation.exponent-census"
    /// Binary orders of one class.
    static let classWidth = 4
    /// Exponent of the lowest class: values below 2^-128 count as it.
    static let lowest = -128
    /// Number of classes, up to 2^128.
    static let classes = 64

    let columns: Int
    let allowsMissing: Bool?

    /// Creates the computation for a number of columns (features, then covariates).
    ///
    /// - Parameter allowsMissing: whether features may have missing values (NaN).
    public init(columns: Int, allowsMissing: Bool = false) {
        self.columns = columns
        self.allowsMissing = allowsMissing ? true : nil
    }

    /// Number of columns.
    public struct State: Codable, Sendable, Equatable {
        /// Number of columns.
        public let columns: Int
        /// Whether features may have missing values; nil: no.
        public let allowsMissing: Bool?
    }

    /// The number of columns.
    public func initialState() -> State { State(columns: columns, allowsMissing: allowsMissing) }

    /// One row of classes a column.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "exponent_class", shape: [state.columns, Self.classes],
                meaning: "1 in the class of the largest binary exponent of the column at the site; summed: sites",
                discloses: "the magnitude of the site's largest value in each column, to a factor of 16")
        ]
    }

    /// Marks the class of the site's largest value in each column.
    ///
    /// - Throws: `HarmonisationError.missingValues` with the names of all features concerned.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        let p = shard.featureCount
        let q = shard.covariateNames.count
        guard p + q == state.columns else {
            throw FederationError.wrongShape(block: "exponent_class", expected: state.columns, found: p + q)
        }
        let survey = shard.surveyed()
        try shard.requireFinite(state.allowsMissing == true ? survey.largest.map(\.isFinite) : survey.isFinite)
        try shard.requireFiniteCovariates()
        for column in 0..<p { sum.add(1, at: column * Self.classes + Self.classIndex(survey.largest[column])) }
        for column in 0..<q {
            var largest = 0.0
            for row in 0..<shard.count { largest = max(largest, shard.covariates[row * q + column].magnitude) }
            sum.add(1, at: (p + column) * Self.classes + Self.classIndex(largest))
        }
        return Contribution(blocks: [try sum.block()])
    }

    private static func classIndex(_ value: Double) -> Int {
        guard value > 0 else { return 0 }
        let exponent = Int(value.exponent) + 1
        return min(max((exponent - lowest + classWidth - 1) / classWidth, 0), classes - 1)
    }

    /// For each column the exponent e with |x| <= 2^e at every site.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        let counts = try sum.values("exponent_class")
        return .done(
            (0..<state.columns).map { column in
                let row = counts[column * Self.classes..<(column + 1) * Self.classes]
                let highest = row.lastIndex { $0 > 0 } ?? row.startIndex
                return (highest - row.startIndex) * Self.classWidth + Self.lowest
            })
    }
}
