extension StudyProtocol {
    /// Reads a protocol from its YAML form (`docs/protocol-format.md`).
    ///
    /// - Parameters:
    ///   - yaml: the document.
    ///   - file: the file's name for messages.
    /// - Throws: `ConfigurationError` naming file, line, field and remedy.
    public init(yaml: String, file: String) throws(ConfigurationError) {
        let root = try ConfigurationReader(text: yaml, file: file)
        try root.allow(
            "concord", "study", "version", "title", "outcome", "sites", "imaging", "regions", "extraction",
            "agreement", "harmonisation", "selection", "model", "validation", "disclosure")
        guard try root.integer("concord", in: 1...1_000_000) == 1 else {
            throw root.fault("concord", "this version of the software reads protocol format 1")
        }
        study = try root.identifier("study")
        version = try root.integer("version", in: 1...1_000_000)
        title = try root.string("title")
        outcome = try Outcome(root.section("outcome"))
        sites = try Roles(root.section("sites"))
        extraction = try Extraction(root.section("extraction"))
        imaging = try Imaging(root.optionalSection("imaging"), in: root, source: extraction.source)
        regions = try Self.regions(root, source: extraction.source)
        agreement = try Agreement(root.optionalSection("agreement"))
        harmonisation = try Harmonisation(root.optionalSection("harmonisation"), outcome: outcome)
        selection = try Selection(root.optionalSection("selection"))
        model = try root.optionalSection("model").map { reader throws(ConfigurationError) in try Model(reader) }
        validation = try Validation(root.optionalSection("validation"))
        disclosure = try Disclosure(root.optionalSection("disclosure"))
        try checkReferences(root)
    }

    private static func regions(
        _ root: ConfigurationReader, source: Source
    ) throws(ConfigurationError) -> [Region] {
        var regions: [Region] = []
        for reader in try root.sections("regions") { regions.append(try Region(reader)) }
        if source == .images, regions.isEmpty {
            throw root.fault("regions", "a study on images needs at least one region")
        }
        guard regions.count <= Limits.regions else { throw root.fault("regions", "more than \(Limits.regions)") }
        guard Set(regions.map(\.name)).count == regions.count else {
            throw root.fault("regions", "two regions have the same name")
        }
        return regions
    }

    private func checkReferences(_ root: ConfigurationReader) throws(ConfigurationError) {
        if let model, !sites.training.isEmpty {
            let known = Set(harmonisation.covariates.map(\.name))
            for name in model.covariates where !known.contains(name) {
                throw try root.section("model").fault(
                    "covariates", "'\(name)' is not described under harmonisation.covariates")
            }
        }
        try checkLearning(root)
        if model?.learning != nil, let reader = try root.optionalSection("selection") {
            for key in ["maximum-correlation", "maximum-features"] where reader.has(key) {
                throw reader.fault(key, "belongs to a model of kind ridge-logistic; write model.select instead")
            }
        }
        if model != nil, sites.training.isEmpty {
            throw try root.section("sites").fault("training", "a model needs at least one training site")
        }
        if extraction.intensity?.uptake != nil, imaging.modality != .positronEmission {
            throw try root.section("extraction").section("intensity").fault("suv", "needs imaging.modality PT")
        }
        if harmonisation.groupsByAcquisition, extraction.source != .images || imaging.acquisition.isEmpty {
            throw try root.section("harmonisation").fault(
                "batch", "'acquisition' groups cases by the fields of imaging.acquisition, of which there is none")
        }
        if regions.contains(where: \.isRing), imaging.modality == .none {
            throw root.fault("regions", "a ring needs images; set imaging.modality")
        }
        try checkHarmonisation(root)
        try checkValidation(root)
    }
}

extension ConfigurationReader {
    /// A required text that follows `Identifier.rule`.
    public func identifier(_ key: String) throws(ConfigurationError) -> String {
        let text = try string(key)
        guard Identifier.isValid(text) else { throw fault(key, "'\(text)' \(Identifier.rule)") }
        return text
    }

    /// A list of texts that follow `Identifier.rule`.
    public func identifiers(_ key: String) throws(ConfigurationError) -> [String] {
        let texts = try strings(key)
        for text in texts where !Identifier.isValid(text) {
            throw fault(key, "'\(text)' \(Identifier.rule)")
        }
        return texts
    }
}

extension StudyProtocol.Outcome {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("column", "event", "time", "one-class-sites")
        column = try reader.string("column")
        event = try reader.string("event")
        time = reader.has("time") ? try reader.string("time") : nil
        oneClassSites = try reader.boolean("one-class-sites", default: false)
    }
}

