public import Federation
import LinearAlgebra

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

    /// Searches a table.
    ///
    /// - Parameters:
    ///   - table: complete features; its batches are the known ones, all the same if none is known.
    ///   - classes: class of each feature.
    /// - Throws: `HarmonisationError.missingValues`, `.tooManyFeatures`, `.confounded`, `.tooFewCases`.
    public init(_ table: CaseTable, classes: [String], rule: Rule = Rule()) throws {
        precondition(classes.count == table.featureCount, "one class for each feature")
        let residuals = try Self.residuals(table)
        self.rule = rule
        suggestions = try Set(classes).sorted().compactMap { name in
            let own = Set(table.featureNames.indices.filter { classes[$0] == name }.map { table.featureNames[$0] })
            let columns = residuals.featureNames.filter(own.contains)
            guard !columns.isEmpty else { return nil }
            return try Self.suggestion(name, residuals.selecting(features: columns), rule)
        }
    }

    /// What the covariates' effects and the known batches' locations leave of the features that vary.
    private static func residuals(_ table: CaseTable) throws -> CaseTable {
        let exponents = try ExponentCensus(columns: table.featureCount + table.covariateNames.count).run(on: [table])
        let model = try ComBatFit(
            features: table.featureNames, covariates: table.covariateNames, exponents: exponents.result,
            method: .withoutEB
        ).run(on: [table]).result
        var rest = model.residuals(of: table)
        let p = rest.featureCount
        for rows in rest.rowsByBatch() {
            for column in 0..<p {
                var mean = 0.0
                for row in rows { mean += rest.features[row * p + column] }
                mean /= Double(rows.count)
                for row in rows { rest.features[row * p + column] -= mean }
            }
        }
        return rest
    }

    private static func suggestion(_ name: String, _ residuals: CaseTable, _ rule: Rule) throws -> Suggestion? {
        let principal = try PrincipalComponents(residuals)
        var best: Suggestion?
        for axis in 0..<min(rule.components, principal.values.count) {
            let scores = principal.scores.map { $0[axis] }
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
