import CFourier

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers of transforms that run together, one a lane.
typealias FloatLanes = SIMD8<Float>
/// Sums over lanes in double precision.
typealias DoubleLanes = SIMD8<Double>

/// Complex numbers, one of each of the transforms that run together.
struct ComplexLanes {
    /// Number of lanes.
    static let count = FloatLanes.scalarCount

    var re: FloatLanes
    var im: FloatLanes

    static let zero = ComplexLanes(re: .zero, im: .zero)
}

/// Discrete Fourier transforms of one length, a product of 2, 3 and 5, by Stockham's autosort algorithm.
struct FourierTransform {
    /// Number of samples.
    let length: Int
    private let stages: [Stage]

    private struct Stage {
        let radix, groups, stride: Int
        /// cos and sin of the twiddle factors, `radix - 1` pairs for each group.
        let twiddles: [Float]
    }

    /// The smallest length this type takes that is not below `minimum`.
    static func length(atLeast minimum: Int) -> Int {
        var candidate = max(1, minimum)
        while true {
            var rest = candidate
            for prime in [2, 3, 5] { while rest % prime == 0 { rest /= prime } }
            if rest == 1 { return candidate }
            candidate += 1
        }
    }

    /// `length` must be a product of 2, 3 and 5.
    init(length: Int) {
        self.length = length
        var stages: [Stage] = []
        var (rest, stride) = (length, 1)
        while rest > 1 {
            let radix = [4, 5, 3, 2].first { rest % $0 == 0 } ?? rest
            let groups = rest / radix
            var twiddles: [Float] = []
            for group in 0..<groups {
                for power in 1..<radix {
                    let angle = -2 * Double.pi * Double(group * power) / Double(rest)
                    twiddles += [Float(cos(angle)), Float(sin(angle))]
                }
            }
            stages.append(Stage(radix: radix, groups: groups, stride: stride, twiddles: twiddles))
            (rest, stride) = (groups, stride * radix)
        }
        self.stages = stages
    }

    /// Transforms `data` (exponent with negative sign), using `scratch` of the same length; returns the one of the two
    /// that holds the result.
    func transform(
        _ data: UnsafeMutablePointer<ComplexLanes>, scratch: UnsafeMutablePointer<ComplexLanes>
    ) -> UnsafeMutablePointer<ComplexLanes> {
        var (source, target) = (data, scratch)
        for stage in stages {
            stage.twiddles.withUnsafeBufferPointer { twiddles in
                cfourier_stage(
                    Int32(stage.radix), stage.groups, stage.stride, twiddles.baseAddress,
                    UnsafeRawPointer(source).assumingMemoryBound(to: Float.self),
                    UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self))
            }
            swap(&source, &target)
        }
        return source
    }
}
