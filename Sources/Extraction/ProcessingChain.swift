import Filters
public import Imaging
public import Radiomics

/// The features of one region with how image and masks looked on the way.
public struct RegionFeatures: Sendable, Equatable {
    /// The region.
    public let region: RegionRequest
    /// Features and warnings.
    public let result: ExtractionResult
    /// IBSI's diagnostics of all steps; empty if they were not asked for.
    public let diagnostics: [Diagnostic]
}

/// From an image and the mask of a tumour to the features of its regions, step by step as in IBSI 2: region on the
/// image's own grid, interpolation, rounding, re-segmentation, discretisation, features.
public struct ProcessingChain: Sendable {
    let settings: ProcessingSettings
    /// Image and masks as they were read, cropped to what the regions need where that changes no value.
    let image: Volume
    /// What regions are drawn from.
    package let masks: RegionMasks
    /// The grid of the image before it was cropped.
    private let whole: Geometry
    private let interpolated: Volume
    /// Voxels of the whole grid after interpolation.
    private let interpolatedSize: GridSize
    /// The response of the filter on the grid after interpolation, or nil without a filter.
    public let response: Volume?
    private let imageDiagnostics: [Diagnostic]?

    /// Widest neighbourhood that a feature looks at beyond its region, in millimetres: the sphere of 1 cm^3 of local
    /// intensity has a radius of 6.2.
    private static let marginMM = 7.0

    /// Prepares what all regions share.
    ///
    /// - Parameters:
    ///   - image: intensities.
    ///   - tumour: the region as it was drawn, on the image's grid.
    ///   - organ: what rings must lie in, on the image's grid, or nil.
    ///   - fan: the image of an ultrasound picture, in which rings must lie as well, or nil.
    ///   - excluded: what rings must not touch, on the image's grid, or nil.
    ///   - second: an image of another phase on the same grid, for habitats by enhancement, or nil.
    ///   - regions: the regions that will be asked for; rings share one field of distances.
    ///   - wantsDiagnostics: whether the whole image is described at every step; features are the same without.
    ///   - crops: whether only the part that the regions need is kept, as far as that changes no value; otherwise masks and
    ///     maps are of the whole image.
    /// - Throws: `ImagingError`: other grids, an empty mask, an unknown spacing where millimetres are needed; or
    ///   `FilterError`.
    public init(
        image: Volume, tumour: Mask, organ: Mask? = nil, fan: Mask? = nil, excluded: Mask? = nil, second: Volume? = nil,
        regions: [RegionRequest],
        settings: ProcessingSettings, wantsDiagnostics: Bool = true, crops: Bool = true
    ) throws {
        try tumour.check(against: image)
        try organ?.check(against: image)
        try excluded?.check(against: image)
        self.settings = settings
        whole = image.geometry
        // Of the whole image, before it is cropped.
        let image = try settings.normalised(image, organ: organ)
        // The same grid to within the tolerance: from here on it is the image's own, to the last bit.
        var region = Mask(geometry: image.geometry, voxels: tumour.voxels)
        var organ = Mask.intersection([organ, fan].compactMap { $0 }).map {
            Mask(geometry: image.geometry, voxels: $0.voxels)
        }
        var excluded = excluded.map { Mask(geometry: image.geometry, voxels: $0.voxels) }
        var part = image
        var second = second
        let reach = regions.compactMap(\.reachMM).max()
        // A spline and a filter look at the whole image, and the interpolated one is described as a whole.
        if crops, settings.filter == nil,
            settings.spacingMM == nil || (settings.interpolation != .cubicSpline && !wantsDiagnostics),
            let box = region.boundingBox
        {
            let widest = (settings.spacingMM ?? []).max() ?? 0
            let needed = box.grown(byMM: (reach ?? 0) + Self.marginMM + 2 * widest, in: image.geometry)
            part = image.cropped(to: needed)
            second = second?.cropped(to: needed)
            region = region.cropped(to: needed)
            organ = organ?.cropped(to: needed)
            excluded = excluded?.cropped(to: needed)
        }
        // IBSI rounds what it reads, too: files hold Hounsfield units as floats.
        let start = settings.rounding ? part.rounded : part
        self.image = start
        let grid: Volume
        if let spacing = settings.spacingMM {
            guard spacing.count == 3 else {
                throw ImagingError.invalidParameter(field: "spacing-mm", remedy: "give three numbers: x, y and z")
            }
            let resampled = try start.resampled(
                to: Vector3(spacing[0], spacing[1], spacing[2]), interpolation: settings.interpolation,
                planar: settings.planar, as: whole)
            grid = settings.rounding ? resampled.rounded : resampled
        } else {
            grid = start
        }
        interpolated = grid
        response = try settings.filter.map { step in
            try apply(
                step.filter, to: grid, dimensionality: step.dimensionality, boundary: step.boundary)
        }
        interpolatedSize = settings.spacingMM == nil ? whole.size : grid.geometry.size
        imageDiagnostics =
            wantsDiagnostics
            ? ImageSummary(image, rounding: settings.rounding).diagnostics(
                then: settings.spacingMM.map { _ in ImageSummary(grid, rounding: false) })
            : nil
        let field = try reach.map { reach in
            try RingField(
                around: region, reachMM: reach, definition: settings.ringDefinition, planar: settings.planar)
        }
        masks = RegionMasks(
            image: start, second: second, tumour: region, organ: organ, excluded: excluded, field: field)
    }

