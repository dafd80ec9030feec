import Imaging

/// Distance between the centre of the morphological mask and the intensity-weighted centre of the intensity mask.
enum CentreOfMass {
    /// In millimetres; NaN when the intensities sum to zero (IBSI 3.2, KLMA).
    static func shift(region: Region, centre: Vector3) -> Double {
        var (sum, sumX, sumY, sumZ) = (0.0, 0.0, 0.0, 0.0)
        for z in 0..<region.depth {
            for y in 0..<region.height {
                let start = (z * region.height + y) * region.width
                var (row, rowX) = (0.0, 0.0)
                for x in 0..<region.width where region.intensity[start + x] != 0 {
                    let value = Double(region.values[start + x])
                    row += value
                    rowX += value * Double(x)
                }
                sum += row
                sumX += rowX
                sumY += row * Double(y)
                sumZ += row * Double(z)
            }
        }
        let spacing = region.spacing
        let (dx, dy, dz) = (
            ratio(sumX, sum) * spacing.x - centre.x, ratio(sumY, sum) * spacing.y - centre.y,
            ratio(sumZ, sum) * spacing.z - centre.z
        )
        return (dx * dx + dy * dy + dz * dz).squareRoot()
    }
}
