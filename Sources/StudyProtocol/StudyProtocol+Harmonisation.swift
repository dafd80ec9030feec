extension StudyProtocol {
    /// What goes beyond ComBat of one batch column; nothing of it for the usual study.
    public struct HarmonisationVariant: Sendable, Equatable, Codable {
        /// Batch that the others are brought to: a site, `site/batch`, or with several batch columns a level of each.
        public let reference: [String]?
        /// Whether the batches' correlations are harmonised too (CovBat).
        public let covariance: Bool?
        /// Clinical column that names the patient of repeated scans.
        public let randomIntercept: String?
        /// Several batch columns whose effects add up, the coarsest first.
        public let batches: [BatchColumn]?
        /// Classes of features with priors of their own.
        public let classes: [FeatureClass]?
        /// Box-Cox transforms of features.
        public let transforms: [FeatureTransform]?
    }

    /// One of several batch columns.
    public struct BatchColumn: Sendable, Equatable, Codable {
        /// Clinical column.
        public let column: String
        /// Its levels.
        public let levels: [String]
    }

    /// Features with a prior of their own.
    public struct FeatureClass: Sendable, Equatable, Codable {
        /// Name of the class.
        public let name: String
        /// A feature, or several by `*`.
        public let features: String
    }

    /// Features that are transformed before harmonisation and transformed back after it.
    public struct FeatureTransform: Sendable, Equatable, Codable {
        /// Exponent; 0 is the logarithm.
        public let lambda: Double
        /// A feature, or several by `*`.
        public let features: String
    }

    /// The curve of a covariate's effect on the features; elsewhere the covariate is a number.
    public struct Smooth: Sendable, Equatable, Codable {
        /// Places that the thin plate spline is made from, fixed here and not by the sites' values.
        public let places: [Double]
        /// Functions, with the constant.
        public let functions: Int
    }

    /// What of harmonisation other sections must fit to.
    func checkHarmonisation(_ root: ConfigurationReader) throws(ConfigurationError) {
        guard let reader = try root.optionalSection("harmonisation") else { return }
        if harmonisation.report != nil, sites.training.count < 2 {
            throw reader.fault("report", "compares training sites, of which there are fewer than two")
        }
        guard let variant = harmonisation.variant else { return }
        if variant.randomIntercept != nil, validation.folds != nil {
            throw reader.fault(
                "random-intercept",
                "folds are of scans, and a patient's would lie in several; leave validation.folds out")
        }
        if let reference = variant.reference, variant.batches == nil {
            let site = reference[0].split(separator: "/", maxSplits: 1).first.map(String.init) ?? ""
            guard sites.training.contains(site) else {
                throw reader.fault(
                    "reference", "'\(reference[0])' is no batch of a training site; write site or site/batch")
            }
        }
    }
}

extension StudyProtocol.HarmonisationVariant {
    /// Keys of the section.
    static let keys = ["reference", "covbat", "random-intercept", "batches", "classes", "transforms"]

    /// - Returns: nil if the section has none of the keys.
    init?(_ reader: ConfigurationReader) throws(ConfigurationError) {
        guard Self.keys.contains(where: reader.has) else { return nil }
        var batches: [StudyProtocol.BatchColumn] = []
        for section in try reader.sections("batches") { batches.append(try StudyProtocol.BatchColumn(section)) }
        if reader.has("batches") {
            guard batches.count > 1, Set(batches.map(\.column)).count == batches.count else {
                throw reader.fault("batches", "name two or more different columns, or one as batch")
            }
            if reader.has("batch") { throw reader.fault("batch", "goes without batches; name its column there") }
        }
        if reader.has("reference") {
            let own = try batches.isEmpty ? [reader.string("reference")] : reader.strings("reference")
            let isKnown =
                batches.isEmpty
                || own.count == batches.count
                    && zip(own, batches).allSatisfy { $1.levels.contains($0) }
            guard isKnown else { throw reader.fault("reference", "must be a list with one level of each of batches") }
            reference = own
        } else {
            reference = nil
        }
        covariance = try reader.boolean("covbat", default: false) ? true : nil
        randomIntercept = reader.has("random-intercept") ? try reader.string("random-intercept") : nil
        self.batches = batches.isEmpty ? nil : batches
        var classes: [StudyProtocol.FeatureClass] = []
        for section in try reader.sections("classes") { classes.append(try StudyProtocol.FeatureClass(section)) }
        self.classes = classes.isEmpty ? nil : classes
        transforms = try StudyProtocol.FeatureTransform.list(reader)
    }
}

extension StudyProtocol.BatchColumn {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("column", "levels")
        column = try reader.string("column")
        levels = try reader.strings("levels")
        guard levels.count > 1, Set(levels).count == levels.count else {
            throw reader.fault("levels", "a batch column needs two or more different levels")
        }
        guard levels.allSatisfy({ !$0.isEmpty && !$0.unicodeScalars.contains("\u{1F}") }) else {
            throw reader.fault("levels", "a level is empty or holds a control character")
        }
    }
}

extension StudyProtocol.FeatureTransform {
    /// The section's `transforms`; nil without.
    static func list(_ reader: ConfigurationReader) throws(ConfigurationError) -> [Self]? {
        var transforms: [Self] = []
        for section in try reader.sections("transforms") { transforms.append(try Self(section)) }
        return transforms.isEmpty ? nil : transforms
    }
}

extension StudyProtocol.FeatureClass {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("name", "features")
        name = try reader.string("name")
        features = try reader.string("features")
    }
}

extension StudyProtocol.FeatureTransform {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("lambda", "features")
        lambda = try reader.number("lambda", in: -5...5)
        features = try reader.string("features")
    }
}

extension StudyProtocol.Smooth {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("places", "functions")
        places = try reader.numbers("places", in: -1e12...1e12)
        functions = try reader.integer("functions", in: 3...20, default: 5)
        guard Set(places).count >= functions, places.count <= 1000 else {
            throw reader.fault("places", "give \(functions) to 1000 different places for \(functions) functions")
        }
    }
}
