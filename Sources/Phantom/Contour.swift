import Imaging

/// A star-shaped surface: the distance from a centre to the margin, for each direction n.
///
/// `r(n) = base + sum of amplitude * T_order(n . axis) + sum of the sectors`. A Chebyshev polynomial of a cosine is the
/// cosine of the multiple angle, so in the plane the sum is a Fourier series of the angle and in space it is a sum of
/// zonal waves: one formula for images and volumes.
struct Contour {
    /// A smooth wave of the margin.
    struct Harmonic {
        var order: Int
        var axis: SIMD3<Float>
        var amplitude: Float
    }

    /// A cap of the margin that is moved outwards (or inwards, when negative) as a whole.
    struct Sector {
        var axis: SIMD3<Float>
        var cosineOfHalfAngle: Float
        var shift: Float
    }

    /// Position in millimetres from the centre of voxel (0, 0, 0).
    var centre: SIMD3<Float>
    var base: Float
    var harmonics: [Harmonic] = []
    var sectors: [Sector] = []

    /// No direction has a smaller distance than the first number, none has a larger one than the second.
    var bounds: (least: Float, most: Float) {
        let waves = harmonics.reduce(Float(0)) { $0 + abs($1.amplitude) }
        let inward = sectors.reduce(Float(0)) { $0 + min($1.shift, 0) }
        let outward = sectors.reduce(Float(0)) { $0 + max($1.shift, 0) }
        return (base - waves + inward, base + waves + outward)
    }

    /// Distance from the centre to the margin along a unit vector, in millimetres.
    func radius(_ direction: SIMD3<Float>) -> Float {
        var radius = base
        for harmonic in harmonics {
            let cosine = (direction * harmonic.axis).sum()
            var (before, now) = (Float(1), cosine)
            for _ in 1..<harmonic.order { (before, now) = (now, 2 * cosine * now - before) }
            radius += harmonic.amplitude * now
        }
        for sector in sectors {
            let cosine = (direction * sector.axis).sum()
            radius += sector.shift * smoothStep(cosine - sector.cosineOfHalfAngle, halfWidth: 0.08)
        }
        return radius
    }

    /// Radial distance from the margin, in millimetres, negative inside; only a bound beyond `reach` from it.
    @inline(__always)
    func signedDistance(_ offset: SIMD3<Float>, bounds: (least: Float, most: Float), reach: Float) -> Float {
        let distance = (offset * offset).sum().squareRoot()
        if distance > bounds.most + reach { return distance - bounds.most }
        if distance < bounds.least - reach { return distance - bounds.least }
        return distance > 0 ? distance - radius(offset / distance) : -base
    }

    /// The voxels whose centres lie inside.
    func mask(on geometry: Geometry) -> Mask {
        let size = geometry.size
        let (spacing, bounds) = (geometry.spacing, bounds)
        var voxels = [UInt8](repeating: 0, count: size.count)
        var index = 0
        for k in 0..<size.z {
            for j in 0..<size.y {
                for i in 0..<size.x {
                    let place = SIMD3(Float(i), Float(j), Float(k))
                    let scale = SIMD3(Float(spacing.x), Float(spacing.y), Float(spacing.z))
                    if signedDistance(place * scale - centre, bounds: bounds, reach: 0) < 0 { voxels[index] = 1 }
                    index += 1
                }
            }
        }
        return Mask(geometry: geometry, voxels: voxels)
    }
}

/// 0 below `-halfWidth`, 1 above `halfWidth`, a cubic in between.
@inline(__always)
func smoothStep(_ value: Float, halfWidth: Float) -> Float {
    let t = min(max(0.5 + 0.5 * value / halfWidth, 0), 1)
    return t * t * (3 - 2 * t)
}
