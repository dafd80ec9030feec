import Filters
public import Imaging
public import Radiomics

/// From an image and a mask to features as PyRadiomics 3 goes (`featureextractor.execute`): normalisation of the whole
/// image, resampling, shape, re-segmentation, filters, features of every image.
public struct PyRadiomicsChain: Sendable {
    private let parameters: PyRadiomicsParameters
    private let image: Volume
    private let holdsIntegers: Bool

    /// Prepares what all regions share.
    ///
    /// - Parameters:
    ///   - image: the whole image.
    ///   - holdsIntegers: whether it was stored as whole numbers, which PyRadiomics keeps when it resamples.
    public init(image: Volume, holdsIntegers: Bool, parameters: PyRadiomicsParameters) {
        self.parameters = parameters
        self.image = parameters.settings.normalize ? parameters.settings.normalised(image) : image
        self.holdsIntegers = holdsIntegers && !parameters.settings.normalize
    }

    /// The features of a region of the image's own grid.
    ///
    /// - Throws: `ImagingError`, `FilterError` or `RadiomicsError`.
    public func features(of mask: Mask) throws -> [PyRadiomicsFeature] {
        let (image, mask) = try prepared(mask)
        let plain = parameters.settings.with(binWidth: nil, binCount: nil)
        let counted = try PyRadiomicsRegion(mask: mask, image: image, settings: plain)
        var found: [PyRadiomicsFeature] = []
        // The shape is always that of the original.
        let original = try pyRadiomicsFeatures(image: image, mask: mask, settings: plain)
        if !parameters.imageTypes.contains(where: { $0.filter == nil }) {
            found += original.filter { $0.name.hasPrefix("original_shape") }
        }
        let patterns = try sphericalPatterns(image, within: counted.mask)
        var sources = FilterSources(image: image)
        for type in parameters.imageTypes {
            let settings = plain.with(binWidth: type.binWidth, binCount: type.binCount)
            guard let filter = type.filter else {
                found +=
                    settings == plain ? original : try pyRadiomicsFeatures(image: image, mask: mask, settings: settings)
                continue
            }
            let response =
                try patterns[type.name]?.cropped(to: counted.box)
                ?? response(
                    filter, of: &sources, in: counted.box, approximations: type.approximations ?? 0)
            guard response.voxels.allSatisfy(\.isFinite) else {
                // Kurtosis where all samples of a voxel are equal: no feature of the image is defined.
                found += original.filter { !$0.name.hasPrefix("original_shape") }.map {
                    PyRadiomicsFeature(name: type.name + $0.name.dropFirst("original".count), value: .nan)
                }
                continue
            }
            found += try pyRadiomicsFeatures(
                response: response, region: counted, settings: settings, named: type.name)
        }
        return found
    }

    /// The images of LBP3D by their names: made together, and for the voxels of the region alone.
    private func sphericalPatterns(_ image: Volume, within mask: Mask) throws(FilterError) -> [String: Volume] {
        var found: [String: Volume] = [:]
        let types = parameters.imageTypes.filter(\.isSpherical)
        guard case .sphericalBinaryPattern(let radius, let subdivisions, _) = types.first?.filter else { return found }
        let wanted = types.compactMap { type -> SphericalPatternImage? in
            if case .sphericalBinaryPattern(_, _, let image) = type.filter { image } else { nil }
        }
        let images = try SphericalPattern(radius: radius, subdivisions: subdivisions)
            .images(wanted, of: image, within: mask, rounding: holdsIntegers ? .integers : .single)
        for (type, image) in zip(types, images) { found[type.name] = image }
        return found
    }

    /// Image and mask on the grid of the features.
    private func prepared(_ mask: Mask) throws(ImagingError) -> (Volume, Mask) {
        guard let box = mask.boundingBox else { throw .emptyMask(label: nil, present: []) }
        if let grid = try parameters.grid(image.geometry, around: box) {
            return (
                grid.sample(image, interpolation: parameters.interpolator, whole: holdsIntegers), try grid.sample(mask)
            )
        }
        if parameters.resampledPixelSpacing == nil, !parameters.preCrop { return (image, mask) }
        let padded = box.grown(byVoxels: parameters.padDistance, in: image.geometry)
        return (image.cropped(to: padded), mask.cropped(to: padded))
    }

    /// The response of a filter in a box of the image; wavelets take it with even sizes.
    private func response(
        _ filter: Filter, of sources: inout FilterSources, in box: GridBox, approximations: Int
    ) throws(FilterError) -> Volume {
        let source = try sources.whole()
        let isPlanar = source.volume.geometry.size.z == 1
        guard case .separableWavelet(let family, let subband, _, _) = filter else {
            let flat = if case .localBinaryPattern = filter { true } else { isPlanar }
            return try apply(
                filter, to: source, dimensionality: flat ? .slices : .volume, boundary: .nearest, in: box)
        }
        let dimensionality = isPlanar || parameters.settings.force2D ? Dimensionality.slices : .volume
        // A low pass before it looks further.
        let near =
            try approximations > 0
            ? GridBox(source.evenGrid) : filter.reach(around: box, on: source.evenGrid, dimensionality: dimensionality)
        var even = try sources.even(in: near)
        let low = Filter.separableWavelet(family: family, subband: String(repeating: "L", count: subband.count))
        for _ in 0..<approximations {
            even = try FilterSource(apply(low, to: even, dimensionality: dimensionality, boundary: .periodic))
        }
        return try apply(
            filter, to: even, dimensionality: dimensionality, boundary: .periodic, in: box.relative(to: near))
    }
}

extension PyRadiomicsParameters {
    /// The grid around a region, or nil if nothing has to be resampled.
    func grid(_ old: Geometry, around box: GridBox) throws(ImagingError) -> CornerGrid? {
        guard let words = resampledPixelSpacing else { return nil }
        let spacing = Vector3(words[0], words[1], words[2])
        guard !CornerGrid.keeps(old, around: box, spacing: spacing) else { return nil }
        return try CornerGrid(old, around: box, spacing: spacing, padding: padDistance)
    }
}

/// What the filters of an image take, each made once.
private struct FilterSources {
    private let image: Volume
    private var checked: FilterSource?
    private var part: (box: GridBox, source: FilterSource)?

    init(image: Volume) { self.image = image }

    /// The image.
    mutating func whole() throws(FilterError) -> FilterSource {
        if let checked { return checked }
        let source = try FilterSource(image)
        checked = source
        return source
    }

    /// A part of the image with even sizes, which all bands of a wavelet look at.
    mutating func even(in box: GridBox) throws(FilterError) -> FilterSource {
        if let part, part.box == box { return part.source }
        let source = try whole().even(in: box)
        part = (box, source)
        return source
    }
}
