#if canImport(Glibc)
    import Glibc
#endif

/// Separable Gaussian convolutions.
enum Smoothing {
    /// Full width at half maximum of a Gaussian over its standard deviation.
    static let widthOverSigma: Float = 2.354_820_0

    /// Gaussian weights out to three standard deviations whose sum is 1; one weight for a width of 0.
    static func kernel(sigma: Float) -> [Float] {
        let weights = gaussian(sigma)
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// Gaussian weights whose squares sum to 1: smoothed white noise keeps its variance.
    static func unitEnergyKernel(sigma: Float) -> [Float] {
        let weights = gaussian(sigma)
        let energy = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return weights.map { $0 / energy }
    }

    private static func gaussian(_ sigma: Float) -> [Float] {
        guard sigma > 0 else { return [1] }
        let radius = Int((3 * sigma).rounded(.up))
        return (-radius...radius).map { exp(-Float($0 * $0) / (2 * sigma * sigma)) }
    }

    /// Convolves along one axis and drops the border that the kernel can't fill: that axis gets shorter by its radius
    /// at each end.
    static func valid(_ input: [Float], size: SIMD3<Int>, axis: Int, taps: [Float]) -> [Float] {
        var outputSize = size
        outputSize[axis] -= taps.count - 1
        let stride = [1, size.x, size.x * size.y][axis]
        var output = [Float](repeating: 0, count: outputSize.x * outputSize.y * outputSize.z)
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                for k in 0..<outputSize.z {
                    for j in 0..<outputSize.y {
                        let source = (k * size.y + j) * size.x
                        let target = (k * outputSize.y + j) * outputSize.x
                        for (tap, weight) in taps.enumerated() {
                            let shifted = source + tap * stride
                            for i in 0..<outputSize.x { output[target + i] += weight * input[shifted + i] }
                        }
                    }
                }
            }
        }
        return output
    }

    /// Convolves along one axis; beyond the border the last value repeats.
    static func same(_ input: [Float], size: SIMD3<Int>, axis: Int, taps: [Float]) -> [Float] {
        let radius = taps.count / 2
        guard radius > 0 else { return input }
        var padded = size
        padded[axis] += 2 * radius
        var wide = [Float](repeating: 0, count: padded.x * padded.y * padded.z)
        var index = 0
        for k in 0..<padded.z {
            for j in 0..<padded.y {
                let row = axis == 1 ? min(max(j - radius, 0), size.y - 1) : j
                let layer = axis == 2 ? min(max(k - radius, 0), size.z - 1) : k
                let source = (layer * size.y + row) * size.x
                for i in 0..<padded.x {
                    let column = axis == 0 ? min(max(i - radius, 0), size.x - 1) : i
                    wide[index] = input[source + column]
                    index += 1
                }
            }
        }
        return valid(wide, size: padded, axis: axis, taps: taps)
    }

    /// Gaussian smoothing in the plane of every slice; `sigma` in voxels.
    static func plane(_ input: [Float], size: SIMD3<Int>, taps: [Float]) -> [Float] {
        same(same(input, size: size, axis: 0, taps: taps), size: size, axis: 1, taps: taps)
    }
}
