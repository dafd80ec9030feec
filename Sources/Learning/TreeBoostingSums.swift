/// Derivatives of cases as integers on the grid of `TreeBoosting.fractionBits`, two words a case: the first derivative; the second
/// one with a counter of cases above it.
///
/// One addition of both words is all that a case costs in a bin. The counter has the binary digits from 50 on, so that sums are
/// taken apart after at most `span` cases.
struct CaseDerivatives {
    static let counterShift: UInt64 = 50
    private static let mask: UInt64 = 1 << counterShift - 1

    private(set) var words: [SIMD2<UInt64>]
    /// Cases whose second derivatives stay below the counter: each is at most weight / 4.
    let span: Int

    /// Derivatives of the logistic loss at the margins.
    init(margins: [Double], outcome: [Double], positiveWeight: Double) {
        let scale = Double(sign: .plus, exponent: TreeBoosting.fractionBits, significand: 1)
        words = margins.indices.map { row in
            let probability = LogisticFunction.probability(margins[row])
            let weight = outcome[row] == 1 ? positiveWeight : 1
            let hessian = max(probability * (1 - probability), 1e-16)
            let first = Int64(((probability - outcome[row]) * weight * scale).rounded(.toNearestOrEven))
            let second = Int64((hessian * weight * scale).rounded(.toNearestOrEven))
            return SIMD2(UInt64(bitPattern: first), UInt64(second) | 1 << Self.counterShift)
        }
        span = max(1, 4095 / Int(max(positiveWeight, 1).rounded(.up)))
    }

    /// The derivatives of the rows of one node.
    func totals(_ rows: some Sequence<Int32>) -> NodeTotals {
        rows.reduce(into: NodeTotals()) { $0 = $0 + Self.totals(words[Int($1)]) }
    }

    @inline(__always)
    static func totals(_ word: SIMD2<UInt64>) -> NodeTotals {
        NodeTotals(
            gradient: Int64(bitPattern: word.x), hessian: Int64(word.y & mask), cases: Int64(word.y >> counterShift))
    }
}

/// Sums of derivatives of some cases, in units of the grid, and their number.
struct NodeTotals: Sendable, Equatable {
    var gradient: Int64 = 0
    var hessian: Int64 = 0
    var cases: Int64 = 0

    static func + (a: NodeTotals, b: NodeTotals) -> NodeTotals {
        NodeTotals(
            gradient: a.gradient &+ b.gradient, hessian: a.hessian &+ b.hessian, cases: a.cases &+ b.cases)
    }

    static func - (a: NodeTotals, b: NodeTotals) -> NodeTotals {
        NodeTotals(
            gradient: a.gradient &- b.gradient, hessian: a.hessian &- b.hessian, cases: a.cases &- b.cases)
    }
}

/// Sums derivatives of the cases of a node in the bins of features, four features at a time.
///
/// The inner loop is what boosting spends its time in. Four features share the loads of a row and its derivatives; their
/// packed bins (16 KiB) stay in the nearest cache.
struct BinAccumulator {
    /// Features that share a pass.
    static let width = 4
    /// 256 packed bins a feature; the last takes missing values.
    private var packed = [SIMD2<UInt64>](repeating: .zero, count: 256 * Self.width)

    /// Adds the cases of a node to the sums of at most four features.
    ///
    /// - Parameters:
    ///   - codes: bins of all cases, feature by feature, `cases` each.
    ///   - rows: the node's cases.
    ///   - derivatives: of those cases, in the same order.
    ///   - span: cases between two emptyings of the packed bins.
    ///   - places: positions of the features in the layout.
    ///   - sums: of all bins of the layout.
    mutating func add(
        codes: UnsafePointer<UInt8>, cases: Int, rows: UnsafeBufferPointer<Int32>,
        derivatives: UnsafePointer<SIMD2<UInt64>>, span: Int, places: Range<Int>, layout: BinLayout,
        sums: UnsafeMutablePointer<NodeTotals>
    ) {
        // Pointers: the checks of array accesses take most of the time of this loop.
        packed.withUnsafeMutableBufferPointer { buffer in
            guard let packed = buffer.baseAddress, let rows = rows.baseAddress.map({ ($0, rows.count) }) else { return }
            let first = places.lowerBound
            func column(_ lane: Int) -> UnsafePointer<UInt8> { codes + layout.features[first + lane] * cases }
            for start in stride(from: 0, to: rows.1, by: span) {
                let count = min(span, rows.1 - start)
                if places.count == Self.width {
                    Self.addFour(
                        packed, column(0), column(1), column(2), column(3), rows.0 + start, derivatives + start, count)
                } else {
                    for lane in places.indices.map({ $0 - first }) {
                        Self.addOne(
                            packed + 256 * lane, column(lane), rows.0 + start, derivatives + start, count)
                    }
                }
                for lane in 0..<places.count {
                    let (own, target) = (packed + 256 * lane, sums + layout.offsets[first + lane])
                    for bin in 0..<layout.bins[first + lane] {
                        target[bin] = target[bin] + CaseDerivatives.totals(own[bin])
                        own[bin] = .zero
                    }
                    own[255] = .zero
                }
            }
        }
    }

    @inline(__always)
    private static func addFour(
        _ packed: UnsafeMutablePointer<SIMD2<UInt64>>, _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>,
        _ c: UnsafePointer<UInt8>, _ d: UnsafePointer<UInt8>, _ rows: UnsafePointer<Int32>,
        _ derivatives: UnsafePointer<SIMD2<UInt64>>, _ count: Int
    ) {
        let (second, third, fourth) = (packed + 256, packed + 512, packed + 768)
        for place in 0..<count {
            let row = Int(rows[place])
            let step = derivatives[place]
            packed[Int(a[row])] &+= step
            second[Int(b[row])] &+= step
            third[Int(c[row])] &+= step
            fourth[Int(d[row])] &+= step
        }
    }

    @inline(__always)
    private static func addOne(
        _ packed: UnsafeMutablePointer<SIMD2<UInt64>>, _ codes: UnsafePointer<UInt8>, _ rows: UnsafePointer<Int32>,
        _ derivatives: UnsafePointer<SIMD2<UInt64>>, _ count: Int
    ) {
        for place in 0..<count { packed[Int(codes[Int(rows[place])])] &+= derivatives[place] }
    }
}

/// Where the bins of a tree's features lie in a list of sums.
struct BinLayout: Sendable {
    /// Positions of the features in the table, ascending.
    let features: [Int]
    /// Number of bins of each.
    let bins: [Int]
    /// First bin of each in the list.
    let offsets: [Int]
    /// Number of all bins.
    let width: Int

    init(features: [Int], binCounts: [Int]) {
        self.features = features
        bins = features.map { binCounts[$0] }
        var offsets: [Int] = []
        var width = 0
        for count in bins {
            offsets.append(width)
            width += count
        }
        self.offsets = offsets
        self.width = width
    }

    /// Bins of each feature with a case, of one node.
    func occupied(_ sums: [NodeTotals]) -> [[Int]] {
        features.indices.map { place in (0..<bins[place]).filter { sums[offsets[place] + $0].cases > 0 } }
    }
}
