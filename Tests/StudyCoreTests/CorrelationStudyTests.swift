import Federation
import Foundation
import Learning
import LocalLearning
import Simulator
import StudyCore
import StudyProtocol
import Tables
import TestKit
import Testing

/// Correlations of a study's features with covariates.
@Suite("Correlations in a study")
struct CorrelationStudyTests {
    static func study(_ model: String) throws -> StudyProtocol {
        try StudyProtocol(
            yaml: Synthetic.start(harmonisation: "none") + "\nmodel: {\(model), \(LearningStudyTests.small)}",
            file: "correlate.yaml")
    }

    @Test(
        "Federated and pooled are the same; Pearson's are those of the rows, Spearman's intervals hold those of exact ranks",
        arguments: ["pearson", "spearman"])
    func pooled(kind: String) throws {
        let study = try Self.study("kind: lr, select: [\"t:3\"], correlate: [age, sex], correlate-by: \(kind)")
        let sources = try Synthetic.sources(study)
        let run = try LocalRun(study: study, sources: sources)
        let found = try #require(run.results.correlations)
        #expect(found == (try LearningStudyTests.pooled(study, sources)).results.correlations)
        let own = try #require(SelectionStep.Correlation(rawValue: kind))
        let cases = try FurtherLearningTests.parts(study, sources, hasCovariates: true)
        let covariates = study.modelCovariateColumns
        let features = cases[0].table.featureNames.filter { !covariates.contains($0) }
        let local = try CovariateCorrelation(own, cases, features: features, covariates: covariates)
        #expect(found.rows.count == features.count * covariates.count && found.rows.count == local.rows.count)
        for (row, wanted) in zip(found.rows, local.rows) {
            #expect(row.feature == wanted.feature && row.covariate == wanted.covariate)
            #expect(row.status == .estimated && row.cases == wanted.cases)
            let exact = try #require(wanted.correlation)
            if own == .pearson {
                #expect(row == wanted)
            } else {
                let (lower, upper) = (try #require(row.ranksLower), try #require(row.ranksUpper))
                #expect(lower <= exact && exact <= upper && upper - lower < 0.2)
                #expect(Tolerance.agrees(row.correlation, exact, 0.02))
            }
        }
        // No covariate has come into the model, and the model is the one without correlations.
        let plain = try Self.study("kind: lr, select: [\"t:3\"]")
        let model = try LocalRun(study: plain, sources: sources).artefacts[ArtefactName.model]
        #expect(run.artefacts[ArtefactName.model] == model)
        let names = try #require(try sources["a"]?.extraction().table.featureNames)
        let estimate = try #require(
            try study.learningCommunication(features: names + covariates, cases: 180))
        let learning = LearningStudyTests.learning(run)
        #expect(learning.rounds <= estimate.most.rounds && learning.bytes <= estimate.most.bytesPerSite)
        let likely = try #require(estimate.likely)
        #expect(learning.bytes <= 2 * likely.bytesPerSite && 2 * learning.bytes >= likely.bytesPerSite)
    }

    @Test(
        "A covariate with a rare value has no number, nor has a column with gaps; a name that is not there is refused")
    func floors() throws {
        let study = try Self.study("kind: lr, correlate: [sex]")
        var sources: [String: any SiteDataSource] = [:]
        for (place, site) in study.sites.all.enumerated() {
            var tables = Synthetic.tables(site: site, seed: UInt64(place + 1))
            let column = tables.clinical.columns.firstIndex(of: "sex") ?? 0
            let rows = tables.clinical.rows.enumerated().map { row, cells in
                var cells = cells
                cells[column] = row == 0 ? "F" : "M"
                return cells
            }
            tables.clinical = CSVTable(file: "clinical.csv", columns: tables.clinical.columns, rows: rows)
            sources[site] = TableDataSource(
                site: site, study: study,
                clinical: try ClinicalRows(table: tables.clinical, caseColumn: "case", study: study),
                features: try FeatureColumns(table: tables.features, caseColumn: "case", study: study))
        }
        let found = try #require(try LocalRun(study: study, sources: sources).results.correlations)
        #expect(!found.rows.isEmpty && found.rows.allSatisfy { $0.status == .suppressed && $0.cases == nil })
        #expect(throws: ConfigurationError.self) { try Self.study("kind: lr, correlate: [weight]") }
        #expect(throws: ConfigurationError.self) { try Self.study("kind: lr, correlate-by: pearson") }
        #expect(throws: ConfigurationError.self) { try Self.study("kind: lr, correlate: [age], correlate-by: kendall") }
    }
}
