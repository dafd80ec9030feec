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
        return MatrixAggregation(
            depth: grid.depth, planeSteps: grid.planeSteps, volumeSteps: grid.volumeSteps, cells: side * side,
            featureCount: CooccurrenceFeatures.count + (number == nil ? 0 : 1),
            accumulate: { step, slices, table in accumulate(step, slices, &table) },
            features: { table, _, _ in features.values(table) + (number.map { [$0(table, side)] } ?? []) }
        ).values(aggregations)
    }

    /// Counts pairs (level here, level one step on); pairs with an outside voxel land in row or column 0.
    private func accumulate(_ step: Int, _ slices: Range<Int>, _ table: inout [UInt32]) {
        let side = grid.levelCount + 1
        // Pointers: the loop runs 13 times over all voxels, and bounds tests cost it half its speed.
        grid.levels.withUnsafeBufferPointer { levels in
            table.withUnsafeMutableBufferPointer { table in
                guard let levels = levels.baseAddress, let table = table.baseAddress else { return }
                for row in grid.rows(in: slices) {
                    for index in row {
                        table[Int(levels[index]) * side + Int(levels[index + step])] &+= 1
                    }
                }
            }
        }
    }
}
