import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The Laplacian of a Gaussian as a sum of separable filters: the second derivative along each axis in turn.
struct LaplacianOfGaussian {
    /// For each axis the Gaussian and its second derivative.
    private let axes: [(smooth: LineKernel, curved: LineKernel)]

    init(sigmaMM: Double, truncation: Double, spacing: Vector3, axes: Int) throws(FilterError) {
        guard sigmaMM > 0, sigmaMM.isFinite else {
            throw .invalidParameter(name: "sigmaMM", remedy: "use a width above 0 mm")
        }
        guard truncation > 0, truncation.isFinite else {
            throw .invalidParameter(name: "truncation", remedy: "use a number of standard deviations above 0, as 4")
        }
        var kernels: [(LineKernel, LineKernel)] = []
        for axis in 0..<axes {
            let sigma = sigmaMM / spacing.along(axis)
            guard truncation * sigma < Double(Limits.reach) else {
                throw .invalidParameter(name: "sigmaMM", remedy: "use a width of fewer than \(Limits.reach) voxels")
            }
            let radius = Int(truncation * sigma + 0.5)
            let weights = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
            let total = weights.reduce(0, +)
            let curved = zip(-radius...radius, weights).map { place, weight in
                (Double(place * place) / (sigma * sigma) - 1) / (sigma * sigma) * weight / total
            }
            // Derivatives along all axes per squared spacing of the first.
            let scale = spacing.x / spacing.along(axis)
            kernels.append(
                (
                    LineKernel(convolution: weights.map { $0 / total }),
                    LineKernel(convolution: curved).scaled(scale * scale)
                ))
        }
        self.axes = kernels
    }

    func respond(to image: VoxelBuffer, pass: LinePass) -> VoxelBuffer {
        // Along x, then y, then z: what has been smoothed only, and what has been differentiated along one axis.
        var (smooth, curved) = (VoxelBuffer(image.size), VoxelBuffer(image.size))
        pass.run(axes[0].smooth, axis: 0, from: image, to: smooth)
        pass.run(axes[0].curved, axis: 0, from: image, to: curved)
        var spare = VoxelBuffer(image.size)
        for axis in 1..<axes.count {
            pass.run(axes[axis].smooth, axis: axis, from: curved, to: spare)
            pass.run(axes[axis].curved, axis: axis, from: smooth, to: spare, adding: true)
            if axis < axes.count - 1 {
                pass.run(axes[axis].smooth, axis: axis, from: smooth, to: curved)
                (smooth, curved, spare) = (curved, spare, smooth)
            }
        }
        return spare
    }
}
