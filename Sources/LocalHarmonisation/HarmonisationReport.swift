public import Federation
public import Harmonisation

/// A table before and after harmonisation.
public struct HarmonisationReport: Sendable, Equatable, Codable {
    /// Before.
    public let before: BatchDiagnostics
    /// After.
    public let after: BatchDiagnostics
    /// Largest change of a covariate's effect within batches, in standard deviations of the feature per standard deviation of
    /// the covariate within batches; nil without covariates.
    public let effectChange: Double?
    /// Location and scale of each batch before, beside the priors that they are drawn to.
    public let priors: [PriorFit]
    /// Agreement of batches on subjects that several of them measured; nil without.
    public let subjects: Subjects?

    /// Travelling subjects before and after.
    public struct Subjects: Sendable, Equatable, Codable {
        /// Before.
        public let before: TravellingSubjects
        /// After.
        public let after: TravellingSubjects
    }

    /// Diagnoses both tables, whose rows, features and covariates are the same.
    ///
    /// - Parameter subject: subject of each row, some of whom several batches measured; nil for none.
    /// - Throws: `HarmonisationError`, `FederationError`, or `LocalHarmonisationError.options` for other columns or rows.
    public init(before: CaseTable, after: CaseTable, subject: [String]? = nil) throws {
        guard before.featureNames == after.featureNames, before.batch == after.batch else {
            throw LocalHarmonisationError.options("the tables before and after differ in their features or rows")
        }
        self.before = try BatchDiagnostics(before)
        self.after = try BatchDiagnostics(after)
        effectChange = try Self.effectChange(before, after)
        priors = try PriorFit.all(before)
        subjects = try subject.map { names in
            let pair = Subjects(
                before: TravellingSubjects(before, subject: names), after: TravellingSubjects(after, subject: names))
            guard pair.before.travelling > 0 else {
                throw LocalHarmonisationError.options(
                    "--subject: no subject was measured in two batches; leave the option out")
            }
            return pair
        }
    }

    private static func effectChange(_ before: CaseTable, _ after: CaseTable) throws -> Double? {
        let q = before.covariateNames.count
        guard q > 0 else { return nil }
        let models = try [before, after].map { table in
            try ComBatFit(
                features: table.featureNames, covariates: table.covariateNames,
                exponents: ExponentCensus(columns: table.featureCount + q).run(on: [table]).result
            ).run(on: [table]).result
        }
        let deviations = Self.withinDeviations(before)
        var largest = 0.0
        for column in 0..<before.featureCount where models[0].pooledStandardDeviation[column] > 0 {
            for i in 0..<q {
                let change = models[1].beta[column * q + i] - models[0].beta[column * q + i]
                largest = max(
                    largest, change.magnitude * deviations[i] / models[0].pooledStandardDeviation[column])
            }
        }
        return largest
    }

    private static func withinDeviations(_ table: CaseTable) -> [Double] {
        let q = table.covariateNames.count
        let groups = Dictionary(grouping: 0..<table.count) { table.batch[$0] }.sorted { $0.key < $1.key }.map(\.value)
        return (0..<q).map { i in
            var square = 0.0
            for rows in groups {
                let values = rows.map { table.covariates[$0 * q + i] }
                let mean = values.reduce(0, +) / Double(values.count)
                square += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            }
            return (square / Double(table.count)).squareRoot()
        }
    }
}
