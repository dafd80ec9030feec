/// Neighbourhood grey tone difference (IBSI 3.10) at Chebyshev distance 1.
struct NeighbourhoodDifference {
    let grid: LevelGrid

    /// Voxels with neighbours and the sum of their differences, by level and number of neighbours.
    ///
    /// The difference of level i with n neighbours of sum s is |i - s/n|; sums of |i n - s| are integers, so the result
    /// does not depend on the order of voxels.
    private struct Matrix {
        /// Columns: numbers of neighbours from 0 to 26.
        static let width = 27
        var counts: [Int]
        var differences: [Int]

        init(levelCount: Int) {
            counts = [Int](repeating: 0, count: (levelCount + 1) * Self.width)
            differences = counts
        }

        mutating func add(_ other: Matrix) {
            for index in counts.indices {
                counts[index] += other.counts[index]
                differences[index] += other.differences[index]
            }
        }
    }

    func values(_ aggregations: [Aggregation]) -> [Aggregation: [Double]] {
        var result: [Aggregation: [Double]] = [:]
        if aggregations.contains(.volume) {
            let sums = NeighbourhoodSums.sums(grid, planar: false)
            result[.volume] = features(matrix(sums, 0..<grid.depth))
        }
        guard aggregations.contains(.slices) || aggregations.contains(.planes) else { return result }
        let sums = NeighbourhoodSums.sums(grid, planar: true)
        var merged = Matrix(levelCount: grid.levelCount)
        var averaged = DefinedMean(count: 5)
        for slice in 0..<grid.depth {
            let one = matrix(sums, slice..<slice + 1)
            averaged.add(features(one))
            merged.add(one)
        }
        result[.slices] = averaged.means
        result[.planes] = features(merged)
        return result
    }

    private func matrix(_ sums: [UInt32], _ slices: Range<Int>) -> Matrix {
        var matrix = Matrix(levelCount: grid.levelCount)
        // Pointers: the loop runs over all voxels.
        grid.levels.withUnsafeBufferPointer { levels in
            sums.withUnsafeBufferPointer { sums in
                matrix.counts.withUnsafeMutableBufferPointer { counts in
                    matrix.differences.withUnsafeMutableBufferPointer { differences in
                        for row in grid.rows(in: slices) {
                            for index in row where levels[index] != 0 {
                                let level = Int(levels[index])
                                // The neighbourhood includes its centre, which is taken out here.
                                let neighbours = Int(sums[index] >> NeighbourhoodSums.countShift) - 1
                                let sum = Int(sums[index] & NeighbourhoodSums.levelMask) - level
                                let cell = level * Matrix.width + neighbours
                                counts[cell] += 1
                                differences[cell] += abs(level * neighbours - sum)
                            }
                        }
                    }
                }
            }
        }
        return matrix
    }

    /// Coarseness, contrast, busyness, complexity, strength; all NaN without a voxel that has a neighbour.
    private func features(_ matrix: Matrix) -> [Double] {
        var levels: [(level: Double, count: Double, difference: Double)] = []
        var total = 0.0
        for level in 1...grid.levelCount {
            var (count, difference) = (0, 0.0)
            for neighbours in 1..<Matrix.width {
                let cell = level * Matrix.width + neighbours
                count += matrix.counts[cell]
                difference += Double(matrix.differences[cell]) / Double(neighbours)
            }
            total += Double(count)
            if count > 0 { levels.append((Double(level), Double(count), difference)) }
        }
        guard total > 0 else { return [Double](repeating: .nan, count: 5) }
        var (weighted, all) = (0.0, 0.0)
        for (_, count, difference) in levels {
            weighted += count / total * difference
            all += difference
        }
        var (spread, busyness, complexity, strength) = (0.0, 0.0, 0.0, 0.0)
        for a in levels {
            let p = a.count / total
            for b in levels {
                let q = b.count / total
                let distance = abs(a.level - b.level)
                spread += p * q * distance * distance
                busyness += abs(a.level * p - b.level * q)
                complexity += distance * (p * a.difference + q * b.difference) / (p + q)
                strength += (p + q) * distance * distance
            }
        }
        let pairs = Double(levels.count * (levels.count - 1))
        return [
            // IBSI 3.10.1 and 3.10.3 give conventions for constant regions: 10^6 and 0.
            weighted > 0 ? min(1e6, 1 / weighted) : 1e6,
            levels.count > 1 ? spread / pairs * all / total : 0,
            busyness > 0 ? weighted / busyness : 0, complexity / total, all > 0 ? strength / all : 0,
        ]
    }
}

/// Sums over neighbourhoods of 3 x 3 (x 3) voxels, centre included.
enum NeighbourhoodSums {
    /// The number of voxels inside is in the bits from here on, the sum of levels below.
    static let countShift: UInt32 = 20
    static let levelMask: UInt32 = (1 << 20) - 1

    /// Packed sums on the padded grid (its border is not meaningful).
    static func sums(_ grid: LevelGrid, planar: Bool) -> [UInt32] {
        var sums = grid.levels.map { UInt32($0) | ($0 == 0 ? 0 : 1 << countShift) }
        sums = boxSum(sums, step: 1)
        sums = boxSum(sums, step: grid.rowStride)
        return planar ? sums : boxSum(sums, step: grid.sliceStride)
    }

    private static func boxSum(_ source: [UInt32], step: Int) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: source.count) { target, count in
            source.withUnsafeBufferPointer { source in
                for index in 0..<step { target[index] = 0 }
                for index in step..<source.count - step {
                    target[index] = source[index - step] &+ source[index] &+ source[index + step]
                }
                for index in source.count - step..<source.count { target[index] = 0 }
            }
            count = source.count
        }
    }
}
