import Federation
import Foundation
import Harmonisation
import TestKit
import Testing

@Suite("Shards of harmonisation")
struct HarmonisationShardTests {
    private static let cases = ListedComputation.table
    private static let exponents = [4, 14, -6, 4, 4, 4, 8, 2]

    @Test("Every computation of harmonisation is in the list of the shard property, or is named here with the reason")
    func everyComputationIsListed() throws {
        /// What has a test of its own, and why.
        let elsewhere = [
            "harmonisation.exponent-census": "its sums count sites: see the suite 'Exponent census'"
        ]
        let root = URL(filePath: "\(SharedData.packageRoot)/Sources")
        var identifiers: Set<String> = []
        let files = FileManager.default.enumerator(
            at: root.appending(path: "Harmonisation"), includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /static let identifier = "([a-z.\-]+)"/) {
                identifiers.insert(String(match.1))
            }
        }
        #expect(identifiers.count > 10)
        let listed = Set(ListedComputation.all.map(\.testDescription))
        #expect(identifiers.subtracting(listed).sorted() == elsewhere.keys.sorted())
    }

    @Test("CovBat has the bits of one site with 2, 3 and 7 sites", arguments: [2, 3, 7])
    func covBat(sites: Int) throws {
        let model = try ComBatFit(
            features: Self.cases.featureNames, covariates: Self.cases.covariateNames, exponents: Self.exponents
        ).run(on: [Self.cases]).result
        let pooled = try CovarianceModel.fit(after: model, to: [TableRows(model.harmonise(Self.cases).table)])
        let shards = ListedComputation.splitBatches(Self.cases, sites)
        let found = try CovarianceModel.fit(after: model, to: shards.map { TableRows(try model.harmonise($0).table) })
        #expect(found.model == pooled.model)
        #expect(found.estimates.sorted { $0.batch < $1.batch } == pooled.estimates)
    }
}
