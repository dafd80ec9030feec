public import Imaging
import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#endif

/// A feature by PyRadiomics' name, such as `original_glcm_Contrast`.
public struct PyRadiomicsFeature: Hashable, Sendable, Codable {
    /// The name.
    public let name: String
    /// The value; NaN where the region does not define it.
    public let value: Double

    /// Creates a feature.
    public init(name: String, value: Double) {
        self.name = name
        self.value = value
    }
}

/// The `original` features of PyRadiomics 3 (van Griethuysen et al., Cancer Research 2017;77:e104) by its definitions:
/// bin edges at multiples of the width, kurtosis that is not excess, directions averaged, 107 features of a volume.
///
/// - Parameters:
///   - image: Intensities on their own grid.
///   - mask: The region; its shape is not changed by re-segmentation.
/// - Throws: `RadiomicsError`.
public func pyRadiomicsFeatures(
    image: Volume, mask: Mask, settings: PyRadiomicsSettings
) throws(RadiomicsError) -> [PyRadiomicsFeature] {
    let image = settings.normalize ? settings.normalised(image) : image
    var region = try Region(image: image, morphologicalMask: mask, intensityMask: nil)
    let rule = try settings.resegmentation(region.inside)
    try region.resegment(rule)
    return try features(region, of: image, rule: rule, settings, named: "original", withShape: true)
}

/// The features of an image that a filter made of another one: all but those of the shape.
///
/// - Parameters:
///   - response: The filtered image in the region's box.
///   - region: The region, from the intensities before the filter.
///   - name: PyRadiomics' name of the image type, such as `wavelet-LLH`, which begins the names of the features.
/// - Throws: `RadiomicsError`.
public func pyRadiomicsFeatures(
    response: Volume, region: PyRadiomicsRegion, settings: PyRadiomicsSettings, named name: String
) throws(RadiomicsError) -> [PyRadiomicsFeature] {
    let filtered = try region.region.with(response)
    return try features(filtered, of: response, rule: Resegmentation(), settings, named: name, withShape: false)
}

/// A region after re-segmentation, for the features of several filtered images.
public struct PyRadiomicsRegion: Sendable {
    /// Its voxels.
    public let mask: Mask
    /// The smallest box with all of them.
    public let box: GridBox
    /// The same, without what lies around.
    let region: Region

    /// The part of a mask whose intensities are in the settings' range.
    ///
    /// - Throws: `RadiomicsError`.
    public init(mask: Mask, image: Volume, settings: PyRadiomicsSettings) throws(RadiomicsError) {
        self.mask =
            try settings.resegmentRange == nil
            ? mask : pyRadiomicsResegmented(mask: mask, image: image, settings: settings)
        region = try Region(image: image, morphologicalMask: self.mask, intensityMask: nil)
        box = region.box
    }
}

/// The part of a region whose intensities are in the settings' range.
///
/// - Throws: `RadiomicsError`.
public func pyRadiomicsResegmented(
    mask: Mask, image: Volume, settings: PyRadiomicsSettings
) throws(RadiomicsError) -> Mask {
    let region = try Region(image: image, morphologicalMask: mask, intensityMask: nil)
    return try resegmented(mask, image: image, by: try settings.resegmentation(region.inside))
}

private func features(
    _ region: Region, of image: Volume, rule: Resegmentation, _ settings: PyRadiomicsSettings, named name: String,
    withShape: Bool
) throws(RadiomicsError) -> [PyRadiomicsFeature] {
    let planar = image.geometry.size.z == 1
    let aggregation = settings.aggregation(planar: planar)
    let extraction = ExtractionSettings(
        families: (withShape ? [.morphology, .planarShape] : []) + [
            .statistics, .intensityHistogram, .runLength, .sizeZone, .neighbourhoodDifference, .neighbouringDependence,
        ], aggregations: [aggregation],
        discretisation: settings.discretisation(lowest: Double(region.inside.min() ?? 0)),
        resegmentation: rule, spatialAutocorrelation: false)
    let computed = try RegionExtraction(image: image, region: region, settings: extraction, planar: planar)
    var values: [String: Double] = [:]
    for feature in try computed.features() {
        values[feature.definition.plainColumn] = feature.value
    }
    // One matrix for all of its features.
    let cooccurrence =
        CooccurrenceMatrix(grid: computed.grid)
        .values([aggregation.matrix], and: maximalCorrelation)[aggregation.matrix] ?? []
    for (feature, value) in zip(FeatureCatalogue.definitions(.cooccurrence, aggregation.matrix), cooccurrence) {
        values[feature.plainColumn] = value.isFinite ? value : .nan
    }
    func named(_ pairs: [(name: String, column: String)]) -> [(String, Double)] {
        pairs.map { ($0.name, values[$0.column] ?? .nan) }
    }
    if histogramIsFlat(values) {
        values["glcm_correlation"] = 1
        values["glcm_information_correlation_1"] = 0
    }
    var found: [(String, Double)] = []
    if withShape {
        if !planar { adaptShape(&values, region) }
        found += named(planar ? PyRadiomicsNames.planarShape : PyRadiomicsNames.shape)
        if !planar { found += PlaneDiameters(region: region).named }
    }
    found += named(PyRadiomicsNames.firstOrder) + energies(region, values, shift: settings.voxelArrayShift)
    found += named(PyRadiomicsNames.texture)
    found.append(("glcm_MCC", cooccurrence.last ?? .nan))
    return found.sorted { $0.0 < $1.0 }.map { PyRadiomicsFeature(name: "\(name)_\($0.0)", value: $0.1) }
}

