import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A function of each intensity by itself, scaled so that the largest magnitude stays (PyRadiomics, "imageoperations").
enum PointwiseTransform {
    case square, squareRoot, logarithm, exponential

    /// Replaces each value. An image of zeros stays as it is, but for the exponential, which is 1.
    func apply(to image: VoxelBuffer, threads: Int) {
        var largest: Float = 0
        for index in 0..<image.size.count { largest = max(largest, image.values[index].magnitude) }
        guard largest > 0 else {
            if self == .exponential { image.map(threads: threads) { _ in 1 } }
            return
        }
        let peak = Double(largest)
        switch self {
        case .square:
            image.map(threads: threads) { Float(Double($0) * Double($0) / peak) }
        case .squareRoot:
            image.map(threads: threads) { Self.signed($0, (Double($0.magnitude) * peak).squareRoot()) }
        case .logarithm:
            let scale = peak / log(peak + 1)
            image.map(threads: threads) { Self.signed($0, log(Double($0.magnitude) + 1) * scale) }
        case .exponential:
            let rate = log(peak) / peak
            image.map(threads: threads) { Float(exp(Double($0) * rate)) }
        }
    }

    private static func signed(_ value: Float, _ magnitude: Double) -> Float {
        value < 0 ? Float(-magnitude) : Float(magnitude)
    }
}
