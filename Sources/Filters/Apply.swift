public import Imaging

/// The response map of a filter on the grid of the image.
///
/// - Parameters:
///   - filter: What to compute.
///   - volume: Intensities; IBSI asks for a grid of equal spacings in 3D, and in the plane in 2D.
///   - dimensionality: Whether slices are filtered one by one; point-wise filters do not depend on it.
///   - boundary: How the image continues beyond its border.
///   - box: The part of the grid that is wanted, or nil for all of it. The values do not depend on it.
///   - threads: Threads to use. The values do not depend on it.
/// - Returns: The response, in the units of the filter, on the grid or its part.
/// - Throws: `FilterError` when a parameter has no meaning or the image does not suit the filter.
public func apply(
    _ filter: Filter, to volume: Volume, dimensionality: Dimensionality, boundary: Boundary, in box: GridBox? = nil,
    threads: Int = 1
) throws(FilterError) -> Volume {
    try apply(
        filter, to: FilterSource(volume), dimensionality: dimensionality, boundary: boundary, in: box,
        threads: threads)
}

/// The response map of a filter on the grid of an image that others may be made of, too.
///
/// - Parameters:
///   - filter: What to compute.
///   - source: Intensities; IBSI asks for a grid of equal spacings in 3D, and in the plane in 2D.
///   - dimensionality: Whether slices are filtered one by one; point-wise filters do not depend on it.
///   - boundary: How the image continues beyond its border.
///   - box: The part of the grid that is wanted, or nil for all of it. The values do not depend on it.
///   - threads: Threads to use. The values do not depend on it.
/// - Returns: The response, in the units of the filter, on the grid or its part.
/// - Throws: `FilterError` when a parameter has no meaning or the image does not suit the filter.
public func apply(
    _ filter: Filter, to source: FilterSource, dimensionality: Dimensionality, boundary: Boundary,
    in box: GridBox? = nil, threads: Int = 1
) throws(FilterError) -> Volume {
    let volume = source.volume
    guard dimensionality == .slices || volume.geometry.size.z > 1 else { throw .needsVolume }
    let whole = GridBox(volume.geometry)
    let (wanted, axes) = (box ?? whole, dimensionality.axes)
    func request(_ geometry: Geometry, _ box: GridBox) -> Request {
        Request(geometry: geometry, box: box, axes: axes, boundary: boundary, threads: max(1, threads))
    }
    switch filter {
    case .separableWavelet where wanted != whole:
        // A kernel of finite length needs no more than its reach around the box.
        let near = try filter.reach(around: wanted, on: volume.geometry, dimensionality: dimensionality)
        let part = near == whole ? volume : volume.cropped(to: near)
        let response = try request(part.geometry, GridBox(part.geometry)).respond(filter, to: part)
        return Volume(geometry: part.geometry, voxels: response.array).cropped(to: wanted.relative(to: near))
    default:
        let response = try request(volume.geometry, wanted).respond(filter, to: volume)
        guard response.size == volume.geometry.size else {
            return Volume(geometry: volume.geometry.cropped(to: wanted), voxels: response.array)
        }
        let map = Volume(geometry: volume.geometry, voxels: response.array)
        return wanted == whole ? map : map.cropped(to: wanted)
    }
}

/// Everything of a call but the filter and the intensities.
private struct Request {
    let geometry: Geometry
    /// What a filter may answer for alone, if it can.
    let box: GridBox
    let axes: Int
    let boundary: Boundary
    let threads: Int

    private var pass: LinePass { LinePass(boundary: boundary, threads: threads) }

