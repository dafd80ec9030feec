import CKernels

/// Discs on a surface around the feet near each foot, laid out for the distances of many points, plane by plane.
struct FootDiscs {
    /// With room for those to come: `laidOut` are of use.
    private var eights: [cdistances_eight] = []
    private var laidOut = 0
    /// Where those around each foot begin; one more than feet. Of use for the feet that have not been given up.
    private var first: [Int32] = [0]
    private let radius: Float
    private let size: GridSize
    private let step: Vector3
    /// The foot of each point of three planes, or -1.
    private var footOf: PlaneRing<Int32>

    init(size: GridSize, step: Vector3, radius: Float) {
        (self.size, self.step, self.radius) = (size, step, radius)
        footOf = PlaneRing(repeating: -1, planes: 3, count: size.x * size.y)
    }

    /// Tells the points of the next plane with a foot, none on its border, and the first of these feet.
    mutating func add(plane: Int, points: [Int32], firstFoot: Int) {
        footOf.reset(plane, to: -1)
        let start = footOf.start(of: plane)
        for (offset, point) in points.enumerated() { footOf.values[start + Int(point)] = Int32(firstFoot + offset) }
    }

    /// Lays out what is near the feet of a plane; those of the planes before and after it have been told.
    mutating func layOut(plane: Int, points: [Int32], feet: [cdistances_foot]) {
        let starts = [plane - 1, plane, plane + 1].map(footOf.start)
        let needed = laidOut + 4 * points.count
        if eights.count < needed {
            let missing = max(needed, 2 * eights.count) - eights.count
            eights.append(contentsOf: repeatElement(cdistances_eight(), count: missing))
        }
        let begun = first.count
        first.append(contentsOf: repeatElement(0, count: points.count))
        eights.withUnsafeMutableBufferPointer { eights in
            first.withUnsafeMutableBufferPointer { first in
                laidOut += cdistances_lay_out(
                    feet, footOf.values, starts, size.x, points, points.count, laidOut,
                    eights.baseAddress.map { $0 + laidOut }, first.baseAddress.map { $0 + begun })
            }
        }
    }

    /// Gives up what was laid out for the feet before one.
    mutating func drop(before foot: Int) {
        let dead = Int(first[foot])
        guard dead > laidOut / 2 else { return }
        eights.withUnsafeMutableBufferPointer { eights in
            guard let base = eights.baseAddress else { return }
            base.update(from: base + dead, count: laidOut - dead)
        }
        laidOut -= dead
        for index in foot..<first.count { first[index] -= Int32(dead) }
    }

    /// Distances of a plane's points to the nearest of the discs around their nearest seeds, negative inside, where the
    /// function is not; infinite beyond the limits, of the distance to the seed in square millimetres.
    ///
    /// - Parameter place: Where the distances begin in `distances`, which are infinite before.
    func find(
        plane: Int, nearest: NearbySeeds, feet: [cdistances_foot], function: PlaneRing<Float>,
        limits: (outside: Float, inside: Float), distances: inout [Float], at place: Int
    ) {
        precondition(place + size.x * size.y <= distances.count)
        let start = function.start(of: plane)
        var shape = cdistances_plane(
            rows: size.y, width: size.x, pitch: nearest.pitch, step_x: Float(step.x), step_y: Float(step.y),
            z: Float(plane) * Float(step.z), limit_outside: limits.outside, limit_inside: limits.inside)
        feet.withUnsafeBufferPointer { feet in
            eights.withUnsafeBufferPointer { eights in
                first.withUnsafeBufferPointer { first in
                    function.values.withUnsafeBufferPointer { function in
                        distances.withUnsafeMutableBufferPointer { distances in
                            guard let values = function.baseAddress, let target = distances.baseAddress else { return }
                            var discs = cdistances_discs(
                                feet: feet.baseAddress, eights: eights.baseAddress, first: first.baseAddress,
                                radius: radius)
                            cdistances_discs_plane(
                                &discs, &shape, nearest.window, nearest.squares, nearest.labels,
                                values + start, target + place)
                        }
                    }
                }
            }
        }
    }
}
