import Foundation
import Imaging
import Radiomics
import Testing

struct SettingsTests {
    static let region = RandomRegion(size: GridSize(6, 6, 6), density: 0.9, levels: 100, seed: 1)

    @Test("Column names are unique, snake case and fixed")
    func columns() {
        let columns = FeatureCatalogue.all.map(\.column)
        #expect(Set(columns).count == columns.count)
        #expect(columns.allSatisfy { $0.wholeMatch(of: /[a-z0-9]+(_[a-z0-9]+)*/) != nil })
        #expect(columns.contains("glcm_joint_entropy_3d_merged"))
        #expect(columns.contains("glcm_joint_entropy_25d_direction_merged"))
        #expect(columns.contains("histogram_excess_kurtosis"))
        #expect(columns.contains("ivh_volume_fraction_at_10percent_intensity"))
        #expect(columns.contains("morphology_volume_density_aabb"))
        let definition = FeatureCatalogue.definitions(.statistics, .none)[0]
        #expect(definition.column(region: "Ring 3 mm") == "ring_3_mm_statistics_mean")
    }

    @Test("Settings survive JSON, and the order of lists does not matter")
    func json() throws {
        let a = ExtractionSettings(
            families: [.cooccurrence, .morphology], aggregations: [.volumeMerged, .slicesMerged],
            discretisation: .fixedBinSize(width: 25, origin: -1_000),
            resegmentation: Resegmentation(lower: -500, upper: 400))
        let b = ExtractionSettings(
            families: [.morphology, .cooccurrence, .morphology], aggregations: [.slicesMerged, .volumeMerged],
            discretisation: .fixedBinSize(width: 25, origin: -1_000),
            resegmentation: Resegmentation(lower: -500, upper: 400))
        #expect(a == b)
        #expect(try JSONDecoder().decode(ExtractionSettings.self, from: JSONEncoder().encode(a)) == a)
        #expect(try JSONDecoder().decode(ExtractionSettings.self, from: Data("{}".utf8)) == ExtractionSettings())
    }

    @Test("Re-segmentation changes the intensity mask only")
    func resegmentation() throws {
        let settings = ExtractionSettings(resegmentation: Resegmentation(lower: 20, upper: 60))
        let result = try extract(
            image: Self.region.image, morphologicalMask: Self.region.mask, settings: settings)
        let kept = zip(Self.region.image.voxels, Self.region.mask.voxels).count { $1 != 0 && $0 >= 20 && $0 <= 60 }
        #expect(result.intensityVoxels == kept)
        #expect(result.morphologicalVoxels == Self.region.mask.voxelCount)
    }

    @Test("Outliers are judged by mean and standard deviation of the mask")
    func outliers() throws {
        var voxels = [Float](repeating: 10, count: 216)
        for index in 0..<216 where index % 2 == 0 { voxels[index] = 12 }
        voxels[100] = 500
        let geometry = Geometry(size: GridSize(6, 6, 6), spacing: Vector3(1, 1, 1))
        let mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 1, count: 216))
        let result = try extract(
            image: Volume(geometry: geometry, voxels: voxels), morphologicalMask: mask,
            settings: ExtractionSettings(resegmentation: Resegmentation(outlierSigma: 3)))
        #expect(result.intensityVoxels == 215)
    }

    @Test("Refusals are typed")
    func refusals() {
        let image = Self.region.image
        let mask = Self.region.mask
        func refusal(
            _ settings: ExtractionSettings, image: Volume = image, mask: Mask = mask, intensity: Mask? = nil
        ) -> RadiomicsError? {
            do {
                _ = try extract(image: image, morphologicalMask: mask, intensityMask: intensity, settings: settings)
                return nil
            } catch { return error }
        }
        let empty = Mask(geometry: mask.geometry, voxels: [UInt8](repeating: 0, count: 216))
        #expect(refusal(ExtractionSettings(), mask: empty) == .emptyRegion)
        #expect(refusal(ExtractionSettings(), intensity: empty) == .emptyIntensityMask)
        let far = Resegmentation(lower: 1_000, upper: 2_000)
        #expect(refusal(ExtractionSettings(resegmentation: far)) == .emptyIntensityMask)
        var moved = mask.geometry
        moved.origin = Vector3(1, 0, 0)
        let elsewhere = Mask(geometry: moved, voxels: mask.voxels)
        #expect(refusal(ExtractionSettings(), mask: elsewhere) == .geometryMismatch(mask: "morphological"))
        #expect(refusal(ExtractionSettings(), intensity: elsewhere) == .geometryMismatch(mask: "intensity"))
        let fine = ExtractionSettings(discretisation: .fixedBinSize(width: 0.001, origin: 0))
        #expect(refusal(fine) == .tooManyGreyLevels(count: 100_001, limit: Limits.greyLevels))
        for bins in [0, -1] {
            let none = ExtractionSettings(intensityVolumeHistogram: .fixedBinNumber(count: bins))
            guard case .invalidSetting("intensityVolumeHistogram", _) = refusal(none) else {
                Issue.record("\(bins) bins of the intensity-volume histogram were accepted")
                continue
            }
        }
        var broken = image
        broken.voxels = broken.voxels.map { $0 > 50 ? .nan : $0 }
        let lost = zip(image.voxels, mask.voxels).count { $0 > 50 && $1 != 0 }
        #expect(refusal(ExtractionSettings(), image: broken) == .nonFiniteIntensities(count: lost))
        let slice = RandomRegion(size: GridSize(6, 6, 1), density: 1, levels: 9, seed: 2)
        #expect(
            refusal(ExtractionSettings(), image: slice.image, mask: slice.mask)
                == .aggregationNeedsVolume(aggregation: "3D, merged"))
    }

    @Test("Coarser dependence never lowers the mean dependence count")
    func coarseness() throws {
        func emphasis(_ coarseness: Int) throws -> Double {
            let settings = ExtractionSettings(
                families: [.neighbouringDependence], discretisation: .fixedBinNumber(count: 10),
                dependenceCoarseness: coarseness)
            return try DefinitionTests.value("ngldm_high_dependence_emphasis_3d", Self.region, settings)
        }
        let values = try (0...10).map(emphasis)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
        // With every level in reach, the count is the number of neighbours inside plus one.
        #expect(values[9] == values[10])
        #expect(values[0] < values[9])
    }
}
