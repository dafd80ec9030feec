#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A matrix of grey level against run length, zone size, zone distance or dependence count.
struct EmphasisMatrix {
    /// Dense counts, level times `width` plus length; level 0 and length 0 are not read.
    var counts: [UInt32]
    /// Columns of the dense part: lengths 1 to `width` - 1.
    let width: Int
    /// Levels of the dense part: 1 to `levelCount`.
    let levelCount: Int
    /// Cells whose length exceeds the dense part, one entry a zone.
    var long: [(level: Int, length: Int)] = []

    init(levelCount: Int, width: Int) {
        self.levelCount = levelCount
        self.width = width
        counts = [UInt32](repeating: 0, count: (levelCount + 1) * width)
    }

    init(counts: [UInt32], levelCount: Int, width: Int) {
        self.counts = counts
        self.levelCount = levelCount
        self.width = width
    }

    mutating func add(_ other: EmphasisMatrix) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        long += other.long
    }
}

/// The features shared by GLRLM, GLSZM, GLDZM (16) and NGLDM (17, with energy), in the order of the catalogue
/// (IBSI 3.7 to 3.9 and 3.11).
struct EmphasisFeatures {
    static let count = 17
    private let logarithms = CountLogarithms()

    /// The features of a matrix; `voxels` is the number of voxels it could have come from, for the percentage.
    ///
    /// All are NaN without an entry.
    func values(_ matrix: EmphasisMatrix, voxels: Int) -> [Double] {
        var sums = Sums(levelCount: matrix.levelCount, width: matrix.width)
        matrix.counts.withUnsafeBufferPointer { counts in
            for level in 1...matrix.levelCount {
                for length in 1..<matrix.width {
                    let cell = Int(counts[level * matrix.width + length])
                    guard cell > 0 else { continue }
                    sums.lengths[length] += cell
                    sums.add(level, length, cell, logarithms[cell])
                }
            }
        }
        let sorted = matrix.long.sorted { ($0.level, $0.length) < ($1.level, $1.length) }
        var index = 0
        while index < sorted.count {
            var next = index
            while next < sorted.count && sorted[next] == sorted[index] { next += 1 }
            sums.add(sorted[index].level, sorted[index].length, next - index, logarithms[next - index])
            index = next
        }
        guard sums.total > 0 else { return [Double](repeating: .nan, count: Self.count) }
        return values(sums, long: matrix.long.map(\.length).sorted(), voxels: voxels)
    }

    private func values(_ sums: Sums, long: [Int], voxels: Int) -> [Double] {
        let total = Double(sums.total)
        var (lowLevel, highLevel, levelMean, levelSquares) = (0.0, 0.0, 0.0, 0.0)
        for (level, count) in sums.levels.enumerated() where count > 0 {
            let (i, c) = (Double(level), Double(count))
            lowLevel += c / (i * i)
            highLevel += c * i * i
            levelMean += c * i
            levelSquares += c * c
        }
        levelMean /= total
        var lengths = sums.lengths.enumerated().filter { $0.element > 0 }.map {
            (Double($0.offset), Double($0.element))
        }
        var index = 0
        while index < long.count {
            var next = index
            while next < long.count && long[next] == long[index] { next += 1 }
            lengths.append((Double(long[index]), Double(next - index)))
            index = next
        }
        var (short, longEmphasis, lengthMean, lengthSquares) = (0.0, 0.0, 0.0, 0.0)
        for (j, c) in lengths {
            short += c / (j * j)
            longEmphasis += c * j * j
            lengthMean += c * j
            lengthSquares += c * c
        }
        lengthMean /= total
        var (levelVariance, lengthVariance) = (0.0, 0.0)
        for (level, count) in sums.levels.enumerated() {
            levelVariance += Double(count) * (Double(level) - levelMean) * (Double(level) - levelMean)
        }
        for (j, c) in lengths { lengthVariance += c * (j - lengthMean) * (j - lengthMean) }
        return [
            short / total, longEmphasis / total, lowLevel / total, highLevel / total, sums.shortLow / total,
            sums.shortHigh / total, sums.longLow / total, sums.longHigh / total, levelSquares / total,
            levelSquares / (total * total), lengthSquares / total, lengthSquares / (total * total),
            total / Double(voxels), levelVariance / total, lengthVariance / total,
            log2(total) - sums.logSum / total, sums.squares / (total * total),
        ]
    }

    private struct Sums {
        var levels: [Int]
        var lengths: [Int]
        var total = 0
        var (shortLow, shortHigh, longLow, longHigh) = (0.0, 0.0, 0.0, 0.0)
        var (logSum, squares) = (0.0, 0.0)

        init(levelCount: Int, width: Int) {
            levels = [Int](repeating: 0, count: levelCount + 1)
            lengths = [Int](repeating: 0, count: width)
        }

        mutating func add(_ level: Int, _ length: Int, _ cell: Int, _ logarithm: Double) {
            levels[level] += cell
            total += cell
            let (i, j, c) = (Double(level * level), Double(length) * Double(length), Double(cell))
            shortLow += c / (i * j)
            shortHigh += c * i / j
            longLow += c * j / i
            longHigh += c * i * j
            logSum += logarithm
            squares += c * c
        }
    }
}
