/// Runs of one grey level along a direction (IBSI 3.7).
struct RunLengthMatrix {
    let grid: LevelGrid
    /// Lengths from 0 to the longest there can be.
    private let width: Int

    init(grid: LevelGrid) {
        self.grid = grid
        width = max(grid.width, grid.height, grid.depth) + 1
    }

    func values(_ aggregations: [Aggregation]) -> [Aggregation: [Double]] {
        let features = EmphasisFeatures()
        let cells = (grid.levelCount + 1) * width
        // Where the lengths of each voxel's level begin in a table.
        let starts = grid.levels.map { UInt32($0) * UInt32(width) }
        var lengths = [UInt16](repeating: 0, count: grid.levels.count)
        var reached = Tally(cells: cells)
        return MatrixAggregation(
            depth: grid.depth, planeSteps: grid.planeSteps, volumeSteps: grid.volumeSteps, cells: cells,
            featureCount: 16,
            accumulate: { step, slices, table in
                count(step, slices, starts, &lengths, &reached)
                addRuns(&reached, to: &table)
            },
            features: { table, slices, directions in
                let matrix = EmphasisMatrix(counts: table, levelCount: grid.levelCount, width: width)
                let voxels = grid.sliceCounts[slices].reduce(0, +)
                return Array(features.values(matrix, voxels: voxels * directions).prefix(16))
            }
        ).values(aggregations)
    }

    /// Adds to `reached` how many voxels of each level are the n-th of their run, which is how many runs have at least n.
    ///
    /// `lengths` holds the run length so far of every voxel; voxels beyond the rows are never written and stay 0, and a
    /// run of level 0 cannot be longer than the box.
    private func count(
        _ step: Int, _ slices: Range<Int>, _ starts: [UInt32], _ lengths: inout [UInt16], _ reached: inout Tally
    ) {
        // Pointers: the loops run 13 times over all voxels.
        grid.levels.withUnsafeBufferPointer { levels in
            starts.withUnsafeBufferPointer { starts in
                lengths.withUnsafeMutableBufferPointer { lengths in
                    guard let levels = levels.baseAddress, let starts = starts.baseAddress,
                        let lengths = lengths.baseAddress
                    else { return }
                    for row in grid.rows(in: slices) where !row.isEmpty {
                        let first = row.lowerBound
                        Self.extend(levels + first, lengths + first, step: step, count: row.count)
                        reached.add(row.count) { Int(starts[first + $0] &+ UInt32(lengths[first + $0])) }
                    }
                }
            }
        }
    }

    /// The run lengths so far in a row: those of the voxels one step before and 1, or 1 where the level changes.
    private static func extend(
        _ levels: UnsafePointer<UInt16>, _ lengths: UnsafeMutablePointer<UInt16>, step: Int, count: Int
    ) {
        let (levelsBefore, lengthsBefore) = (levels - step, lengths - step)
        guard step > 1 else {
            // Each length waits for the one before.
            var length = lengthsBefore[0]
            for x in 0..<count {
                length = (levels[x] == levelsBefore[x] ? length : 0) &+ 1
                lengths[x] = length
            }
            return
        }
        for x in 0..<count {
            let before = lengthsBefore[x]
            lengths[x] = (levels[x] == levelsBefore[x] ? before : 0) &+ 1
        }
    }

    /// The runs of n voxels are those that reach n and not n + 1; leaves `reached` empty.
    private func addRuns(_ reached: inout Tally, to table: inout [UInt32]) {
        table.withUnsafeMutableBufferPointer { table in
            reached.drain { reached in
                for start in stride(from: width, to: reached.count, by: width) {
                    for cell in start + 1..<start + width - 1 { table[cell] &+= reached[cell] &- reached[cell + 1] }
                    table[start + width - 1] &+= reached[start + width - 1]
                }
            }
        }
    }
}
