/// Distances to the zero set of a function on a grid, from points on it with their normals.
struct SurfaceFeet {
    private struct Foot {
        let place: SIMD3<Float>
        let normal: SIMD3<Float>
    }

    private let size: GridSize
    private let step: Vector3
    private let function: [Float]
    private var feet: [Foot] = []
    /// Index of the foot of each grid point beside the surface, or -1.
    private var footOf: [Int32]

    /// Finds the foot of every grid point with a neighbour on the other side of the surface.
    init(function: [Float], size: GridSize, step: Vector3) {
        self.function = function
        self.size = size
        self.step = step
        footOf = [Int32](repeating: -1, count: function.count)
        let strides = [1, size.x, size.x * size.y]
        for z in 1..<max(size.z - 1, 1) {
            for y in 1..<size.y - 1 {
                for x in 1..<size.x - 1 {
                    let index = (z * size.y + y) * size.x + x
                    let value = function[index]
                    let inside = value >= 0
                    guard
                        strides.contains(where: {
                            (function[index - $0] >= 0) != inside || (function[index + $0] >= 0) != inside
                        })
                    else { continue }
                    addFoot(SIMD3(x, y, z), index: index, strides: strides)
                }
            }
        }
    }

    private mutating func addFoot(_ point: SIMD3<Int>, index: Int, strides: [Int]) {
        let value = function[index]
        guard value.isFinite else { return }
        var gradient = SIMD3<Float>()
        for axis in 0..<3 {
            let (before, after) = (function[index - strides[axis]], function[index + strides[axis]])
            let length = Float(step[axis])
            gradient[axis] =
                before.isFinite && after.isFinite
                ? (after - before) / (2 * length)
                : after.isFinite ? (after - value) / length : before.isFinite ? (value - before) / length : 0
        }
        let slope = (gradient * gradient).sum().squareRoot()
        guard slope > 0 else { return }
        let normal = gradient / slope
        // Exact for a sphere, F / |grad F| to first order.
        let root = value + slope * slope / 4
        var depth = root > 0 ? root.squareRoot() - slope / 2 : value / slope
        let longest = Float(step.length)
        depth = min(max(depth, -longest), longest)
        let place = SIMD3(Float(point.x), Float(point.y), Float(point.z)) * scale
        footOf[index] = Int32(feet.count)
        feet.append(Foot(place: place - normal * depth, normal: normal))
    }

    private var scale: SIMD3<Float> { SIMD3(Float(step.x), Float(step.y), Float(step.z)) }

    /// Distances from every grid point, negative inside; exact up to the reach and approximate beyond it.
    func distances(reachMM: Double) -> [Float] {
        let transform = DistanceTransform(
            seeds: footOf.map { $0 >= 0 ? 1 : 0 }, size: size, spacing: step, axes: 3)
        let (outer, inner) = (reachMM + 2 * step.length, 2 * step.length)
        var result = [Float](repeating: .infinity, count: function.count)
        // Unchecked reads: this loop visits 27 neighbours of every point of the band.
        feet.withUnsafeBufferPointer { feet in
            footOf.withUnsafeBufferPointer { footOf in
                for index in result.indices {
                    let inside = function[index] >= 0
                    let rough = transform.squared[index].squareRoot()
                    var distance = Float(rough)
                    if rough <= (inside ? inner : outer) {
                        let row = index / size.x
                        let point = SIMD3(Float(index - row * size.x), Float(row % size.y), Float(row / size.y)) * scale
                        let seed = Int(transform.nearest[index])
                        distance = squaredDistance(point, around: seed, feet, footOf).squareRoot()
                    }
                    result[index] = inside ? -distance : distance
                }
            }
        }
        return result
    }

    /// Squared distance to the nearest of the small discs around the feet near a grid point.
    @inline(__always)
    private func squaredDistance(
        _ point: SIMD3<Float>, around seed: Int, _ feet: UnsafeBufferPointer<Foot>,
        _ footOf: UnsafeBufferPointer<Int32>
    ) -> Float {
        let radius = Float(step.x + step.y + step.z) / 12
        let plane = size.x * size.y
        var smallest = Float.infinity
        for z in -1...1 {
            for y in -1...1 {
                // Feet are never on the border of the grid, so that all neighbours are inside it.
                let row = seed + z * plane + y * size.x
                for neighbour in row - 1...row + 1 where footOf[neighbour] >= 0 {
                    let foot = feet[Int(footOf[neighbour])]
                    let away = point - foot.place
                    let height = (away * foot.normal).sum()
                    let side = max((away * away).sum() - height * height, 0).squareRoot()
                    let beyond = max(side - radius, 0)
                    smallest = min(smallest, height * height + beyond * beyond)
                }
            }
        }
        return smallest
    }
}
