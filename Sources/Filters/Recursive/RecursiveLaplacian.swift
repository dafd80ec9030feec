import Imaging

/// The Laplacian of a Gaussian by recursive filters, times the squared width, which makes scales comparable: what
/// PyRadiomics takes from ITK's `LaplacianRecursiveGaussianImageFilter`.
struct RecursiveLaplacian {
    /// Standard deviation in millimetres.
    private let sigmaMM: Double
    /// For each axis the Gaussian and its second derivative, in voxels.
    private let axes: [(smooth: RecursiveGaussian, curved: RecursiveGaussian)]
    /// Squared width over squared spacing.
    private let scales: [Float]

    init(sigmaMM: Double, spacing: Vector3, size: GridSize, axes: Int) throws(FilterError) {
        guard sigmaMM > 0, sigmaMM.isFinite else {
            throw .invalidParameter(name: "sigmaMM", remedy: "use a width above 0 mm")
        }
        self.sigmaMM = sigmaMM
        var filters: [(RecursiveGaussian, RecursiveGaussian)] = []
        var scales: [Float] = []
        for axis in 0..<axes {
            let sigma = sigmaMM / spacing.along(axis)
            let needed = max(4, Int(min(sigma.rounded(.up), Double(Limits.reach))) + 1)
            guard size.along(axis) >= needed else {
                throw .imageTooSmall(axis: axis, voxels: size.along(axis), needed: needed)
            }
            filters.append(
                (
                    RecursiveGaussian(sigma: sigma, secondDerivative: false),
                    RecursiveGaussian(sigma: sigma, secondDerivative: true)
                ))
            scales.append(Float(sigma * sigma))
        }
        self.axes = filters
        self.scales = scales
    }

    /// The response in a box of the image.
    ///
    /// For each axis the second derivative along it comes first, then the Gaussian along the others; between them is only
    /// what the box needs, plane by plane, so that it stays in the processor's cache.
    func respond(to image: UnsafePointer<Float>, of size: GridSize, in box: GridBox, threads: Int) -> VoxelBuffer {
        let total = VoxelBuffer(box.size)
        total.values.update(repeating: 0, count: box.size.count)
        let kept = (
            x: box.lower.x..<box.upper.x + 1, y: box.lower.y..<box.upper.y + 1, z: box.lower.z..<box.upper.z + 1
        )
        let pass = RecursivePass(image: image, size: size, kept: kept, threads: threads)
        if axes.count == 2 {
            pass.addSlices(axes[0].curved, axes[1].smooth, xFirst: true, times: scales[0], to: total)
            pass.addSlices(axes[0].smooth, axes[1].curved, xFirst: false, times: scales[1], to: total)
        } else {
            pass.addVolume(
                axes[0].curved, axes[1].smooth, axes[2].smooth, xFirst: true, times: scales[0], to: total)
            pass.addVolume(
                axes[0].smooth, axes[1].curved, axes[2].smooth, xFirst: false, times: scales[1], to: total)
            pass.addVolumeFromZ(axes[0].smooth, axes[1].smooth, axes[2].curved, times: scales[2], to: total)
        }
        return total
    }
}
