import Foundation
import Imaging
import Radiomics
import Testing

/// Fast algorithms against the definitions written out.
struct DefinitionTests {
    struct Point {
        let x, y, z, value: Double
    }

    static func inside(_ region: RandomRegion) -> [Point] {
        let size = region.image.geometry.size
        let spacing = region.image.geometry.spacing
        return region.mask.voxels.indices.filter { region.mask.voxels[$0] != 0 }.map { index in
            Point(
                x: Double(index % size.x) * spacing.x, y: Double(index / size.x % size.y) * spacing.y,
                z: Double(index / size.x / size.y) * spacing.z, value: Double(region.image.voxels[index]))
        }
    }

    static func distance(_ a: Point, _ b: Point) -> Double {
        ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) + (a.z - b.z) * (a.z - b.z)).squareRoot()
    }

    static func value(_ column: String, _ region: RandomRegion, _ settings: ExtractionSettings) throws -> Double {
        let result = try extract(image: region.image, morphologicalMask: region.mask, settings: settings)
        return try #require(result.features.first { $0.definition.column == column }).value
    }

    @Test("Moran's I and Geary's C equal the sums over all pairs", arguments: 0..<8)
    func autocorrelation(seed: Int) throws {
        let region = RandomRegion(
            size: GridSize(8 + seed, 7, 1 + seed), spacing: Vector3(0.8, 1.1, 2.7), density: 0.6, levels: 50,
            seed: UInt64(seed))
        let points = Self.inside(region)
        let mean = points.reduce(0) { $0 + $1.value } / Double(points.count)
        var (weights, products, differences) = (0.0, 0.0, 0.0)
        for (i, a) in points.enumerated() {
            for (j, b) in points.enumerated() where i != j {
                let weight = 1 / Self.distance(a, b)
                weights += weight
                products += weight * (a.value - mean) * (b.value - mean)
                differences += weight * (a.value - b.value) * (a.value - b.value)
            }
        }
        let squares = points.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
        let count = Double(points.count)
        let settings = ExtractionSettings(families: [.morphology], aggregations: [.slicesMerged])
        let moran = try Self.value("morphology_morans_i_index", region, settings)
        let geary = try Self.value("morphology_gearys_c_measure", region, settings)
        #expect(abs(moran - count / weights * products / squares) < 1e-5)
        #expect(abs(geary - (count - 1) / (2 * weights) * differences / squares) < 1e-5)
    }

    @Test("The maximum 3D diameter equals the largest distance of any two surface vertices", arguments: 0..<12)
    func diameter(seed: Int) throws {
        let region = RandomRegion(
            size: GridSize(9, 6, 7), spacing: Vector3(0.7, 1.2, 2), density: 0.1 + 0.06 * Double(seed), levels: 5,
            seed: UInt64(seed))
        let spacing = region.image.geometry.spacing
        var vertices: [Point] = []
        for point in Self.inside(region) {
            // Outermost vertices lie half a voxel from a centre whether or not the neighbour is inside: such a vertex is
            // then no further out than the neighbour's own.
            for sign in [-0.5, 0.5] {
                vertices.append(Point(x: point.x + sign * spacing.x, y: point.y, z: point.z, value: 0))
                vertices.append(Point(x: point.x, y: point.y + sign * spacing.y, z: point.z, value: 0))
                vertices.append(Point(x: point.x, y: point.y, z: point.z + sign * spacing.z, value: 0))
            }
        }
        var largest = 0.0
        for a in vertices { for b in vertices { largest = max(largest, Self.distance(a, b)) } }
        let settings = ExtractionSettings(families: [.morphology], spatialAutocorrelation: false)
        let diameter = try Self.value("morphology_maximum_3d_diameter", region, settings)
        #expect(abs(diameter - largest) < 1e-9)
    }

    @Test("Intensity peaks equal the means over the voxels of a sphere, clipped by the image", arguments: 0..<6)
    func peaks(seed: Int) throws {
        let region = RandomRegion(
            size: GridSize(14, 11, 6), spacing: Vector3(1.5, 1.1, 3.2), density: 0.3, levels: 400, seed: UInt64(seed))
        let size = region.image.geometry.size
        let all = RandomRegion(
            image: region.image,
            mask: Mask(geometry: region.mask.geometry, voxels: [UInt8](repeating: 1, count: size.count)))
        let everywhere = Self.inside(all)
        let radius = 10 * pow(3 / (4 * Double.pi), 1.0 / 3)
        var (global, local, highest) = (-Double.infinity, -Double.infinity, -Double.infinity)
        for centre in Self.inside(region) {
            let near = everywhere.filter { Self.distance($0, centre) <= radius }
            let mean = near.reduce(0) { $0 + $1.value } / Double(near.count)
            global = max(global, mean)
            if centre.value > highest { (highest, local) = (centre.value, -.infinity) }
            if centre.value == highest { local = max(local, mean) }
        }
        let settings = ExtractionSettings(families: [.localIntensity])
        #expect(abs(try Self.value("local_local_intensity_peak", region, settings) - local) < 1e-9)
        #expect(abs(try Self.value("local_global_intensity_peak", region, settings) - global) < 1e-9)
    }

    @Test("A digital sphere has the mesh volume, sphericity and fillings of a sphere")
    func sphere() throws {
        let size = GridSize(50, 50, 50)
        let geometry = Geometry(size: size, spacing: Vector3(1, 1, 1))
        let labels = (0..<size.count).map { index -> UInt8 in
            let (x, y, z) = (Double(index % 50) - 24.5, Double(index / 50 % 50) - 24.5, Double(index / 2_500) - 24.5)
            return x * x + y * y + z * z <= 400 ? 1 : 0
        }
        let region = RandomRegion(
            image: Volume(geometry: geometry, voxels: (0..<size.count).map { Float($0 % 100) }),
            mask: Mask(geometry: geometry, voxels: labels))
        let settings = ExtractionSettings(families: [.morphology], spatialAutocorrelation: false)
        let result = try extract(image: region.image, morphologicalMask: region.mask, settings: settings)
        let values = Dictionary(uniqueKeysWithValues: result.features.map { ($0.definition.tag, $0.value) })
        // Vertices lie up to half a voxel beyond the outermost centres.
        let volume = 4.0 / 3 * Double.pi * 8_000
        #expect(abs(try #require(values["morph_volume"]) / volume - 1) < 0.01)
        #expect(abs(try #require(values["morph_diam"]) - 41) < 0.5)
        #expect(abs(try #require(values["morph_pca_flatness"]) - 1) < 1e-9)
        // The surface of a mask has steps of voxels, which marching cubes halves but does not remove.
        #expect(try #require(values["morph_sphericity"]) > 0.9)
        #expect(abs(try #require(values["morph_vol_dens_mvee"]) - 0.95) < 0.03)
        #expect(abs(try #require(values["morph_vol_dens_ombb"]) - Double.pi / 6) < 0.03)
    }
}
