import Foundation
import Imaging
import Radiomics
import Testing

/// Texture matrices against counts voxel by voxel, for few levels with large zones and for many levels.
struct TextureDefinitionTests {
    private typealias Step = (x: Int, y: Int, z: Int)
    /// A level with a length, a size, a distance or a number of neighbours.
    private typealias Entry = (level: Int, length: Int)

    /// The levels of a random region, which are its intensities; 0 outside.
    private struct Levels {
        let size: GridSize
        let values: [Int]

        init(_ region: RandomRegion) {
            size = region.image.geometry.size
            values = zip(region.image.voxels, region.mask.voxels).map { $1 == 0 ? 0 : Int($0) }
        }

        subscript(x: Int, y: Int, z: Int) -> Int {
            guard (0..<size.x).contains(x), (0..<size.y).contains(y), (0..<size.z).contains(z) else { return 0 }
            return values[(z * size.y + y) * size.x + x]
        }

        func forEach(_ body: (_ x: Int, _ y: Int, _ z: Int, _ level: Int) -> Void) {
            for z in 0..<size.z {
                for y in 0..<size.y {
                    for x in 0..<size.x where self[x, y, z] != 0 { body(x, y, z, self[x, y, z]) }
                }
            }
        }

        var count: Int { values.count { $0 != 0 } }

        func runs(_ step: Step) -> [Entry] {
            var found: [Entry] = []
            forEach { x, y, z, level in
                guard self[x - step.x, y - step.y, z - step.z] != level else { return }
                var length = 1
                while self[x + length * step.x, y + length * step.y, z + length * step.z] == level { length += 1 }
                found.append((level, length))
            }
            return found
        }

        /// Size and smallest distance to the outside, in steps along the axes, of each zone.
        func zones() -> (sizes: [Entry], distances: [Entry]) {
            var outside: [Step] = []
            for z in -1...size.z {
                for y in -1...size.y {
                    for x in -1...size.x where self[x, y, z] == 0 { outside.append((x, y, z)) }
                }
            }
            var seen = Set<Int>()
            var (sizes, distances): ([Entry], [Entry]) = ([], [])
            forEach { x, y, z, level in
                var open = [(x, y, z)]
                guard seen.insert((z * size.y + y) * size.x + x).inserted else { return }
                var (voxels, nearest) = (0, Int.max)
                while let (a, b, c) = open.popLast() {
                    voxels += 1
                    for place in outside {
                        nearest = min(nearest, abs(place.x - a) + abs(place.y - b) + abs(place.z - c))
                    }
                    for step in TextureDefinitionTests.neighbours {
                        let (x, y, z) = (a + step.x, b + step.y, c + step.z)
                        guard self[x, y, z] == level, seen.insert((z * size.y + y) * size.x + x).inserted
                        else { continue }
                        open.append((x, y, z))
                    }
                }
                sizes.append((level, voxels))
                distances.append((level, nearest))
            }
            return (sizes, distances)
        }
    }

    private static let neighbours: [Step] = (-1...1).flatMap { z in
        (-1...1).flatMap { y in (-1...1).map { x in (x, y, z) } }
    }.filter { $0 != (0, 0, 0) }

    /// Those that come later in raster order.
    private static let directions = neighbours.filter { ($0.z, $0.y, $0.x) > (0, 0, 0) }

    /// The features that runs, zones, distances and dependences share, in the order of the catalogue (IBSI 3.7).
    private static func emphasis(_ entries: [Entry], voxels: Int) -> [Double] {
        let total = Double(entries.count)
        func mean(_ value: (Double, Double) -> Double) -> Double {
            entries.reduce(0) { $0 + value(Double($1.level), Double($1.length)) } / total
        }
        func squares(_ groups: [some Collection]) -> Double {
            groups.reduce(0) { $0 + Double($1.count) * Double($1.count) }
        }
        let levels = squares(Array(Dictionary(grouping: entries, by: \.level).values))
        let lengths = squares(Array(Dictionary(grouping: entries, by: \.length).values))
        let cells = Dictionary(grouping: entries) { [$0.level, $0.length] }.values.map { Double($0.count) / total }
        let (levelMean, lengthMean) = (mean { i, _ in i }, mean { _, j in j })
        return [
            mean { _, j in 1 / (j * j) }, mean { _, j in j * j }, mean { i, _ in 1 / (i * i) }, mean { i, _ in i * i },
            mean { i, j in 1 / (i * i * j * j) }, mean { i, j in i * i / (j * j) }, mean { i, j in j * j / (i * i) },
            mean { i, j in i * i * j * j }, levels / total, levels / total / total, lengths / total,
            lengths / total / total, total / Double(voxels), mean { i, _ in (i - levelMean) * (i - levelMean) },
            mean { _, j in (j - lengthMean) * (j - lengthMean) }, -cells.reduce(0) { $0 + $1 * log2($1) },
        ]
    }

