/// How intensities between voxel centres are computed.
public enum Interpolation: String, Sendable, Hashable, Codable, CaseIterable {
    /// The nearest voxel.
    case nearest
    /// Linear along each axis.
    case linear
    /// Cubic B-spline through the voxels (Unser 1999), mirrored at the borders.
    case cubicSpline = "cubic-spline"
}
