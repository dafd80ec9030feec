#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The 25 features of a co-occurrence matrix (IBSI 3.6), in the order of the catalogue.
struct CooccurrenceFeatures {
    static let count = 25
    let levelCount: Int
    private let logarithms = CountLogarithms()

    init(levelCount: Int) { self.levelCount = levelCount }

    /// The features of the table of directed pairs, which is made symmetric here; row and column 0 are not read.
    ///
    /// Sums over cells are integers and the rest follows from the marginals of i, i - j and i + j, so that values do
    /// not depend on the order of voxels. All are NaN without a pair.
    func values(_ table: [UInt32]) -> [Double] {
        let side = levelCount + 1
        var marginal = [Int](repeating: 0, count: side)
        var differences = [Int](repeating: 0, count: levelCount)
        var sums = [Int](repeating: 0, count: 2 * levelCount + 1)
        var (total, squares, largest) = (0, 0.0, 0)
        var logSum = 0.0
        table.withUnsafeBufferPointer { table in
            for i in 1..<side {
                for j in i..<side {
                    let cell = i == j ? 2 * Int(table[i * side + i]) : Int(table[i * side + j] &+ table[j * side + i])
                    guard cell > 0 else { continue }
                    let copies = i == j ? 1 : 2
                    marginal[i] += cell
                    if i != j { marginal[j] += cell }
                    differences[j - i] += copies * cell
                    sums[i + j] += copies * cell
                    total += copies * cell
                    squares += Double(copies) * Double(cell) * Double(cell)
                    logSum += Double(copies) * logarithms[cell]
                    largest = max(largest, cell)
                }
            }
        }
        guard total > 0 else { return [Double](repeating: .nan, count: Self.count) }
        return values(marginal, differences, sums, total: total, squares: squares, logSum: logSum, largest: largest)
    }

    private func values(
        _ marginal: [Int], _ differences: [Int], _ sums: [Int], total: Int, squares: Double, logSum: Double,
        largest: Int
    ) -> [Double] {
        let number = Double(total)
        let entropy = log2(number) - logSum / number
        let marginalEntropy = logarithms.entropy(marginal, total: total)
        var mean = 0.0
        for i in 1...levelCount { mean += Double(i) * Double(marginal[i]) / number }
        var variance = 0.0
        for i in 1...levelCount { variance += (Double(i) - mean) * (Double(i) - mean) * Double(marginal[i]) / number }

        var (differenceMean, contrast, inverse, inverseNormalised) = (0.0, 0.0, 0.0, 0.0)
        var (moment, momentNormalised, inverseVariance) = (0.0, 0.0, 0.0)
        for k in 0..<levelCount {
            let p = Double(differences[k]) / number
            let (distance, relative) = (Double(k), Double(k) / Double(levelCount))
            differenceMean += distance * p
            contrast += distance * distance * p
            inverse += p / (1 + distance)
            inverseNormalised += p / (1 + relative)
            moment += p / (1 + distance * distance)
            momentNormalised += p / (1 + relative * relative)
            if k > 0 { inverseVariance += p / (distance * distance) }
        }
        var differenceVariance = 0.0
        for k in 0..<levelCount {
            let difference = Double(k) - differenceMean
            differenceVariance += difference * difference * Double(differences[k]) / number
        }

        var (tendency, shade, prominence) = (0.0, 0.0, 0.0)
        for k in 2...2 * levelCount {
            let (p, difference) = (Double(sums[k]) / number, Double(k) - 2 * mean)
            tendency += difference * difference * p
            shade += difference * difference * difference * p
            prominence += difference * difference * difference * difference * p
        }
        // E[(i - j)^2] = 2 var - 2 cov; the matrix is symmetric, so HXY1 = HXY2 = 2 HX.
        let covariance = variance - contrast / 2
        let gap = max(0, 2 * marginalEntropy - entropy)
        return [
            Double(largest) / number, mean, variance, entropy, differenceMean, differenceVariance,
            logarithms.entropy(differences, total: total), 2 * mean, tendency,
            logarithms.entropy(sums, total: total), squares / (number * number), contrast, differenceMean, inverse,
            inverseNormalised, moment, momentNormalised, inverseVariance, ratio(covariance, variance),
            covariance + mean * mean, tendency, shade, prominence,
            ratio(entropy - 2 * marginalEntropy, marginalEntropy), (1 - exp(-2 * gap)).squareRoot(),
        ]
    }
}

/// c log2 c of counts, with a table for the small ones.
struct CountLogarithms {
    private static let small: [Double] = (0..<8_192).map { $0 == 0 ? 0 : Double($0) * log2(Double($0)) }
    private let table = Self.small

    subscript(count: Int) -> Double {
        count < table.count ? table[count] : Double(count) * log2(Double(count))
    }

    /// The entropy in bits of counts that sum to `total`.
    func entropy(_ counts: [Int], total: Int) -> Double {
        var sum = 0.0
        for count in counts { sum += self[count] }
        return log2(Double(total)) - sum / Double(total)
    }
}
