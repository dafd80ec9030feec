import Dispatch
public import Imaging
import Synchronization

/// One feature of the neighbourhood of every voxel of a region (a feature map).
///
/// The region is discretised once, as for its own features; the neighbourhood of a voxel is what of the region lies
/// within `radius` voxels along each axis, and its value is that of the feature for a region of those voxels with those
/// grey levels. Memory is that of the result and of one neighbourhood for each thread.
public struct FeatureMap: Sendable {
    /// The feature.
    public let definition: FeatureDefinition
    /// Voxels on each side of the centre.
    public let radius: Int
    /// Whether neighbourhoods stay within a slice.
    public let planar: Bool
    private let settings: ExtractionSettings

    /// Largest radius: above it a neighbourhood is a region of its own.
    public static let radiusLimit = 32
    private static let families: [FeatureFamily] = [
        .statistics, .intensityHistogram, .cooccurrence, .runLength, .sizeZone, .distanceZone,
        .neighbourhoodDifference, .neighbouringDependence,
    ]

    /// Chooses a feature by its column, such as `glcm_joint_entropy_3d_merged`.
    ///
    /// - Parameters:
    ///   - column: `FeatureDefinition.column` of a feature of intensities or texture.
    ///   - radius: Voxels on each side of the centre, 1 to `radiusLimit`.
    ///   - planar: Whether neighbourhoods stay within a slice.
    ///   - settings: How the region is discretised.
    /// - Throws: `RadiomicsError.invalidSetting` for another column or radius.
    public init(
        column: String, radius: Int, planar: Bool, settings: ExtractionSettings
    ) throws(RadiomicsError) {
        guard let definition = FeatureCatalogue.all.first(where: { $0.column == column }),
            Self.families.contains(definition.family)
        else {
            throw .invalidSetting(
                field: "feature-map",
                remedy: "'\(column)' is no column of intensity or texture; `concord-agent features` lists them")
        }
        guard (1...Self.radiusLimit).contains(radius) else {
            throw .invalidSetting(field: "radius", remedy: "use 1 to \(Self.radiusLimit) voxels")
        }
        self.definition = definition
        self.radius = radius
        self.planar = planar
        self.settings = ExtractionSettings(
            families: [definition.family],
            aggregations: TextureAggregation.allCases.filter {
                [$0.matrix, $0.zone].contains(definition.aggregation)
            },
            discretisation: settings.discretisation, resegmentation: settings.resegmentation,
            intensityVolumeHistogram: settings.intensityVolumeHistogram,
            dependenceCoarseness: settings.dependenceCoarseness)
    }

    /// The map on the grid of the image; NaN outside the mask and where the neighbourhood does not define the feature.
    ///
    /// - Parameters:
    ///   - image: Intensities.
    ///   - mask: Voxels to describe, on the image's grid; neighbourhoods do not reach beyond it.
    ///   - threads: How many threads share the slices; no value depends on it.
    /// - Throws: `RadiomicsError`.
    public func values(image: Volume, mask: Mask, threads: Int = 1) throws(RadiomicsError) -> Volume {
        let region = try Region(image: image, morphologicalMask: mask, intensityMask: nil)
        let discretised = try region.levels(settings)
        var levels = [UInt16](repeating: 0, count: region.values.count)
        var next = 0
        for index in levels.indices where region.intensity[index] != 0 {
            levels[index] = discretised.levels[next]
            next += 1
        }
        let source = Source(image: image, region: region, levels: levels, levelCount: discretised.count)
        let parts = max(1, min(threads, region.depth))
        let slices = Mutex([Result<[Float], RadiomicsError>?](repeating: nil, count: region.depth))
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            for z in stride(from: part, to: region.depth, by: parts) {
                let slice = Result { () throws(RadiomicsError) in try values(source, slice: z) }
                slices.withLock { $0[z] = slice }
            }
        }
        let size = image.geometry.size
        var result = Volume(geometry: image.geometry, voxels: [Float](repeating: .nan, count: size.count))
        for (z, slice) in slices.withLock({ $0 }).enumerated() {
            guard let values = try slice?.get() else { continue }
            for y in 0..<region.height {
                let row = ((z + region.first.z) * size.y + y + region.first.y) * size.x + region.first.x
                for x in 0..<region.width { result.voxels[row + x] = values[y * region.width + x] }
            }
        }
        return result
    }

    /// The region with the grey level of each voxel of its box, 0 outside.
    private struct Source: Sendable {
        let image: Volume
        let region: Region
        let levels: [UInt16]
        let levelCount: Int
    }

    private func values(_ source: Source, slice z: Int) throws(RadiomicsError) -> [Float] {
        let region = source.region
        func around(_ centre: Int, _ count: Int) -> Range<Int> {
            max(0, centre - radius)..<min(count, centre + radius + 1)
        }
        let slices = planar ? z..<z + 1 : around(z, region.depth)
        let place = FeatureCatalogue.definitions(definition.family, definition.aggregation).firstIndex(of: definition)
        var result = [Float](repeating: .nan, count: region.width * region.height)
        for y in 0..<region.height {
            let rows = around(y, region.height)
            for x in 0..<region.width where region.intensity[(z * region.height + y) * region.width + x] != 0 {
                let columns = around(x, region.width)
                var levels: [UInt16] = []
                for slice in slices {
                    for row in rows {
                        let start = (slice * region.height + row) * region.width
                        for index in start + columns.lowerBound..<start + columns.upperBound
                        where source.levels[index] != 0 {
                            levels.append(source.levels[index])
                        }
                    }
                }
                let extraction = RegionExtraction(
                    image: source.image, region: Region(columns, rows, slices, of: region), settings: settings,
                    planar: planar, levels: (levels, source.levelCount))
                let values = try extraction.compute(definition.family)[definition.aggregation]
                if let value = place.flatMap({ values?[$0] }), value.isFinite {
                    result[y * region.width + x] = Float(value)
                }
            }
        }
        return result
    }
}
