import CKernels
import Imaging

/// Points, or directions, as columns of their components, for loops over all of them.
struct PointColumns {
    private(set) var x, y, z: [Double]

    var count: Int { x.count }

    init(_ points: [Vector3]) { (x, y, z) = (points.map(\.x), points.map(\.y), points.map(\.z)) }

    /// The difference between the highest and the lowest place along a direction.
    func extent(_ direction: Vector3) -> Double {
        csurfaces_extent(x, y, z, count, [direction.x, direction.y, direction.z])
    }

    /// The largest distance between two points; 0 for less than two.
    var diameter: Double {
        guard count > 1 else { return 0 }
        // Points in the order of their distance from the centre: two can be no farther apart than those two sum to.
        let bounds = [x, y, z].map { ($0.min() ?? 0, $0.max() ?? 0) }
        let centre = bounds.map { ($0.0 + $0.1) / 2 }
        let radii = (0..<count).map { point -> Double in
            let (dx, dy, dz) = (x[point] - centre[0], y[point] - centre[1], z[point] - centre[2])
            return (dx * dx + dy * dy + dz * dz).squareRoot()
        }
        let order = radii.indices.sorted { radii[$0] > radii[$1] }
        let sorted = PointColumns(x: order.map { x[$0] }, y: order.map { y[$0] }, z: order.map { z[$0] })
        var square = 0.0
        for (place, point) in order.enumerated().dropFirst() {
            let reach = (radii[order[0]] + radii[point]) * (1 + 1e-12)
            if reach * reach < square { break }
            square = csurfaces_farthest(sorted.x, sorted.y, sorted.z, place, place, square)
        }
        return square.squareRoot()
    }

    private init(x: [Double], y: [Double], z: [Double]) { (self.x, self.y, self.z) = (x, y, z) }

    /// Writes 1 + the squared Mahalanobis distance of each point to `distances`, which has as many places; returns the
    /// place of the first of the largest. It is (x, 1) M^-1 (x, 1) for the moment matrix M of the points with a fourth
    /// coordinate of 1.
    func distances(from centre: Vector3, _ inverse: SymmetricMatrix3, to distances: inout [Double]) -> Int {
        csurfaces_distances(
            x, y, z, count, [centre.x, centre.y, centre.z],
            [inverse.xx, inverse.yy, inverse.zz, inverse.xy, inverse.xz, inverse.yz], &distances)
    }

    /// Keeps the points at some places, in their order.
    mutating func keep(_ places: [Int]) {
        (x, y, z) = (places.map { x[$0] }, places.map { y[$0] }, places.map { z[$0] })
    }
}