/// Axes from variances with denominator n, and PyRadiomics' own surface.
private func adaptShape(_ values: inout [String: Double], _ region: Region) {
    let count = Double(region.morphologicalCount)
    for axis in ["major", "minor", "least"] {
        values["morphology_\(axis)_axis_length"]? *= ((count - 1) / count).squareRoot()
    }
    let mesh = PyRadiomicsSurface(region: region)
    values["morphology_volume_mesh"] = mesh.volume
    values["morphology_surface_area_mesh"] = mesh.area
    values["morphology_surface_to_volume_ratio"] = mesh.area / mesh.volume
    values["morphology_sphericity"] = cbrt(36 * Double.pi * mesh.volume * mesh.volume) / mesh.area
}

/// Whether all intensities have one grey level: PyRadiomics defines some features then that IBSI does not.
private func histogramIsFlat(_ values: [String: Double]) -> Bool { values["histogram_uniformity"] == 1 }

private func energies(_ region: Region, _ values: [String: Double], shift: Double) -> [(String, Double)] {
    let energy = region.inside.reduce(0) { $0 + (Double($1) + shift) * (Double($1) + shift) }
    let voxel = region.spacing.x * region.spacing.y * region.spacing.z
    let isConstant = values["statistics_variance"] == 0
    return [
        ("firstorder_Energy", energy), ("firstorder_TotalEnergy", energy * voxel),
        ("firstorder_RootMeanSquared", (energy / Double(region.inside.count)).squareRoot()),
        ("firstorder_Kurtosis", isConstant ? 0 : (values["statistics_excess_kurtosis"] ?? .nan) + 3),
    ]
}

/// Maximal correlation coefficient: the second largest singular value of the co-occurrence matrix, scaled by the roots of
/// its marginals (Haralick 1973, feature 14).
private func maximalCorrelation(_ table: [UInt32], side: Int) -> Double {
    var symmetric = [Double](repeating: 0, count: side * side)
    var marginal = [Double](repeating: 0, count: side)
    for i in 1..<side {
        for j in 1..<side {
            symmetric[i * side + j] = Double(table[i * side + j]) + Double(table[j * side + i])
            marginal[i] += symmetric[i * side + j]
        }
    }
    let present = (1..<side).filter { marginal[$0] > 0 }
    guard !present.isEmpty else { return .nan }
    guard present.count > 1 else { return 1 }
    var upper: [Double] = []
    for (position, i) in present.enumerated() {
        for j in present[position...] {
            upper.append(symmetric[i * side + j] / (marginal[i] * marginal[j]).squareRoot())
        }
    }
    guard let eigen = try? SymmetricEigen(SymmetricMatrix(order: present.count, upper: upper)) else { return .nan }
    return eigen.values.map(\.magnitude).sorted()[present.count - 2]
}

/// Largest distances of two surface points in a plane.
private struct PlaneDiameters {
    let named: [(String, Double)]

    init(region: Region) {
        let points = SurfacePoints.all(region: region)
        let sizes = [region.width, region.height, region.depth]
        let half = [region.spacing.x / 2, region.spacing.y / 2, region.spacing.z / 2]
        func coordinate(_ point: LatticePoint, _ axis: Int) -> Int {
            axis == 0 ? point.x : axis == 1 ? point.y : point.z
        }
        /// The diameter over all planes in which the coordinate along one axis is constant.
        func diameter(_ plane: Int, _ across: Int, _ along: Int) -> Double {
            // Of each line of points in a plane the first and the last are enough. Coordinates begin at -1.
            let lines = 2 * sizes[across] + 1
            var ends = [(low: Int, high: Int)](repeating: (.max, .min), count: (2 * sizes[plane] + 1) * lines)
            for point in points {
                let line = (coordinate(point, plane) + 1) * lines + coordinate(point, across) + 1
                let place = coordinate(point, along)
                ends[line] = (min(ends[line].low, place), max(ends[line].high, place))
            }
            var largest = 0.0
            for start in stride(from: 0, to: ends.count, by: lines) {
                let corners = (0..<lines).filter { ends[start + $0].low <= ends[start + $0].high }.flatMap { line in
                    [ends[start + line].low, ends[start + line].high].map { place in
                        (Double(line - 1) * half[across], Double(place) * half[along])
                    }
                }
                let hull = PlanarHull.corners(corners)
                for (index, a) in hull.enumerated() {
                    for b in hull[(index + 1)...] {
                        largest = max(largest, (a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1))
                    }
                }
            }
            return largest.squareRoot()
        }
        named = [
            ("shape_Maximum2DDiameterSlice", diameter(2, 1, 0)), ("shape_Maximum2DDiameterColumn", diameter(1, 2, 0)),
            ("shape_Maximum2DDiameterRow", diameter(0, 2, 1)),
        ]
    }
}
