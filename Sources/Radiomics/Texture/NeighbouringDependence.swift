/// Neighbouring grey level dependence (IBSI 3.11) at Chebyshev distance 1.
struct NeighbouringDependence {
    let grid: LevelGrid
    /// Largest difference of levels that counts as dependence.
    let coarseness: Int
    /// Columns of the matrix: dependence counts 1 to 27.
    private static let width = 28

    func values(_ aggregations: [Aggregation]) -> [Aggregation: [Double]] {
        var result: [Aggregation: [Double]] = [:]
        let features = EmphasisFeatures()
        // Inside levels move away from 0, so that the outside never depends on anything.
        let levels = coarseness == 0 ? grid.levels : grid.levels.map { $0 == 0 ? 0 : $0 + UInt16(coarseness) }
        if aggregations.contains(.volume) {
            result[.volume] = features.values(matrix(levels, 0..<grid.depth, grid.volumeSteps), voxels: grid.count)
        }
        guard aggregations.contains(.slices) || aggregations.contains(.planes) else { return result }
        var merged = EmphasisMatrix(levelCount: grid.levelCount, width: Self.width)
        var averaged = DefinedMean(count: EmphasisFeatures.count)
        for slice in 0..<grid.depth {
            let one = matrix(levels, slice..<slice + 1, grid.planeSteps)
            averaged.add(features.values(one, voxels: grid.sliceCounts[slice]))
            merged.add(one)
        }
        result[.slices] = averaged.means
        result[.planes] = features.values(merged, voxels: grid.count)
        return result
    }

    private func matrix(_ levels: [UInt16], _ slices: Range<Int>, _ steps: [Int]) -> EmphasisMatrix {
        var matrix = EmphasisMatrix(levelCount: grid.levelCount, width: Self.width)
        var dependences = [UInt16](repeating: 0, count: grid.rowStride)
        let reach = UInt16(coarseness)
        // Pointers: the comparison runs 26 times over all voxels, and vectorises only without bounds tests.
        levels.withUnsafeBufferPointer { levels in
            dependences.withUnsafeMutableBufferPointer { dependences in
                guard let levels = levels.baseAddress, let dependences = dependences.baseAddress else { return }
                for row in grid.rows(in: slices) where !row.isEmpty {
                    let centre = levels + row.lowerBound
                    for x in 0..<row.count { dependences[x] = 1 }
                    for step in steps {
                        let (later, earlier) = (centre + step, centre - step)
                        for x in 0..<row.count {
                            // |a - b| <= reach as one unsigned comparison.
                            let first = centre[x] &- later[x] &+ reach
                            let second = centre[x] &- earlier[x] &+ reach
                            dependences[x] &+= (first <= 2 &* reach ? 1 : 0) &+ (second <= 2 &* reach ? 1 : 0)
                        }
                    }
                    for x in 0..<row.count where centre[x] != 0 {
                        matrix.counts[(Int(centre[x]) - coarseness) * Self.width + Int(dependences[x])] += 1
                    }
                }
            }
        }
        return matrix
    }
}
