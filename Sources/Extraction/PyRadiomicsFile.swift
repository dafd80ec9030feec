public import Radiomics
public import StudyProtocol

extension PyRadiomicsSettings {
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
        if let types = try root.optionalSection("imageType") {
            do {
                try types.allow("Original")
            } catch {
                throw types.fault("imageType", "only Original is supported")
            }
        }
        if let classes = try root.optionalSection("featureClass") {
            // All features are computed; a file that wants fewer finds them among them.
            try classes.allow(
                "shape", "shape2D", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
        }
        guard let setting = try root.optionalSection("setting") else {
            self.init()
            return
        }
        try setting.allow(
            "binWidth", "binCount", "force2D", "force2Ddimension", "weightingNorm", "resegmentRange", "resegmentMode",
            "normalize", "normalizeScale", "voxelArrayShift", "label", "additionalInfo", "distances", "gldm_a",
            "minimumROIDimensions", "minimumROISize", "padDistance", "preCrop", "symmetricalGLCM", "interpolator",
            "geometryTolerance")
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
        let range = try setting.numbers("resegmentRange", in: -1e9...1e9)
        self.init(
            binWidth: try setting.number("binWidth", in: 1e-9...1e9, default: 25),
            binCount: setting.has("binCount") ? try setting.integer("binCount", in: 1...65_535) : nil,
            force2D: try setting.boolean("force2D", default: false), mergesDirections: norm == "no_weighting",
            resegmentRange: range.isEmpty ? nil : range,
            resegmentMode: try setting.choice("resegmentMode", as: ResegmentMode.self, default: .absolute),
            normalize: try setting.boolean("normalize", default: false),
            normalizeScale: try setting.number("normalizeScale", in: 1e-9...1e9, default: 1),
            voxelArrayShift: try setting.number("voxelArrayShift", in: -1e9...1e9, default: 0))
    }
}
