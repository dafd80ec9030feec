/// A stationary Gaussian random field of mean 0 and variance about 1, sampled coarsely and interpolated linearly.
///
/// White noise smoothed by a Gaussian of standard deviation `correlation / 2`: the autocorrelation at a distance d is
/// `exp(-(d / correlation)^2)`.
struct GaussianField {
    private let lower: SIMD3<Float>
    private let scale: SIMD3<Float>
    private let size: SIMD3<Int>
    private let values: [Float]

    /// A field over a box: corners and correlation length in millimetres; a planar field has one layer.
    init(
        lower: SIMD3<Float>, upper: SIMD3<Float>, correlation: Float, planar: Bool,
        generator: inout PhantomGenerator
    ) {
        let sigma = correlation / 2
        // A fourth of the correlation length keeps the interpolated variance above 0.96; in space a third has to do.
        let step = planar ? sigma / 2 : sigma / 1.5
        let extent = (upper - lower) / step
        self.lower = lower
        self.scale = planar ? SIMD3(1 / step, 1 / step, 0) : SIMD3(repeating: 1 / step)
        size = SIMD3(Int(extent.x) + 2, Int(extent.y) + 2, planar ? 1 : Int(extent.z) + 2)
        let taps = Smoothing.unitEnergyKernel(sigma: sigma / step)
        // The noise reaches beyond the box by the kernel's radius, so that its border is like its middle.
        let radius = taps.count / 2
        let wide = SIMD3(size.x + 2 * radius, size.y + 2 * radius, planar ? 1 : size.z + 2 * radius)
        var noise = [Float](repeating: 0, count: wide.x * wide.y * wide.z)
        for index in noise.indices { noise[index] = generator.grain() }
        noise = Smoothing.valid(noise, size: wide, axis: 0, taps: taps)
        noise = Smoothing.valid(noise, size: SIMD3(size.x, wide.y, wide.z), axis: 1, taps: taps)
        if !planar { noise = Smoothing.valid(noise, size: SIMD3(size.x, size.y, wide.z), axis: 2, taps: taps) }
        values = noise
    }

    /// The field at a position in millimetres; outside the box that of the nearest face.
    @inline(__always)
    func callAsFunction(_ position: SIMD3<Float>) -> Float {
        let limit = SIMD3(Float(size.x - 1), Float(size.y - 1), Float(size.z - 1))
        let place = ((position - lower) * scale).clamped(lowerBound: .zero, upperBound: limit)
        let i = min(Int(place.x), max(size.x - 2, 0))
        let j = min(Int(place.y), max(size.y - 2, 0))
        let u = place.x - Float(i)
        let v = place.y - Float(j)
        return values.withUnsafeBufferPointer { values in
            @inline(__always)
            func layer(_ k: Int) -> Float {
                let first = (k * size.y + j) * size.x + i
                let near = values[first] + u * (values[first + 1] - values[first])
                let far = values[first + size.x] + u * (values[first + size.x + 1] - values[first + size.x])
                return near + v * (far - near)
            }
            if size.z == 1 { return layer(0) }
            let k = min(Int(place.z), size.z - 2)
            let low = layer(k)
            return low + (place.z - Float(k)) * (layer(k + 1) - low)
        }
    }
}
