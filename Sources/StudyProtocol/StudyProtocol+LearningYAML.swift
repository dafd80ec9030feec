extension StudyProtocol.Model {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        kind = try reader.choice("kind", as: StudyProtocol.ModelKind.self)
        covariates = try reader.strings("covariates")
        if kind == .ridgeLogistic {
            try reader.allow("kind", "lambda", "covariates")
            lambda = try reader.number("lambda", in: 0...1e9)
            learning = nil
        } else {
            lambda = reader.has("lambda") ? try reader.number("lambda", in: 0...1e9) : nil
            learning = try StudyProtocol.Learning(reader)
        }
    }
}

extension StudyProtocol.Learning {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow(
            "kind", "lambda", "covariates", "select", "folds", "alpha", "sparse", "cost", "calibrate", "rounds",
            "max-depth", "eta", "leaf-penalty", "minimum-cases", "bins", "trees", "hidden", "weight-penalty", "gamma",
            "fourier", "compare", "impute", "leave-out-sites", "fusion", "blocks", "direct", "event-weight", "leaf-l1",
            "minimum-gain", "min-child-weight", "subsample", "colsample", "averaging-rounds", "local-steps",
            "local-rate", "transforms", "case-bound", "site-bound", "activation", "optimiser", "adam-rate", "tune",
            "tune-folds", "tune-by", "offset", "correlate", "correlate-by")
        select = try reader.strings("select")
        folds = try reader.integer("folds", in: 3...20, default: 5)
        alpha = try reader.number("alpha", in: 0...1, default: 0.5)
        sparse = try reader.boolean("sparse", default: false)
        cost = try reader.number("cost", in: 1e-9...1e9, default: 0.01)
        calibrate = try reader.choice("calibrate", as: StudyProtocol.Calibration.self, default: .platt)
        rounds = try reader.integer("rounds", in: 1...10_000, default: 100)
        maxDepth = try reader.integer("max-depth", in: 1...12, default: 3)
        eta = try reader.number("eta", in: 1e-6...1, default: 0.1)
        leafPenalty = try reader.number("leaf-penalty", in: 0...1e9, default: 1)
        minimumCases = try reader.integer("minimum-cases", in: 5...100_000, default: 5)
        bins = try reader.integer("bins", in: 2...254, default: 16)
        trees = try reader.integer("trees", in: 1...10_000, default: 500)
        let units = reader.has("hidden") ? try reader.numbers("hidden", in: 1...10_000) : [8]
        guard (1...2).contains(units.count), units.allSatisfy({ $0 == $0.rounded() }) else {
            throw reader.fault("hidden", "one or two whole numbers: the units of each hidden layer")
        }
        hidden = units.map { Int($0) }
        weightPenalty = try reader.number("weight-penalty", in: 0...1e9, default: 1)
        gamma = reader.has("gamma") ? try reader.number("gamma", in: 1e-9...1e9) : nil
        fourier = try reader.integer("fourier", in: 1...10_000, default: 500)
        compare = try reader.optionalSection("compare").map { reader throws(ConfigurationError) in
            try StudyProtocol.Comparison(reader)
        }
        impute = reader.has("impute") ? try reader.choice("impute", as: StudyProtocol.Imputation.self) : nil
        // Absent and false are the same protocol.
        leaveOutSites = try reader.boolean("leave-out-sites", default: false) ? true : nil
        if leaveOutSites != nil, reader.has("folds") {
            throw reader.fault("folds", "the sites are the folds; leave out folds or leave-out-sites")
        }
        fusion = reader.has("blocks") ? try StudyProtocol.Fusion(reader) : nil
        for key in ["fusion", "direct"] where fusion == nil && reader.has(key) {
            throw reader.fault(key, "belongs to blocks of features; name them under blocks")
        }
        let activation = try reader.choice("activation", as: StudyProtocol.Activation.self, default: .tanh)
        self.activation = activation == .tanh ? nil : activation
        let optimiser = try reader.choice("optimiser", as: StudyProtocol.Optimiser.self, default: .lbfgs)
        adamRate = optimiser == .adam ? try reader.number("adam-rate", in: 1e-6...1, default: 0.01) : nil
        if optimiser != .adam, reader.has("adam-rate") {
            throw reader.fault("adam-rate", "belongs to optimiser: adam")
        }
        transforms = try StudyProtocol.FeatureTransform.list(reader)
        caseBound = reader.has("case-bound") ? try reader.number("case-bound", in: 0.01...1e6) : nil
        siteBound = reader.has("site-bound") ? try reader.number("site-bound", in: 1e-6...1e9) : nil
        eventWeight = try reader.number("event-weight", in: 1e-6...1e6, unless: 1)
        leafL1 = try reader.number("leaf-l1", in: 0...1e9, unless: 0)
        minimumGain = try reader.number("minimum-gain", in: 0...1e9, unless: 0)
        minChildWeight = try reader.number("min-child-weight", in: 0...1e9, unless: 1)
        subsample = try reader.number("subsample", in: 0.01...1, unless: 1)
        colsample = try reader.number("colsample", in: 0.01...1, unless: 1)
        averagingRounds = try reader.number("averaging-rounds", in: 1...10_000, unless: 50)
        localSteps = try reader.number("local-steps", in: 1...1000, unless: 5)
        localRate = try reader.number("local-rate", in: 1e-6...1e3, unless: 0.1)
        tuning = reader.has("tune") ? try StudyProtocol.Tuning(reader, bySites: leaveOutSites != nil) : nil
        offset = reader.has("offset") ? try reader.string("offset") : nil
        let correlated = try reader.strings("correlate")
        correlate =
            correlated.isEmpty
            ? nil
            : StudyProtocol.Correlate(
                kind: try reader.choice("correlate-by", as: StudyProtocol.Correlate.Kind.self, default: .spearman),
                covariates: correlated)
        if correlated.isEmpty, reader.has("correlate-by") {
            throw reader.fault("correlate-by", "belongs to correlate; name the covariates there")
        }
        for key in ["tune-folds", "tune-by"] where tuning == nil && reader.has(key) {
            throw reader.fault(key, "belongs to tune, the values of settings")
        }
    }
}

