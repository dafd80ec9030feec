import CKernels

#if canImport(Glibc)
    import Glibc
#endif

/// Gaussian smoothing of the shape function f, which removes the stairs of the pixels from the surface.
///
/// Along each axis the second derivative of f is -2 for a sphere, so that smoothing lowers f by the second moment of the
/// kernel; it is added back, and a sphere keeps its radius.
struct GridSmoothing {
    let sigmaMM: Double

    /// Standard deviation in pixels.
    static let pixels = 1.0

    /// Number of grid steps on each side of the kernel; 0 when the steps are too wide for any effect.
    func radius(step: Double) -> Int { step > 2 * sigmaMM ? 0 : Int((2.5 * sigmaMM / step).rounded(.up)) }

    private func kernel(step: Double) -> (taps: [Float], moment: Float) {
        let radius = radius(step: step)
        let weights = (-radius...radius).map { exp(-Double($0 * $0) * step * step / (2 * sigmaMM * sigmaMM)) }
        let total = weights.reduce(0, +)
        var moment = 0.0
        for (index, weight) in weights.enumerated() {
            let distance = Double(index - radius) * step
            moment += weight / total * distance * distance
        }
        return (weights.map { Float($0 / total) }, Float(moment))
    }

    func inPlane(_ values: [Float], plane: SliceContour.Plane) -> [Float] {
        let (columns, rows) = (plane.samplesX, plane.samplesY)
        let x = kernel(step: plane.pixelX / Double(plane.factorX))
        let y = kernel(step: plane.pixelY / Double(plane.factorY))
        let (reachX, reachY) = (x.taps.count / 2, y.taps.count / 2)
        var along = [Float](repeating: 0, count: values.count)
        // A row with its ends repeated beyond the plane.
        var line = [Float](repeating: 0, count: columns + 2 * reachX)
        for row in 0..<rows {
            for place in line.indices {
                line[place] = values[row * columns + min(max(place - reachX, 0), columns - 1)]
            }
            Self.blend(
                x.taps.enumerated().map { ($0, $1) }, of: line, to: &along, at: row * columns, count: columns)
        }
        var result = [Float](repeating: 0, count: values.count)
        for row in 0..<rows {
            let sources = y.taps.enumerated().map { (min(max(row + $0 - reachY, 0), rows - 1) * columns, $1) }
            Self.blend(
                sources, of: along, begin: x.moment + y.moment, to: &result, at: row * columns, count: columns)
        }
        return result
    }

    /// Writes the weighted sum of some stretches of an array over a stretch of another.
    static func blend(
        _ stretches: [(start: Int, weight: Float)], of source: [Float], begin: Float = 0, to target: inout [Float],
        at place: Int, count: Int
    ) {
        precondition(stretches.allSatisfy { $0.start >= 0 && $0.start + count <= source.count })
        source.withUnsafeBufferPointer { source in
            let rows = stretches.map { stretch in (source.baseAddress.map { $0 + stretch.start }, stretch.weight) }
            blend(rows, begin: begin, to: &target, at: place, count: count)
        }
    }

    /// Writes the weighted sum of some arrays over a stretch of another.
    static func blend(
        _ arrays: [(values: [Float], weight: Float)], begin: Float = 0, to target: inout [Float], at place: Int,
        count: Int
    ) {
        precondition(arrays.allSatisfy { $0.values.count >= count })
        func add(_ rest: ArraySlice<(values: [Float], weight: Float)>, _ rows: [(UnsafePointer<Float>?, Float)]) {
            guard let first = rest.first else {
                return blend(rows, begin: begin, to: &target, at: place, count: count)
            }
            first.values.withUnsafeBufferPointer { add(rest.dropFirst(), rows + [($0.baseAddress, first.weight)]) }
        }
        add(arrays[...], [])
    }

    private static func blend(
        _ rows: [(values: UnsafePointer<Float>?, weight: Float)], begin: Float, to target: inout [Float], at place: Int,
        count: Int
    ) {
        precondition(place >= 0 && place + count <= target.count)
        target.withUnsafeMutableBufferPointer { target in
            cdistances_blend(
                rows.map(\.values), rows.map(\.weight), rows.count, begin, count,
                target.baseAddress.map { $0 + place })
        }
    }

    func across(_ levels: [[Float]?], sliceMM: Double) -> [[Float]?] {
        let reach = radius(step: sliceMM)
        guard reach > 0 else { return levels }
        let (taps, moment) = kernel(step: sliceMM)
        return levels.indices.map { slice in
            guard let own = levels[slice] else { return nil }
            var result = [Float](repeating: 0, count: own.count)
            // Farther out than the shape is continued, the nearest slice stands for the missing one.
            let near = taps.enumerated().map { tap, weight in
                (levels[min(max(slice + tap - reach, 0), levels.count - 1)] ?? own, weight)
            }
            Self.blend(near, begin: moment, to: &result, at: 0, count: own.count)
            return result
        }
    }
}
