/// Grey level co-occurrence at Chebyshev distance 1 (IBSI 3.6).
struct CooccurrenceMatrix {
    let grid: LevelGrid

    /// The features by aggregation, in the order of the catalogue.
    ///
    /// - Parameter number: What comes after the features of each table, if anything: of directed pairs with `side` rows,
    ///   of which row and column 0 are not to be read.
    func values(
        _ aggregations: [Aggregation], and number: ((_ table: [UInt32], _ side: Int) -> Double)? = nil
    ) -> [Aggregation: [Double]] {
        let features = CooccurrenceFeatures(levelCount: grid.levelCount)
        let side = grid.levelCount + 1
        var pairs = Tally(cells: side * side)
        return MatrixAggregation(
            depth: grid.depth, planeSteps: grid.planeSteps, volumeSteps: grid.volumeSteps, cells: side * side,
            featureCount: CooccurrenceFeatures.count + (number == nil ? 0 : 1),
            accumulate: { step, slices, table in accumulate(step, slices, &pairs, &table) },
            features: { table, _, _ in features.values(table) + (number.map { [$0(table, side)] } ?? []) }
        ).values(aggregations)
    }

    /// Counts pairs (level here, level one step on); pairs with an outside voxel land in row or column 0.
    private func accumulate(_ step: Int, _ slices: Range<Int>, _ pairs: inout Tally, _ table: inout [UInt32]) {
        let side = grid.levelCount + 1
        // Pointers: the loop runs 13 times over all voxels, and bounds tests cost it half its speed.
        grid.levels.withUnsafeBufferPointer { levels in
            guard let levels = levels.baseAddress else { return }
            for row in grid.rows(in: slices) {
                let (here, there) = (levels + row.lowerBound, levels + row.lowerBound + step)
                pairs.add(row.count) { Int(here[$0]) * side + Int(there[$0]) }
            }
        }
        table.withUnsafeMutableBufferPointer { table in
            pairs.drain { pairs in
                for cell in 0..<pairs.count { table[cell] &+= pairs[cell] }
            }
        }
    }
}
