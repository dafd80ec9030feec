import CKernels

/// The feet on the zero set of a function, from the grid points beside it, plane by plane.
struct SurfaceFeet {
    /// In the order of their points, x fastest.
    private(set) var feet: [cdistances_foot] = []
    private let size: GridSize
    private let step: Vector3

    init(size: GridSize, step: Vector3) { (self.size, self.step) = (size, step) }

    /// Finds the foot of every point of a plane with a neighbour on the other side of the surface.
    ///
    /// - Parameters:
    ///   - plane: Its number; not the first or the last, which have no feet.
    ///   - function: Holds the plane and those before and after it.
    /// - Returns: The points with a foot, ascending, by their places in the plane.
    mutating func add(plane: Int, function: PlaneRing<Float>) -> [Int32] {
        let starts = [plane - 1, plane, plane + 1].map(function.start)
        let points = besideSurface(function.values, starts)
        var kept: [Int32] = []
        kept.reserveCapacity(points.count)
        for point in points where addFoot(Int(point), plane, function.values, starts) { kept.append(point) }
        return kept
    }

    /// The points inside a plane with a neighbour on the other side.
    private func besideSurface(_ function: [Float], _ starts: [Int]) -> [Int32] {
        var found: [Int32] = []
        let row = size.x
        let (before, own, after) = (starts[0], starts[1], starts[2])
        // Unchecked reads: every point of the grid is looked at with six neighbours, few are beside the surface.
        function.withUnsafeBytes { function in
            // Signs of eight points from one on; adding zero makes -0 positive.
            func signs(_ index: Int) -> SIMD8<Int32> {
                let values = function.loadUnaligned(fromByteOffset: 4 * index, as: SIMD8<Float>.self) + 0
                return unsafeBitCast(values, to: SIMD8<Int32>.self)
            }
            for y in 1..<max(size.y - 1, 1) {
                var x = 1
                while x < size.x - 1 {
                    let place = y * row + x
                    let here = signs(own + place)
                    let along = (here ^ signs(own + place - 1)) | (here ^ signs(own + place + 1))
                    let across = (here ^ signs(own + place - row)) | (here ^ signs(own + place + row))
                    let between = (here ^ signs(before + place)) | (here ^ signs(after + place))
                    let differing = along | across | between
                    let half = differing.lowHalf | differing.highHalf
                    if (half[0] | half[1] | half[2] | half[3]) < 0 {
                        for lane in 0..<min(8, size.x - 1 - x) where differing[lane] < 0 {
                            found.append(Int32(place + lane))
                        }
                    }
                    x += 8
                }
            }
        }
        return found
    }

    /// Whether the point has a foot, which then is the last one.
    private mutating func addFoot(_ point: Int, _ plane: Int, _ function: [Float], _ starts: [Int]) -> Bool {
        let index = starts[1] + point
        let value = function[index]
        guard value.isFinite else { return false }
        let before = SIMD3(function[index - 1], function[index - size.x], function[starts[0] + point])
        let after = SIMD3(function[index + 1], function[index + size.x], function[starts[2] + point])
        var gradient = SIMD3<Float>()
        for axis in 0..<3 {
            let (before, after, length) = (before[axis], after[axis], Float(step[axis]))
            gradient[axis] =
                before.isFinite && after.isFinite
                ? (after - before) / (2 * length)
                : after.isFinite ? (after - value) / length : before.isFinite ? (value - before) / length : 0
        }
        let slope = (gradient * gradient).sum().squareRoot()
        guard slope > 0 else { return false }
        let normal = gradient / slope
        // Exact for a sphere, F / |grad F| to first order.
        let root = value + slope * slope / 4
        var depth = root > 0 ? root.squareRoot() - slope / 2 : value / slope
        let longest = Float(step.length)
        depth = min(max(depth, -longest), longest)
        let scale = SIMD3(Float(step.x), Float(step.y), Float(step.z))
        let place = SIMD3(Float(point % size.x), Float(point / size.x), Float(plane)) * scale
        let foot = place - normal * depth
        feet.append(
            cdistances_foot(place: (foot.x, foot.y, foot.z, 0), normal: (normal.x, normal.y, normal.z, 0)))
        return true
    }
}
