#if canImport(Glibc)
    import Glibc
#endif

/// The parts of a case that draw from sequences of their own, so that one never moves another.
enum PhantomStream: UInt64 {
    case patient, lesion, background, texture, rim, scatterers, noise, readers, acquisition
}

/// xoshiro256** (Blackman and Vigna 2021), started by SplitMix64 from a seed and a key.
struct PhantomGenerator: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// The sequence of one stream of one case: a function of its arguments alone.
    init(seed: UInt64, study: PhantomStudy, hospital: String, index: Int, stream: PhantomStream) {
        var key = seed
        // FNV-1a of the names: the standard library's hash changes from run to run.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(study.rawValue)/\(hospital)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for word in [hash, UInt64(bitPattern: Int64(index)), stream.rawValue] {
            key = Self.splitMix(&key) ^ word
        }
        state = (Self.splitMix(&key), Self.splitMix(&key), Self.splitMix(&key), Self.splitMix(&key))
    }

    private static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    @inline(__always)
    mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = (state.3 << 45) | (state.3 >> 19)
        return result
    }

    /// A number uniform in [0, 1).
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A standard normal number (Box and Muller 1958).
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// A direction uniform on the circle (planar) or on the sphere.
    mutating func direction(planar: Bool) -> SIMD3<Float> {
        let angle = 2 * Double.pi * uniform()
        let height = planar ? 0 : 2 * uniform() - 1
        let radius = (1 - height * height).squareRoot()
        return SIMD3(Float(radius * cos(angle)), Float(radius * sin(angle)), Float(height))
    }

    /// Mean 0, variance 1, from four uniform numbers of 16 bits (Irwin and Hall): for white noise that is smoothed
    /// afterwards, which makes it Gaussian, at a tenth of the price of `normal()`.
    @inline(__always)
    mutating func grain() -> Float {
        let bits = next()
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
        // The sum of four has mean 2 * 65535 and variance 4 * (65536^2 - 1) / 12.
        return (Float(Int64(bitPattern: sum)) - 131_070) * 2.642_899_8e-5
    }
}
