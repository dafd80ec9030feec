/// Distances from the points of a grid to the zero set of a function on it, plane by plane.
///
/// A plane's distances depend on the planes within the reach only; no more of them are kept, so that the work stays in
/// the processor's cache and the grid as a whole takes no memory.
struct SurfaceSweep {
    private let size: GridSize
    private let step: Vector3
    private let reachMM: Double

    init(size: GridSize, step: Vector3, reachMM: Double) {
        (self.size, self.step, self.reachMM) = (size, step, reachMM)
    }

    /// Calls `result` with every few planes and the distances of their points in millimetres, positive outside: exact up
    /// to the reach, exact inside only beside the surface, infinite elsewhere.
    ///
    /// - Parameters:
    ///   - together: How many planes at a time; divides the number of planes.
    ///   - function: Writes the function, positive inside, on a plane's points, x fastest.
    ///   - result: Takes the distances of the next planes, x fastest.
    func run(together: Int, function: (Int, inout PlaneRing<Float>) -> Void, result: (Int, [Float]) -> Void) {
        // A foot lies at most a step from its grid point and its disc a radius around it; the border of a ring is as wide
        // as half a step.
        let radius = Float(step.x + step.y + step.z) / 12
        let inner = 1.5 * step.length + Double(radius)
        let limits = (outside: Float((reachMM + inner) * (reachMM + inner)), inside: Float(inner * inner))
        var nearest = NearbySeeds(size: size, step: step, reachMM: reachMM + inner)
        var feet = SurfaceFeet(size: size, step: step)
        var discs = FootDiscs(size: size, step: step, radius: radius)
        // The plane whose distances are found comes so many planes after the newest of the function.
        let lag = nearest.reach + 2
        let count = size.x * size.y
        var planes = PlaneRing<Float>(repeating: -.infinity, planes: lag + 1, count: count)
        var before: [Int32] = []
        var firstFeet: [Int] = []
        var distances = [Float](repeating: .infinity, count: count * together)
        for newest in 0..<size.z + lag {
            if newest < size.z { function(newest, &planes) }
            let plane = newest - 1
            guard plane >= 0 else { continue }
            // One plane behind the newest: its feet. The first and the last plane have none.
            firstFeet.append(feet.feet.count)
            let points = plane > 0 && newest < size.z ? feet.add(plane: plane, function: planes) : []
            discs.add(plane: plane, points: points, firstFoot: firstFeet[plane])
            // Two planes behind it: what lies around its feet.
            if !before.isEmpty { discs.layOut(plane: plane - 1, points: before, feet: feet.feet) }
            before = points
            let ready = newest - lag
            if ready >= 0 {
                nearest.move(to: ready)
                discs.find(
                    plane: ready, nearest: nearest, feet: feet.feet, function: planes, limits: limits,
                    distances: &distances, at: ready % together * count)
                discs.drop(before: firstFeet[max(ready - nearest.reach, 0)])
                if (ready + 1) % together == 0 {
                    result(ready / together, distances)
                    for index in distances.indices { distances[index] = .infinity }
                }
            }
            if plane < size.z { nearest.add(plane: plane, seeds: points, firstLabel: firstFeet[plane]) }
        }
    }
}
