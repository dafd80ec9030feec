/// Size zone (IBSI 3.8) and distance zone (IBSI 3.9) matrices, which share their zones.
struct ZoneMatrices {
    let region: Region
    let grid: LevelGrid
    /// Whether the distance zone matrix is wanted.
    let withDistances: Bool
    private static let denseSizes = 256

    /// Values of the size zone and distance zone families for the aggregations asked for.
    func values(
        _ aggregations: [Aggregation]
    ) -> (sizes: [Aggregation: [Double]], distances: [Aggregation: [Double]]) {
        var sizes: [Aggregation: [Double]] = [:]
        var distances: [Aggregation: [Double]] = [:]
        guard !aggregations.isEmpty else { return (sizes, distances) }
        let scratch = Zones.Scratch(grid)
        let features = EmphasisFeatures()
        if aggregations.contains(.volume) {
            let map = borderDistances(planar: false)
            let zones = Zones(
                grid: grid, slices: 0..<grid.depth, steps: grid.volumeSteps, distances: map, scratch: scratch)
            let (bySize, byDistance) = matrices(zones, widest: Int(map?.max() ?? 0))
            sizes[.volume] = Array(features.values(bySize, voxels: grid.count).prefix(16))
            distances[.volume] = Array(features.values(byDistance, voxels: grid.count).prefix(16))
        }
        guard aggregations.contains(.slices) || aggregations.contains(.planes) else { return (sizes, distances) }
        let map = borderDistances(planar: true)
        let widest = Int(map?.max() ?? 0)
        var (allSizes, allDistances) = matrices(nil, widest: widest)
        var (meanSizes, meanDistances) = (DefinedMean(count: 16), DefinedMean(count: 16))
        for slice in 0..<grid.depth {
            let zones = Zones(
                grid: grid, slices: slice..<slice + 1, steps: grid.planeSteps, distances: map, scratch: scratch)
            let (bySize, byDistance) = matrices(zones, widest: widest)
            let voxels = grid.sliceCounts[slice]
            meanSizes.add(Array(features.values(bySize, voxels: voxels).prefix(16)))
            meanDistances.add(Array(features.values(byDistance, voxels: voxels).prefix(16)))
            allSizes.add(bySize)
            allDistances.add(byDistance)
        }
        sizes[.slices] = meanSizes.means
        distances[.slices] = meanDistances.means
        sizes[.planes] = Array(features.values(allSizes, voxels: grid.count).prefix(16))
        distances[.planes] = Array(features.values(allDistances, voxels: grid.count).prefix(16))
        return (sizes, distances)
    }

    private func borderDistances(planar: Bool) -> [UInt16]? {
        withDistances ? BorderDistance.distances(region: region, grid: grid, planar: planar) : nil
    }

    /// The size zone matrix and, where distances are wanted, the distance zone matrix.
    private func matrices(_ zones: Zones?, widest: Int) -> (EmphasisMatrix, EmphasisMatrix) {
        var sizes = EmphasisMatrix(levelCount: grid.levelCount, width: Self.denseSizes)
        var distances = EmphasisMatrix(levelCount: grid.levelCount, width: widest + 1)
        for zone in zones?.zones ?? [] {
            if zone.size < sizes.width {
                sizes.counts[zone.level * sizes.width + zone.size] += 1
            } else {
                sizes.long.append((zone.level, zone.size))
            }
            if withDistances { distances.counts[zone.level * distances.width + zone.distance] += 1 }
        }
        return (sizes, distances)
    }
}
