import Federation

/// How a model changes when a site is left out, and how the model without a site does there.
public struct SiteInfluence: Codable, Sendable, Equatable {
    /// One site.
    public struct Row: Codable, Sendable, Equatable {
        /// Its name.
        public let site: String
        /// Its cases.
        public let cases: Int
        /// Its events.
        public let events: Int
        /// AUC or concordance at the site of the model without it; nil where no pair can be compared.
        public let discrimination: Double?
        /// Mean absolute change of all cases' scores in standard deviations of the scores when the site is left out.
        public let scoreChange: Double
        /// Features that are in one of the two models and not in the other.
        public let featuresChanged: Int
        /// Why the model cannot be fitted without the site; nil where it can.
        public let reason: String?
    }

    /// AUC or C.
    public let measure: String
    /// The sites by their names.
    public let rows: [Row]

    /// Fits without each site.
    ///
    /// - Throws: `LocalLearningError.options` for one site, and what the pipeline throws for all of them.
    public init(_ pipeline: ModelPipeline, _ cases: TrainingCases) throws {
        let sites = cases.bySite()
        guard sites.count > 1 else { throw LocalLearningError.options("--sites: all rows are of one site") }
        let whole = try pipeline.fit(sites)
        let scores = try whole.scores(cases.table)
        let mean = scores.reduce(0, +) / Double(scores.count)
        let spread = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)).squareRoot()
        let columns = Set(whole.predictor.model.columns)
        measure = Discriminations.name(withTime: cases.times != nil)
        rows = sites.enumerated().map { place, site in
            let name = site.table.batch.first ?? ""
            let events = site.table.outcome.count { $0 == 1 }
            do {
                var others = sites
                others.remove(at: place)
                RunProgress.tell("without '\(name)'")
                let model = try pipeline.fit(others)
                let own = try model.scores(cases.table)
                let change = zip(own, scores).reduce(0) { $0 + ($1.0 - $1.1).magnitude } / Double(scores.count)
                return Row(
                    site: name, cases: site.count, events: events,
                    discrimination: Discriminations.value(try model.scores(site.table), site),
                    scoreChange: spread > 0 ? change / spread : 0,
                    featuresChanged: columns.symmetricDifference(model.predictor.model.columns).count, reason: nil)
            } catch {
                return Row(
                    site: name, cases: site.count, events: events, discrimination: nil, scoreChange: 0,
                    featuresChanged: 0, reason: "\(error)")
            }
        }
    }
}
