/// Interpolates a shape between the contours of its slices: see `SurfaceDistance`.
struct ShapeInterpolation {
    /// The function f on each slice, positive inside; nil far from the shape.
    private var levels: [[Float]?]
    private let occupied: [Bool]

    init(contours: [SliceContour?], plane: SliceContour.Plane, sliceMM: Double) {
        occupied = contours.map { $0 != nil }
        let smoothing = GridSmoothing(sigmaMM: GridSmoothing.pixels * (plane.pixelX * plane.pixelY).squareRoot())
        levels = contours.map { contour in
            guard let contour else { return nil }
            let diameter = Float(2 * (contour.area / .pi).squareRoot())
            return smoothing.inPlane(contour.distances.map { $0 * (diameter - $0) }, plane: plane)
        }
        let squares = contours.map { ($0?.area ?? 0) / .pi }
        let beyond = smoothing.radius(step: sliceMM) + 2
        for slice in contours.indices where occupied[slice] {
            for side in [-1, 1] where !isOccupied(slice + side) {
                extend(from: slice, side: side, count: beyond, squares: squares, sliceMM: sliceMM)
            }
        }
        levels = smoothing.across(levels, sliceMM: sliceMM)
    }

    private func isOccupied(_ slice: Int) -> Bool { occupied.indices.contains(slice) && occupied[slice] }

    /// Continues the shape over the empty slices beyond its end.
    ///
    /// The second difference of f along z is that of the squared radius; with fewer than three slices, that of a sphere.
    private mutating func extend(from slice: Int, side: Int, count: Int, squares: [Double], sliceMM: Double) {
        guard let end = levels[slice] else { return }
        let sphere = -2 * sliceMM * sliceMM
        var bend = Float(sphere)
        let (one, two) = (slice - side, slice - 2 * side)
        var first: [Float]
        if isOccupied(one), let before = levels[one] {
            if isOccupied(two) { bend = Float(min(squares[slice] - 2 * squares[one] + squares[two], 0)) }
            first = end.indices.map { 2 * end[$0] - before[$0] + bend }
        } else {
            // A single slice: the middle of a sphere.
            first = end.map { $0 + bend / 2 }
        }
        // The next slice is known to be empty. Where the continuation contradicts that, the shape ends halfway.
        let (highest, peak) = (end.max() ?? 0, first.max() ?? 0)
        if peak >= 0, highest > 0 {
            let flat = min(peak / highest, 1)
            for index in first.indices { first[index] = (1 - flat) * (first[index] - peak) - flat * abs(end[index]) }
        }
        for index in first.indices { first[index] = min(first[index], -1e-3) }
        var before = end
        for place in 1...count {
            merge(first, at: slice + side * place)
            let next = first.indices.map { min(2 * first[$0] - before[$0] + bend, -1e-3) }
            (before, first) = (first, next)
        }
    }

    /// Between two parts of a shape the nearer one decides.
    private mutating func merge(_ values: [Float], at slice: Int) {
        guard levels.indices.contains(slice), !occupied[slice] else { return }
        guard let other = levels[slice] else {
            levels[slice] = values
            return
        }
        levels[slice] = values.indices.map { max(values[$0], other[$0]) }
    }

    /// Writes the function on one of `factor` planes for each slice by cubic convolution (Keys 1981, a = -1/2, exact for
    /// quadratics); minus infinity where the shape cannot be.
    func interpolate(sample: Int, factor: Int, planeCount: Int, to result: inout PlaneRing<Float>) {
        let position = SliceContour.Plane.position(sample, factor: factor)
        let low = Int(position.rounded(.down))
        guard isOccupied(low) || isOccupied(low + 1) else { return result.reset(sample, to: -.infinity) }
        let t = Float(position - Double(low))
        let weights = [
            ((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ]
        let near = weights.enumerated().compactMap { offset, weight -> ([Float], Float)? in
            guard weight != 0 else { return nil }
            return levels[min(max(low - 1 + offset, 0), levels.count - 1)].map { ($0, weight) }
        }
        guard !near.isEmpty else { return result.reset(sample, to: -.infinity) }
        GridSmoothing.blend(near, to: &result.values, at: result.start(of: sample), count: planeCount)
    }
}
