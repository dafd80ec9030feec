import Filters
import StudyProtocol

extension PyRadiomicsParameters {
    /// The filter of `LBP2D`.
    static func patterns2D(_ options: ConfigurationReader?) throws(ConfigurationError) -> Filter {
        try options?.allow("lbp2DRadius", "lbp2DSamples", "lbp2DMethod", "binWidth", "binCount")
        var method = BinaryPatternMethod.uniform
        if let options, options.has("lbp2DMethod") {
            // By scikit-image's names.
            switch try options.string("lbp2DMethod") {
            case "uniform": method = .uniform
            case "ror": method = .rotationInvariant
            case "default": method = .plain
            default: throw options.fault("lbp2DMethod", "only uniform, ror and default are supported")
            }
        }
        return .localBinaryPattern(
            radius: try options?.number("lbp2DRadius", in: 1e-3...64, default: 1) ?? 1,
            samples: try options?.integer("lbp2DSamples", in: 2...24, default: 8) ?? 8, method: method)
    }

    /// The images of `LBP3D` with their names: `lbp-3D-m1` and so on, and `lbp-3D-k`.
    static func patterns3D(
        _ options: ConfigurationReader?
    ) throws(ConfigurationError) -> [(name: String, filter: Filter)] {
        try options?.allow(
            "lbp3DLevels", "lbp3DIcosphereRadius", "lbp3DIcosphereSubdivision", "binWidth", "binCount")
        let levels = try options?.integer("lbp3DLevels", in: 1...10, default: 2) ?? 2
        let radius = try options?.number("lbp3DIcosphereRadius", in: 1e-3...64, default: 1) ?? 1
        let subdivisions = try options?.integer("lbp3DIcosphereSubdivision", in: 0...3, default: 1) ?? 1
        func filter(_ image: SphericalPatternImage) -> Filter {
            .sphericalBinaryPattern(radius: radius, subdivisions: subdivisions, image: image)
        }
        return (0..<levels).map { ("lbp-3D-m\($0 + 1)", filter(.degree($0))) } + [("lbp-3D-k", filter(.kurtosis))]
    }
}

extension PyRadiomicsParameters.ImageType {
    /// Whether it is one of the images of `LBP3D`.
    var isSpherical: Bool { if case .sphericalBinaryPattern = filter { true } else { false } }
}
