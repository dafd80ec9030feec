/// How the distance of a voxel from a region is measured when a ring is drawn.
public enum RingDefinition: String, Sendable, Hashable, Codable, CaseIterable {
    /// Euclidean distance from the interpolated surface of the mask, on a sub-voxel grid, with a weight for voxels that
    /// belong to the ring in part. The default: its volume does not depend on the spacing of the slices.
    case surface
    /// Euclidean distance from the centre of a voxel to the centre of the nearest voxel of the mask, on the native grid.
    /// What Pictologics' `grow_mask` does.
    case voxelCentre = "voxel-centre"
    /// Repeated dilation with the face neighbours, as many steps as pixels of the first axis fit (rounded) in the
    /// distance. Blind to the spacing of slices; only for comparison with older work.
    case dilation
}

/// A ring around a region.
public struct Ring: Sendable, Equatable {
    /// The voxels at least half of which belong to the ring; never a voxel of the region itself.
    public let mask: Mask
    /// Share of each voxel that belongs to the ring, 0 to 1, x fastest; 0 or 1 for all definitions but `surface`.
    public let weights: [Float]
    /// Sum of the weights as a volume in cubic millimetres (in planar rings: as an area times the slice spacing).
    public let volumeMM3: Double
}

/// Draws a ring around a region: everything farther than `from` and not farther than `to` millimetres.
///
/// - Parameters:
///   - mask: The region; the ring lies on its grid.
///   - from: Inner distance in millimetres; 0 starts at the border of the region.
///   - to: Outer distance in millimetres.
///   - definition: How distance is measured.
///   - planar: Whether the ring of each slice is drawn alone; a single slice always is.
///   - within: What the ring must lie in (the organ, the fan of an ultrasound picture), or nil.
///   - excluding: What the ring must not touch (vessels, other lesions), or nil.
///   - minimumVoxels: Fewer voxels than this are refused.
/// - Returns: The mask of the ring: for `surface`, the voxels with a weight of at least 0.5.
/// - Throws: `ImagingError`: unknown spacing, empty region, masks on other grids, an empty or too small ring.
public func ring(
    around mask: Mask, from: Double = 0, to: Double, definition: RingDefinition = .surface, planar: Bool = false,
    within: Mask? = nil, excluding: Mask? = nil, minimumVoxels: Int = Limits.ringVoxels
) throws(ImagingError) -> Mask {
    let field = try RingField(around: mask, reachMM: to, definition: definition, planar: planar)
    return try field.ring(from: from, to: to, within: within, excluding: excluding, minimumVoxels: minimumVoxels).mask
}
