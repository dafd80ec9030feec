import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A Gabor filter with all its parameters but the plane.
struct GaborKernel: Sendable {
    /// Standard deviations of the wider direction of the envelope after which the kernel is cut: what is left out is
    /// below 4e-6 of the maximum, so that the kernel stays blind to a constant.
    private static let truncation = 5.0

    private let sigma, lambda, gamma: Double
    /// Angles whose moduli are averaged.
    let angles: [Double]

    init(sigmaMM: Double, lambdaMM: Double, gamma: Double, orientation: GaborOrientation) throws(FilterError) {
        let named = [("sigmaMM", sigmaMM, "a width"), ("lambdaMM", lambdaMM, "a length"), ("gamma", gamma, "a ratio")]
        for (name, value, what) in named where !(value > 0 && value.isFinite) {
            throw .invalidParameter(name: name, remedy: "use \(what) above 0")
        }
        (sigma, lambda, self.gamma) = (sigmaMM, lambdaMM, gamma)
        switch orientation {
        case .angle(let angle):
            guard angle.isFinite else {
                throw .invalidParameter(name: "orientation", remedy: "use a finite angle in radians")
            }
            angles = [angle]
        case .average(let step):
            // The kernels of θ and θ + π are conjugate: their moduli are the same, so that half a turn is enough.
            let count = (Double.pi / step).rounded()
            guard step > 0, count >= 1, count <= 360, abs(count * step - .pi) < 1e-6 else {
                throw .invalidParameter(name: "orientation", remedy: "use a step of π / n with n from 1 to 360")
            }
            angles = (0..<Int(count)).map { Double($0) * step }
        }
    }

    /// Voxels from the centre of the kernel to its border.
    func radius(spacing: Double) throws(FilterError) -> Int {
        let radius = (Self.truncation * max(sigma, sigma / gamma) / spacing).rounded(.up)
        guard radius < Double(Limits.reach) else {
            throw .invalidParameter(name: "sigmaMM", remedy: "use a width of fewer than \(Limits.reach) voxels")
        }
        return Int(radius)
    }

    /// The kernel at a place in millimetres from its centre.
    func value(x: Double, y: Double, angle: Double) -> Complex {
        let (u, v) = (x * cos(angle) + y * sin(angle), y * cos(angle) - x * sin(angle))
        let envelope = exp(-(u * u + gamma * gamma * v * v) / (2 * sigma * sigma))
        let phase = 2 * Double.pi * u / lambda
        return Complex(re: Float(envelope * cos(phase)), im: Float(envelope * sin(phase)))
    }
}
