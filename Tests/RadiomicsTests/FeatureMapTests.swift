import Imaging
import Radiomics
import Testing

/// Feature maps against extractions of the neighbourhoods one by one, and against sums written out.
struct FeatureMapTests {
    static let size = GridSize(9, 8, 6)
    static let geometry = Geometry(size: size, spacing: Vector3(1, 1, 2))
    static let settings = ExtractionSettings(discretisation: .none)

    /// Whole intensities from 1 to 6; the region is a rough ball.
    static var image: Volume {
        var state: UInt64 = 11
        return Volume(
            geometry: geometry,
            voxels: (0..<size.count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(state >> 33 % 6 + 1)
            })
    }

    static func mask(_ isInside: (Int, Int, Int) -> Bool) -> Mask {
        var voxels: [UInt8] = []
        for z in 0..<size.z {
            for y in 0..<size.y { for x in 0..<size.x { voxels.append(isInside(x, y, z) ? 1 : 0) } }
        }
        return Mask(geometry: geometry, voxels: voxels)
    }

    static func isInBall(_ x: Int, _ y: Int, _ z: Int) -> Bool {
        (x - 4) * (x - 4) + (y - 4) * (y - 4) + 3 * (z - 3) * (z - 3) <= 14
    }

    @Test(
        "A voxel of the map has the value that its neighbourhood has as a region",
        arguments: [
            "statistics_variance", "glcm_joint_entropy_3d_merged", "glcm_contrast_3d_averaged",
            "glrlm_run_entropy_3d_merged", "glszm_zone_size_entropy_3d", "gldzm_small_distance_emphasis_3d",
            "ngtdm_contrast_3d", "ngldm_dependence_count_entropy_3d",
        ], [1, 2])
    func neighbourhoods(column: String, radius: Int) throws {
        let map = try FeatureMap(column: column, radius: radius, planar: false, settings: Self.settings)
            .values(image: Self.image, mask: Self.mask(Self.isInBall))
        let settings = ExtractionSettings(aggregations: [.volumeAveraged, .volumeMerged], discretisation: .none)
        var compared = 0
        for (x, y, z) in [(4, 4, 3), (1, 4, 3), (4, 1, 3), (5, 5, 4), (3, 4, 1)] {
            #expect(Self.isInBall(x, y, z))
            let near = Self.mask { a, b, c in
                Self.isInBall(a, b, c) && max(abs(a - x), abs(b - y), abs(c - z)) <= radius
            }
            let one = try extract(image: Self.image, morphologicalMask: near, settings: settings)
            let value = try #require(one.features.first { $0.definition.column == column }).value
            #expect(map.voxels[(z * Self.size.y + y) * Self.size.x + x] == Float(value))
            compared += 1
        }
        #expect(compared == 5)
    }

    @Test(
        "The map of the mean is the mean, and NaN outside the region; slices stand alone if asked",
        arguments: [
            false, true,
        ])
    func mean(planar: Bool) throws {
        let image = Self.image
        let map = try FeatureMap(column: "statistics_mean", radius: 1, planar: planar, settings: Self.settings)
            .values(image: image, mask: Self.mask(Self.isInBall))
        for z in 0..<Self.size.z {
            for y in 0..<Self.size.y {
                for x in 0..<Self.size.x {
                    let value = map.voxels[(z * Self.size.y + y) * Self.size.x + x]
                    guard Self.isInBall(x, y, z) else {
                        #expect(value.isNaN)
                        continue
                    }
                    var (sum, count) = (0.0, 0.0)
                    for c in planar ? z...z : z - 1...z + 1 {
                        for b in y - 1...y + 1 {
                            for a in x - 1...x + 1 where Self.isInBall(a, b, c) {
                                sum += Double(image.voxels[(c * Self.size.y + b) * Self.size.x + a])
                                count += 1
                            }
                        }
                    }
                    #expect(abs(Double(value) - sum / count) < 1e-6)
                }
            }
        }
    }

    @Test("The number of threads changes no bit")
    func threads() throws {
        let map = try FeatureMap(
            column: "glcm_joint_entropy_3d_merged", radius: 1, planar: false, settings: Self.settings)
        let maps = try [1, 2, 5].map { threads in
            try map.values(image: Self.image, mask: Self.mask(Self.isInBall), threads: threads).voxels.map(\.bitPattern)
        }
        #expect(maps[0] == maps[1])
        #expect(maps[0] == maps[2])
    }

    @Test(
        "Shape, local intensity, unknown columns and radii out of bounds are refused by name",
        arguments: [
            ("morphology_volume_mesh", 1, "feature-map"), ("glcm_beauty", 1, "feature-map"),
            ("statistics_mean", 0, "radius"), ("statistics_mean", 33, "radius"),
        ])
    func refusals(column: String, radius: Int, field: String) {
        let error = #expect(throws: RadiomicsError.self) {
            try FeatureMap(column: column, radius: radius, planar: false, settings: Self.settings)
        }
        #expect(error?.description.contains(field) == true)
    }
}
