/// Distances to the zero set of a function on a grid, from points on it with their normals.
struct SurfaceFeet {
    private let size: GridSize
    private let step: Vector3
    private var function: [Float]
    private var feet: [SurfaceFoot] = []
    /// Index of the foot of each grid point beside the surface, or -1.
    private var footOf: [Int32]

    /// Finds the foot of every grid point with a neighbour on the other side of the surface.
    init(function: [Float], size: GridSize, step: Vector3) {
        self.function = function
        self.size = size
        self.step = step
        footOf = NearbySeeds.labels(count: function.count, size: size)
        let strides = [1, size.x, size.x * size.y]
        for (point, index) in Self.besideSurface(function, size) { addFoot(point, index: index, strides: strides) }
    }

    /// The inner grid points with a neighbour on the other side.
    private static func besideSurface(_ function: [Float], _ size: GridSize) -> [(point: SIMD3<Int>, index: Int)] {
        var found: [(point: SIMD3<Int>, index: Int)] = []
        let (row, plane) = (size.x, size.x * size.y)
        // Unchecked reads: every point of the grid is looked at with six neighbours, few are beside the surface.
        function.withUnsafeBytes { function in
            // Signs of eight points from one on; adding zero makes -0 positive.
            func signs(_ index: Int) -> SIMD8<Int32> {
                let values = function.loadUnaligned(fromByteOffset: 4 * index, as: SIMD8<Float>.self) + 0
                return unsafeBitCast(values, to: SIMD8<Int32>.self)
            }
            for z in 1..<max(size.z - 1, 1) {
                for y in 1..<size.y - 1 {
                    let start = (z * size.y + y) * size.x
                    var x = 1
                    while x < size.x - 1 {
                        let index = start + x
                        // The vectors end within the grid, whose frame makes it more than six wide.
                        let own = signs(index)
                        let along = (own ^ signs(index - 1)) | (own ^ signs(index + 1))
                        let across = (own ^ signs(index - row)) | (own ^ signs(index + row))
                        let between = (own ^ signs(index - plane)) | (own ^ signs(index + plane))
                        let differing = along | across | between
                        let half = differing.lowHalf | differing.highHalf
                        if (half[0] | half[1] | half[2] | half[3]) < 0 {
                            for lane in 0..<min(8, size.x - 1 - x) where differing[lane] < 0 {
                                found.append((SIMD3(x + lane, y, z), index + lane))
                            }
                        }
                        x += 8
                    }
                }
            }
        }
        return found
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
        feet.append(SurfaceFoot(place: place - normal * depth, normal: normal))
    }

    private var scale: SIMD3<Float> { SIMD3(Float(step.x), Float(step.y), Float(step.z)) }

    /// Distances from every grid point, negative inside; exact up to the reach, infinite beyond it, and exact inside only
    /// beside the surface. The function is given up for them: each array of the grid is several megabytes.
    mutating func takeDistances(reachMM: Double) -> [Float] {
        // A foot lies at most a step from its grid point and its disc a radius around it; the border of a ring is as wide
        // as half a step.
        let radius = Float(step.x + step.y + step.z) / 12
        let inner = 1.5 * step.length + Double(radius)
        let discs = FootDiscs(feet: feet, footOf: footOf, size: size, radius: radius)
        var seeds: [Int32] = []
        swap(&seeds, &footOf)
        let nearest = NearbySeeds(taking: &seeds, size: size, step: step, reachMM: reachMM + inner)
        let (limit, deep) = (Float((reachMM + inner) * (reachMM + inner)), Float(inner * inner))
        var result: [Float] = []
        swap(&result, &function)
        let (size, scale) = (size, scale)
        result.withUnsafeMutableBufferPointer { result in
            for row in 0..<size.y * size.z {
                var point = SIMD3(0, Float(row % size.y), Float(row / size.y)) * scale
                for x in 0..<size.x {
                    let (index, place) = (row * size.x + x, row * nearest.pitch + x)
                    let inside = result[index] >= 0
                    if nearest.squares[place] > (inside ? deep : limit) {
                        result[index] = inside ? -.infinity : .infinity
                    } else {
                        point.x = Float(x) * scale.x
                        let distance = discs.squaredDistance(point, around: Int(nearest.labels[place])).squareRoot()
                        result[index] = inside ? -distance : distance
                    }
                }
            }
        }
        return result
    }
}

/// A point of a surface with the normal there.
struct SurfaceFoot {
    let place: SIMD3<Float>
    let normal: SIMD3<Float>
}

/// The feet near each foot, laid out for the distances of many points.
private struct FootDiscs {
    /// Places of four feet along x, y and z, and their positions among the feet.
    private struct Four {
        var x = SIMD4<Float>()
        var y = SIMD4<Float>()
        var z = SIMD4<Float>()
        var names = SIMD4<Int32>()
    }

    private let feet: [SurfaceFoot]
    private let fours: [Four]
    /// Where those of each foot begin; one more than feet.
    private let first: [Int]
    private let radius: Float

    /// `footOf` holds the foot of each point of the grid, or -1; feet are in the order of their points, and never on the
    /// border of the grid.
    init(feet: [SurfaceFoot], footOf: [Int32], size: GridSize, radius: Float) {
        var fours: [Four] = []
        // 27 neighbours at most; memory that is not written takes none.
        fours.reserveCapacity(7 * feet.count)
        var first = [0]
        first.reserveCapacity(feet.count + 1)
        var around: [Int32] = []
        let plane = size.x * size.y
        footOf.withUnsafeBufferPointer { footOf in
            for seed in footOf.indices where footOf[seed] >= 0 {
                around.removeAll(keepingCapacity: true)
                for z in -1...1 {
                    for y in -1...1 {
                        let row = seed + z * plane + y * size.x
                        for neighbour in row - 1...row + 1 where footOf[neighbour] >= 0 {
                            around.append(footOf[neighbour])
                        }
                    }
                }
                for start in stride(from: 0, to: around.count, by: 4) {
                    var four = Four()
                    for lane in 0..<4 {
                        // The last one stands for those that are missing.
                        let name = around[min(start + lane, around.count - 1)]
                        let place = feet[Int(name)].place
                        (four.x[lane], four.y[lane], four.z[lane], four.names[lane]) = (place.x, place.y, place.z, name)
                    }
                    fours.append(four)
                }
                first.append(fours.count)
            }
        }
        (self.feet, self.fours, self.first, self.radius) = (feet, fours, first, radius)
    }

    /// Squared distance from a point to the disc around the nearest of the feet around a foot.
    @inline(__always)
    func squaredDistance(_ point: SIMD3<Float>, around foot: Int) -> Float {
        var (smallest, names) = (SIMD4<Float>(repeating: .greatestFiniteMagnitude), SIMD4<Int32>())
        fours.withUnsafeBufferPointer { fours in
            for index in first[foot]..<first[foot + 1] {
                let four = fours[index]
                let (x, y, z) = (point.x - four.x, point.y - four.y, point.z - four.z)
                smallest.lower(to: x * x + y * y + z * z, names: &names, others: four.names)
            }
        }
        var (square, name) = (smallest[0], names[0])
        for lane in 1..<4 where smallest[lane] < square { (square, name) = (smallest[lane], names[lane]) }
        let nearest = feet[Int(name)]
        let along = ((point - nearest.place) * nearest.normal).sum()
        let side = max(square - along * along, 0)
        guard side > radius * radius else { return along * along }
        let beyond = side.squareRoot() - radius
        return along * along + beyond * beyond
    }
}
