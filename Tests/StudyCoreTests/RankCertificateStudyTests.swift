import Federation
import Foundation
import Learning
import LocalLearning
import Simulator
import Statistics
import StudyCore
import StudyProtocol
import Tables
import Testing

/// Certificates of selections by ranks as results of a study.
@Suite("Certificates of ranks in a study")
struct RankCertificateStudyTests {
    private static func study(_ model: String, disclosure: String = "") throws -> StudyProtocol {
        try StudyProtocol(
            yaml: Synthetic.start(harmonisation: "none") + "\nmodel: {\(model)}\n\(disclosure)", file: "ranks.yaml")
    }

    /// Features around one cause, whose correlations crowd around 0.9; the last two are heaps of equal values.
    private static func sources(_ study: StudyProtocol, cases: Int) throws -> [String: any SiteDataSource] {
        var sources: [String: any SiteDataSource] = [:]
        for (index, site) in study.sites.all.enumerated() {
            var generator = SeededGenerator(seed: UInt64(index + 1))
            var (clinical, features): ([[String]], [[String]]) = ([], [])
            for row in 0..<cases {
                let cause = generator.normal()
                let event = generator.uniform() < 1 / (1 + exp(-cause)) ? "1" : "0"
                let age = 60 + 8 * generator.normal()
                clinical.append(["\(site)\(row)", event, "\(age)", row % 2 == 0 ? "F" : "M", "0"])
                let own = (0..<10).map { column -> Double in
                    let value = cause + (0.25 + 0.015 * Double(column)) * generator.normal()
                    return column < 8 ? value : column == 8 ? max(0, value) : value.rounded()
                }
                features.append(["\(site)\(row)"] + own.map { "\($0)" })
            }
            let columns = ["case", "y", "age", "sex", "s"]
            sources[site] = TableDataSource(
                site: site, study: study,
                clinical: try ClinicalRows(
                    table: CSVTable(file: "clinical.csv", columns: columns, rows: clinical), caseColumn: "case",
                    study: study),
                features: try FeatureColumns(
                    table: CSVTable(
                        file: "features.csv", columns: ["case"] + (0..<10).map { "f\($0)" }, rows: features),
                    caseColumn: "case", study: study))
        }
        return sources
    }

    @Test("Model file, result and each fold of a comparison tell whether exact ranks would select the same, as pooled")
    func told() throws {
        let study = try Self.study(
            "kind: lr, select: [\"spearman:0.93\", \"auc:3\"], compare: {methods: [lr, lasso], folds: 3}, folds: 3")
        let sources = try Self.sources(study, cases: 60)
        let run = try LocalRun(study: study, sources: sources)
        let pooled = try LearningStudyTests.pooled(study, sources)
        #expect(run.artefacts[ArtefactName.model] == pooled.artefacts[ArtefactName.model])
        #expect(run.results.comparison == pooled.results.comparison)
        let file = try ModelFile(json: try #require(run.artefacts[ArtefactName.model]))
        let ranks = try #require(file.fitted.selection?.ranks)
        #expect(ranks.map(\.step) == ["spearman:0.93:relevance", "auc:3"])
        // 180 cases allow 36 bins of 5.
        #expect(ranks.allSatisfy { $0.refinements == 0 && $0.bins <= 36 })
        #expect(run.results.selection.ranks == ranks)
        #expect(file.facts.count { $0.hasPrefix("ranks of ") } == 2)
        for own in try #require(run.results.comparison).algorithms {
            let folds = try #require(own.selections)
            #expect(folds.map(\.fold) == [1, 1, 2, 2, 3, 3])
        }
    }

    @Test("With more cases bins are refined where comparisons are open; cost stays within the estimates")
    func refined() throws {
        let study = try Self.study("kind: lr, select: [\"spearman:0.93\"]")
        let sources = try Self.sources(study, cases: 1100)
        let run = try LocalRun(study: study, sources: sources)
        let ranks = try #require(run.results.selection.ranks?.first)
        #expect(ranks.refinements == 1 && ranks.bins > 256 && ranks.bins <= 660, "\(ranks.text)")
        let own = LearningStudyTests.learning(run)
        let estimate = try #require(
            try study.learningCommunication(features: (0..<10).map { "f\($0)" }, cases: 3300))
        #expect(own.rounds <= estimate.most.rounds && own.bytes <= estimate.most.bytesPerSite)
        let likely = try #require(estimate.likely)
        #expect(own.rounds <= 2 * likely.rounds && own.bytes <= 2 * likely.bytesPerSite)
        // The selection of all rows by exact ranks, where it is proved.
        let parts = try FurtherLearningTests.parts(study, sources)
        let exact = try FeatureSelection(steps: [try SelectionStep("spearman:0.93")]).run(on: parts)
        let file = try ModelFile(json: try #require(run.artefacts[ArtefactName.model]))
        #expect(!ranks.proved || file.fitted.selection?.features == exact)
    }

    @Test("A protocol's smallest cell is that of the bins")
    func smallestCell() throws {
        let study = try Self.study(
            "kind: lr, select: [\"spearman:0.93\"]", disclosure: "disclosure: {minimum-cell: 15}")
        let run = try LocalRun(study: study, sources: try Self.sources(study, cases: 60))
        #expect(try #require(run.results.selection.ranks?.first).bins <= 12)
    }
}
