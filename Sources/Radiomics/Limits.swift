/// Bounds on what an extraction accepts.
public enum Limits {
    /// Largest number of grey levels after discretisation: a co-occurrence table grows with its square.
    public static let greyLevels = 4_096
    /// Largest number of voxels along one axis of the region's bounding box.
    public static let boxEdge = 8_192
    /// Largest number of voxels of the region's bounding box.
    public static let boxVoxels = 1 << 28
    /// Largest bounding box for Moran's I and Geary's C, which need about 50 bytes a voxel of it.
    public static let autocorrelationVoxels = 1 << 23
    /// Largest number of steps of an intensity-volume histogram.
    public static let histogramSteps = 1 << 22
    /// Largest difference of grey levels that still counts as dependence (NGLDM).
    public static let dependenceCoarseness = 1_024
}
