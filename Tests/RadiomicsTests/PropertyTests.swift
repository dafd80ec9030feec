import Foundation
import Imaging
import Radiomics
import Testing

struct PropertyTests {
    static let everything = ExtractionSettings(
        aggregations: TextureAggregation.allCases, discretisation: .fixedBinNumber(count: 8))

    static func compare(_ a: ExtractionResult, _ b: ExtractionResult, tolerance: Double) -> [String] {
        zip(a.features, b.features).compactMap { first, second in
            let scale = max(abs(first.value), abs(second.value), 1e-3)
            let same = abs(first.value - second.value) <= tolerance * scale || (first.value.isNaN && second.value.isNaN)
            return same ? nil : "\(first.definition.column): \(first.value), \(second.value)"
        }
    }

    @Test("A rotation by 90 degrees leaves every feature unchanged", arguments: 0..<12)
    func rotation(seed: Int) throws {
        let region = RandomRegion(
            size: GridSize(9, 7, 5), spacing: Vector3(0.9, 1.3, 2.5), density: 0.7, levels: 40, seed: UInt64(seed))
        let turned = region.turned()
        let a = try extract(image: region.image, morphologicalMask: region.mask, settings: Self.everything)
        let b = try extract(image: turned.image, morphologicalMask: turned.mask, settings: Self.everything)
        // Single precision of the Fourier transform bounds Moran's I and Geary's C; the smallest ellipsoid is iterative.
        #expect(Self.compare(a, b, tolerance: 1e-3) == [])
        let exact = { (result: ExtractionResult) in
            result.features.filter { !["N365", "NPT7", "SWZ1", "BRI8"].contains($0.definition.ibsiID) }
        }
        for (first, second) in zip(exact(a), exact(b)) where first.value.isFinite {
            #expect(
                abs(first.value - second.value) <= 1e-9 * max(1, abs(first.value)), "\(first.definition.column)")
        }
    }

    @Test("The place of a region in the image and the rest of the image change no feature but local intensity")
    func translation() throws {
        let region = RandomRegion(size: GridSize(6, 5, 4), density: 0.8, levels: 30, seed: 5)
        let size = GridSize(15, 12, 9)
        let geometry = Geometry(size: size, spacing: region.image.geometry.spacing)
        var voxels = [Float](repeating: -1_000, count: size.count)
        var labels = [UInt8](repeating: 0, count: size.count)
        for z in 0..<4 {
            for y in 0..<5 {
                for x in 0..<6 {
                    let target = ((z + 3) * 12 + y + 6) * 15 + x + 2
                    voxels[target] = region.image.voxels[(z * 5 + y) * 6 + x]
                    labels[target] = region.mask.voxels[(z * 5 + y) * 6 + x] * 3
                }
            }
        }
        let families = FeatureFamily.allCases.filter { $0 != .localIntensity }
        let settings = ExtractionSettings(
            families: families, aggregations: TextureAggregation.allCases, discretisation: .fixedBinNumber(count: 8))
        let a = try extract(image: region.image, morphologicalMask: region.mask, settings: settings)
        let b = try extract(
            image: Volume(geometry: geometry, voxels: voxels),
            morphologicalMask: Mask(geometry: geometry, voxels: labels),
            settings: settings)
        #expect(a.features.map(\.definition) == b.features.map(\.definition))
        #expect(Self.compare(a, b, tolerance: 0) == [])
    }

    @Test("Any small mask gives finite values or a warning that names the others", arguments: 0..<300)
    func smallMasks(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let size = GridSize(
            Int.random(in: 1...6, using: &random), Int.random(in: 1...6, using: &random),
            Int.random(in: 1...4, using: &random))
        let region = RandomRegion(
            size: size, spacing: Vector3(1, 2, 3), density: Double.random(in: 0...1, using: &random),
            levels: Int.random(in: 1...9, using: &random), seed: UInt64(seed) &* 77)
        let planar = size.z == 1
        let settings = ExtractionSettings(
            aggregations: planar ? [.slicesAveraged, .slicesMerged] : TextureAggregation.allCases,
            discretisation: seed % 2 == 0 ? .fixedBinNumber(count: 6) : .fixedBinSize(width: 2, origin: 0))
        let result = try extract(image: region.image, morphologicalMask: region.mask, settings: settings)
        #expect(result.features.map(\.definition) == settings.definitions(planar: planar))
        let undefined = result.features.filter { $0.value.isNaN }.map(\.definition.column)
        let named = result.warnings.filter { $0.code == .undefinedFeatures }.flatMap(\.features)
        #expect(undefined == named)
        #expect(result.features.allSatisfy { !$0.value.isInfinite })
        #expect(result.warnings.contains { $0.code == .tooFewVoxels } == (region.mask.voxelCount < 64))
    }

    @Test("A constant region has NaN where nothing is defined, and says so")
    func constantRegion() throws {
        let geometry = Geometry(size: GridSize(6, 6, 6), spacing: Vector3(1, 1, 1))
        let image = Volume(geometry: geometry, voxels: [Float](repeating: 7, count: 216))
        let mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 1, count: 216))
        let result = try extract(
            image: image, morphologicalMask: mask, settings: ExtractionSettings(aggregations: [.volumeMerged]))
        #expect(result.warnings.map(\.code) == [.constantIntensity, .undefinedFeatures])
        let values = Dictionary(uniqueKeysWithValues: result.features.map { ($0.definition.column, $0.value) })
        #expect(values["statistics_mean"] == 7)
        #expect(values["statistics_variance"] == 0)
        #expect(values["statistics_skewness"]?.isNaN == true)
        #expect(values["morphology_morans_i_index"]?.isNaN == true)
        #expect(values["glcm_correlation_3d_merged"]?.isNaN == true)
        #expect(values["glcm_joint_entropy_3d_merged"] == 0)
        #expect(values["ngtdm_coarseness_3d"] == 1e6)
    }

    @Test("A single voxel has a volume and no axes")
    func singleVoxel() throws {
        let geometry = Geometry(size: GridSize(5, 5, 5), spacing: Vector3(2, 2, 2))
        var labels = [UInt8](repeating: 0, count: 125)
        labels[62] = 1
        let image = Volume(geometry: geometry, voxels: (0..<125).map(Float.init))
        let result = try extract(
            image: image, morphologicalMask: Mask(geometry: geometry, voxels: labels),
            settings: ExtractionSettings(discretisation: .fixedBinSize(width: 25, origin: 0)))
        let values = Dictionary(uniqueKeysWithValues: result.features.map { ($0.definition.column, $0.value) })
        // An octahedron with half axes of one millimetre.
        #expect(abs((values["morphology_volume_mesh"] ?? 0) - 4.0 / 3) < 1e-12)
        #expect(abs((values["morphology_surface_area_mesh"] ?? 0) - 4 * 3.0.squareRoot()) < 1e-12)
        #expect(values["morphology_maximum_3d_diameter"] == 2)
        #expect(values["morphology_major_axis_length"]?.isNaN == true)
        #expect(result.warnings.map(\.code) == [.tooFewVoxels, .constantIntensity, .undefinedFeatures])
    }

    @Test("Separate parts of a mask are counted")
    func components() throws {
        let geometry = Geometry(size: GridSize(7, 7, 7), spacing: Vector3(1, 1, 1))
        var labels = [UInt8](repeating: 0, count: 343)
        // A diagonal pair is one part, the far corner another.
        for index in [0, 57, 342] { labels[index] = 1 }
        let image = Volume(geometry: geometry, voxels: (0..<343).map(Float.init))
        let result = try extract(
            image: image, morphologicalMask: Mask(geometry: geometry, voxels: labels), settings: ExtractionSettings())
        let warning = result.warnings.first { $0.code == .severalComponents }
        #expect(warning?.message.contains("2 separate parts") == true)
    }
}
