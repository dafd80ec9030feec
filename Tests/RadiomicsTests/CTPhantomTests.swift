import Foundation
import Imaging
import Radiomics
import Testing

/// The IBSI 1 CT phantom (CC BY-NC 3.0: read where it is, never part of the product).
struct CTPhantomTests {
    static let flat: [TextureAggregation] = [.slicesAveraged, .slicesMerged, .directionsMerged, .planesMerged]

    /// A processing configuration of the IBSI reference manual.
    struct Configuration: Sendable, CustomTestStringConvertible {
        let name: String
        /// Spacing to resample to; 0 keeps the spacing of an axis.
        let spacing: Vector3?
        let settings: ExtractionSettings
        let consensus: Int

        var testDescription: String { name }
    }

    static let configurations = [
        Configuration(
            name: "A", spacing: nil,
            settings: ExtractionSettings(
                aggregations: flat, discretisation: .fixedBinSize(width: 25, origin: nil),
                resegmentation: Resegmentation(lower: -500, upper: 400),
                intensityVolumeHistogram: .calibrated(step: 1)), consensus: 346),
        Configuration(
            name: "B", spacing: Vector3(2, 2, 3),
            settings: ExtractionSettings(
                aggregations: flat, discretisation: .fixedBinNumber(count: 32),
                resegmentation: Resegmentation(lower: -500, upper: 400),
                intensityVolumeHistogram: .calibrated(step: 1)), consensus: 346),
        Configuration(
            name: "D", spacing: Vector3(2, 2, 2),
            settings: ExtractionSettings(
                aggregations: [.volumeAveraged, .volumeMerged], discretisation: .fixedBinNumber(count: 32),
                resegmentation: Resegmentation(outlierSigma: 3), intensityVolumeHistogram: .calibrated(step: 1)),
            consensus: 210),
    ]

    @Test(
        "All consensus values of the IBSI 1 CT phantom are met",
        .enabled(if: TestData.exists("data/ibsi/ct_phantom/image.nii.gz"), "the shared CT phantom is not here"),
        arguments: configurations)
    func consensusValues(configuration: Configuration) throws {
        var image = try SharedImage("data/ibsi/ct_phantom/image.nii.gz").map { $0.rounded() }
        var mask = try SharedImage("data/ibsi/ct_phantom/mask.nii.gz").map { $0 == 0 ? 0 : 1 }
        if let spacing = configuration.spacing {
            image = image.resampled(spacing).map { $0.rounded() }
            mask = mask.resampled(spacing).map { $0 >= 0.5 ? 1 : 0 }
        }
        let result = try extract(
            image: image.volume, morphologicalMask: mask.mask, settings: configuration.settings)
        let table = try ReferenceTable(
            contentsOf: TestData.shared.appendingPathComponent("data/ibsi/ibsi1_config_\(configuration.name).csv"))
        let (passed, missed) = table.compare(result)
        print("IBSI 1 CT phantom \(configuration.name): \(passed) of \(passed + missed.count) consensus values")
        #expect(missed == [])
        #expect(passed == configuration.consensus)
    }
}
