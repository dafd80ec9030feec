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
            for (tap, weight) in x.taps.enumerated() {
                Self.add(line, from: tap, times: weight, to: &along, at: row * columns, count: columns)
            }
        }
        var result = [Float](repeating: x.moment + y.moment, count: values.count)
        for row in 0..<rows {
            for (tap, weight) in y.taps.enumerated() {
                let source = min(max(row + tap - reachY, 0), rows - 1)
                Self.add(along, from: source * columns, times: weight, to: &result, at: row * columns, count: columns)
            }
        }
        return result
    }

    /// Adds a multiple of a stretch of one array to a stretch of another.
    static func add(
        _ source: [Float], from start: Int, times weight: Float, to target: inout [Float], at place: Int, count: Int
    ) {
        precondition(start >= 0 && start + count <= source.count && place >= 0 && place + count <= target.count)
        source.withUnsafeBufferPointer { source in
            target.withUnsafeMutableBufferPointer { target in
                for index in 0..<count { target[place + index] += weight * source[start + index] }
            }
        }
    }

    func across(_ levels: [[Float]?], sliceMM: Double) -> [[Float]?] {
        let reach = radius(step: sliceMM)
        guard reach > 0 else { return levels }
        let (taps, moment) = kernel(step: sliceMM)
        return levels.indices.map { slice in
            guard let own = levels[slice] else { return nil }
            var result = [Float](repeating: moment, count: own.count)
            for (tap, weight) in taps.enumerated() {
                // Farther out than the shape is continued, the nearest slice stands for the missing one.
                let source = min(max(slice + tap - reach, 0), levels.count - 1)
                let level = levels[source] ?? own
                Self.add(level, from: 0, times: weight, to: &result, at: 0, count: level.count)
            }
            return result
        }
    }
}
