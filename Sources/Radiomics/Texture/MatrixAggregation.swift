/// Combines the matrices of slices and directions as the aggregations ask (IBSI 3.1, figures of section 3.6).
///
/// A matrix is an array of counts; merging adds them, averaging averages the features of the matrices. Where a matrix
/// does not define a feature (an empty slice, one grey level), the mean is that of the matrices that do.
struct MatrixAggregation {
    /// Slices of the grid.
    let depth: Int
    /// Index steps of the in-plane directions.
    let planeSteps: [Int]
    /// Index steps of all directions.
    let volumeSteps: [Int]
    /// Cells of a matrix.
    let cells: Int
    /// Number of features.
    let featureCount: Int
    /// Adds the counts of a direction in some slices to a matrix.
    let accumulate: (_ step: Int, _ slices: Range<Int>, _ table: inout [UInt32]) -> Void
    /// The features of a matrix that merges some directions in some slices.
    let features: (_ table: [UInt32], _ slices: Range<Int>, _ directions: Int) -> [Double]

    /// Values for each aggregation asked for.
    func values(_ aggregations: [Aggregation]) -> [Aggregation: [Double]] {
        var result: [Aggregation: [Double]] = [:]
        if aggregations.contains(.volumeAveraged) || aggregations.contains(.volumeMerged) {
            var merged = [UInt32](repeating: 0, count: cells)
            var averaged = DefinedMean(count: featureCount)
            for step in volumeSteps {
                if aggregations.contains(.volumeAveraged) {
                    var table = [UInt32](repeating: 0, count: cells)
                    accumulate(step, 0..<depth, &table)
                    averaged.add(features(table, 0..<depth, 1))
                    if aggregations.contains(.volumeMerged) { Self.add(table, to: &merged) }
                } else {
                    accumulate(step, 0..<depth, &merged)
                }
            }
            result[.volumeAveraged] = averaged.means
            if aggregations.contains(.volumeMerged) {
                result[.volumeMerged] = features(merged, 0..<depth, volumeSteps.count)
            }
        }
        let flat: [Aggregation] = [.slicesAveraged, .slicesMerged, .directionsMerged, .planesMerged]
        if flat.contains(where: aggregations.contains) { addPlanes(&result) }
        return result.filter { aggregations.contains($0.key) }
    }

    private func addPlanes(_ result: inout [Aggregation: [Double]]) {
        var averaged = DefinedMean(count: featureCount)
        var sliceMerged = DefinedMean(count: featureCount)
        var directions = planeSteps.map { _ in [UInt32](repeating: 0, count: cells) }
        for slice in 0..<depth {
            var merged = [UInt32](repeating: 0, count: cells)
            for (direction, step) in planeSteps.enumerated() {
                var table = [UInt32](repeating: 0, count: cells)
                accumulate(step, slice..<slice + 1, &table)
                averaged.add(features(table, slice..<slice + 1, 1))
                Self.add(table, to: &merged)
                Self.add(table, to: &directions[direction])
            }
            sliceMerged.add(features(merged, slice..<slice + 1, planeSteps.count))
        }
        var directionMerged = DefinedMean(count: featureCount)
        var all = [UInt32](repeating: 0, count: cells)
        for table in directions {
            directionMerged.add(features(table, 0..<depth, 1))
            Self.add(table, to: &all)
        }
        result[.slicesAveraged] = averaged.means
        result[.slicesMerged] = sliceMerged.means
        result[.directionsMerged] = directionMerged.means
        result[.planesMerged] = features(all, 0..<depth, planeSteps.count)
    }

    private static func add(_ table: [UInt32], to sum: inout [UInt32]) {
        for index in table.indices { sum[index] &+= table[index] }
    }
}

/// The mean of each feature over the matrices that define it, added in order.
struct DefinedMean {
    private var sums: [Double]
    private var counts: [Double]

    init(count: Int) {
        sums = [Double](repeating: 0, count: count)
        counts = sums
    }

    mutating func add(_ values: [Double]) {
        for (index, value) in values.enumerated() where !value.isNaN {
            sums[index] += value
            counts[index] += 1
        }
    }

    /// The means; NaN where no matrix defined the feature.
    var means: [Double] { zip(sums, counts).map { $1 == 0 ? .nan : $0 / $1 } }
}
