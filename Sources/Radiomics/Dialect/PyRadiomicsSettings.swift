public import Imaging

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
    /// `removeOutliers`: z-scores beyond so many standard deviations become that many; nil leaves them.
    public let removeOutliers: Double?
    /// `voxelArrayShift`: added to intensities in Energy, TotalEnergy and RootMeanSquared.
    public let voxelArrayShift: Double

    /// Creates settings; the defaults are PyRadiomics'.
    public init(
        binWidth: Double = 25, binCount: Int? = nil, force2D: Bool = false, mergesDirections: Bool = false,
        resegmentRange: [Double]? = nil, resegmentMode: ResegmentMode = .absolute, normalize: Bool = false,
        normalizeScale: Double = 1, removeOutliers: Double? = nil, voxelArrayShift: Double = 0
    ) {
        self.binWidth = binWidth
        self.binCount = binCount
        self.force2D = force2D
        self.mergesDirections = mergesDirections
        self.resegmentRange = resegmentRange
        self.resegmentMode = resegmentMode
        self.normalize = normalize
        self.normalizeScale = normalizeScale
        self.removeOutliers = removeOutliers
        self.voxelArrayShift = voxelArrayShift
    }
}

extension PyRadiomicsSettings {
    /// z-scores over the whole image, clipped, times `normalizeScale`; standard deviation with n - 1 (SimpleITK's `Normalize`).
    public func normalised(_ image: Volume) -> Volume {
        let count = Double(image.voxels.count)
        let mean = image.voxels.reduce(0) { $0 + Double($1) } / count
        let squares = image.voxels.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let deviation = (squares / max(1, count - 1)).squareRoot()
        guard deviation > 0 else { return image }
        let bound = removeOutliers ?? .infinity
        return Volume(
            geometry: image.geometry,
            voxels: image.voxels.map {
                Float(min(max((Double($0) - mean) / deviation, -bound), bound) * normalizeScale)
            })
    }

    /// The range of intensities that counts, for the intensities of a region.
    func resegmentation(_ inside: [Float]) throws(RadiomicsError) -> Resegmentation {
        guard let range = resegmentRange else { return Resegmentation() }
        guard (1...2).contains(range.count), range == range.sorted() else {
            throw .invalidSetting(field: "resegmentRange", remedy: "give a lower bound, or a lower and an upper bound")
        }
        let bounds: [Double]
        switch resegmentMode {
        case .absolute: bounds = range
        case .relative: bounds = range.map { $0 * Double(inside.max() ?? 0) }
        case .sigma:
            let moments = Moments(inside)
            bounds = range.map { moments.mean + $0 * moments.variance.squareRoot() }
        }
        return Resegmentation(lower: bounds[0], upper: bounds.count == 2 ? bounds[1] : nil)
    }

    /// The same settings with other bins, and intensities taken as they are.
    public func with(binWidth: Double?, binCount: Int?) -> PyRadiomicsSettings {
        PyRadiomicsSettings(
            binWidth: binWidth ?? self.binWidth, binCount: binWidth == nil ? binCount ?? self.binCount : binCount,
            force2D: force2D, mergesDirections: mergesDirections, resegmentRange: resegmentRange,
            resegmentMode: resegmentMode, voxelArrayShift: voxelArrayShift)
    }
}
