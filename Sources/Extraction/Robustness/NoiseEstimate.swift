package import Imaging

/// Standard deviation of the noise of an image (Chang, Yu and Vetterli 2000, eq. 9; as in MIRP and Zwanenburg et al. 2019):
/// median of the magnitudes of the diagonal detail (HH) of a stationary coiflet-1 transform of each slice, over 0.6745.
package enum NoiseEstimate {
    /// Coiflet-1 low-pass filter (Daubechies 1992, table 8.1), of norm 1.
    private static let lowPass = [
        -0.015655728135464540, -0.072732619512853897, 0.38486484686420286, 0.85257202021225542, 0.33789766245780922,
        -0.072732619512853897,
    ]

    /// Estimates the noise of some slices, where the filter lies within the slice. Where all voxels under the filter are equal
    /// there is no image (the frame of an ultrasound picture, air that a scanner sets to one value), and it does not count.
    ///
    /// - Returns: 0 for slices of one intensity.
    /// - Throws: `ImagingError.invalidParameter` for slices smaller than the filter.
    package static func standardDeviation(_ image: Volume, slices: ClosedRange<Int>) throws(ImagingError) -> Double {
        let taps = lowPass.count
        // The quadrature mirror filter, reversed: convolution as a sum of products.
        let highPass = lowPass.indices.map { ($0 % 2 == 0 ? 1 : -1) * lowPass[$0] }
        let size = image.geometry.size
        guard size.x >= taps, size.y >= taps else {
            throw .invalidParameter(
                field: "perturb", remedy: "noise needs slices of at least \(taps) x \(taps) voxels to be estimated")
        }
        let (width, height) = (size.x - taps + 1, size.y - taps + 1)
        var magnitudes: [Float] = []
        magnitudes.reserveCapacity(slices.count * width * height)
        var rows = [Double](repeating: 0, count: width * size.y)
        // The one intensity under the filter in a row, or NaN.
        var flat = [Float](repeating: .nan, count: width * size.y)
        for z in slices {
            for y in 0..<size.y {
                let start = (z * size.y + y) * size.x
                for x in 0..<width {
                    var sum = 0.0
                    var isFlat = true
                    let first = image.voxels[start + x]
                    for tap in 0..<taps {
                        let value = image.voxels[start + x + tap]
                        sum += highPass[tap] * Double(value)
                        if value != first { isFlat = false }
                    }
                    rows[y * width + x] = sum
                    flat[y * width + x] = isFlat ? first : .nan
                }
            }
            for y in 0..<height {
                for x in 0..<width {
                    let first = flat[y * width + x]
                    if (0..<taps).allSatisfy({ flat[(y + $0) * width + x] == first }) { continue }
                    var sum = 0.0
                    for tap in 0..<taps { sum += highPass[tap] * rows[(y + tap) * width + x] }
                    magnitudes.append(Float(abs(sum)))
                }
            }
        }
        guard !magnitudes.isEmpty else { return 0 }
        magnitudes.sort()
        let middle = magnitudes.count / 2
        let median =
            magnitudes.count % 2 == 1
            ? Double(magnitudes[middle]) : (Double(magnitudes[middle - 1]) + Double(magnitudes[middle])) / 2
        return median / 0.6744897501960817
    }
}
