import Filters
import Imaging
import Radiomics
import TestKit
import Testing

/// The consensus of IBSI 2 phase 2: statistics of the response within the lesion of the CT phantom (CC BY-NC 3.0: read
/// where it is, never part of the product).
struct IBSI2Phase2Tests {
    @Test(
        "Statistics of the filtered CT meet the IBSI 2 consensus",
        .enabled(if: TestImage.hasCT, "the shared CT phantom is not here"), arguments: IBSI2Test.phase2)
    func consensus(test: IBSI2Test) throws {
        var image = try TestImage.shared(TestImage.ct + "image.nii.gz")
        var mask = try MaskReader.read(path: SharedData.location(TestImage.ct + "mask.nii.gz"))
        if test.dimensionality == .volume {
            let spacing = Vector3(1, 1, 1)
            image = try image.resampled(to: spacing, interpolation: .cubicSpline)
            mask = try mask.resampled(to: spacing)
        }
        image.voxels = image.voxels.map { $0.rounded() }
        let response = try apply(
            test.filter, to: image, dimensionality: test.dimensionality, boundary: test.boundary, threads: 2)
        // Re-segmentation is by the intensities before filtering.
        var intensityMask = mask
        for (index, intensity) in image.voxels.enumerated() where !(-1000...400).contains(intensity) {
            intensityMask.voxels[index] = 0
        }
        let settings = ExtractionSettings(families: [.statistics], discretisation: .fixedBinNumber(count: 32))
        let result = try extract(
            image: response, morphologicalMask: mask, intensityMask: intensityMask, settings: settings)
        let references = try JSONFixture.beside("ibsi2_phase2.json")[test.id]
        var missed: [String] = []
        for tag in references.keys {
            let (reference, tolerance) = (references[tag][0].number, references[tag][1].number)
            let value = try #require(result.features.first { $0.definition.tag == tag }?.value)
            if abs(value - reference) > tolerance { missed.append("\(tag) \(value), not \(reference) ± \(tolerance)") }
        }
        let count = references.keys.count
        print("IBSI 2 phase 2 \(test.id): \(count - missed.count) of \(count) consensus values")
        #expect(missed == [])
        #expect(count >= 17)
    }
}
