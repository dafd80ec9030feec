import Federation

extension BlockSpecification {
    /// A block of sums that only steer Newton steps: quantum `2^-40` (9.1e-13), bound `2^40`. The solution does not depend on it beyond the
    /// tolerance of the fit, and a term costs a third of that of `unitScale`.
    static func newtonScale(_ name: String, shape: [Int], meaning: String, discloses: String) -> Self {
        BlockSpecification(
            name: name, shape: shape, fractionBits: 40, bound: 1_099_511_627_776, meaning: meaning, discloses: discloses
        )
    }
}

extension ExactSum {
    /// The finished block with integers that were summed beside it.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    func block(adding words: [Int128]) throws(FederationError) -> Block {
        var block = try block()
        for index in words.indices { block.words[index] &+= words[index] }
        try Contribution(blocks: [block]).validate(against: [block.specification])
        return block
    }
}

/// Integers of one block of `newtonScale`, each term rounded once to the grid by adding a power of two ("magic number") and summed by its bits;
/// joined to 128 bits every `span` terms. The bits are those of `ExactSum` on the same grid.
private struct GridWords {
    /// Terms of an element between two joins: 2^50 * 2^12 stays within 64 bits.
    static let span = 4096
    /// Largest term that is rounded by the magic number.
    static let largest = 1024.0
    /// 1.5 * 2^12: its last bit is 2^-40.
    static let magic = 6144.0

    var large: ExactSum
    var words: [Int128]
    var bits: [Int64]

    init(_ specification: BlockSpecification) {
        precondition(specification.fractionBits == 40, "the magic number is that of the Newton grid")
        large = ExactSum(specification)
        words = [Int128](repeating: 0, count: specification.count)
        bits = [Int64](repeating: 0, count: specification.count)
    }

    /// Joins elements to which `terms` bit patterns were added.
    mutating func join(_ range: Range<Int>, terms: Int) {
        let excess = Int64(terms) &* Int64(bitPattern: Self.magic.bitPattern)
        for index in range {
            words[index] &+= Int128(bits[index] &- excess)
            bits[index] = 0
        }
    }

    func block() throws(FederationError) -> Block { try large.block(adding: words) }
}

/// Sums weighted rows, with a leading 1, into slots of one block.
struct RowSum {
    private var grid: GridWords
    private let width: Int
    private var pending: [Int]

    /// An empty sum of slots of `width` elements.
    init(_ specification: BlockSpecification, width: Int) {
        grid = GridWords(specification)
        self.width = width
        pending = [Int](repeating: 0, count: specification.count / width)
    }

    /// Adds `weight` to the first element of a slot, and `weight * row[j]` to the others.
    ///
    /// - Parameter largest: largest magnitude in the row.
    mutating func add(_ row: UnsafeBufferPointer<Double>, largest: Double, weight: Double, slot: Int) {
        let start = slot * width
        guard weight.magnitude * max(largest, 1) < GridWords.largest else {
            grid.large.add(weight, at: start)
            for column in row.indices { grid.large.add(weight * row[column], at: start + column + 1) }
            return
        }
        let magic = GridWords.magic
        // Pointers: without bounds checks the loop runs in vectors.
        grid.bits.withUnsafeMutableBufferPointer { bits in
            bits[start] &+= Int64(bitPattern: (weight + magic).bitPattern)
            let own = UnsafeMutableBufferPointer(rebasing: bits[(start + 1)..<(start + width)])
            for column in 0..<row.count { own[column] &+= Int64(bitPattern: (weight * row[column] + magic).bitPattern) }
        }
        pending[slot] += 1
        if pending[slot] == GridWords.span { join(slot) }
    }

    private mutating func join(_ slot: Int) {
        grid.join(slot * width..<(slot + 1) * width, terms: pending[slot])
        pending[slot] = 0
    }

    /// The finished block.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    mutating func block() throws(FederationError) -> Block {
        for slot in pending.indices { join(slot) }
        return try grid.block()
    }
}

/// Sums the upper triangle of `weight * x x'` over cases.
struct TriangleSum {
    private var grid: GridWords
    private let order: Int
    private var pending = 0

    /// An empty sum of `order * (order + 1) / 2` elements.
    init(_ specification: BlockSpecification, order: Int) {
        precondition(specification.count == order * (order + 1) / 2, "an upper triangle")
        grid = GridWords(specification)
        self.order = order
    }

    /// Adds `weight * x[i] * x[j]`, evaluated from left to right, to each element.
    mutating func add(_ x: [Double], weight: Double) {
        precondition(x.count == order, "one value for each row")
        var largest = 1.0
        for value in x { largest = value.isNaN ? .infinity : max(largest, value.magnitude) }
        guard weight.magnitude * largest * largest < GridWords.largest else { return addLarge(x, weight: weight) }
        let (order, magic) = (order, GridWords.magic)
        // Pointers: without bounds checks the inner loop runs in vectors.
        x.withUnsafeBufferPointer { x in
            grid.bits.withUnsafeMutableBufferPointer { bits in
                var start = 0
                for i in 0..<order {
                    let factor = weight * x[i]
                    let width = order - i
                    let (own, tail) = (
                        UnsafeMutableBufferPointer(rebasing: bits[start..<(start + width)]),
                        UnsafeBufferPointer(rebasing: x[i...])
                    )
                    for j in 0..<width { own[j] &+= Int64(bitPattern: (factor * tail[j] + magic).bitPattern) }
                    start += width
                }
            }
        }
        pending += 1
        if pending == GridWords.span { join() }
    }

    private mutating func addLarge(_ x: [Double], weight: Double) {
        var position = 0
        for i in 0..<order {
            let factor = weight * x[i]
            for j in i..<order {
                grid.large.add(factor * x[j], at: position)
                position += 1
            }
        }
    }

    private mutating func join() {
        grid.join(grid.bits.indices, terms: pending)
        pending = 0
    }

    /// The finished block.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    mutating func block() throws(FederationError) -> Block {
        join()
        return try grid.block()
    }
}
