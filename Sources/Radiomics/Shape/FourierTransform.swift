#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers of transforms that run together, one a lane: four are one register of the baseline instruction sets.
typealias FloatLanes = SIMD4<Float>
/// Sums over lanes in double precision.
typealias DoubleLanes = SIMD4<Double>

/// Complex numbers, one of each of the transforms that run together.
struct ComplexLanes {
    /// Number of lanes.
    static let count = FloatLanes.scalarCount

    var re: FloatLanes
    var im: FloatLanes

    static let zero = ComplexLanes(re: .zero, im: .zero)

    @inline(__always)
    static func + (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes { ComplexLanes(re: a.re + b.re, im: a.im + b.im) }

    @inline(__always)
    static func - (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes { ComplexLanes(re: a.re - b.re, im: a.im - b.im) }

    @inline(__always)
    static func * (a: ComplexLanes, factor: Float) -> ComplexLanes {
        ComplexLanes(re: a.re * factor, im: a.im * factor)
    }

    /// Product with -i.
    @inline(__always)
    var turned: ComplexLanes { ComplexLanes(re: im, im: -re) }

    @inline(__always)
    func rotated(_ re: Float, _ im: Float) -> ComplexLanes {
        ComplexLanes(re: self.re * re - self.im * im, im: self.re * im + self.im * re)
    }
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
                guard let twiddles = twiddles.baseAddress else { return }
                switch stage.radix {
                case 4: Self.radix4(stage, twiddles, source, target)
                case 5: Self.radix5(stage, twiddles, source, target)
                case 3: Self.radix3(stage, twiddles, source, target)
                default: Self.radix2(stage, twiddles, source, target)
                }
            }
            swap(&source, &target)
        }
        return source
    }

    private typealias Samples = UnsafeMutablePointer<ComplexLanes>

    private static func radix2(_ stage: Stage, _ w: UnsafePointer<Float>, _ source: Samples, _ target: Samples) {
        let (stride, half) = (stage.stride, stage.stride * stage.groups)
        for group in 0..<stage.groups {
            let (re, im) = (w[2 * group], w[2 * group + 1])
            let (from, to) = (source + group * stride, target + 2 * group * stride)
            for lane in 0..<stride {
                let (a, b) = (from[lane], from[lane + half])
                to[lane] = a + b
                to[lane + stride] = (a - b).rotated(re, im)
            }
        }
    }

    private static func radix3(_ stage: Stage, _ w: UnsafePointer<Float>, _ source: Samples, _ target: Samples) {
        let (stride, third) = (stage.stride, stage.stride * stage.groups)
        let sine = Float(0.866_025_403_784_438_6)
        for group in 0..<stage.groups {
            let w = w + 4 * group
            let (from, to) = (source + group * stride, target + 3 * group * stride)
            for lane in 0..<stride {
                let (a, b, c) = (from[lane], from[lane + third], from[lane + 2 * third])
                let sum = b + c
                let turned = (b - c).turned * sine
                let centre = a - sum * 0.5
                to[lane] = a + sum
                to[lane + stride] = (centre + turned).rotated(w[0], w[1])
                to[lane + 2 * stride] = (centre - turned).rotated(w[2], w[3])
            }
        }
    }

    private static func radix4(_ stage: Stage, _ w: UnsafePointer<Float>, _ source: Samples, _ target: Samples) {
        let (stride, quarter) = (stage.stride, stage.stride * stage.groups)
        for group in 0..<stage.groups {
            let w = w + 6 * group
            let (from, to) = (source + group * stride, target + 4 * group * stride)
            for lane in 0..<stride {
                let (a, b) = (from[lane], from[lane + quarter])
                let (c, d) = (from[lane + 2 * quarter], from[lane + 3 * quarter])
                let (sumAC, sumBD) = (a + c, b + d)
                let (differenceAC, turned) = (a - c, (b - d).turned)
                to[lane] = sumAC + sumBD
                to[lane + stride] = (differenceAC + turned).rotated(w[0], w[1])
                to[lane + 2 * stride] = (sumAC - sumBD).rotated(w[2], w[3])
                to[lane + 3 * stride] = (differenceAC - turned).rotated(w[4], w[5])
            }
        }
    }

    private static func radix5(_ stage: Stage, _ w: UnsafePointer<Float>, _ source: Samples, _ target: Samples) {
        let (stride, fifth) = (stage.stride, stage.stride * stage.groups)
        // Cosines and sines of 72 and 144 degrees.
        let (c1, c2) = (Float(0.309_016_994_374_947_4), Float(-0.809_016_994_374_947_4))
        let (s1, s2) = (Float(0.951_056_516_295_153_6), Float(0.587_785_252_292_473_1))
        for group in 0..<stage.groups {
            let w = w + 8 * group
            let (from, to) = (source + group * stride, target + 5 * group * stride)
            for lane in 0..<stride {
                let (a, b, c) = (from[lane], from[lane + fifth], from[lane + 2 * fifth])
                let (d, e) = (from[lane + 3 * fifth], from[lane + 4 * fifth])
                let (sumBE, sumCD) = (b + e, c + d)
                let (turnBE, turnCD) = ((b - e).turned, (c - d).turned)
                let (near, far) = (a + sumBE * c1 + sumCD * c2, a + sumBE * c2 + sumCD * c1)
                let (nearTurn, farTurn) = (turnBE * s1 + turnCD * s2, turnBE * s2 - turnCD * s1)
                to[lane] = a + sumBE + sumCD
                to[lane + stride] = (near + nearTurn).rotated(w[0], w[1])
                to[lane + 2 * stride] = (far + farTurn).rotated(w[2], w[3])
                to[lane + 3 * stride] = (far - farTurn).rotated(w[4], w[5])
                to[lane + 4 * stride] = (near - nearTurn).rotated(w[6], w[7])
            }
        }
    }
}
