import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Discrete Fourier transforms of one length, a product of 2, 3 and 5, by Stockham's autosort algorithm.
///
/// A class around its own memory, to which the stages point.
final class FourierTransform {
    /// Number of samples.
    let length: Int
    /// The stages, as `CKernels` takes them.
    let stages: UnsafeMutableBufferPointer<cfourier_stage>
    /// cos and sin of the twiddle factors, `radix - 1` pairs for each group of each stage.
    private let twiddles: UnsafeMutableBufferPointer<Float>

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
        var shapes: [(radix: Int, groups: Int, stride: Int, twiddle: Int)] = []
        var factors: [Float] = []
        var (rest, stride) = (length, 1)
        while rest > 1 {
            let radix = [4, 5, 3, 2].first { rest % $0 == 0 } ?? rest
            let groups = rest / radix
            shapes.append((radix, groups, stride, factors.count))
            for group in 0..<groups {
                for power in 1..<radix {
                    let angle = -2 * Double.pi * Double(group * power) / Double(rest)
                    factors.append(Float(cos(angle)))
                    factors.append(Float(sin(angle)))
                }
            }
            (rest, stride) = (groups, stride * radix)
        }
        let twiddles = UnsafeMutableBufferPointer<Float>.allocate(capacity: factors.count)
        _ = twiddles.initialize(from: factors)
        stages = .allocate(capacity: shapes.count)
        _ = stages.initialize(
            from: shapes.map { shape in
                cfourier_stage(
                    radix: shape.radix, groups: shape.groups, stride: shape.stride,
                    twiddles: twiddles.baseAddress.map { UnsafePointer($0 + shape.twiddle) })
            })
        self.twiddles = twiddles
    }

    deinit {
        stages.deallocate()
        twiddles.deallocate()
    }

    /// Transforms a line (exponent with negative sign), of which the first `present` samples are given and the others 0.
    /// The result is in `scratch`, which has room for two lines, or is the line itself if that has one sample.
    func transform(
        _ line: UnsafePointer<Float>, present: Int, scratch: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        cfourier_transform(stages.baseAddress, stages.count, present, length, line, scratch) ?? line
    }
}
