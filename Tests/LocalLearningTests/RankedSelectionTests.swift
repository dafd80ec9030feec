import Federation
import Foundation
import Learning
import LinearAlgebra
import LocalLearning
import TestKit
import Testing

/// Selections by binned ranks on CT radiomics of three centres, against scipy's exact ranks and feature-engine.
@Suite("Selections by ranks in a study", .enabled(if: SharedInput.hasShared, "no shared data"))
struct RankedSelectionTests {
    private static func cases() throws -> TrainingCases {
        try SharedInput.radiotherapy(try JSONFixture.shared("data/learning/02_spearman_filter.json")["features"].texts)
    }

    private static func selected(
        _ steps: [String], _ parts: [TrainingCases], bins: Int = 256
    ) throws -> (binned: Selected, exact: [String]) {
        let read = try steps.map { try SelectionStep($0) }
        return (
            try FeatureSelection(steps: read, rankBins: bins).run(on: Cohort(asStudy: parts)),
            try FeatureSelection(steps: read).run(on: parts)
        )
    }

    @Test(
        "What is proved is the selection by exact ranks; what is not is named with an interval that holds scipy's correlation",
        arguments: [
            ("0.7", 16), ("0.7", 256), ("0.8", 16), ("0.8", 64), ("0.9", 16), ("0.9", 64), ("0.9", 256), ("0.95", 64),
        ])
    func published(threshold: String, bins: Int) throws {
        let cases = try Self.cases()
        let matrix = try FeatureSelection.correlation(.spearman, [cases])
        let places = Dictionary(uniqueKeysWithValues: cases.table.featureNames.enumerated().map { ($1, $0) })
        for rule in ["feature-engine", "relevance", "caret"] {
            let (found, exact) = try Self.selected(
                ["spearman:\(threshold):\(rule)"], cases.bySite(), bins: bins)
            if rule == "feature-engine" {
                let file = try JSONFixture.shared("data/learning/02_spearman_filter.json")
                #expect(exact == file["kept_alphabetical_greedy"]["spearman_\(threshold)"].texts)
            }
            let certificate = try #require(found.ranks?.first)
            #expect(!certificate.proved || found.features == exact, "\(rule)")
            #expect(certificate.proved == certificate.undecided.isEmpty)
            // Bins that could be smaller leave comparisons open on this table, and are refined.
            #expect((certificate.refinements > 0) == (bins < 121))
            #expect(certificate.bins <= 121)
            for pair in certificate.undecided {
                let name = try #require(pair.second)
                let (first, second) = (try #require(places[pair.first]), try #require(places[name]))
                let rho = matrix[first, second].magnitude
                #expect(rho >= pair.lower && rho <= pair.upper)
            }
            #expect(certificate.openComparisons >= certificate.undecided.count && certificate.undecided.count <= 100)
        }
    }

    @Test(
        "Selections after a filter are proved equal to exact ones, some after a refinement",
        arguments: [
            ("t:15", "spearman:0.7", 256, 0), ("t:15", "spearman:0.7", 16, 1), ("t:20", "spearman:0.8", 256, 0),
            ("t:20", "spearman:0.8:feature-engine", 256, 0), ("t:10", "spearman:0.9:feature-engine", 64, 1),
        ])
    func proved(first: String, second: String, bins: Int, refinements: Int) throws {
        let (found, exact) = try Self.selected([first, second], try Self.cases().bySite(), bins: bins)
        let certificate = try #require(found.ranks?.first)
        #expect(certificate.proved && certificate.refinements == refinements, "\(certificate.text)")
        #expect(found.features == exact)
        #expect(certificate.text.contains("proved equal"))
    }

    @Test("Three sites and one give the same selection and certificate, bit by bit", arguments: [16, 256])
    func sites(bins: Int) throws {
        let cases = try Self.cases()
        let three = try Self.selected(["spearman:0.9", "auc:20"], cases.bySite(), bins: bins).binned
        #expect(try Self.selected(["spearman:0.9", "auc:20"], [cases], bins: bins).binned == three)
        #expect(three.ranks?.count == 2)
    }

    @Test(
        "The best by AUC and by p are the exact ones where that is proved, else the open ones are named",
        arguments: ["auc:1", "auc:5", "auc:20", "auc:60", "auc:110", "auc:p0.001", "auc:p0.05", "auc:p0.5"])
    func areas(step: String) throws {
        let cases = try Self.cases()
        for bins in [16, 256] {
            let (found, exact) = try Self.selected([step], cases.bySite(), bins: bins)
            let certificate = try #require(found.ranks?.first)
            // The others are in both or in neither.
            let open = Set(certificate.undecided.map(\.first))
            #expect(Set(found.features).subtracting(open) == Set(exact).subtracting(open))
            #expect(certificate.proved == open.isEmpty)
            if certificate.proved { #expect(Set(found.features) == Set(exact)) }
        }
    }

    @Test("Of ten features the best by AUC are proved where areas are apart; of 110 a few stay open at the K-th place")
    func areasProved() throws {
        let cases = try Self.cases()
        let ten = [try cases.selecting(features: Array(cases.table.featureNames.prefix(10)))]
        var proved = 0
        for count in 1...9 {
            let (found, exact) = try Self.selected(["auc:\(count)"], ten)
            let certificate = try #require(found.ranks?.first)
            guard certificate.proved else { continue }
            proved += 1
            #expect(Set(found.features) == Set(exact))
        }
        #expect(proved >= 4 && proved < 9)
        let open = try #require(try Self.selected(["auc:20"], cases.bySite()).binned.ranks?.first).openComparisons
        #expect(open > 0 && open < 20)
    }

    @Test("Heaps of equal values do not hide what ranks decide")
    func ties() throws {
        var table = try Self.cases().table
        let names = Array(table.featureNames.prefix(3))
        table = try table.selecting(features: names)
        // Half of the values of two features become zero; the third is a step.
        for row in 0..<table.count {
            for column in 0..<2 where table.features[row * 3 + column] < table.features[column] {
                table.features[row * 3 + column] = 0
            }
            table.features[row * 3 + 2] = row % 2 == 0 ? 0 : 1
        }
        let cases = TrainingCases(table: table, names: (0..<table.count).map { "\($0)" })
        let (found, exact) = try Self.selected(["spearman:0.5"], cases.bySite())
        #expect(found.ranks?.first?.proved == true && found.features == exact)
    }

    @Test("A bin never holds fewer cases than a protocol's floor; a table of fewer than two bins leaves all open")
    func floors() throws {
        let cases = try Self.cases()
        let steps = [try SelectionStep("spearman:0.9")]
        let coarse = try FeatureSelection(steps: steps).run(on: Cohort(asStudy: cases.bySite(), minimumCell: 30))
        #expect(try #require(coarse.ranks?.first).bins <= 20)
        let few = TrainingCases(
            table: cases.table.selecting(rows: Array(0..<9)), names: Array(cases.names.prefix(9)))
        let none = try FeatureSelection(steps: steps).run(on: Cohort(asStudy: [few]))
        let certificate = try #require(none.ranks?.first)
        #expect(!certificate.proved && certificate.bins == 1 && certificate.openComparisons > 0)
        #expect(none.features.count > 100)
    }

    @Test("Values that are no numbers and one class are refused as without bins")
    func refused() throws {
        let cases = try Self.cases()
        var table = cases.table
        table.features[7] = .infinity
        let steps = [try SelectionStep("auc:3")]
        #expect(throws: LearningError.self) {
            try FeatureSelection(steps: steps).run(on: Cohort(asStudy: [cases.replacing(table)]))
        }
        var one = cases.table
        one.outcome = one.outcome.map { _ in 1 }
        #expect(throws: LearningError.oneClass) {
            try FeatureSelection(steps: steps).run(on: Cohort(asStudy: [cases.replacing(one)]))
        }
    }
}
