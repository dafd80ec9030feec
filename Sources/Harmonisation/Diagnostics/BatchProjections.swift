public import Federation
import LinearAlgebra

/// How far batches are apart on the leading principal components, in two rounds after the pooled correlation matrix: the
/// mean of each batch gives the scatter within batches, hence shares of variance, distances and discriminants; then each
/// batch's counts along the discriminants and its spread on the first two components.
///
/// With eigenvalues l and batch means s_i on the components, N diag(l) - sum n_i s_i s_i' is the scatter within batches, so
/// that no further product of features is needed. The numbers are of each batch, which is a site or a scanner: a site must have
/// agreed that they are shown. A batch must lie wholly within one shard.
public struct BatchProjections: BatchwiseComputation {
    /// `harmonisation.batch-projections`
    public static let identifier = "harmonisation.batch-projections"
    /// Cells along a discriminant.
    static let cells = 128
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - means: pooled mean of each feature, from `PooledMoments`.
    ///   - deviations: pooled standard deviation of each; 0 for a feature that is left out.
    ///   - components: leading components of the correlation matrix.
    ///   - batches: public names of the batches of all sites.
    ///   - minimum: fewest cases of a group of cells, and of a batch.
    public init(
        features: [String], means: [Double], deviations: [Double], components: LeadingComponents, batches: [String],
        minimum: Int
    ) {
        specification = State(
            features: features, means: means, deviations: deviations, components: components, batches: batches,
            minimum: minimum, discriminants: nil)
    }

    /// Components, and from the second round on the discriminants.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Pooled mean of each.
        public let means: [Double]
        /// Pooled standard deviation of each; 0 for a feature that is left out.
        public let deviations: [Double]
        /// Leading components.
        public let components: LeadingComponents
        /// Names of the batches.
        public let batches: [String]
        /// Fewest cases of a group of cells, and of a batch.
        public let minimum: Int
        /// What the first round gave.
        public let discriminants: Discriminants?
    }

    /// Number of cases and sums of each batch; then counts along the discriminants and squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let k = state.batches.count
        guard state.discriminants == nil else {
            return [
                .counts(
                    "discriminant_cases", shape: [k, 2, FlooredCounts.placements, Self.cells],
                    meaning: "cases of a batch, and of the other batches, in groups of cells along its discriminant",
                    discloses: "the distribution of each batch along it, in groups of \(state.minimum) cases or more"),
                .unitScale(
                    "leading_product", shape: [k, 3],
                    meaning: "products of each batch's scores on the first two components about their means",
                    discloses: "the spread of each batch on two components"),
            ]
        }
        return [
            .counts("batch_cases", shape: [k], meaning: "number of cases of each batch", discloses: "the same"),
            .unitScale(
                "batch_sum", shape: [k, state.features.count], meaning: "sums of each batch's standardised features",
                discloses: "the mean of each feature in each batch"),
        ]
    }

    /// The blocks of both rounds.
    public static func everyRound(features: [String], batches: [String], minimum: Int) -> [[BlockSpecification]] {
        let none = features.map { _ in 0.0 }
        let computation = BatchProjections(
            features: features, means: none, deviations: none,
            components: LeadingComponents(axes: [], values: [], total: 0), batches: batches, minimum: minimum)
        let first = computation.initialState()
        let second = State(
            features: features, means: none, deviations: none, components: first.components, batches: batches,
            minimum: minimum, discriminants: Discriminants())
        return [computation.blocks(for: first), computation.blocks(for: second)]
    }

    /// Components.
    public func initialState() -> State { specification }

    /// Sums over the site's batches.
    ///
    /// - Throws: `HarmonisationError` naming the columns, an unknown batch or one that is too small.
    public func contribute(_ source: some RowSource, to state: State) throws -> Contribution {
        try source.requireColumns(features: state.features, covariates: source.covariateNames)
        try source.requireFiniteFeatures()
        let p = state.features.count
        guard state.means.count == p, state.deviations.count == p else {
            throw HarmonisationError.columnsDiffer("(means)")
        }
        let positions = try source.positions(among: state.batches, minimum: state.minimum)
        var sums = blocks(for: state).map(ExactSum.init)
        for (place, position) in positions.enumerated() {
            guard let discriminants = state.discriminants else {
                sums[0].add(Double(source.batches[place].rows), at: position)
                try source.forEachStandardised(of: place, state) { z in
                    for column in 0..<p { sums[1].add(z[column], at: position * p + column) }
                }
                continue
            }
            try discriminants.add(place, of: source, at: position, state: state, to: &sums)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The discriminants, or what they show.
    ///
    /// - Throws: `HarmonisationError.unknownBatch`, `.tooFewCases`; `LinearAlgebraError`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        guard let discriminants = state.discriminants else {
            let sizes = try sum.values("batch_cases")
            if let empty = sizes.firstIndex(of: 0) { throw HarmonisationError.unknownBatch(state.batches[empty]) }
            let found = try Discriminants(state, sizes: sizes, sums: try sum.values("batch_sum"))
            return .broadcast(
                State(
                    features: state.features, means: state.means, deviations: state.deviations,
                    components: state.components, batches: state.batches, minimum: state.minimum, discriminants: found))
        }
        return .done(
            Result(
                state, discriminants, counts: try sum.values("discriminant_cases"),
                products: try sum.values("leading_product")))
    }
}

extension RowSource {
    /// Calls `body` with the standardised features of each row of a batch; 0 for a feature that is left out.
    func forEachStandardised(
        of batch: Int, _ state: BatchProjections.State, _ body: (_ z: UnsafePointer<Double>) throws -> Void
    ) throws {
        let p = state.features.count
        let z = DoubleRow(p)
        try forEachChunk(of: batch) { table, rows in
            for row in rows {
                for column in 0..<p {
                    let deviation = state.deviations[column]
                    z.start[column] =
                        deviation > 0 ? (table.features[row * p + column] - state.means[column]) / deviation : 0
                }
                try body(z.start)
            }
        }
    }
}
