import Imaging

/// Centre and variances of voxel centres of the morphological mask along their principal axes.
struct PrincipalAxes {
    /// Mean position in millimetres from the first voxel of the box.
    let centre: Vector3
    /// Eigenvalues of the covariance in square millimetres, descending, not negative; NaN for a single voxel.
    ///
    /// The IBSI reference values come from the sample covariance (number of voxels less one), PyRadiomics' shape2D from
    /// that of the population.
    let variances: [Double]

    /// `sample` divides by the number of voxels less one, otherwise by their number.
    init(region: Region, sample: Bool = true) {
        // Sums of coordinates are integers, so the order of voxels does not matter.
        var (n, sx, sy, sz) = (0, 0, 0, 0)
        var (xx, yy, zz, xy, xz, yz) = (0, 0, 0, 0, 0, 0)
        for z in 0..<region.depth {
            for y in 0..<region.height {
                let start = (z * region.height + y) * region.width
                var (rowCount, rowX, rowXX) = (0, 0, 0)
                for x in 0..<region.width {
                    let inside = Int(region.morphological[start + x])
                    rowCount += inside
                    rowX += inside * x
                    rowXX += inside * x * x
                }
                n += rowCount
                sx += rowX
                sy += rowCount * y
                sz += rowCount * z
                xx += rowXX
                xy += rowX * y
                xz += rowX * z
                yy += rowCount * y * y
                yz += rowCount * y * z
                zz += rowCount * z * z
            }
        }
        let count = Double(n)
        let spacing = region.spacing
        func covariance(_ product: Int, _ a: Int, _ b: Int) -> Double {
            (Double(product) - Double(a) * Double(b) / count) / (sample ? count - 1 : count)
        }
        centre = Vector3(
            Double(sx) / count * spacing.x, Double(sy) / count * spacing.y, Double(sz) / count * spacing.z)
        guard n > 1 else {
            variances = [.nan, .nan, .nan]
            return
        }
        variances = SymmetricMatrix3(
            xx: covariance(xx, sx, sx) * spacing.x * spacing.x, yy: covariance(yy, sy, sy) * spacing.y * spacing.y,
            zz: covariance(zz, sz, sz) * spacing.z * spacing.z, xy: covariance(xy, sx, sy) * spacing.x * spacing.y,
            xz: covariance(xz, sx, sz) * spacing.x * spacing.z, yz: covariance(yz, sy, sz) * spacing.y * spacing.z
        ).eigenvalues.map { $0 > 1e-9 ? $0 : 0 }
    }
}
