/// SipHash-2-4 (Aumasson and Bernstein, INDOCRYPT 2012): 64 bits of a text or of numbers under a key of 128 bits.
///
/// What is drawn for a case (bootstrap, subsample) is drawn by a hash of its name, so that it does not depend on the site
/// that holds the case, on the order of rows or on how many sites there are.
public struct KeyedHash: Sendable {
    private let key: (UInt64, UInt64)

    /// A hash under a key of two words.
    public init(key: (UInt64, UInt64)) { self.key = key }

    /// A hash under a key that is derived from a seed.
    public init(seed: UInt64) {
        let root = KeyedHash(key: (seed, 0))
        key = (root.hash([0]), root.hash([1]))
    }

    /// Hash of a text's UTF-8.
    public func hash(_ text: String) -> UInt64 { hash(bytes: Array(text.utf8)) }

    /// Hash of bytes.
    public func hash(bytes: [UInt8]) -> UInt64 {
        var state = State(key)
        var word: UInt64 = 0
        for (place, byte) in bytes.enumerated() {
            word |= UInt64(byte) << UInt64(8 * (place % 8))
            if place % 8 == 7 {
                state.absorb(word)
                word = 0
            }
        }
        state.absorb(word | UInt64(bytes.count & 255) << 56)
        return state.finish()
    }

    /// Hash of numbers as their bytes, the least significant first.
    public func hash(_ words: [UInt64]) -> UInt64 {
        var state = State(key)
        for word in words { state.absorb(word) }
        state.absorb(UInt64(words.count * 8 & 255) << 56)
        return state.finish()
    }

    /// Hash of two numbers; the same as that of a list of both.
    public func hash(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var state = State(key)
        state.absorb(first)
        state.absorb(second)
        state.absorb(16 << 56)
        return state.finish()
    }

    /// A hash as a number in [0, 1), from its upper 53 bits.
    package static func unit(_ hash: UInt64) -> Double { Double(hash >> 11) * 0x1p-53 }

    /// The four words that are mixed.
    private struct State {
        var a, b, c, d: UInt64

        init(_ key: (UInt64, UInt64)) {
            a = key.0 ^ 0x736f_6d65_7073_6575
            b = key.1 ^ 0x646f_7261_6e64_6f6d
            c = key.0 ^ 0x6c79_6765_6e65_7261
            d = key.1 ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func absorb(_ word: UInt64) {
            d ^= word
            mix()
            mix()
            a ^= word
        }

        @inline(__always)
        mutating func finish() -> UInt64 {
            c ^= 0xff
            for _ in 0..<4 { mix() }
            return a ^ b ^ c ^ d
        }

        @inline(__always)
        private mutating func mix() {
            a &+= b
            b = (b << 13 | b >> 51) ^ a
            a = a << 32 | a >> 32
            c &+= d
            d = (d << 16 | d >> 48) ^ c
            a &+= d
            d = (d << 21 | d >> 43) ^ a
            c &+= b
            b = (b << 17 | b >> 47) ^ c
            c = c << 32 | c >> 32
        }
    }
}
