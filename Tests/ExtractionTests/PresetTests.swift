import Extraction
import Foundation
import Imaging
import Radiomics
import TestKit
import Testing

/// The configurations of the IBSI 1 reference manual on the CT phantom (CC BY-NC 3.0: read where it is, never part of
/// the product), with the diagnostics of every step.
struct PresetTests {
    static let phantom = "data/ibsi/ct_phantom/image.nii.gz"
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    /// A reference value; the pass rule of IBSI covers at least the rounding of the printed value to three digits.
    struct Reference {
        let tag: String
        let value: Double
        let tolerance: Double

        func accepts(_ candidate: Double) -> Bool {
            let rounding = value == 0 ? 1e-3 : pow(10, floor(log10(abs(value))) - 2) / 2
            return abs(candidate - value) <= max(tolerance, rounding * (1 + 1e-6))
        }
    }

    /// C and E: the tables of the IBSI reference manual, chapter 5, values and tolerances.
    static func references(_ preset: Preset) throws -> [Reference] {
        let letter = String(preset.rawValue.suffix(1))
        let table =
            preset == .configurationC || preset == .configurationE
            ? CSVFixture(
                text: try String(
                    contentsOf: fixtures.appending(path: "ibsi1_config_\(letter).csv"), encoding: .utf8))
            : try CSVFixture.shared("data/ibsi/ibsi1_config_\(letter).csv")
        let (tags, values) = (table.texts("tag"), table.texts("reference_value"))
        let tolerances = table.texts("tolerance")
        return tags.indices.compactMap { row in
            Double(values[row]).map { Reference(tag: tags[row], value: $0, tolerance: Double(tolerances[row]) ?? 0) }
        }
    }

    @Test(
        "Every reference value and every diagnostic of a configuration is met",
        .enabled(if: SharedData.available(phantom), "the shared CT phantom is not here"),
        arguments: [
            (Preset.configurationA, 406), (.configurationB, 406), (.configurationC, 270), (.configurationD, 270),
            (.configurationE, 244),
        ])
    func configuration(preset: Preset, rows: Int) throws {
        let image = try ImageReader.read(path: SharedData.location(Self.phantom)).volume
        let mask = try MaskReader.read(path: SharedData.location("data/ibsi/ct_phantom/mask.nii.gz"))
        let chain = try ProcessingChain(
            image: image, tumour: mask, regions: [.intratumoral], settings: preset.settings)
        let found = try chain.features(of: .intratumoral)
        var values = Dictionary(
            found.result.features.map { ($0.definition.tag, $0.value) }, uniquingKeysWith: { first, _ in first })
        for diagnostic in found.diagnostics { values[diagnostic.tag] = diagnostic.value }
        let references = try Self.references(preset)
        var missed: [String] = []
        for reference in references {
            if let value = values[reference.tag], reference.accepts(value) { continue }
            missed.append(
                "\(reference.tag): \(values[reference.tag].map { "\($0)" } ?? "nothing") instead of "
                    + "\(reference.value) +- \(reference.tolerance)")
        }
        print("\(preset.rawValue): \(references.count - missed.count) of \(references.count) reference values")
        #expect(missed == [])
        #expect(references.count == rows)
    }

    @Test("A region is read from its word")
    func words() {
        #expect(RegionRequest("ring:0-3") == .ring(from: 0, to: 3))
        #expect(RegionRequest("ring:2.5-5")?.description == "ring:2.5-5")
        for word in ["ring", "ring:3", "ring:3-1", "ring:-1-3", "ring:a-b", "tumour", "ring:0-inf"] {
            #expect(RegionRequest(word) == nil)
        }
    }
}
