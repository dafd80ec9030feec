import Federation
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

    /// Diagnoses rows on one machine before and after, whose features and covariates are the same.
    ///
    /// - Parameter subject: subject of each row, some of whom several batches measured; nil for none.
    /// - Throws: `HarmonisationError`, `FederationError`, or `LocalHarmonisationError.options` for other columns or rows.
    public init(before: some RowSource, after: some RowSource, subject: [String]? = nil) throws {
        try Self.requireSame([before], [after])
        self.before = try BatchDiagnostics(before)
        self.after = try BatchDiagnostics(after)
        effectChange = try EffectChange.largest(before: [before], after: [after])
        priors = try PriorFit.all(before)
        subjects = try subject.map { names in
            let pair = Subjects(
                before: try TravellingSubjects(before, subject: names),
                after: try TravellingSubjects(after, subject: names))
            guard pair.before.travelling > 0 else {
                throw LocalHarmonisationError.options(
                    "--subject: no subject was measured in two batches; leave the option out")
            }
            return pair
        }
    }

    /// Diagnoses sites that exchange sums only. Location and scale of a batch stay at its site, so that there are no priors.
    ///
    /// - Parameters:
    ///   - before: rows of each site; a batch lies wholly within one.
    ///   - after: the same rows after harmonisation.
    ///   - subjects: subject of each row of each site, some of whom several batches of a site measured; nil for none.
    ///   - minimum: fewest rows of a batch, and of a group of cells of its histograms; fewest subjects behind a number.
    /// - Throws: `HarmonisationError`, `FederationError`, or `LocalHarmonisationError.options` for other columns or rows.
    public init(
        sitesBefore before: [any RowSource], sitesAfter after: [any RowSource], subjects: [[String]]? = nil,
        minimum: Int
    ) throws {
        try Self.requireSame(before, after)
        self.before = try BatchDiagnostics(sites: before, minimum: minimum)
        self.after = try BatchDiagnostics(sites: after, minimum: minimum)
        effectChange = try EffectChange.largest(before: before, after: after)
        priors = []
        self.subjects = try subjects.map { names in
            let pair = Subjects(
                before: try TravellingSubjects(sites: before, subjects: names, minimum: minimum),
                after: try TravellingSubjects(sites: after, subjects: names, minimum: minimum))
            guard pair.before.travelling > 0 else {
                throw LocalHarmonisationError.options(
                    "--subject: no two batches of a site have \(minimum) subjects in common, as many as a number needs; "
                        + "subjects that travelled between sites can only be compared where all of their rows are")
            }
            return pair
        }
    }

    /// Diagnoses sites of which only sums are known, in a study.
    ///
    /// - Parameter covariates: rows whose features are the coded covariates.
    /// - Throws: `HarmonisationError`, `FederationError`.
    public init(
        sumsBefore before: some SiteSums, after: some SiteSums, covariates: some SiteSums, minimum: Int
    ) throws {
        self.before = try BatchDiagnostics(sums: before, minimum: minimum)
        self.after = try BatchDiagnostics(sums: after, minimum: minimum)
        effectChange = try EffectChange.largest(before: before, after: after, covariates: covariates)
        (priors, subjects) = ([], nil)
    }

    private static func requireSame(
        _ before: [any RowSource], _ after: [any RowSource]
    ) throws(LocalHarmonisationError) {
        func isSame(_ old: any RowSource, _ new: any RowSource) -> Bool {
            old.featureNames == new.featureNames && old.covariateNames == new.covariateNames
                && old.batches.elementsEqual(new.batches) { $0.name == $1.name && $0.rows == $1.rows }
                && old.order == new.order
        }
        guard before.count == after.count, zip(before, after).allSatisfy(isSame) else {
            throw .options("the tables before and after differ in their features or rows")
        }
    }
}
