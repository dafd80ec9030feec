/// One named block of fixed-point numbers.
public struct Block: Sendable, Equatable {
    /// What the block is.
    public let specification: BlockSpecification
    /// Values times `2^fractionBits`, row-major.
    public var words: [Int128]

    /// Creates a block from words that are already on the block's grid.
    ///
    /// - Throws: `FederationError.wrongShape` if the number of words is not that of the specification.
    public init(specification: BlockSpecification, words: [Int128]) throws(FederationError) {
        guard words.count == specification.count else {
            throw .wrongShape(block: specification.name, expected: specification.count, found: words.count)
        }
        self.specification = specification
        self.words = words
    }

    /// The values as doubles, row-major, each the nearest to the exact sum.
    public var values: [Double] {
        let quantum = specification.quantum
        return words.map { word in
            // Most sums are whole numbers of quanta that a double holds.
            guard let small = Int64(exactly: word), small.magnitude < 1 << 53 else {
                return FixedPoint.decode(word, fractionBits: specification.fractionBits)
            }
            return Double(small) * quantum
        }
    }
}

/// What one site answers in one round, or the sum of such answers: blocks that are only ever added.
///
/// Contributions with equal specifications form a commutative monoid under `+`; `zero(_:)` is its neutral element.
public struct Contribution: Sendable, Equatable {
    /// The blocks in the order of the computation's specifications.
    public private(set) var blocks: [Block]

    /// Creates a contribution from its blocks.
    public init(blocks: [Block]) {
        self.blocks = blocks
    }

    /// The contribution that adds nothing.
    public static func zero(_ specifications: [BlockSpecification]) -> Contribution {
        Contribution(
            blocks: specifications.map { specification in
                // The number of words is that of the specification by construction.
                try! Block(specification: specification, words: [Int128](repeating: 0, count: specification.count))
            })
    }

    /// Adds another contribution, block by block.
    ///
    /// - Throws: `FederationError.specificationMismatch` unless both have the same specifications in the same order.
    public mutating func add(_ other: Contribution) throws(FederationError) {
        guard blocks.count == other.blocks.count else {
            throw .specificationMismatch(block: "(number of blocks)")
        }
        for index in blocks.indices {
            guard blocks[index].specification == other.blocks[index].specification,
                blocks[index].words.count == other.blocks[index].words.count
            else {
                throw .specificationMismatch(block: other.blocks[index].specification.name)
            }
            // Pointers: without bounds checks the loop runs in vectors.
            blocks[index].words.withUnsafeMutableBufferPointer { own in
                other.blocks[index].words.withUnsafeBufferPointer { words in
                    for place in own.indices { own[place] &+= words[place] }
                }
            }
        }
    }

    /// Checks that the contribution has exactly the given specifications and stays within their bounds.
    ///
    /// - Throws: `FederationError` naming the block.
    public func validate(against specifications: [BlockSpecification], sites: Int = 1) throws(FederationError) {
        guard blocks.map(\.specification) == specifications else {
            let found = blocks.map(\.specification)
            let culprit = zip(found, specifications).first { $0 != $1 }?.0.name ?? "(number of blocks)"
            throw .specificationMismatch(block: culprit)
        }
        for block in blocks {
            guard
                let bound = FixedPoint.encode(
                    block.specification.bound * Double(sites), fractionBits: block.specification.fractionBits)
            else { throw .specificationMismatch(block: block.specification.name) }
            if let index = block.words.firstIndex(where: { $0.magnitude > bound.magnitude }) {
                throw .outOfBound(block: block.specification.name, index: index)
            }
        }
    }

    /// The block of that name.
    ///
    /// - Throws: `FederationError.missingBlock` if there is none.
    public subscript(_ name: String) -> Block {
        get throws(FederationError) {
            guard let block = blocks.first(where: { $0.specification.name == name }) else {
                throw .missingBlock(name)
            }
            return block
        }
    }

    /// The values of the block of that name, row-major.
    public func values(_ name: String) throws(FederationError) -> [Double] {
        try self[name].values
    }

    /// The single value of a block of one number.
    public func scalar(_ name: String) throws(FederationError) -> Double {
        let values = try self[name].values
        guard values.count == 1 else { throw .wrongShape(block: name, expected: 1, found: values.count) }
        return values[0]
    }

    /// Bytes of payload: 16 for each word.
    public var payloadBytes: Int { blocks.reduce(0) { $0 + 16 * $1.words.count } }
}

extension Block {
    /// The words as 16 bytes each, two's complement, least significant byte first.
    public var littleEndianBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.count * 16)
        for word in words {
            var low = UInt64(truncatingIfNeeded: word)
            var high = UInt64(truncatingIfNeeded: word >> 64)
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: low))
                low >>= 8
            }
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: high))
                high >>= 8
            }
        }
        return bytes
    }

    /// Reads a block from the form of `littleEndianBytes`.
    ///
    /// - Throws: `FederationError.wrongShape` unless there are 16 bytes for each value of the specification.
    public init(specification: BlockSpecification, littleEndianBytes bytes: [UInt8]) throws(FederationError) {
        guard bytes.count == specification.count * 16 else {
            throw .wrongShape(block: specification.name, expected: specification.count, found: bytes.count / 16)
        }
        var words: [Int128] = []
        words.reserveCapacity(specification.count)
        for start in stride(from: 0, to: bytes.count, by: 16) {
            var low: UInt64 = 0
            var high: UInt64 = 0
            for byte in (0..<8).reversed() {
                low = low << 8 | UInt64(bytes[start + byte])
                high = high << 8 | UInt64(bytes[start + 8 + byte])
            }
            words.append(Int128(truncatingIfNeeded: UInt128(high) << 64 | UInt128(low)))
        }
        try self.init(specification: specification, words: words)
    }
}
