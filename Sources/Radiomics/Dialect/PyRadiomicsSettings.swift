/// The settings of PyRadiomics 3 that decide its `original` features, by PyRadiomics' own names.
public struct PyRadiomicsSettings: Codable, Hashable, Sendable {
    /// `resegmentMode`: what the bounds of `resegmentRange` are.
    public enum ResegmentMode: String, Codable, Hashable, Sendable, CaseIterable {
        /// Intensities.
        case absolute
        /// Shares of the maximum.
        case relative
        /// Standard deviations from the mean.
        case sigma
    }

    /// `binWidth`: bins of this width with edges at its multiples, if there is no `binCount`.
    public let binWidth: Double
    /// `binCount`: so many bins between minimum and maximum.
    public let binCount: Int?
    /// `force2D`: neighbours within slices only.
    public let force2D: Bool
    /// `weightingNorm: no_weighting`: directions are summed and not averaged.
    public let mergesDirections: Bool
    /// `resegmentRange`: lower bound, and upper bound if there is one.
    public let resegmentRange: [Double]?
    /// `resegmentMode`.
    public let resegmentMode: ResegmentMode
    /// `normalize`: intensities become z-scores of the whole image, times `normalizeScale`.
    public let normalize: Bool
    /// `normalizeScale`.
    public let normalizeScale: Double
    /// `voxelArrayShift`: added to intensities in Energy, TotalEnergy and RootMeanSquared.
    public let voxelArrayShift: Double

    /// Creates settings; the defaults are PyRadiomics'.
    public init(
        binWidth: Double = 25, binCount: Int? = nil, force2D: Bool = false, mergesDirections: Bool = false,
        resegmentRange: [Double]? = nil, resegmentMode: ResegmentMode = .absolute, normalize: Bool = false,
        normalizeScale: Double = 1, voxelArrayShift: Double = 0
    ) {
        self.binWidth = binWidth
        self.binCount = binCount
        self.force2D = force2D
        self.mergesDirections = mergesDirections
        self.resegmentRange = resegmentRange
        self.resegmentMode = resegmentMode
        self.normalize = normalize
        self.normalizeScale = normalizeScale
        self.voxelArrayShift = voxelArrayShift
    }
}