extension StudyProtocol.Roles {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("training", "external")
        training = try reader.identifiers("training")
        external = try reader.identifiers("external")
        parts = nil
        let all = training + external
        guard !all.isEmpty else { throw reader.fault("training", "a study needs at least one site") }
        guard all.count <= Limits.sites else { throw reader.fault("training", "more than \(Limits.sites) sites") }
        guard Set(all).count == all.count else {
            throw reader.fault("external", "a site that trained cannot be external; name each site once")
        }
    }
}

extension StudyProtocol.Imaging {
    init(
        _ reader: ConfigurationReader?, in root: ConfigurationReader, source: StudyProtocol.Source
    ) throws(ConfigurationError) {
        guard let reader else {
            guard source == .table else { throw root.fault("imaging", "a study on images needs this section") }
            modality = .none
            acquisition = []
            return
        }
        try reader.allow("modality", "acquisition")
        modality = try reader.choice("modality", as: StudyProtocol.Modality.self)
        var fields: [StudyProtocol.AcquisitionField] = []
        for field in try reader.sections("acquisition") { fields.append(try StudyProtocol.AcquisitionField(field)) }
        acquisition = fields
    }
}

extension StudyProtocol.AcquisitionField {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("keyword", "one-of", "minimum", "maximum", "bin-width")
        keyword = try reader.string("keyword")
        oneOf = reader.has("one-of") ? try reader.strings("one-of") : nil
        let range = -1e12...1e12
        minimum = reader.has("minimum") ? try reader.number("minimum", in: range) : nil
        maximum = reader.has("maximum") ? try reader.number("maximum", in: range) : nil
        binWidth = reader.has("bin-width") ? try reader.number("bin-width", in: 1e-9...1e12) : nil
        if oneOf != nil, minimum != nil || maximum != nil || binWidth != nil {
            throw reader.fault("one-of", "words have no minimum, maximum or bin-width")
        }
        if let minimum, let maximum, minimum > maximum {
            throw reader.fault("minimum", "is larger than maximum")
        }
        if (minimum != nil || maximum != nil) && binWidth == nil {
            throw reader.fault("bin-width", "is missing; a number is reported in bins of this width")
        }
    }
}

extension StudyProtocol.Region {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("name", "from-mm", "to-mm", "definition")
        name = try reader.identifier("name")
        if reader.has("to-mm") {
            let from = try reader.number("from-mm", in: 0...50, default: 0)
            let to = try reader.number("to-mm", in: 0.1...50)
            guard from < to else { throw reader.fault("to-mm", "must be larger than from-mm") }
            fromMM = from
            toMM = to
            definition = try reader.choice("definition", as: StudyProtocol.RingDefinition.self, default: .surface)
        } else {
            for key in ["from-mm", "definition"] where reader.has(key) {
                throw reader.fault(key, "belongs to a ring; add to-mm")
            }
            fromMM = nil
            toMM = nil
            definition = nil
        }
    }
}

extension StudyProtocol.Extraction {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        source = try reader.choice("source", as: StudyProtocol.Source.self)
        switch source {
        case .images:
            try reader.allow(
                "source", "dimension", "families", "bin-number", "bin-width", "range", "resample-mm", "intensity")
            dimension = try reader.choice("dimension", as: StudyProtocol.Dimension.self)
            families = try reader.strings("families")
            guard !families.isEmpty else { throw reader.fault("families", "needs at least one feature family") }
            binNumber = reader.has("bin-number") ? try reader.integer("bin-number", in: 2...4096) : nil
            binWidth = reader.has("bin-width") ? try reader.number("bin-width", in: 1e-6...1e6) : nil
            guard (binNumber == nil) != (binWidth == nil) else {
                throw reader.fault("bin-number", "give exactly one of bin-number and bin-width")
            }
            resampleMM = reader.has("resample-mm") ? try reader.number("resample-mm", in: 0.05...20) : nil
            if let limits = try reader.optionalSection("range") {
                try limits.allow("lower", "upper")
                let lower = try limits.number("lower", in: -1e9...1e9)
                let upper = try limits.number("upper", in: -1e9...1e9)
                guard lower < upper else { throw limits.fault("upper", "must be larger than lower") }
                range = [lower, upper]
            } else {
                range = nil
            }
            if binWidth != nil, range == nil {
                throw reader.fault("range", "a fixed bin width needs a lower bound: bins start there (IBSI FBS)")
            }
            intensity = try reader.optionalSection("intensity").map(StudyProtocol.Intensity.init)
            columns = []
        case .table:
            try reader.allow("source", "columns")
            columns = try reader.strings("columns")
            guard !columns.isEmpty || reader.has("columns") else {
                throw reader.fault("columns", "is missing; name the feature columns, or prefixes that end in *")
            }
            dimension = .spatial
            families = []
            binNumber = nil
            binWidth = nil
            range = nil
            resampleMM = nil
            intensity = nil
        }
    }
}

