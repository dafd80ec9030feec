import Federation
public import Learning
import LocalHarmonisation

/// What a model's features do to its score over the cases of all sites, from sums of what they add to each case.
///
/// For linear models that is coefficient times distance from the training mean, for trees the Shapley value.
public struct ModelExplanation: Codable, Sendable, Equatable {
    /// The share of one group of features.
    public typealias Group = ShapleyGroups.Group

    /// Mean effect of one feature in one range of its values.
    public struct Bin: Codable, Sendable, Equatable {
        /// Column of the model.
        public let feature: String
        /// Values above; nil in the lowest range, and without a value.
        public let lower: Double?
        /// Values up to and including; nil in the highest range, and without a value.
        public let upper: Double?
        /// Whether these are the cases without a value.
        public let isMissing: Bool
        /// Number of cases; nil below the floor.
        public let cases: Int?
        /// Mean of what the feature adds to the score; nil below the floor.
        public let effect: Double?
    }

    /// Groups by their names.
    public let groups: [Group]
    /// Ranges that have cases, feature by feature in the order of the model.
    public let bins: [Bin]

    /// Fewest pooled cases of a range that is shown.
    public static let minimumCases = 5

    /// Explains cases.
    ///
    /// - Parameters:
    ///   - parts: the cases of each site, with the model's features.
    ///   - grouping: which features belong together.
    ///   - bins: ranges of a feature at quantiles of the cases; not of trees, whose own bins are taken.
    /// - Throws: `LocalLearningError.options` for a model without contributions, `LearningError.constantScore` for one that says the
    ///   same of every case.
    public init(_ fitted: FittedModel, _ parts: [TrainingCases], grouping: FeatureGrouping, bins: Int = 10) throws {
        guard (2...254).contains(bins) else { throw LocalLearningError.options("--bins: \(bins) is not 2 to 254") }
        let prepared = try parts.map { $0.replacing(try fitted.prepared($0.table)) }
        let edges: BinEdges
        switch fitted.predictor {
        case .trees(let own): edges = own.edges
        case .forest(let own): edges = own.edges
        default: edges = prepared.edges(bins: bins)
        }
        let shards = try prepared.map { part in
            ExplainedCases(
                features: edges.features, codes: part.table.coded(edges).codes,
                effects: try fitted.predictor.model.contributions(part.table).values)
        }
        let names = edges.features
        groups = try ShapleyGroups(features: names, groups: grouping.groups(of: names, in: fitted.predictor))
            .run(on: shards).result
        let found = try ShapleyImportance(
            features: names, binCounts: edges.binCounts, minimumCases: Self.minimumCases
        ).run(on: shards).result
        func original(_ edge: Double, _ name: String) -> Double { fitted.transforms?.original(edge, of: name) ?? edge }
        self.bins = zip(found, edges.edges).flatMap { feature, edges in
            feature.cases.indices.compactMap { place in
                guard feature.cases[place] != 0 else { return nil }
                let isMissing = place == edges.count + 1
                return Bin(
                    feature: feature.name,
                    lower: place > 0 && !isMissing ? original(edges[place - 1], feature.name) : nil,
                    upper: place < edges.count ? original(edges[place], feature.name) : nil, isMissing: isMissing,
                    cases: feature.cases[place], effect: feature.dependence[place])
            }
        }
    }
}
