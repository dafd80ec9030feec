/// Bounds on what a filter accepts.
public enum Limits {
    /// Highest level of a wavelet decomposition: its kernels reach over thousands of voxels.
    public static let waveletLevel = 10
    /// Largest reach of a kernel to one side, in voxels.
    public static let reach = 4_096
}
