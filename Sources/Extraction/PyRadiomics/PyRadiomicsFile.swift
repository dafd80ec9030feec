import Filters
import Imaging
import Radiomics
public import StudyProtocol

extension PyRadiomicsParameters {
    /// Reads a parameter file of PyRadiomics.
    ///
    /// Settings that would change values and are not supported are refused by name: nothing is ignored that counts.
    ///
    /// - Parameters:
    ///   - parameters: the YAML document.
    ///   - file: the file's name for messages.
    /// - Throws: `ConfigurationError`.
    public init(parameters: String, file: String) throws(ConfigurationError) {
        let root = try ConfigurationReader(text: parameters, file: file)
        try root.allow("setting", "imageType", "featureClass")
        let imageTypes = try root.optionalSection("imageType").map(Self.imageTypes) ?? [.original]
        if let classes = try root.optionalSection("featureClass") {
            // All features are computed; a file that wants fewer finds them among them.
            try classes.allow(
                "shape", "shape2D", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
        }
        guard let setting = try root.optionalSection("setting") else {
            self.init(imageTypes: imageTypes)
            return
        }
        try setting.allow(
            "binWidth", "binCount", "force2D", "force2Ddimension", "weightingNorm", "resegmentRange", "resegmentMode",
            "normalize", "normalizeScale", "removeOutliers", "voxelArrayShift", "label", "additionalInfo", "distances",
            "gldm_a",
            "minimumROIDimensions", "minimumROISize", "padDistance", "preCrop", "symmetricalGLCM", "interpolator",
            "geometryTolerance", "resampledPixelSpacing")
        guard try setting.numbers("distances", in: 1...100) == [1] || !setting.has("distances") else {
            throw setting.fault("distances", "only [1] is supported")
        }
        guard try setting.number("gldm_a", in: 0...1e6, default: 0) == 0 else {
            throw setting.fault("gldm_a", "only 0 is supported")
        }
        guard try setting.integer("force2Ddimension", in: 0...2, default: 0) == 0 else {
            throw setting.fault("force2Ddimension", "only 0, the slices, is supported")
        }
        guard try setting.boolean("symmetricalGLCM", default: true) else {
            throw setting.fault("symmetricalGLCM", "only true is supported")
        }
        guard try setting.integer("label", in: 1...65_535, default: 1) == 1 else {
            throw setting.fault("label", "give the label with --label")
        }
        let norm = try setting.string("weightingNorm", default: "null")
        guard ["null", "~", "None", "no_weighting"].contains(norm) else {
            throw setting.fault("weightingNorm", "only null and no_weighting are supported")
        }
        let range = setting.isNull("resegmentRange") ? [] : try setting.numbers("resegmentRange", in: -1e9...1e9)
        let spacing =
            setting.isNull("resampledPixelSpacing")
            ? [] : try setting.numbers("resampledPixelSpacing", in: 1e-3...100)
        guard spacing.isEmpty || spacing.count == 3 else {
            throw setting.fault("resampledPixelSpacing", "give three numbers: x, y and z")
        }
        let settings = PyRadiomicsSettings(
            binWidth: try setting.number("binWidth", in: 1e-9...1e9, default: 25),
            binCount: setting.has("binCount") && !setting.isNull("binCount")
                ? try setting.integer("binCount", in: 1...65_535) : nil,
            force2D: try setting.boolean("force2D", default: false), mergesDirections: norm == "no_weighting",
            resegmentRange: range.isEmpty ? nil : range,
            resegmentMode: try setting.choice(
                "resegmentMode", as: PyRadiomicsSettings.ResegmentMode.self, default: .absolute),
            normalize: try setting.boolean("normalize", default: false),
            normalizeScale: try setting.number("normalizeScale", in: 1e-9...1e9, default: 1),
            removeOutliers: setting.has("removeOutliers") && !setting.isNull("removeOutliers")
                ? try setting.number("removeOutliers", in: 1e-9...1e9) : nil,
            voxelArrayShift: try setting.number("voxelArrayShift", in: -1e9...1e9, default: 0))
        if settings.normalize, imageTypes.contains(where: \.isSpherical) {
            // There z-scores are double precision, and whether equal ones count as not darker depends on rounding alone.
            throw setting.fault("normalize", "LBP3D of z-scores is not defined to a bit; leave out one of them")
        }
        self.init(
            settings: settings, resampledPixelSpacing: spacing.isEmpty ? nil : spacing,
            interpolator: try Self.interpolator(setting),
            padDistance: try setting.integer("padDistance", in: 0...1_000, default: 5),
            preCrop: try setting.boolean("preCrop", default: false), imageTypes: imageTypes)
    }

    private static func interpolator(_ setting: ConfigurationReader) throws(ConfigurationError) -> Interpolation {
        switch try setting.string("interpolator", default: "sitkBSpline") {
        case "sitkBSpline", "3": return .cubicSpline
        case "sitkLinear", "2": return .linear
        case "sitkNearestNeighbor", "1": return .nearest
        default:
            throw setting.fault("interpolator", "use sitkBSpline, sitkLinear or sitkNearestNeighbor")
        }
    }

    private static func imageTypes(_ types: ConfigurationReader) throws(ConfigurationError) -> [ImageType] {
        try types.allow(
            "Original", "LoG", "Wavelet", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient", "LBP2D",
            "LBP3D")
        var found: [ImageType] = []
        for type in types.keys {
            let options = try types.isNull(type) ? nil : types.optionalSection(type)
            let binWidth = try options?.has("binWidth") == true ? options?.number("binWidth", in: 1e-9...1e9) : nil
            let binCount = try options?.has("binCount") == true ? options?.integer("binCount", in: 1...65_535) : nil
            func add(_ name: String, _ filter: Filter?) {
                found.append(ImageType(name: name, filter: filter, binWidth: binWidth, binCount: binCount))
            }
            switch type {
            case "LoG":
                try options?.allow("sigma", "binWidth", "binCount")
                let words = try options?.strings("sigma") ?? []
                guard !words.isEmpty else { throw types.fault("LoG", "give sigma, a list of widths in mm") }
                for word in words {
                    guard let sigma = Double(word), sigma > 0, sigma < 1e3 else {
                        throw types.fault("LoG", "sigma: '\(word)' is not a width in mm")
                    }
                    // Python writes 1 and 1.0 as they stand in the file.
                    let shown = Int(word) == nil ? "\(sigma)" : word
                    add(
                        "log-sigma-\(shown.split(separator: ".").joined(separator: "-"))-mm-3D",
                        .recursiveLaplacianOfGaussian(sigmaMM: sigma))
                }
            case "Wavelet":
                try options?.allow("wavelet", "binWidth", "binCount", "start_level", "level")
                let first = try options?.integer("start_level", in: 0...9, default: 0) ?? 0
                let count = try options?.integer("level", in: 1...10, default: 1) ?? 1
                guard first + count <= 10 else { throw types.fault("Wavelet", "start_level and level reach over 10") }
                let word = try options?.string("wavelet", default: "coif1") ?? "coif1"
                guard let family = WaveletFamily(rawValue: word == "db1" ? "haar" : word) else {
                    let known = WaveletFamily.allCases.map(\.rawValue).joined(separator: ", ")
                    throw types.fault("Wavelet", "wavelet: '\(word)' is not one of: \(known)")
                }
                for place in 1...count {
                    // The approximation is that of the last level alone.
                    let bands = ["LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH"] + (place == count ? ["LLL"] : [])
                    for band in bands {
                        found.append(
                            ImageType(
                                name: "wavelet\(place == 1 ? "" : "\(place)")-\(band)",
                                filter: .separableWavelet(family: family, subband: band), binWidth: binWidth,
                                binCount: binCount, approximations: first + place - 1))
                    }
                }
            case "Gradient":
                try options?.allow("gradientUseSpacing", "binWidth", "binCount")
                add(
                    "gradient", .gradient(useSpacing: try options?.boolean("gradientUseSpacing", default: true) ?? true)
                )
            case "LBP2D": add("lbp-2D", try patterns2D(options))
            case "LBP3D":
                for (name, filter) in try patterns3D(options) { add(name, filter) }
            default:
                try options?.allow("binWidth", "binCount")
                let filters: [String: (String, Filter)] = [
                    "Square": ("square", .square), "SquareRoot": ("squareroot", .squareRoot),
                    "Logarithm": ("logarithm", .logarithm), "Exponential": ("exponential", .exponential),
                ]
                if let (name, filter) = filters[type] { add(name, filter) } else { add("original", nil) }
            }
        }
        return found
    }
}