    func respond(_ filter: Filter, to volume: Volume) throws(FilterError) -> VoxelBuffer {
        // Not where a filter reads the volume itself.
        func image() -> VoxelBuffer { VoxelBuffer(volume) }
        switch filter {
        case .mean(let support):
            return try mean(support: support, of: image())
        case .laplacianOfGaussian(let sigma, let truncation):
            let filter = try LaplacianOfGaussian(
                sigmaMM: sigma, truncation: truncation, spacing: try spacing(), axes: axes)
            return filter.respond(to: image(), pass: pass)
        case .recursiveLaplacianOfGaussian(let sigma):
            let filter = try RecursiveLaplacian(
                sigmaMM: sigma, spacing: try spacing(), size: geometry.size, axes: axes)
            return volume.voxels.withUnsafeBufferPointer { voxels in
                // Not empty: the filter needs some voxels along each axis.
                voxels.baseAddress.map {
                    filter.respond(to: $0, of: geometry.size, in: box, threads: threads)
                } ?? image()
            }
        case .laws(let kernels, let rotation, let energyDistance):
            let filter = SeparableFilter(axes: try LawsKernel.kernels(kernels, axes: axes).map { [$0] })
            if let energyDistance, !(0...Limits.reach).contains(energyDistance) {
                throw .invalidParameter(name: "energyDistance", remedy: "use a distance from 0 voxels")
            }
            let response = filter.respond(to: image(), pooling: rotation, pass: pass)
            guard let energyDistance else { return response }
            response.map(threads: threads) { $0.magnitude }
            return try mean(support: 2 * energyDistance + 1, of: response)
        case .gabor(let sigma, let lambda, let gamma, let orientation, let orthogonalPlanes):
            let kernel = try GaborKernel(sigmaMM: sigma, lambdaMM: lambda, gamma: gamma, orientation: orientation)
            return try gabor(kernel, orthogonalPlanes: orthogonalPlanes, of: image())
        case .separableWavelet(let family, let subband, let level, let rotation):
            let filter = try family.filter(subband: subband, level: level, axes: axes)
            return filter.respond(to: image(), pooling: rotation, pass: pass)
        case .simoncelliWavelet(let level):
            guard boundary == .periodic else { throw .boundaryNotPeriodic(boundary) }
            let wavelet = try SimoncelliWavelet(level: level, size: geometry.size, axes: axes)
            return wavelet.respond(to: image(), threads: threads)
        case .gradient(let useSpacing):
            let spacing = useSpacing ? try spacing() : Vector3(1, 1, 1)
            return GradientMagnitude(spacing: spacing, axes: axes).respond(to: image(), pass: pass)
        case .square: return pointwise(.square, of: image())
        case .squareRoot: return pointwise(.squareRoot, of: image())
        case .logarithm: return pointwise(.logarithm, of: image())
        case .exponential: return pointwise(.exponential, of: image())
        case .localBinaryPattern(let radius, let samples, let method):
            guard axes == 2 else {
                throw .invalidParameter(name: "dimensionality", remedy: "local binary patterns go by slices")
            }
            let filter = try LocalBinaryPattern(radius: radius, samples: samples, method: method)
            return filter.respond(to: image(), threads: threads)
        case .sphericalBinaryPattern(let radius, let subdivisions, let wanted):
            guard axes == 3 else {
                throw .invalidParameter(name: "dimensionality", remedy: "patterns on spheres go by volume")
            }
            let pattern = try SphericalPattern(radius: radius, subdivisions: subdivisions)
            let response = VoxelBuffer(
                try pattern.images([wanted], of: volume, within: nil, rounding: .single, threads: threads)[0])
            response.map(threads: threads) { $0.isNaN ? 0 : $0 }
            return response
        }
    }

    private func spacing() throws(FilterError) -> Vector3 {
        guard geometry.spacingKnown else { throw .spacingUnknown }
        for axis in 0..<3 {
            let step = geometry.spacing.along(axis)
            guard step > 0, step.isFinite else { throw .invalidSpacing }
        }
        return geometry.spacing
    }

    private func mean(support: Int, of image: VoxelBuffer) throws(FilterError) -> VoxelBuffer {
        guard support > 0, support % 2 == 1, support <= 2 * Limits.reach + 1 else { throw .invalidSupport(support) }
        // Sums of whole numbers are exact, and one division follows: maps of a small range keep their digits.
        let filter = SeparableFilter(axes: (0..<axes).map { _ in [.sum(support: support)] })
        let response = filter.respond(to: image, pooling: nil, pass: pass)
        let voxels = (0..<axes).reduce(1.0) { product, _ in product * Double(support) }
        response.map(threads: threads) { Float(Double($0) / voxels) }
        return response
    }

    private func gabor(
        _ kernel: GaborKernel, orthogonalPlanes: Bool, of image: VoxelBuffer
    ) throws(FilterError) -> VoxelBuffer {
        _ = try spacing()
        guard !orthogonalPlanes || axes == 3 else {
            throw .invalidParameter(name: "orthogonalPlanes", remedy: "filter the volume, or the plane xy alone")
        }
        let planes = orthogonalPlanes ? [(0, 1, 2), (0, 2, 1), (1, 2, 0)] : [(0, 1, 2)]
        let response = VoxelBuffer(image.size)
        response.values.update(repeating: 0, count: image.size.count)
        for axes in planes {
            let filter = try GaborPlanes(kernel, axes: axes, geometry: geometry, boundary: boundary)
            filter.add(1 / Float(planes.count), from: image, to: response, threads: threads)
        }
        return response
    }

    private func pointwise(_ transform: PointwiseTransform, of image: VoxelBuffer) -> VoxelBuffer {
        transform.apply(to: image, threads: threads)
        return image
    }
}
