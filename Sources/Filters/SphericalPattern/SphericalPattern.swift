package import Imaging

/// An image that 3D local binary patterns give.
public enum SphericalPatternImage: Sendable, Hashable, Codable {
    /// The length of the pattern's part of a degree of spherical harmonics, from 0 (PyRadiomics: `lbp-3D-m1` is degree 0).
    case degree(Int)
    /// The excess kurtosis of the samples on the sphere (PyRadiomics: `lbp-3D-k`).
    case kurtosis
}

/// 3D local binary patterns (Banerjee et al., ACCV 2012 Workshops, doi 10.1007/978-3-642-37410-4_3), as PyRadiomics' LBP3D:
/// each voxel's surroundings are sampled on an icosphere by a cubic spline, 0 beyond the border; a sample is 1 where it
/// is not darker than the voxel.
package struct SphericalPattern: Sendable, Hashable {
    /// What samples become before they are compared: PyRadiomics keeps the type of the image.
    package enum Rounding: Sendable {
        /// Whole numbers, halves away from zero.
        case integers
        /// Single precision, so that equal voxels stay equal.
        case single
    }

    let radius: Double
    let subdivisions: Int

    /// Largest degree of harmonics.
    static let degrees = 10

    /// - Parameters:
    ///   - radius: Of the sphere, in voxels.
    ///   - subdivisions: Of the icosahedron's faces: 12, 42, 162 or 642 samples.
    /// - Throws: `FilterError.invalidParameter`.
    package init(radius: Double, subdivisions: Int) throws(FilterError) {
        guard radius > 0, radius <= Double(Limits.reach) else {
            throw .invalidParameter(name: "radius", remedy: "use a radius above 0 and up to \(Limits.reach) voxels")
        }
        guard (0...3).contains(subdivisions) else {
            throw .invalidParameter(name: "subdivision", remedy: "use 0 to 3")
        }
        self.radius = radius
        self.subdivisions = subdivisions
    }

    /// Images of the patterns.
    ///
    /// - Parameters:
    ///   - images: What is wanted.
    ///   - volume: Finite intensities.
    ///   - mask: Where it is wanted, on the grid of the volume; nil for everywhere.
    /// - Returns: The images in the order asked for: 0 outside of the mask, and NaN where the kurtosis is not defined because all
    ///   samples are equal.
    /// - Throws: `FilterError`.
    package func images(
        _ images: [SphericalPatternImage], of volume: Volume, within mask: Mask?, rounding: Rounding, threads: Int = 1
    ) throws(FilterError) -> [Volume] {
        var highest = -1
        for case .degree(let degree) in images {
            guard (0..<Self.degrees).contains(degree) else {
                throw .invalidParameter(name: "levels", remedy: "use 1 to \(Self.degrees)")
            }
            highest = max(highest, degree)
        }
        guard volume.geometry.size.z > 1 else { throw .needsVolume }
        let points = Icosphere(subdivisions: subdivisions, radius: radius).points
        let bands = SphericalBands(points, radius: radius, degrees: highest + 1)
        let sampler = SphereSampler(points, volume: volume)
        let size = volume.geometry.size
        let targets = images.map { _ in VoxelBuffer(size) }
        for target in targets { target.values.update(repeating: 0, count: size.count) }
        inParallel(size.y * size.z, threads: threads) { rows in
            var samples = [Double](repeating: 0, count: points.count)
            var ones: [Int] = []
            var part = samples
            for row in rows {
                for x in 0..<size.x {
                    let index = row * size.x + x
                    if let mask, mask.voxels[index] == 0 { continue }
                    sampler.sample(x, row % size.y, row / size.y, into: &samples)
                    ones.removeAll(keepingCapacity: true)
                    let centre = Double(volume.voxels[index])
                    for (point, sample) in samples.enumerated() {
                        let rounded =
                            rounding == .integers
                            ? sample.rounded(.toNearestOrAwayFromZero) : Double(Float(sample))
                        samples[point] = rounded
                        if rounded >= centre { ones.append(point) }
                    }
                    for (image, target) in zip(images, targets) {
                        switch image {
                        case .degree(let degree):
                            target.values[index] = Float(bands.length(degree, ones: ones, part: &part))
                        case .kurtosis: target.values[index] = Float(Self.kurtosis(samples))
                        }
                    }
                }
            }
        }
        return targets.map { Volume(geometry: volume.geometry, voxels: $0.array) }
    }

    /// Excess kurtosis with moments over n; NaN where the deviation is below what double precision tells from the mean.
    private static func kurtosis(_ samples: [Double]) -> Double {
        let count = Double(samples.count)
        let mean = samples.reduce(0, +) / count
        var (second, fourth) = (0.0, 0.0)
        for sample in samples {
            let square = (sample - mean) * (sample - mean)
            second += square
            fourth += square * square
        }
        (second, fourth) = (second / count, fourth / count)
        guard second > (1e-15 * mean) * (1e-15 * mean) else { return .nan }
        return fourth / (second * second) - 3
    }
}
