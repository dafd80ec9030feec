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
            var matrix = Matrix(levelCount: grid.levelCount)
            // The sums of three slices, which move on with the slice.
            var planes = (0..<3).map { PlaneSums(grid, slice: $0 - 1) }
            for slice in 0..<grid.depth {
                planes[(slice + 2) % 3].fill(grid, slice: slice + 1)
                add(slice, planes, to: &matrix)
            }
            result[.volume] = features(matrix)
        }
        guard aggregations.contains(.slices) || aggregations.contains(.planes) else { return result }
        var merged = Matrix(levelCount: grid.levelCount)
        var averaged = DefinedMean(count: 5)
        var plane = PlaneSums(grid, slice: 0)
        for slice in 0..<grid.depth {
            var one = Matrix(levelCount: grid.levelCount)
            plane.fill(grid, slice: slice)
            add(slice, [plane], to: &one)
            averaged.add(features(one))
            merged.add(one)
        }
        result[.slices] = averaged.means
        result[.planes] = features(merged)
        return result
    }

    /// Adds the voxels of a slice, given the sums of the planes that count.
    private func add(_ slice: Int, _ planes: [PlaneSums], to matrix: inout Matrix) {
        var sums = [UInt32](repeating: 0, count: grid.rowStride)
        // Pointers: the loops run over all voxels.
        grid.levels.withUnsafeBufferPointer { levels in
            sums.withUnsafeMutableBufferPointer { sums in
                matrix.counts.withUnsafeMutableBufferPointer { counts in
                    matrix.differences.withUnsafeMutableBufferPointer { differences in
                        guard let sums = sums.baseAddress, let counts = counts.baseAddress,
                            let differences = differences.baseAddress
                        else { return }
                        for row in grid.rows(in: slice..<slice + 1) where !row.isEmpty {
                            let first = row.lowerBound - (slice + 1) * grid.sliceStride
                            sums.update(repeating: 0, count: row.count)
                            for plane in planes { plane.add(first, count: row.count, to: sums) }
                            for x in 0..<row.count where levels[row.lowerBound + x] != 0 {
                                let level = Int(levels[row.lowerBound + x])
                                // The neighbourhood includes its centre, which is taken out here.
                                let neighbours = Int(sums[x] >> PlaneSums.countShift) - 1
                                let sum = Int(sums[x] & PlaneSums.levelMask) - level
                                let cell = level * Matrix.width + neighbours
                                counts[cell] &+= 1
                                differences[cell] &+= abs(level &* neighbours &- sum)
                            }
                        }
                    }
                }
            }
        }
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

/// Sums over neighbourhoods of 3 x 3 voxels of a slice, centre included.
private struct PlaneSums {
    /// The number of voxels inside is in the bits from here on, the sum of levels below: room for 27 voxels.
    static let countShift: UInt32 = 20
    static let levelMask: UInt32 = (1 << 20) - 1
    /// Sums along x and then y on the padded slice, whose border is not meaningful.
    private var rows, sums: [UInt32]

    /// - Parameter slice: From -1 to the number of slices: before the first and after the last there is no voxel.
    init(_ grid: LevelGrid, slice: Int) {
        rows = [UInt32](repeating: 0, count: grid.sliceStride)
        sums = rows
        fill(grid, slice: slice)
    }

    mutating func fill(_ grid: LevelGrid, slice: Int) {
        let (count, row) = (grid.sliceStride, grid.rowStride)
        // Pointers: the loops run over all voxels.
        grid.levels.withUnsafeBufferPointer { levels in
            rows.withUnsafeMutableBufferPointer { rows in
                sums.withUnsafeMutableBufferPointer { sums in
                    guard let levels = levels.baseAddress.map({ $0 + (slice + 1) * count }),
                        let rows = rows.baseAddress, let sums = sums.baseAddress
                    else { return }
                    func packed(_ index: Int) -> UInt32 {
                        UInt32(levels[index]) | (levels[index] == 0 ? 0 : 1 << Self.countShift)
                    }
                    for index in 1..<count - 1 { rows[index] = packed(index - 1) &+ packed(index) &+ packed(index + 1) }
                    for index in row..<count - row {
                        sums[index] = rows[index - row] &+ rows[index] &+ rows[index + row]
                    }
                }
            }
        }
    }

    /// Adds the sums of `count` voxels of the padded slice from `first` on.
    func add(_ first: Int, count: Int, to total: UnsafeMutablePointer<UInt32>) {
        sums.withUnsafeBufferPointer { sums in
            guard let sums = sums.baseAddress.map({ $0 + first }) else { return }
            for x in 0..<count { total[x] &+= sums[x] }
        }
    }
}