    @Test(
        "Runs, zones, distances and neighbourhoods are those that are counted voxel by voxel",
        arguments: [(2, 0.9), (3, 0.5), (5, 0.95), (40, 0.8), (300, 1)])
    func counted(levels: Int, density: Double) throws {
        let region = RandomRegion(
            size: GridSize(15, 11, 9), density: density, levels: levels, seed: UInt64(levels))
        let grid = Levels(region)
        let settings = ExtractionSettings(
            families: [.runLength, .sizeZone, .distanceZone, .neighbouringDependence, .neighbourhoodDifference],
            discretisation: .none)
        let result = try extract(image: region.image, morphologicalMask: region.mask, settings: settings)
        func check(_ family: FeatureFamily, _ expected: [Double]) {
            let found = result.features.filter { $0.definition.family == family }.prefix(expected.count)
            #expect(found.count == expected.count)
            for (feature, value) in zip(found, expected) {
                #expect(
                    abs(feature.value - value) <= 1e-10 * max(1, abs(value)),
                    "\(feature.definition.column): \(feature.value), \(value)")
            }
        }
        check(.runLength, Self.emphasis(Self.directions.flatMap(grid.runs), voxels: 13 * grid.count))
        let zones = grid.zones()
        check(.sizeZone, Self.emphasis(zones.sizes, voxels: grid.count))
        check(.distanceZone, Self.emphasis(zones.distances, voxels: grid.count))
        var dependences: [Entry] = []
        var differences: [(level: Int, difference: Double)] = []
        grid.forEach { x, y, z, level in
            let around = Self.neighbours.map { grid[x + $0.x, y + $0.y, z + $0.z] }.filter { $0 != 0 }
            dependences.append((level, 1 + around.count { $0 == level }))
            guard !around.isEmpty else { return }
            differences.append(
                (level, abs(Double(level) - Double(around.reduce(0, +)) / Double(around.count))))
        }
        check(.neighbouringDependence, Self.emphasis(dependences, voxels: grid.count))
        check(.neighbourhoodDifference, Self.neighbourhoods(differences))
    }

    /// Coarseness, contrast, busyness, complexity and strength (IBSI 3.10).
    private static func neighbourhoods(_ voxels: [(level: Int, difference: Double)]) -> [Double] {
        let total = Double(voxels.count)
        let groups = Dictionary(grouping: voxels, by: \.level).map { level, voxels in
            (i: Double(level), p: Double(voxels.count) / total, s: voxels.reduce(0) { $0 + $1.difference })
        }
        let weighted = groups.reduce(0) { $0 + $1.p * $1.s }
        let all = groups.reduce(0) { $0 + $1.s }
        func pairs(_ value: ((i: Double, p: Double, s: Double), (i: Double, p: Double, s: Double)) -> Double) -> Double
        {
            groups.reduce(0) { sum, a in sum + groups.reduce(0) { $0 + value(a, $1) } }
        }
        let count = Double(groups.count)
        return [
            1 / weighted, pairs { $0.p * $1.p * ($0.i - $1.i) * ($0.i - $1.i) } / (count * (count - 1)) * all / total,
            weighted / pairs { abs($0.i * $0.p - $1.i * $1.p) },
            pairs { abs($0.i - $1.i) * ($0.p * $0.s + $1.p * $1.s) / ($0.p + $1.p) } / total,
            pairs { ($0.p + $1.p) * ($0.i - $1.i) * ($0.i - $1.i) } / all,
        ]
    }
}
