import Imaging
import Radiomics
public import StudyProtocol

extension ProcessingSettings {
    /// Reads a settings file; `docs/extraction.md` explains every key.
    ///
    /// - Parameters:
    ///   - yaml: the document.
    ///   - file: the file's name for messages.
    /// - Throws: `ConfigurationError` with file, line, field and remedy.
    public init(yaml: String, file: String) throws(ConfigurationError) {
        let root = try ConfigurationReader(text: yaml, file: file)
        try root.allow(
            "planar", "spacing-mm", "interpolation", "rounding", "ring", "families", "aggregations", "levels", "range",
            "outlier-sigma", "intensity", "ivh", "filter", "dependence-coarseness", "autocorrelation", "minimum-voxels",
            "perturb")
        let planar = try root.boolean("planar", default: false)
        let spacing = try root.numbers("spacing-mm", in: 0.01...100)
        guard spacing.isEmpty || spacing.count == 3 else {
            throw root.fault("spacing-mm", "give three numbers: x, y and z")
        }
        var families: [FeatureFamily] = []
        for word in try root.strings("families") {
            guard let family = FeatureFamily.allCases.first(where: { $0.prefix == word }) else {
                throw root.fault(
                    "families",
                    "'\(word)' is not one of: \(FeatureFamily.allCases.map(\.prefix).joined(separator: ", "))")
            }
            families.append(family)
        }
        var aggregations: [TextureAggregation] = []
        for word in try root.strings("aggregations") {
            guard let aggregation = TextureAggregation(rawValue: word) else {
                let words = TextureAggregation.allCases.map(\.rawValue).joined(separator: ", ")
                throw root.fault("aggregations", "'\(word)' is not one of: \(words)")
            }
            aggregations.append(aggregation)
        }
        let range = try root.numbers("range", in: -1e9...1e9)
        guard range.isEmpty || (range.count == 2 && range[0] < range[1]) else {
            throw root.fault("range", "give two numbers, the lower first")
        }
        let sigma = root.has("outlier-sigma") ? try root.number("outlier-sigma", in: 0.1...100) : nil
        var filter: FilterStep?
        if root.has("filter") {
            let text = try root.string("filter")
            do throws(FilterTextError) {
                filter = try FilterStep(text, planar: planar)
            } catch {
                throw root.fault("filter", error.description)
            }
        }
        self.init(
            planar: planar, spacingMM: spacing.isEmpty ? nil : spacing,
            interpolation: try root.choice("interpolation", as: Interpolation.self, default: .linear),
            rounding: try root.boolean("rounding", default: false),
            ringDefinition: try root.choice("ring", as: RingDefinition.self, default: .surface),
            filter: filter,
            features: ExtractionSettings(
                families: families.isEmpty ? FeatureFamily.allCases : families,
                aggregations: aggregations.isEmpty ? [planar ? .slicesMerged : .volumeMerged] : aggregations,
                discretisation: try Self.levels(root),
                resegmentation: Resegmentation(lower: range.first, upper: range.last, outlierSigma: sigma),
                intensityVolumeHistogram: try Self.steps(root),
                dependenceCoarseness: try root.integer("dependence-coarseness", in: 0...100, default: 0),
                spatialAutocorrelation: try root.boolean("autocorrelation", default: true),
                minimumVoxelCount: try root.integer("minimum-voxels", in: 1...1_000_000, default: 64)),
            uptake: try Self.uptake(root), normalisation: try Self.normalisation(root))
    }

    private static func uptake(_ root: ConfigurationReader) throws(ConfigurationError) -> UptakeMeasure? {
        guard let section = try root.optionalSection("intensity") else { return nil }
        try section.allow("suv", "normalise", "clip", "scale")
        return section.has("suv")
            ? try section.choice("suv", as: UptakeMeasure.self, default: .bodyWeight) : nil
    }

    private static func normalisation(
        _ root: ConfigurationReader
    ) throws(ConfigurationError) -> IntensityNormalisation? {
        guard let section = try root.optionalSection("intensity") else { return nil }
        guard section.has("normalise") else {
            for key in ["clip", "scale"] where section.has(key) {
                throw section.fault(key, "goes with normalise; give image, foreground or organ there")
            }
            return nil
        }
        return IntensityNormalisation(
            over: try section.choice("normalise", as: IntensityNormalisation.Reference.self, default: .image),
            clip: section.has("clip") ? try section.number("clip", in: 0.1...1_000) : nil,
            scale: try section.number("scale", in: 1e-6...1e6, default: 1))
    }

    private static func levels(_ root: ConfigurationReader) throws(ConfigurationError) -> Discretisation {
        guard let section = try root.optionalSection("levels") else { return .fixedBinNumber(count: 32) }
        try section.allow("number", "width", "origin", "as-they-are")
        if section.has("number") { return .fixedBinNumber(count: try section.integer("number", in: 2...65_535)) }
        if section.has("width") {
            return .fixedBinSize(
                width: try section.number("width", in: 1e-9...1e9),
                origin: section.has("origin") ? try section.number("origin", in: -1e9...1e9) : nil)
        }
        if try section.boolean("as-they-are", default: false) { return .none }
        throw section.fault("number", "give number, width or as-they-are")
    }

    private static func steps(
        _ root: ConfigurationReader
    ) throws(ConfigurationError) -> IntensityVolumeHistogramSteps {
        guard let section = try root.optionalSection("ivh") else { return .fixedBinNumber(count: 1_000) }
        try section.allow("number", "width", "step")
        if section.has("step") { return .calibrated(step: try section.number("step", in: 1e-9...1e9)) }
        if section.has("width") { return .fixedBinSize(width: try section.number("width", in: 1e-9...1e9)) }
        return .fixedBinNumber(count: try section.integer("number", in: 2...65_535))
    }
}