extension ConfigurationReader {
    /// A number; nil for the default, so that a protocol that says it and one that does not are the same.
    fileprivate func number(
        _ key: String, in range: ClosedRange<Double>, unless usual: Double
    ) throws(ConfigurationError) -> Double? {
        let value = try number(key, in: range, default: usual)
        return value == usual ? nil : value
    }

    /// The same of a whole number.
    fileprivate func number(
        _ key: String, in range: ClosedRange<Int>, unless usual: Int
    ) throws(ConfigurationError) -> Int? {
        let value = try integer(key, in: range, default: usual)
        return value == usual ? nil : value
    }
}

extension StudyProtocol.Comparison {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("methods", "folds", "repeats", "leak", "leave-out-sites", "choose")
        var methods: [StudyProtocol.ModelKind] = []
        for name in try reader.strings("methods") {
            guard let kind = StudyProtocol.ModelKind(rawValue: name), kind != .ridgeLogistic else {
                let names = StudyProtocol.ModelKind.allCases.filter { $0 != .ridgeLogistic }.map(\.rawValue)
                throw reader.fault("methods", "'\(name)' is not one of \(names.joined(separator: ", "))")
            }
            methods.append(kind)
        }
        guard !methods.isEmpty, Set(methods).count == methods.count else {
            throw reader.fault("methods", "name one algorithm or more, each once")
        }
        self.methods = methods
        folds = try reader.integer("folds", in: 3...20, default: 5)
        repeats = try reader.integer("repeats", in: 1...50, default: 1)
        leak = try reader.boolean("leak", default: false)
        leaveOutSites = try reader.boolean("leave-out-sites", default: false) ? true : nil
        for key in ["folds", "repeats"] where leaveOutSites != nil && reader.has(key) {
            throw reader.fault(key, "the sites are tested in turn, once; leave it out or leave out leave-out-sites")
        }
        choose = reader.has("choose") ? try reader.integer("choose", in: 3...20) : nil
        if choose != nil, methods.count < 2 { throw reader.fault("choose", "needs two algorithms to choose among") }
    }
}

extension StudyProtocol.Fusion {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        kind = try reader.choice("fusion", as: Kind.self, default: .early)
        direct = try reader.strings("direct")
        var blocks: [Block] = []
        for section in try reader.sections("blocks") { blocks.append(try Block(section, kind: kind)) }
        self.blocks = blocks
        let names = blocks.map(\.name) + direct
        guard !blocks.isEmpty, Set(names).count == names.count else {
            throw reader.fault("blocks", "name one block or more, each once and not as a column of direct")
        }
    }
}

extension StudyProtocol.Fusion.Block {
    init(_ reader: ConfigurationReader, kind: StudyProtocol.Fusion.Kind) throws(ConfigurationError) {
        try reader.allow("name", "columns", "penalty")
        name = try reader.identifier("name")
        columns = try reader.strings("columns")
        guard !columns.isEmpty else { throw reader.fault("columns", "needs a column, or a pattern such as ring_*") }
        penalty = reader.has("penalty") ? try reader.number("penalty", in: 0...1e9) : nil
        if penalty != nil, kind == .late { throw reader.fault("penalty", "belongs to early fusion") }
    }
}

