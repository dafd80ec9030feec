import Extraction
import Foundation
import Imaging
import Radiomics
import TestKit
import Testing

/// IBSI 2 phase 2 through the whole chain: interpolation, rounding, filter, re-segmentation by the intensities before it.
struct FilterPresetTests {
    static let presets = ["2", "3", "4", "5", "6", "7", "8", "9"].flatMap { ["\($0).A", "\($0).B"] }

    @Test(
        "Statistics of the filtered CT meet the IBSI 2 consensus",
        .enabled(if: SharedData.available(PresetTests.phantom), "the shared CT phantom is not here"),
        arguments: presets)
    func consensus(id: String) throws {
        let image = try ImageReader.read(path: SharedData.location(PresetTests.phantom)).volume
        let mask = try MaskReader.read(path: SharedData.location("data/ibsi/ct_phantom/mask.nii.gz"))
        let settings = try #require(ProcessingSettings(preset: "ibsi2-\(id)"))
        let chain = try ProcessingChain(
            image: image, tumour: mask, regions: [.intratumoral], settings: settings, wantsDiagnostics: false)
        #expect(chain.response != nil)
        let found = try chain.features(of: .intratumoral).result.features
        let url = PresetTests.fixtures.appending(path: "../../FiltersTests/Fixtures/ibsi2_phase2.json")
            .standardizedFileURL
        let references = try JSONFixture(bytes: [UInt8](Data(contentsOf: url)), name: "ibsi2_phase2.json")[id]
        for tag in references.keys {
            let value = try #require(found.first { $0.definition.tag == tag }?.value)
            let (reference, tolerance) = (references[tag][0].number, references[tag][1].number)
            #expect(
                (value - reference).magnitude <= tolerance, "\(id) \(tag): \(value), not \(reference) ± \(tolerance)")
        }
        #expect(references.keys.count >= 17)
    }

    @Test("Every name of a preset is known, and no other")
    func names() {
        #expect(ProcessingSettings.presetNames.count == 6 + 30 + 16)
        for name in ProcessingSettings.presetNames { #expect(ProcessingSettings(preset: name) != nil) }
        for name in ["ibsi-F", "ibsi2-", "ibsi2-9.C", "ibsi2", ""] { #expect(ProcessingSettings(preset: name) == nil) }
    }
}
