import Foundation
import Imaging
import Radiomics
import Testing

/// Features of the convex hull against searches over all planes and lines through its points.
struct HullDefinitionTests {
    private typealias Point = SIMD3<Double>

    private static func cross(_ a: Point, _ b: Point) -> Point {
        Point(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }

    private static func dot(_ a: Point, _ b: Point) -> Double { a.x * b.x + a.y * b.y + a.z * b.z }

    /// Midpoints between voxels inside and their neighbours; those within the mask lie inside its hull.
    private static func vertices(_ region: RandomRegion) -> [Point] {
        let spacing = region.image.geometry.spacing
        let steps = [spacing.x, spacing.y, spacing.z]
        let found = DefinitionTests.inside(region).flatMap { voxel in
            (0..<3).flatMap { axis in
                [-0.5, 0.5].map { sign in
                    var vertex = Point(voxel.x, voxel.y, voxel.z)
                    vertex[axis] += sign * steps[axis]
                    return vertex
                }
            }
        }
        return Array(Set(found))
    }

    /// Volume, and lengths of three edges, of the smallest box with a face in a plane through three of the points.
    private static func smallestBox(_ points: [Point]) -> (volume: Double, area: Double) {
        var best = (volume: Double.infinity, area: Double.infinity)
        for i in points.indices {
            for j in 0..<i {
                for k in 0..<j {
                    let normal = cross(points[j] - points[i], points[k] - points[i])
                    let size = dot(normal, normal).squareRoot()
                    guard size > 1e-9 else { continue }
                    let unit = normal / size
                    let heights = points.map { dot($0 - points[i], unit) }
                    guard let low = heights.min(), let high = heights.max(), low > -1e-9 || high < 1e-9 else {
                        continue
                    }
                    // Lines through two projected points with all others on one side.
                    for a in points {
                        for b in points {
                            let along = (b - a) - dot(b - a, unit) * unit
                            let length = dot(along, along).squareRoot()
                            guard length > 1e-9 else { continue }
                            let across = cross(unit, along / length)
                            let (widths, lengths) = (
                                points.map { dot($0 - a, across) }, points.map { dot($0 - a, along / length) }
                            )
                            guard let least = widths.min(), least > -1e-9, let most = widths.max(),
                                let first = lengths.min(), let last = lengths.max()
                            else { continue }
                            let (x, y, z) = (high - low, most - least, last - first)
                            if x * y * z < best.volume * (1 - 1e-12) {
                                best = (x * y * z, 2 * (x * y + x * z + y * z))
                            }
                        }
                    }
                }
            }
        }
        return best
    }

    @Test("The oriented box is the smallest with a face in any plane that touches the surface", arguments: 0..<6)
    func orientedBox(seed: Int) throws {
        let region = RandomRegion(
            size: GridSize(4, 3, 3), spacing: Vector3(0.7, 1.2, 2), density: 0.12, levels: 5, seed: UInt64(seed))
        let expected = Self.smallestBox(Self.vertices(region))
        let settings = ExtractionSettings(families: [.morphology], spatialAutocorrelation: false)
        let volume = try DefinitionTests.value("morphology_volume_mesh", region, settings)
        let density = try DefinitionTests.value("morphology_volume_density_ombb", region, settings)
        #expect(abs(volume / density - expected.volume) < 1e-9 * expected.volume)
    }

    @Test(
        "Large hulls have the box, the diameter and the volume of the smaller ones that they contain", arguments: 0..<4)
    func enlarged(seed: Int) throws {
        // Every voxel becomes a block: the hull has thousands of points more and changes by half a voxel a side only.
        func region(_ factor: Int) -> RandomRegion {
            let small = RandomRegion(size: GridSize(5, 4, 4), density: 0.25, levels: 5, seed: UInt64(seed))
            let size = GridSize(5 * factor, 4 * factor, 4 * factor)
            let step = 1 / Double(factor)
            let geometry = Geometry(size: size, spacing: Vector3(step, step, step))
            let places = (0..<size.count).map { index -> Int in
                let (x, y, z) = (index % size.x, index / size.x % size.y, index / size.x / size.y)
                return (z / factor * 4 + y / factor) * 5 + x / factor
            }
            return RandomRegion(
                image: Volume(geometry: geometry, voxels: places.map { small.image.voxels[$0] }),
                mask: Mask(geometry: geometry, voxels: places.map { small.mask.voxels[$0] }))
        }
        let settings = ExtractionSettings(families: [.morphology], spatialAutocorrelation: false)
        func measures(_ factor: Int) throws -> [Double] {
            let volume = try DefinitionTests.value("morphology_volume_mesh", region(factor), settings)
            return try ["morphology_volume_density_ombb", "morphology_volume_density_convex_hull"].map {
                volume / (try DefinitionTests.value($0, region(factor), settings))
            } + [try DefinitionTests.value("morphology_maximum_3d_diameter", region(factor), settings)]
        }
        // The blocks' hull in the limit of small voxels; its distance falls with the voxel.
        let (coarse, fine) = (try measures(8), try measures(16))
        for (one, other) in zip(coarse, fine) { #expect(abs(one / other - 1) < 0.03 && one <= other * (1 + 1e-9)) }
    }

    @Test("The intensity-volume histogram equals counts level by level", arguments: 0..<6)
    func intensityVolumeHistogram(seed: Int) throws {
        let region = RandomRegion(
            size: GridSize(12, 9, 7), density: 0.5, levels: [3, 40, 5_000][seed % 3], seed: UInt64(seed))
        let bins = seed < 3 ? 10 : 1_000
        let inside = DefinitionTests.inside(region).map(\.value)
        let (low, high) = (try #require(inside.min()), try #require(inside.max()))
        let levels = inside.map { min(bins - 1, Int((Double(bins) * ($0 - low) / (high - low)).rounded(.down))) }
        func fraction(_ level: Int) -> Double { Double(levels.count { $0 >= level }) / Double(levels.count) }
        func volume(_ share: Double) -> Double {
            fraction((0..<bins).first { Double($0) / Double(bins - 1) >= share } ?? bins)
        }
        func intensity(_ share: Double) -> Double { 1 + Double((0...bins).first { fraction($0) <= share } ?? bins) }
        let settings = ExtractionSettings(
            families: [.intensityVolumeHistogram], intensityVolumeHistogram: .fixedBinNumber(count: bins))
        let result = try extract(image: region.image, morphologicalMask: region.mask, settings: settings)
        let values = Dictionary(uniqueKeysWithValues: result.features.map { ($0.definition.tag, $0.value) })
        #expect(values["ivh_v10"] == volume(0.1) && values["ivh_v90"] == volume(0.9))
        #expect(values["ivh_i10"] == intensity(0.1) && values["ivh_i90"] == intensity(0.9))
    }
}