extension StudyProtocol {
    /// Whether the offset is a number of each case that the algorithms can add to a linear predictor.
    private func checkOffset(
        _ model: Model, _ learning: Learning, _ section: ConfigurationReader
    ) throws(ConfigurationError) {
        guard let offset = learning.offset else { return }
        guard let covariate = harmonisation.covariates.first(where: { $0.name == offset }), covariate.levels == nil
        else {
            throw section.fault("offset", "'\(offset)' is not described as a number under harmonisation.covariates")
        }
        guard !model.covariates.contains(offset) else {
            throw section.fault("offset", "'\(offset)' is under covariates too; its coefficient is either 1 or fitted")
        }
        let own: Set<ModelKind> = [.logistic, .ridge, .lasso, .elasticNet, .cox, .coxLasso, .coxRidge, .coxRegression]
        if let other = ([model.kind] + (learning.compare?.methods ?? [])).first(where: { !own.contains($0) }) {
            throw section.fault(
                "offset", "'\(other.rawValue)' has no linear predictor to add it to; use lr, lasso or another")
        }
        if learning.fusion?.kind == .late {
            throw section.fault("offset", "would be in no block's model; join the blocks early")
        }
    }

    /// Whether what is learned fits the outcome, the sites and the rest of the study.
    func checkLearning(_ root: ConfigurationReader) throws(ConfigurationError) {
        guard let model else { return }
        let section = try root.section("model")
        let hasTime = outcome.time != nil
        guard model.kind.needsTime == hasTime else {
            throw section.fault(
                "kind",
                hasTime
                    ? "'\(model.kind.rawValue)' has no use for outcome.time; use cox, cox-lasso, cox-ridge or coxph"
                    : "'\(model.kind.rawValue)' needs the time of each case; set outcome.time")
        }
        guard let learning = model.learning else { return }
        if learning.leaveOutSites != nil, sites.training.count < 3 {
            throw section.fault("leave-out-sites", "needs three or more training sites, so that two are left to fit")
        }
        if learning.impute != nil, agreement.readers.count == 2 || agreement.protocols != nil {
            throw section.fault(
                "impute", "columns with gaps cannot be judged between readers or acquisition protocols; leave it out")
        }
        if learning.impute != nil, harmonisation.variant?.covariance != nil {
            throw try root.section("harmonisation").fault(
                "covbat", "needs columns without gaps, which model.impute keeps; leave out covbat or model.impute")
        }
        if let penalised = learning.fusion?.blocks.first(where: { $0.penalty != nil }),
            ![.ridge, .lasso, .elasticNet, .cox, .coxLasso, .coxRidge].contains(model.kind)
        {
            throw section.fault(
                "blocks", "'\(penalised.name)' has a penalty, which '\(model.kind.rawValue)' does not; use elastic-net")
        }
        let unweighted = ([model.kind] + (learning.compare?.methods ?? [])).first {
            $0.needsTime || $0 == .logistic || $0 == .networkAveraging
        }
        if let unweighted, learning.eventWeight != nil {
            throw section.fault(
                "event-weight", "'\(unweighted.rawValue)' has no class weights; use ridge, mlp or another")
        }
        if learning.siteBound != nil, ([model.kind] + (learning.compare?.methods ?? [])).allSatisfy({ $0 != .network })
        {
            throw section.fault("site-bound", "is of mlp; case-bound bounds the cases of others")
        }
        for name in learning.correlate?.covariates ?? []
        where !harmonisation.covariates.contains(where: { $0.name == name }) {
            throw section.fault("correlate", "'\(name)' is not described under harmonisation.covariates")
        }
        try checkOffset(model, learning, section)
        try learning.tuning?.check([model.kind] + (learning.compare?.methods ?? []), hasTime: hasTime, section)
        guard let compare = learning.compare else { return }
        let reader = try section.section("compare")
        if let other = compare.methods.first(where: { $0.needsTime != hasTime }) {
            throw reader.fault(
                "methods",
                "'\(other.rawValue)' is for an outcome \(hasTime ? "without" : "with") time, unlike the study's")
        }
        if compare.leaveOutSites != nil, sites.training.count < 2 {
            throw reader.fault("leave-out-sites", "needs two or more training sites")
        }
        if compare.leak, learning.fusion?.kind == .late {
            throw reader.fault("leak", "is of a selection before the model; in late fusion each block has its own")
        }
    }
}
