import CKernels
import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Shape of the morphological mask in three dimensions (IBSI 3.2), in the order of the catalogue.
struct Morphology {
    let region: Region

    /// The 27 values before Moran's I and Geary's C.
    func values() -> [Double] {
        let mesh = SurfaceMesh(region: region)
        let (volume, area) = (mesh.volume, mesh.area)
        let axes = PrincipalAxes(region: region)
        let halves = axes.variances.map { 2 * $0.squareRoot() }
        let spacing = region.spacing
        let voxel = spacing.x * spacing.y * spacing.z
        let hull = HullMeasures(points: SurfacePoints.extremes(region: region), spacing: spacing)
        let box = boundingBox
        let oriented = OrientedBoundingBox(hull: hull)
        let enclosing = EnclosingEllipsoid(points: hull.corners)
        let sphere = cbrt(36 * Double.pi * volume * volume)
        let count = Double(region.inside.count)
        let mean = region.inside.reduce(0) { $0 + Double($1) } / count
        return [
            volume, Double(region.morphologicalCount) * voxel, area, area / volume,
            volume / (Double.pi * area * area * area).squareRoot(),
            36 * Double.pi * volume * volume / (area * area * area), area / sphere, sphere / area,
            cbrt(area * area * area / (36 * Double.pi * volume * volume)) - 1,
            CentreOfMass.shift(region: region, centre: axes.centre), hull.diameter, 2 * halves[0], 2 * halves[1],
            2 * halves[2], ratio(halves[1], halves[0]), ratio(halves[2], halves[0]),
            volume / (box.x * box.y * box.z), area / (2 * (box.x * box.y + box.x * box.z + box.y * box.z)),
            ratio(volume, oriented.volume), ratio(area, oriented.area),
            ratio(volume, Ellipsoid(halves).volume), ratio(area, Ellipsoid(halves).area),
            ratio(volume, Ellipsoid(enclosing.halves).volume), ratio(area, Ellipsoid(enclosing.halves).area),
            volume / hull.volume, area / hull.area, volume * mean,
        ]
    }

    /// Edges of the axis-aligned box around the surface; it ends half a voxel beyond the outermost centres.
    private var boundingBox: Vector3 {
        var (low, high) = ((Int.max, Int.max, Int.max), (Int.min, Int.min, Int.min))
        region.morphological.withUnsafeBufferPointer { mask in
            for row in 0..<region.height * region.depth {
                let (y, z) = (row % region.height, row / region.height)
                var (first, last) = (0, 0)
                cintensities_extent(mask.baseAddress.map { $0 + row * region.width }, region.width, &first, &last)
                if last < 0 { continue }
                low = (min(low.0, first), min(low.1, y), min(low.2, z))
                high = (max(high.0, last), max(high.1, y), max(high.2, z))
            }
        }
        let spacing = region.spacing
        return Vector3(
            Double(high.0 - low.0 + 1) * spacing.x, Double(high.1 - low.1 + 1) * spacing.y,
            Double(high.2 - low.2 + 1) * spacing.z)
    }
}

/// Volume and surface of an ellipsoid with given half axes.
struct Ellipsoid {
    /// 4/3 pi abc.
    let volume: Double
    /// Legendre series to the 20th term (IBSI 3.2, RDD2), by the recurrence of (alpha beta)^n P_n.
    let area: Double

    /// Half axes in descending order.
    init(_ halves: [Double]) {
        let (a, b, c) = (halves[0], halves[1], halves[2])
        volume = 4 / 3 * Double.pi * a * b * c
        guard a > 0 && b > 0 else {
            area = 0
            return
        }
        let (alpha2, beta2) = (1 - b * b / (a * a), 1 - c * c / (a * a))
        var (previous, current) = (1.0, (alpha2 + beta2) / 2)
        var sum = previous - current / 3
        for n in 1..<20 {
            let order = Double(n)
            let next =
                ((2 * order + 1) * (alpha2 + beta2) / 2 * current - order * alpha2 * beta2 * previous) / (order + 1)
            (previous, current) = (current, next)
            sum += current / (1 - 4 * (order + 1) * (order + 1))
        }
        area = 4 * Double.pi * a * b * sum
    }
}

extension Vector3 {
    static func - (a: Vector3, b: Vector3) -> Vector3 { Vector3(a.x - b.x, a.y - b.y, a.z - b.z) }

    func dot(_ other: Vector3) -> Double { x * other.x + y * other.y + z * other.z }

    func cross(_ other: Vector3) -> Vector3 {
        Vector3(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    var length: Double { dot(self).squareRoot() }

    var normalised: Vector3 { Vector3(x / length, y / length, z / length) }
}
