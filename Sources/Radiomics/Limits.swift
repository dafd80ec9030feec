/// Bounds on what an extraction accepts.
public enum Limits {
    /// Largest number of grey levels after discretisation: a co-occurrence table grows with its square.
    public static let greyLevels = 4_096
    /// Largest number of voxels along one axis of the region's bounding box.
    public static let boxEdge = 16_384
    /// Largest number of voxels of the region's bounding box.
    public static let boxVoxels = 1 << 28
    /// Largest number of steps of an intensity-volume histogram.
    public static let histogramSteps = 1 << 22
    /// Largest difference of grey levels that still counts as dependence (NGLDM).
    public static let dependenceCoarseness = 1_024
}
