import Foundation
import Imaging
import Radiomics
import Testing

struct DigitalPhantomTests {
    static let settings = ExtractionSettings(
        aggregations: TextureAggregation.allCases, discretisation: .none,
        intensityVolumeHistogram: .calibrated(step: 1))

    @Test("All 482 consensus values of the IBSI 1 digital phantom are met")
    func consensusValues() throws {
        let table = try ReferenceTable(
            contentsOf: TestData.fixtures.appendingPathComponent("ibsi1_digital_phantom.csv"))
        let result = try extract(
            image: DigitalPhantom.image, morphologicalMask: DigitalPhantom.mask, settings: Self.settings)
        let (passed, missed) = table.compare(result)
        print("IBSI 1 digital phantom: \(passed) of \(passed + missed.count) consensus values")
        #expect(missed == [])
        #expect(passed == 482)
    }

    @Test("The catalogue has the names, identifiers and tags of the IBSI table in its order")
    func catalogue() throws {
        let table = try ReferenceTable(
            contentsOf: TestData.fixtures.appendingPathComponent("ibsi1_digital_phantom.csv"))
        let standard = FeatureCatalogue.all.filter { $0.family != .planarShape }
        #expect(standard.count == 487)
        #expect(standard.map(\.tag) == table.rows.map(\.tag))
        #expect(standard.map(\.name) == table.rows.map(\.feature))
        #expect(standard.map(\.ibsiID) == table.rows.map(\.ibsiID))
        #expect(standard.map(\.family.rawValue) == table.rows.map(\.family))
        #expect(standard.map(\.aggregation.rawValue) == table.rows.map(\.aggregation))
    }
}