extension StudyProtocol.Intensity {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("suv", "normalise", "clip", "scale")
        uptake = reader.has("suv") ? try reader.choice("suv", as: StudyProtocol.Uptake.self) : nil
        normalise = reader.has("normalise") ? try reader.choice("normalise", as: StudyProtocol.Reference.self) : nil
        clip = reader.has("clip") ? try reader.number("clip", in: 0.1...1_000) : nil
        scale = reader.has("scale") ? try reader.number("scale", in: 1e-6...1e6) : nil
        guard uptake != nil || normalise != nil else {
            throw reader.fault("suv", "give suv (PET), normalise (MR) or leave out intensity")
        }
        for (key, value) in [("clip", clip), ("scale", scale)] where value != nil && normalise == nil {
            throw reader.fault(key, "goes with normalise; give image, foreground or organ there")
        }
    }
}

extension StudyProtocol.Harmonisation {
    init(_ reader: ConfigurationReader?, outcome: StudyProtocol.Outcome) throws(ConfigurationError) {
        guard let reader else {
            method = .none
            batch = "site"
            covariates = []
            minimumBatchSize = 1
            variant = nil
            report = nil
            return
        }
        try reader.allow(
            "method", "batch", "covariates", "minimum-batch-size", "reference", "covbat", "random-intercept", "batches",
            "classes", "transforms", "report")
        report = try reader.boolean("report", default: false) ? true : nil
        variant = try StudyProtocol.HarmonisationVariant(reader)
        method = try reader.choice("method", as: StudyProtocol.HarmonisationMethod.self)
        batch = try reader.string("batch", default: "site")
        minimumBatchSize = try reader.integer("minimum-batch-size", in: 2...100_000, default: 10)
        var covariates: [StudyProtocol.Covariate] = []
        for section in try reader.sections("covariates") {
            covariates.append(try StudyProtocol.Covariate(section))
        }
        self.covariates = covariates
        if method == .none, variant != nil || report != nil || covariates.contains(where: { $0.smooth != nil }) {
            throw reader.fault("method", "is none, so that nothing is harmonised; take the other keys out")
        }
        for covariate in covariates where covariate.name == outcome.column {
            throw reader.fault(
                "covariates", "'\(outcome.column)' is the outcome; preserving it would leak it into the features")
        }
        guard Set(covariates.map(\.name)).count == covariates.count else {
            throw reader.fault("covariates", "a covariate appears twice")
        }
    }
}

extension StudyProtocol.Covariate {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("name", "levels", "logarithm", "smooth")
        name = try reader.string("name")
        levels = reader.has("levels") ? try reader.strings("levels") : nil
        logarithm = try reader.boolean("logarithm", default: false)
        if let levels, levels.count < 2 { throw reader.fault("levels", "a categorical covariate needs two levels") }
        if levels != nil, logarithm { throw reader.fault("logarithm", "belongs to a number, not to levels") }
        smooth = try reader.optionalSection("smooth").map { own throws(ConfigurationError) in
            try StudyProtocol.Smooth(own)
        }
        if levels != nil, smooth != nil { throw reader.fault("smooth", "belongs to a number, not to levels") }
    }
}

extension StudyProtocol.Selection {
    init(_ reader: ConfigurationReader?) throws(ConfigurationError) {
        guard let reader else {
            maximumCorrelation = 1
            maximumFeatures = 1_000_000
            fixed = []
            return
        }
        try reader.allow("maximum-correlation", "maximum-features", "fixed")
        maximumCorrelation = try reader.number("maximum-correlation", in: 0.05...1, default: 1)
        maximumFeatures = try reader.integer("maximum-features", in: 0...1_000_000, default: 1_000_000)
        fixed = try reader.strings("fixed")
    }
}

extension StudyProtocol.Disclosure {
    init(_ reader: ConfigurationReader?) throws(ConfigurationError) {
        guard let reader else {
            minimumCases = 10
            minimumEvents = 10
            minimumCell = 5
            return
        }
        try reader.allow("minimum-cases", "minimum-events", "minimum-cell")
        minimumCases = try reader.integer("minimum-cases", in: 1...1_000_000, default: 10)
        minimumEvents = try reader.integer("minimum-events", in: 1...1_000_000, default: 10)
        minimumCell = try reader.integer("minimum-cell", in: 1...1_000_000, default: 5)
    }
}
