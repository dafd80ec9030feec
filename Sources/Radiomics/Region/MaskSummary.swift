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
