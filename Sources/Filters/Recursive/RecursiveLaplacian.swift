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

    func respond(to image: VoxelBuffer, threads: Int) -> VoxelBuffer {
        let total = VoxelBuffer(image.size)
        let part = VoxelBuffer(image.size)
        for voxel in 0..<image.size.count { total.values[voxel] = 0 }
        for curved in axes.indices {
            Self.run(axes[curved].curved, axis: curved, from: image, to: part, threads: threads)
            for axis in axes.indices where axis != curved {
                Self.run(axes[axis].smooth, axis: axis, from: part, to: part, threads: threads)
            }
            for voxel in 0..<image.size.count { total.values[voxel] += part.values[voxel] * scales[curved] }
        }
        return total
    }

    /// Filters every line along an axis; source and target may be the same.
    private static func run(
        _ filter: RecursiveGaussian, axis: Int, from source: VoxelBuffer, to target: VoxelBuffer, threads: Int
    ) {
        let (count, size) = (source.size.along(axis), source.size)
        let step = axis == 0 ? 1 : axis == 1 ? size.x : size.x * size.y
        inParallel(size.count / count, threads: threads) { lines in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { memory in
                guard let line = memory.baseAddress else { return }
                let response = line + count
                for index in lines {
                    let start = index / step * step * count + index % step
                    for place in 0..<count { line[place] = Double(source.values[start + place * step]) }
                    filter.apply(line, count: count, to: response)
                    for place in 0..<count { target.values[start + place * step] = Float(response[place]) }
                }
            }
        }
    }
}
