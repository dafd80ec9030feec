/// Runs of one grey level along a direction (IBSI 3.7).
struct RunLengthMatrix {
    let grid: LevelGrid

    func values(_ aggregations: [Aggregation]) -> [Aggregation: [Double]] {
        let width = max(grid.width, grid.height, grid.depth) + 1
        let features = EmphasisFeatures()
        var lengths = [UInt16](repeating: 0, count: grid.levels.count)
        return MatrixAggregation(
            depth: grid.depth, planeSteps: grid.planeSteps, volumeSteps: grid.volumeSteps,
            cells: (grid.levelCount + 1) * width, featureCount: 16,
            accumulate: { step, slices, table in accumulate(step, slices, width, &lengths, &table) },
            features: { table, slices, directions in
                let matrix = EmphasisMatrix(counts: table, levelCount: grid.levelCount, width: width)
                let voxels = grid.sliceCounts[slices].reduce(0, +)
                return Array(features.values(matrix, voxels: voxels * directions).prefix(16))
            }
        ).values(aggregations)
    }

    /// Counts runs where they end. `lengths` holds the run length so far of every voxel; voxels beyond the rows are
    /// never written and stay 0, and a run of level 0 cannot be longer than the box.
    private func accumulate(
        _ step: Int, _ slices: Range<Int>, _ width: Int, _ lengths: inout [UInt16], _ table: inout [UInt32]
    ) {
        // Pointers: the loop runs 13 times over all voxels.
        grid.levels.withUnsafeBufferPointer { levels in
            lengths.withUnsafeMutableBufferPointer { lengths in
                table.withUnsafeMutableBufferPointer { table in
                    guard let levels = levels.baseAddress, let lengths = lengths.baseAddress,
                        let table = table.baseAddress
                    else { return }
                    for row in grid.rows(in: slices) {
                        for index in row {
                            let level = levels[index]
                            let goesOn = level == levels[index - step] ? lengths[index - step] : 0
                            let length = goesOn &+ 1
                            lengths[index] = length
                            let ends: UInt32 = level == levels[index + step] ? 0 : 1
                            table[Int(level) * width + Int(length)] &+= ends
                        }
                    }
                }
            }
        }
    }
}
