#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Discrete Fourier transforms of one length, any: by Stockham's autosort algorithm where the prime factors are small,
/// by Bluestein's as a convolution of such a length otherwise.
///
/// Wavelets in the Fourier domain are periodic over the image itself, so that lengths cannot be padded as they are for
/// the autocorrelation of `Radiomics`.
final class FourierTransform: Sendable {
    typealias Samples = UnsafeMutablePointer<ComplexVector>

    /// Number of samples.
    let length: Int
    /// Number of samples that the buffers of `transform` must hold.
    let capacity: Int
    private let stages: [Stage]
    private let chirp: Chirp?

    private struct Stage {
        let radix, groups, stride: Int
        /// `radix - 1` factors for each group.
        let twiddles: [Complex]
        /// The roots of unity of the radix.
        let roots: [Complex]
    }

    /// What Bluestein's algorithm multiplies with.
    private struct Chirp {
        let inner: FourierTransform
        let factors: [Complex]
        /// Transform of the conjugate chirp, over the inner length.
        let spectrum: [Complex]
    }

    private static let largestRadix = 13

    /// The smallest length with prime factors 2, 3 and 5 that is not below `minimum`.
    static func length(atLeast minimum: Int) -> Int {
        var candidate = max(1, minimum)
        while true {
            var rest = candidate
            for prime in [2, 3, 5] { while rest % prime == 0 { rest /= prime } }
            if rest == 1 { return candidate }
            candidate += 1
        }
    }

    init(length: Int) {
        self.length = length
        var stages: [Stage] = []
        var (rest, stride) = (length, 1)
        while rest > 1, let radix = ([4] + Array(2...Self.largestRadix)).first(where: { rest % $0 == 0 }) {
            stages.append(Self.stage(radix: radix, rest: rest, stride: stride))
            (rest, stride) = (rest / radix, stride * radix)
        }
        if rest == 1 {
            (self.stages, chirp, capacity) = (stages, nil, length)
        } else {
            let chirp = Self.chirp(length)
            (self.stages, self.chirp, capacity) = ([], chirp, chirp.inner.length)
        }
    }

    /// exp(-2πi numerator / denominator).
    private static func root(_ numerator: Int, _ denominator: Int) -> Complex {
        let angle = -2 * Double.pi * Double(numerator % denominator) / Double(denominator)
        return Complex(re: Float(cos(angle)), im: Float(sin(angle)))
    }

    private static func stage(radix: Int, rest: Int, stride: Int) -> Stage {
        let groups = rest / radix
        let twiddles = (0..<groups).flatMap { group in (1..<radix).map { root(group * $0, rest) } }
        return Stage(
            radix: radix, groups: groups, stride: stride, twiddles: twiddles,
            roots: (0..<radix).map { root($0, radix) })
    }

    private static func chirp(_ length: Int) -> Chirp {
        let inner = FourierTransform(length: FourierTransform.length(atLeast: 2 * length - 1))
        // exp(-πi j² / length).
        let factors = (0..<length).map { root($0 * $0, 2 * length) }
        let spectrum = inner.transformed { place in
            let distance = min(place, inner.length - place)
            guard distance < length else { return Complex(re: 0, im: 0) }
            let scale = 1 / Float(inner.length)
            return Complex(re: factors[distance].re * scale, im: -factors[distance].im * scale)
        }
        return Chirp(inner: inner, factors: factors, spectrum: spectrum)
    }

    /// The transform of a single line.
    private func transformed(_ sample: (Int) -> Complex) -> [Complex] {
        withBuffers { data, scratch in
            for place in 0..<length {
                let value = sample(place)
                data[place] = ComplexVector(re: .init(repeating: value.re), im: .init(repeating: value.im))
            }
            let result = transform(data, scratch: scratch)
            return (0..<length).map { Complex(re: result[$0].re[0], im: result[$0].im[0]) }
        }
    }

