public import Federation

/// Who answers computations about the rows of several sites: rows that are at hand, or the rounds of a study.
public protocol SiteSums {
    /// Names of the features.
    var featureNames: [String] { get }
    /// Names of the coded covariates.
    var covariateNames: [String] { get }
    /// Batches of all sites, in the order of their names; each lies wholly within one.
    var batchNames: [String] { get }

    /// The result of a computation whose rows may be divided in any way.
    func result<C: Computation>(_ computation: C) throws -> C.Result
    where C.Shard == CaseTable, C.Result: Codable, C.Broadcast == C.State
    /// The result of a computation of whole batches.
    func result<C: BatchwiseComputation>(whole computation: C) throws -> C.Result where C.Result: Codable
}

/// Sites whose rows are at hand.
struct SourcesAtHand: SiteSums {
    let sites: [any RowSource]
    let featureNames: [String]
    let covariateNames: [String]
    let batchNames: [String]

    /// - Throws: `HarmonisationError.noCases`.
    init(_ sites: [any RowSource]) throws(HarmonisationError) {
        guard let first = sites.first else { throw .noCases }
        (featureNames, covariateNames) = (first.featureNames, first.covariateNames)
        self.sites = sites
        batchNames = sites.flatMap { $0.batches.map(\.name) }.sorted()
    }

    /// Refuses other columns at a site, missing values, too many features and too few cases.
    func checked() throws -> SourcesAtHand {
        for site in sites {
            try site.requireColumns(features: featureNames, covariates: covariateNames)
            try site.requireFiniteFeatures()
        }
        guard featureNames.count <= BatchDiagnostics.featureLimit else {
            throw HarmonisationError.tooManyFeatures(featureNames.count, limit: BatchDiagnostics.featureLimit)
        }
        let cases = sites.reduce(0) { $0 + $1.count }
        guard batchNames.count > 1, cases > batchNames.count + 4 else {
            throw HarmonisationError.tooFewCases(cases: cases, needed: batchNames.count + 4)
        }
        return self
    }

    func result<C: Computation>(_ computation: C) throws -> C.Result
    where C.Shard == CaseTable, C.Result: Codable, C.Broadcast == C.State {
        try computation.run(chunksOf: sites)
    }

    func result<C: BatchwiseComputation>(whole computation: C) throws -> C.Result where C.Result: Codable {
        try computation.fit(sites)
    }
}
