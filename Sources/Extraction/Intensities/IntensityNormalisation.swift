public import Imaging

/// z-scores instead of intensities that have no unit (MR): `scale * (x - mean) / standard deviation`, over voxels to choose.
///
/// The standard deviation has n - 1 in its denominator; outliers are clipped before the scale counts. Over the whole
/// image these are PyRadiomics' `normalize`, `removeOutliers` and `normalizeScale`.
public struct IntensityNormalisation: Codable, Hashable, Sendable {
    /// Voxels that give mean and standard deviation.
    public enum Reference: String, Codable, Hashable, Sendable, CaseIterable {
        /// Every voxel.
        case image
        /// The voxels above Otsu's threshold of the whole image (256 bins): the body without the air around it.
        case foreground
        /// The voxels of the organ's mask.
        case organ
    }

    /// Which voxels give mean and standard deviation.
    public let reference: Reference
    /// z-scores beyond so many standard deviations become that many; nil leaves them.
    public let clip: Double?
    /// Factor of the z-scores.
    public let scale: Double

    /// Creates a normalisation.
    public init(over reference: Reference, clip: Double? = nil, scale: Double = 1) {
        self.reference = reference
        self.clip = clip
        self.scale = scale
    }

    /// The z-scores of an image.
    ///
    /// - Parameter organ: the organ's mask on the image's grid; needed for `Reference.organ`.
    /// - Throws: `ImagingError.invalidParameter` if there is no organ, or its voxels, or all voxels, have one intensity.
    public func normalised(_ image: Volume, organ: Mask?) throws(ImagingError) -> Volume {
        let (mean, deviation) = try moments(image, organ: organ)
        let bound = clip ?? .infinity
        return Volume(
            geometry: image.geometry,
            voxels: image.voxels.map { value in
                Float(min(max((Double(value) - mean) / deviation, -bound), bound) * scale)
            })
    }

    private func moments(_ image: Volume, organ: Mask?) throws(ImagingError) -> (mean: Double, deviation: Double) {
        let isCounted: (Int) -> Bool
        switch reference {
        case .image: isCounted = { _ in true }
        case .foreground:
            guard let lowest = Self.foreground(image.voxels) else { throw Self.flat(reference) }
            isCounted = { Double(image.voxels[$0]) >= lowest }
        case .organ:
            guard let organ else {
                throw .invalidParameter(
                    field: "intensity.normalise", remedy: "organ needs the organ's mask; give it with --organ")
            }
            isCounted = { organ.voxels[$0] != 0 }
        }
        var (count, sum) = (0.0, 0.0)
        for index in image.voxels.indices where isCounted(index) {
            sum += Double(image.voxels[index])
            count += 1
        }
        let mean = sum / count
        var squares = 0.0
        for index in image.voxels.indices where isCounted(index) {
            let difference = Double(image.voxels[index]) - mean
            squares += difference * difference
        }
        let deviation = (squares / (count - 1)).squareRoot()
        guard count > 1, deviation > 0, deviation.isFinite else { throw Self.flat(reference) }
        return (mean, deviation)
    }

    private static func flat(_ reference: Reference) -> ImagingError {
        .invalidParameter(
            field: "intensity.normalise",
            remedy: "the voxels of '\(reference.rawValue)' need two finite intensities or more to have a deviation")
    }

    /// The lowest intensity of the bins above Otsu's threshold (Otsu 1979), nil where all are equal or one is not finite.
    ///
    /// 256 equal bins from the lowest to the highest intensity, as `skimage.filters.threshold_otsu`; a bin belongs to one
    /// side as a whole.
    static func foreground(_ voxels: [Float], bins: Int = 256) -> Double? {
        guard voxels.allSatisfy(\.isFinite), let least = voxels.min(), let most = voxels.max(), least < most else {
            return nil
        }
        let (low, high) = (Double(least), Double(most))
        func edge(_ bin: Int) -> Double { bin == bins ? high : low + Double(bin) * (high - low) / Double(bins) }
        var mass = [Double](repeating: 0, count: bins)
        for voxel in voxels {
            let value = Double(voxel)
            var bin = min(Int((value - low) / (high - low) * Double(bins)), bins - 1)
            // The quotient may round across an edge; the edges decide.
            if value < edge(bin) { bin -= 1 } else if bin + 1 < bins, value >= edge(bin + 1) { bin += 1 }
            mass[bin] += 1
        }
        let total = mass.reduce(0, +)
        let moment = mass.indices.reduce(0) { $0 + mass[$1] * Double($1) }
        var (below, momentBelow, widest, cut) = (0.0, 0.0, -1.0, 0)
        for bin in 0..<bins - 1 {
            below += mass[bin]
            momentBelow += mass[bin] * Double(bin)
            let difference = momentBelow / below - (moment - momentBelow) / (total - below)
            let between = below * (total - below) * difference * difference
            if between > widest { (widest, cut) = (between, bin) }
        }
        return edge(cut + 1)
    }
}

extension ProcessingSettings {
    /// The image as the settings want its intensities: itself, or z-scores of it.
    ///
    /// - Throws: `ImagingError.invalidParameter`.
    func normalised(_ image: Volume, organ: Mask?) throws(ImagingError) -> Volume {
        guard let normalisation else { return image }
        return try normalisation.normalised(image, organ: organ)
    }
}
