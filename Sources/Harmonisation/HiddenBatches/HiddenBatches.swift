import Federation

/// Groups of rows that look like batches which nobody named: of each class of features the leading principal components
/// of what covariates and known batches leave are searched for mixtures of normal laws.
///
/// A suggestion only: a group may as well be a subtype of the disease, whose difference harmonisation would take away. A
/// person decides, by fitting with the column of the groups as batch.
public struct HiddenBatches: Sendable, Equatable, Codable {
    /// Groups in one class of features.
    public struct Suggestion: Sendable, Equatable, Codable {
        /// Class of the features.
        public let featureClass: String
        /// Principal component on which they differ, from 1.
        public let component: Int
        /// Share of the class's variance on the component.
        public let variance: Double
        /// The normal laws of the groups.
        public let groups: [GaussianMixture.Component]
        /// How much lower the Bayesian information criterion is than that of one group.
        public let bicGain: Double
        /// Smallest distance of two groups (Ashman's D).
        public let separation: Double
        /// Group of each row, from 0.
        public let group: [Int]
    }

    /// What a group must show to be suggested.
    public struct Rule: Sendable, Equatable, Codable {
        /// Most groups.
        public let mostGroups: Int
        /// Leading components that are searched.
        public let components: Int
        /// Least gain of the Bayesian information criterion; 10 is very strong evidence (Kass and Raftery 1995).
        public let bicGain: Double
        /// Least distance of groups.
        public let separation: Double
        /// Least rows of a group.
        public let rows: Int

        /// Creates a rule.
        public init(
            mostGroups: Int = 4, components: Int = 5, bicGain: Double = 10, separation: Double = 2, rows: Int = 5
        ) {
            self.mostGroups = mostGroups
            self.components = components
            self.bicGain = bicGain
            self.separation = separation
            self.rows = rows
        }
    }

    /// What was asked for.
    public let rule: Rule
    /// Suggestions, at most one a class, classes in the order of their names.
    public let suggestions: [Suggestion]

    /// Searches rows that need not be in memory.
    ///
    /// - Parameters:
    ///   - source: complete features; its batches are the known ones, all the same if none is known.
    ///   - classes: class of each feature.
    /// - Throws: `HarmonisationError.missingValues`, `.tooManyFeatures`, `.confounded`, `.tooFewCases`.
    public init(_ source: any RowSource, classes: [String], rule: Rule = Rule()) throws {
        precondition(classes.count == source.featureNames.count, "one class for each feature")
        let residuals = try Self.residuals(source)
        self.rule = rule
        suggestions = try Set(classes).sorted().compactMap { name in
            let own = Set(source.featureNames.indices.filter { classes[$0] == name }.map { source.featureNames[$0] })
            let columns = residuals.featureNames.filter(own.contains)
            guard !columns.isEmpty else { return nil }
            let rows = MappedRows(residuals, features: columns, covariates: []) { try $0.selecting(features: columns) }
            return try Self.suggestion(name, rows, rule)
        }
    }

    /// What the covariates' effects and the known batches' locations leave of the features that vary.
    private static func residuals(_ source: any RowSource) throws -> MappedRows {
        let (features, covariates) = (source.featureNames, source.covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(chunksOf: [source])
        let model = try ComBatFit(
            features: features, covariates: covariates, exponents: exponents, method: .withoutEB
        ).fit([source])
        let active = model.activeColumns
        let standardisation = Standardisation(model, adjusting: active)
        var locations: [String: [Double]] = [:]
        for (place, batch) in source.batches.enumerated() {
            let moments = try standardisation.moments(of: place, in: source).moments
            locations[batch.name] = active.map { moments[$0].gamma * model.pooledStandardDeviation[$0] }
        }
        return MappedRows(source, features: active.map { features[$0] }, covariates: []) { table in
            let rest = try model.residuals(of: table, features: active.map { model.features[$0] })
            return rest.adding(rest.batch.flatMap { locations[$0] ?? [] }, factor: -1)
        }
    }

    private static func suggestion(_ name: String, _ rows: MappedRows, _ rule: Rule) throws -> Suggestion? {
        guard rows.featureNames.count <= BatchDiagnostics.featureLimit else {
            throw HarmonisationError.tooManyFeatures(rows.featureNames.count, limit: BatchDiagnostics.featureLimit)
        }
        let principal = try PrincipalAxes(of: [rows], share: 0.95, most: min(rule.components, max(1, rows.count / 5)))
        var all = principal.axes.map { _ in [Double](repeating: 0, count: rows.count) }
        var next = 0
        let order = rows.order
        try rows.forEachChunk { table, own in
            let scores = principal.scores(of: table).features
            for row in own {
                for axis in all.indices { all[axis][order[next]] = scores[row * all.count + axis] }
                next += 1
            }
        }
        var best: Suggestion?
        for (axis, scores) in all.enumerated() {
            guard let one = GaussianMixture(scores, components: 1) else { continue }
            for count in 2...max(2, rule.mostGroups) {
                guard let mixture = GaussianMixture(scores, components: count, precision: 1e-7) else { continue }
                let gain = one.bic - mixture.bic
                let group = scores.map(mixture.component)
                let sizes = (0..<count).map { part in group.count { $0 == part } }
                guard gain >= rule.bicGain, gain > best?.bicGain ?? 0, mixture.separation >= rule.separation,
                    sizes.allSatisfy({ $0 >= rule.rows })
                else { continue }
                best = Suggestion(
                    featureClass: name, component: axis + 1, variance: principal.values[axis] / principal.total,
                    groups: mixture.components, bicGain: gain, separation: mixture.separation, group: group)
            }
        }
        return best
    }
}