    /// The features of a region.
    ///
    /// - Throws: `ImagingError`, `HabitatError` or `RadiomicsError`, with the remedy.
    public func features(of region: RegionRequest) throws -> RegionFeatures {
        let native = try masks.mask(of: region)
        let mask = try onGrid(native)
        let result = try settings.extraction(of: mask, image: interpolated, response: response)
        var diagnostics: [Diagnostic] = []
        if let imageDiagnostics {
            // Nothing between the image as it was read and the features: the summaries are the same.
            let isUnchanged =
                settings.spacingMM == nil && settings.filter == nil
                && settings.features.resegmentation == Resegmentation()
            let initial = isUnchanged ? result.resegmented : try MaskSummary(image: image, mask: native)
            let left = settings.spacingMM == nil ? initial : try MaskSummary(image: interpolated, mask: mask)
            diagnostics =
                imageDiagnostics + Diagnostic.region(initial, on: whole.size, .initial)
                + Diagnostic.region(left, on: interpolatedSize, .interpolated)
                + Diagnostic.region(result.resegmented, on: interpolatedSize, .resegmented)
        }
        return RegionFeatures(region: region, result: result, diagnostics: diagnostics)
    }

    /// A mask of the image's own grid on the grid of the features.
    private func onGrid(_ mask: Mask) throws(ImagingError) -> Mask {
        guard let spacing = settings.spacingMM else { return mask }
        return try mask.resampled(
            to: Vector3(spacing[0], spacing[1], spacing[2]), planar: settings.planar, as: whole)
    }

    /// A feature of the neighbourhood of each voxel of a region, on the grid of the features; NaN elsewhere.
    ///
    /// - Parameter threads: How many threads share the slices; no value depends on it.
    /// - Throws: `ImagingError` or `RadiomicsError`, with the remedy.
    func map(_ map: FeatureMap, of region: RegionRequest, threads: Int) throws -> Volume {
        let mask = try onGrid(try masks.mask(of: region))
        let left = try resegmented(mask, image: interpolated, by: settings.features.resegmentation)
        return try map.values(image: response ?? interpolated, mask: left, threads: threads)
    }
}

extension ProcessingSettings {
    /// The features of a mask on the grid after interpolation.
    ///
    /// - Parameter response: The filter's response, or nil without a filter.
    /// - Throws: `RadiomicsError`.
    func extraction(of mask: Mask, image: Volume, response: Volume?) throws(RadiomicsError) -> ExtractionResult {
        guard let response else { return try extract(image: image, morphologicalMask: mask, settings: features) }
        // The voxels that count are chosen by the intensities before the filter.
        let left = try resegmented(mask, image: image, by: features.resegmentation)
        return try extract(
            image: response, morphologicalMask: mask, intensityMask: left, settings: features.withoutResegmentation)
    }
}

extension Volume {
    /// The volume with whole intensities (Hounsfield units).
    var rounded: Volume { Volume(geometry: geometry, voxels: voxels.map { $0.rounded(.toNearestOrEven) }) }
}