    /// Calls `body` with two buffers for `transform`.
    func withBuffers<Result>(_ body: (Samples, Samples) -> Result) -> Result {
        let memory = Samples.allocate(capacity: 2 * capacity)
        memory.initialize(repeating: .zero, count: 2 * capacity)
        defer { memory.deallocate() }
        return body(memory, memory + capacity)
    }

    /// Transforms `data` (exponent with negative sign, no factor), using `scratch`; returns the one of the two that holds
    /// the result.
    func transform(_ data: Samples, scratch: Samples) -> Samples {
        if let chirp { return transform(data, scratch: scratch, chirp) }
        var (source, target) = (data, scratch)
        for stage in stages {
            switch stage.radix {
            case 2: Self.radix2(stage, source, target)
            case 4: Self.radix4(stage, source, target)
            default: Self.anyRadix(stage, source, target)
            }
            swap(&source, &target)
        }
        return source
    }

    private func transform(_ data: Samples, scratch: Samples, _ chirp: Chirp) -> Samples {
        let inner = chirp.inner
        for place in 0..<length { data[place] = data[place] * chirp.factors[place] }
        for place in length..<inner.length { data[place] = .zero }
        let spectrum = inner.transform(data, scratch: scratch)
        for place in 0..<inner.length { spectrum[place] = (spectrum[place] * chirp.spectrum[place]).exchanged }
        let result = inner.transform(spectrum, scratch: spectrum == data ? scratch : data)
        for place in 0..<length { result[place] = result[place].exchanged * chirp.factors[place] }
        return result
    }

    private static func radix2(_ stage: Stage, _ source: Samples, _ target: Samples) {
        let (stride, half) = (stage.stride, stage.stride * stage.groups)
        for group in 0..<stage.groups {
            let twiddle = stage.twiddles[group]
            let (from, to) = (source + group * stride, target + 2 * group * stride)
            for lane in 0..<stride {
                let (a, b) = (from[lane], from[lane + half])
                to[lane] = a + b
                to[lane + stride] = (a - b) * twiddle
            }
        }
    }

    private static func radix4(_ stage: Stage, _ source: Samples, _ target: Samples) {
        let (stride, quarter) = (stage.stride, stage.stride * stage.groups)
        for group in 0..<stage.groups {
            let (w1, w2, w3) = (
                stage.twiddles[3 * group], stage.twiddles[3 * group + 1], stage.twiddles[3 * group + 2]
            )
            let (from, to) = (source + group * stride, target + 4 * group * stride)
            for lane in 0..<stride {
                let (a, b) = (from[lane], from[lane + quarter])
                let (c, d) = (from[lane + 2 * quarter], from[lane + 3 * quarter])
                let (sumAC, sumBD) = (a + c, b + d)
                let (differenceAC, turned) = (a - c, (b - d).turned)
                to[lane] = sumAC + sumBD
                to[lane + stride] = (differenceAC + turned) * w1
                to[lane + 2 * stride] = (sumAC - sumBD) * w2
                to[lane + 3 * stride] = (differenceAC - turned) * w3
            }
        }
    }

    private static func anyRadix(_ stage: Stage, _ source: Samples, _ target: Samples) {
        let (radix, stride, part) = (stage.radix, stage.stride, stage.stride * stage.groups)
        for group in 0..<stage.groups {
            let (from, to) = (source + group * stride, target + radix * group * stride)
            for lane in 0..<stride {
                for frequency in 0..<radix {
                    var (sum, root) = (from[lane], 0)
                    for place in 1..<radix {
                        root += frequency
                        if root >= radix { root -= radix }
                        sum = sum + from[lane + place * part] * stage.roots[root]
                    }
                    let twiddle = frequency - 1 + group * (radix - 1)
                    to[lane + frequency * stride] = frequency == 0 ? sum : sum * stage.twiddles[twiddle]
                }
            }
        }
    }
}
