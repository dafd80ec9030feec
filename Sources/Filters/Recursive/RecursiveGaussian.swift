import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Convolution of a line with a Gaussian or its second derivative by a recursive filter of fourth order.
///
/// Deriche, "Recursively implementing the Gaussian and its derivatives" (INRIA RR-1893, 1993), with the constants and the
/// normalisation of Farneback and Westin (2006), which is what ITK's `RecursiveGaussianImageFilter` computes. Beyond its ends a
/// line continues with its first and its last value.
struct RecursiveGaussian {
    private let weights: crecursive_filter

    /// One of the two damped oscillations whose sum is close to a Gaussian: cosine and sine amplitude by order of the
    /// derivative (0 and 2), frequency, decay.
    private struct Wave {
        let cosine: [Double]
        let sine: [Double]
        let frequency: Double
        let decay: Double
    }

    private static let waves = [
        Wave(cosine: [1.3530, -1.3563], sine: [1.8151, 5.2318], frequency: 0.6681, decay: -1.3932),
        Wave(cosine: [-0.3531, 0.3446], sine: [0.0902, -2.2355], frequency: 2.0787, decay: -1.3732),
    ]

    /// Sums over the coefficients of a polynomial times powers of their index.
    private struct Sums {
        let zeroth: Double
        let first: Double
        let second: Double

        init(_ values: [Double]) {
            zeroth = values.reduce(0, +)
            first = values.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
            second = values.enumerated().reduce(0) { $0 + Double($1.offset * $1.offset) * $1.element }
        }
    }

    /// - Parameters:
    ///   - sigma: Standard deviation in samples.
    ///   - secondDerivative: Whether the response is the second derivative (per squared sample).
    init(sigma: Double, secondDerivative: Bool) {
        let damping = Self.waves.map { exp($0.decay / sigma) }
        let cosine = Self.waves.map { cos($0.frequency / sigma) }
        let (e1, e2, c1, c2) = (damping[0], damping[1], cosine[0], cosine[1])
        let feedback = [
            -2 * (e2 * c2 + e1 * c1), 4 * c2 * c1 * e1 * e2 + e1 * e1 + e2 * e2,
            -2 * c1 * e1 * e2 * e2 - 2 * c2 * e2 * e1 * e1, e1 * e1 * e2 * e2,
        ]
        let below = Sums([1] + feedback)
        let smooth = Self.numerator(order: 0, sigma: sigma)
        let scaled: [Double]
        if secondDerivative {
            let bare = Self.numerator(order: 1, sigma: sigma)
            let (zero, two) = (Sums(smooth), Sums(bare))
            // A constant has no second derivative.
            let beta = -(2 * two.zeroth - below.zeroth * bare[0]) / (2 * zero.zeroth - below.zeroth * smooth[0])
            let mixed = zip(bare, smooth).map { $0 + beta * $1 }
            let sums = Sums(mixed)
            let d = below.zeroth
            // That of x^2 / 2 is 1.
            let response =
                (sums.second * d * d - below.second * sums.zeroth * d - 2 * sums.first * below.first * d
                    + 2 * below.first * below.first * sums.zeroth) / (d * d * d)
            scaled = mixed.map { $0 / response }
        } else {
            let gain = 2 * Sums(smooth).zeroth / below.zeroth - smooth[0]
            scaled = smooth.map { $0 / gain }
        }
        let backward = (1...4).map { (index: Int) -> Double in
            (index < 4 ? scaled[index] : 0) - feedback[index - 1] * scaled[0]
        }
        weights = crecursive_filter(
            forward: (scaled[0], scaled[1], scaled[2], scaled[3]),
            backward: (backward[0], backward[1], backward[2], backward[3]),
            feedback: (feedback[0], feedback[1], feedback[2], feedback[3]), forward_sum: scaled.reduce(0, +),
            backward_sum: backward.reduce(0, +), gain: feedback.reduce(1, +))
    }

    /// The numerator of the causal filter's transfer function for a derivative (0 for order 0, 1 for order 2).
    private static func numerator(order: Int, sigma: Double) -> [Double] {
        let (first, second) = (waves[0], waves[1])
        let (a1, a2) = (first.cosine[order], second.cosine[order])
        let (b1, b2) = (first.sine[order], second.sine[order])
        let (s1, s2) = (sin(first.frequency / sigma), sin(second.frequency / sigma))
        let (c1, c2) = (cos(first.frequency / sigma), cos(second.frequency / sigma))
        let (e1, e2) = (exp(first.decay / sigma), exp(second.decay / sigma))
        return [
            a1 + a2,
            e2 * (b2 * s2 - (a2 + 2 * a1) * c2) + e1 * (b1 * s1 - (a1 + 2 * a2) * c1),
            2 * e1 * e2 * ((a1 + a2) * c2 * c1 - b1 * c2 * s1 - b2 * c1 * s2) + a2 * e1 * e1 + a1 * e2 * e2,
            e2 * e1 * e1 * (b2 * s2 - a2 * c2) + e1 * e2 * e2 * (b1 * s1 - a1 * c1),
        ]
    }

    /// Filters lines, and keeps the responses to some of their samples.
    ///
    /// - Parameters:
    ///   - lines: Number of lines, and of samples of each (at least one).
    ///   - source: The first sample of the first line, with the distances between samples and between lines.
    ///   - target: Where the first response of the first line goes that is kept; must not overlap the source.
    ///   - kept: The samples whose responses are kept.
    ///   - scratch: Room for `scratchCount(samples)` numbers.
    func run(
        _ lines: (count: Int, samples: Int), from source: UnsafePointer<Float>, _ sourceSteps: crecursive_steps,
        to target: UnsafeMutablePointer<Float>, _ targetSteps: crecursive_steps, keeping kept: Range<Int>,
        scratch: UnsafeMutablePointer<Double>
    ) {
        withUnsafePointer(to: weights) { weights in
            crecursive_run(
                weights, source, sourceSteps, lines.count, lines.samples, scratch, target, targetSteps,
                kept.lowerBound, kept.count)
        }
    }

    /// Numbers that `run` needs room for.
    static func scratchCount(_ samples: Int) -> Int { 24 * samples }
}
