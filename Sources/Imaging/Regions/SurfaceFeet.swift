/// Distances to the zero set of a function on a grid, from points on it with their normals.
struct SurfaceFeet {
    private let size: GridSize
    private let step: Vector3
    private let function: [Float]
    private var feet: [(place: SIMD3<Float>, normal: SIMD3<Float>)] = []
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
        feet.append((place - normal * depth, normal))
    }

    private var scale: SIMD3<Float> { SIMD3(Float(step.x), Float(step.y), Float(step.z)) }

    /// Distances from every grid point, negative inside; exact up to the reach and approximate beyond it.
    func distances(reachMM: Double) -> [Float] {
        let transform = DistanceTransform(
            seeds: footOf.map { $0 >= 0 ? 1 : 0 }, size: size, spacing: step, axes: 3)
        let band = reachMM + 2 * step.length
        var result = [Float](repeating: .infinity, count: function.count)
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x {
                    let index = (z * size.y + y) * size.x + x
                    let inside = function[index] >= 0
                    let rough = transform.squared[index].squareRoot()
                    guard rough <= (inside ? 2 * step.length : band) else {
                        result[index] = inside ? -Float(rough) : Float(rough)
                        continue
                    }
                    let point = SIMD3(Float(x), Float(y), Float(z)) * scale
                    let distance = squaredDistance(point, around: Int(transform.nearest[index])).squareRoot()
                    result[index] = inside ? -distance : distance
                }
            }
        }
        return result
    }

    /// Squared distance to the nearest of the small discs around the feet near a grid point.
    private func squaredDistance(_ point: SIMD3<Float>, around seed: Int) -> Float {
        let radius = Float(step.x + step.y + step.z) / 12
        let plane = size.x * size.y
        var smallest = Float.infinity
        for z in -1...1 {
            for y in -1...1 {
                for x in -1...1 {
                    let neighbour = seed + z * plane + y * size.x + x
                    guard neighbour >= 0, neighbour < footOf.count, footOf[neighbour] >= 0 else { continue }
                    let (place, normal) = feet[Int(footOf[neighbour])]
                    let away = point - place
                    let height = (away * normal).sum()
                    let side = max((away * away).sum() - height * height, 0).squareRoot()
                    let beyond = max(side - radius, 0)
                    smallest = min(smallest, height * height + beyond * beyond)
                }
            }
        }
        return smallest
    }
}
