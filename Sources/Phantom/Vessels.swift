/// Short straight pieces of vessel of the liver that keep clear of a lesion and its rim.
struct Vessels {
    private struct Tube {
        var point: SIMD3<Float>
        var axis: SIMD3<Float>
        var radius: Float
        var halfLength: Float
    }

    private static let clearanceMM: Float = 3

    private let tubes: [Tube]

    init(around lesion: Lesion, planar: Bool, generator: inout PhantomGenerator) {
        let reach = lesion.contour.bounds.most + Lesion.rimMM + Self.clearanceMM
        tubes = (0..<3).map { _ in
            let axis = generator.direction(planar: planar)
            // The closest point to the lesion lies across the axis, beyond the reach of the rim.
            var across = generator.direction(planar: planar)
            across -= (across * axis).sum() * axis
            let length = max((across * across).sum().squareRoot(), 1e-3)
            let radius = Float(0.8 + 1.2 * generator.uniform())
            let distance = reach + radius + Float(8 * generator.uniform())
            return Tube(
                point: lesion.contour.centre + across / length * distance, axis: axis, radius: radius,
                halfLength: Float(3 + 6 * generator.uniform()))
        }
    }

    /// Share of vessel at a position in millimetres: 1 inside, 0 outside, in between over half a millimetre.
    @inline(__always)
    func share(_ position: SIMD3<Float>) -> Float {
        var share: Float = 0
        for tube in tubes {
            let offset = position - tube.point
            let along = (offset * tube.axis).sum()
            guard abs(along) < tube.halfLength else { continue }
            let square = (offset * offset).sum() - along * along
            // Tapered towards its ends, where it leaves the plane or bends away.
            let relative = along / tube.halfLength
            let radius = tube.radius * (1 - relative * relative).squareRoot()
            let limit = radius + 0.25
            if square < limit * limit {
                share = max(share, smoothStep(radius - max(square, 0).squareRoot(), halfWidth: 0.25))
            }
        }
        return share
    }
}
