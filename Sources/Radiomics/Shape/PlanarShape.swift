import Imaging

/// Shape of the mask of a planar image, in the order of the catalogue: contour by marching squares at level 0.5
/// (vertices halfway between pixels), as PyRadiomics' shape2D.
struct PlanarShape {
    let region: Region

    func values() -> [Double] {
        let (sx, sy) = (region.spacing.x, region.spacing.y)
        let contour = contour(sx, sy)
        let (area, perimeter) = (contour.area, contour.perimeter)
        let variances = PrincipalAxes(region: region, sample: false).variances
        let (major, minor) = (4 * variances[0].squareRoot(), 4 * variances[1].squareRoot())
        let hull = PlanarHull.corners(
            SurfacePoints.extremes(region: region).filter { $0.z == 0 }
                .map { (Double($0.x) / 2 * sx, Double($0.y) / 2 * sy) })
        var (double, largest) = (0.0, 0.0)
        for index in hull.indices {
            let (a, b) = (hull[index], hull[(index + 1) % hull.count])
            double += a.0 * b.1 - a.1 * b.0
            for other in hull {
                largest = max(largest, (a.0 - other.0) * (a.0 - other.0) + (a.1 - other.1) * (a.1 - other.1))
            }
        }
        return [
            area, Double(region.morphologicalCount) * sx * sy, perimeter, ratio(perimeter, area),
            2 * (Double.pi * area).squareRoot() / perimeter, largest.squareRoot(), major, minor, ratio(minor, major),
            ratio(area, double / 2),
        ]
    }

    /// Squares of four pixels by their 16 patterns; two inside pixels on a diagonal are cut off each by itself.
    private func contour(_ sx: Double, _ sy: Double) -> (area: Double, perimeter: Double) {
        var counts = [Int](repeating: 0, count: 16)
        func pixel(_ x: Int, _ y: Int) -> Int {
            guard x >= 0, x < region.width, y >= 0, y < region.height else { return 0 }
            return Int(region.morphological[y * region.width + x])
        }
        for y in -1..<region.height {
            for x in -1..<region.width {
                counts[pixel(x, y) | pixel(x + 1, y) << 1 | pixel(x, y + 1) << 2 | pixel(x + 1, y + 1) << 3] += 1
            }
        }
        let corner = (sx * sx + sy * sy).squareRoot() / 2
        var (area, perimeter) = (0.0, 0.0)
        for (pattern, count) in counts.enumerated() {
            let number = Double(count)
            switch pattern {
            case 0: continue
            case 15: area += number
            case 1, 2, 4, 8:
                area += number / 8
                perimeter += number * corner
            case 7, 11, 13, 14:
                area += number * 7 / 8
                perimeter += number * corner
            case 3, 12:
                area += number / 2
                perimeter += number * sx
            case 5, 10:
                area += number / 2
                perimeter += number * sy
            default:
                area += number / 4
                perimeter += number * 2 * corner
            }
        }
        return (area * sx * sy, perimeter)
    }
}
