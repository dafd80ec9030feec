public import Imaging

/// What the IBSI diagnostics say of a region at one step of the processing.
public struct MaskSummary: Hashable, Sendable, Codable {
    /// Voxels of the intensity mask's bounding box along each axis.
    public let intensityBox: GridSize
    /// Voxels of the morphological mask's bounding box along each axis.
    public let morphologicalBox: GridSize
    /// Voxels of the intensity mask.
    public let intensityVoxels: Int
    /// Voxels of the morphological mask.
    public let morphologicalVoxels: Int
    /// Mean intensity in the intensity mask.
    public let mean: Double
    /// Lowest intensity in the intensity mask.
    public let minimum: Double
    /// Highest intensity in the intensity mask.
    public let maximum: Double

    /// Describes a region whose masks are the same.
    ///
    /// - Throws: `RadiomicsError` when the grids differ or the mask is empty.
    public init(image: Volume, mask: Mask) throws(RadiomicsError) {
        self = try Region(image: image, morphologicalMask: mask, intensityMask: nil).summary
    }

    init(
        intensityBox: GridSize, morphologicalBox: GridSize, intensityVoxels: Int, morphologicalVoxels: Int,
        mean: Double, minimum: Double, maximum: Double
    ) {
        self.intensityBox = intensityBox
        self.morphologicalBox = morphologicalBox
        self.intensityVoxels = intensityVoxels
        self.morphologicalVoxels = morphologicalVoxels
        self.mean = mean
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// The voxels of a mask that re-segmentation leaves (IBSI 2.6).
///
/// For features of a filtered image, whose intensity mask is made from the intensities before the filter (IBSI 2).
///
/// - Throws: `RadiomicsError` when the grids differ or no voxel is left.
public func resegmented(_ mask: Mask, image: Volume, by rule: Resegmentation) throws(RadiomicsError) -> Mask {
    var region = try Region(image: image, morphologicalMask: mask, intensityMask: nil)
    try region.resegment(rule)
    var left = Mask(geometry: mask.geometry, voxels: [UInt8](repeating: 0, count: mask.voxels.count))
    let size = mask.geometry.size
    for z in 0..<region.depth {
        for y in 0..<region.height {
            let source = (z * region.height + y) * region.width
            let target = ((z + region.first.z) * size.y + y + region.first.y) * size.x + region.first.x
            for x in 0..<region.width { left.voxels[target + x] = region.intensity[source + x] }
        }
    }
    return left
}

extension Region {
    var summary: MaskSummary {
        var (low, high) = (Float.infinity, -Float.infinity)
        for value in inside { (low, high) = (min(low, value), max(high, value)) }
        return MaskSummary(
            intensityBox: extent(intensity), morphologicalBox: extent(morphological), intensityVoxels: inside.count,
            morphologicalVoxels: morphologicalCount, mean: inside.reduce(0) { $0 + Double($1) } / Double(inside.count),
            minimum: Double(low), maximum: Double(high))
    }

    /// Size of the smallest box with all voxels of a mask of this region.
    private func extent(_ mask: [UInt8]) -> GridSize {
        let box = Mask(
            geometry: Geometry(size: GridSize(width, height, depth), spacing: spacing), voxels: mask
        ).boundingBox
        return box?.size ?? GridSize(0, 0, 0)
    }
}
