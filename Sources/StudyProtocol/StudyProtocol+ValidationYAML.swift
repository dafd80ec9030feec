extension StudyProtocol.Agreement {
    init(_ reader: ConfigurationReader?) throws(ConfigurationError) {
        guard let reader else {
            readers = []
            minimumICC = 0
            ratings = []
            categories = []
            (protocols, minimumCCC, siteShare, statistics) = (nil, nil, nil, nil)
            return
        }
        try reader.allow(
            "readers", "minimum-icc", "ratings", "categories", "protocols", "minimum-ccc", "site-share",
            "statistics")
        readers = try reader.identifiers("readers")
        minimumICC = try reader.number("minimum-icc", in: -1...1, default: 0)
        ratings = try reader.strings("ratings")
        categories = try reader.strings("categories")
        protocols = reader.has("protocols") ? try reader.identifiers("protocols") : nil
        minimumCCC = reader.has("minimum-ccc") ? try reader.number("minimum-ccc", in: -1...1) : nil
        siteShare = reader.has("site-share") ? try reader.number("site-share", in: 0.01...1) : nil
        statistics = try StudyProtocol.Statistic.list(reader, isAgreement: true)
        guard protocols == nil || protocols?.count == 2 else {
            throw reader.fault("protocols", "name the two acquisition protocols under which cases were measured")
        }
        guard (protocols == nil) == (minimumCCC == nil) else {
            throw reader.fault("minimum-ccc", "belongs to protocols; give both or neither")
        }
        guard siteShare == nil || readers.count == 2 || protocols != nil else {
            throw reader.fault("site-share", "needs two readers, or protocols")
        }
        guard readers.count <= 2 else { throw reader.fault("readers", "at most two readers contour a case") }
        guard ratings.isEmpty || ratings.count == 2 else { throw reader.fault("ratings", "name two columns") }
        guard ratings.isEmpty || categories.count >= 2 else {
            throw reader.fault("categories", "ratings need at least two categories")
        }
    }
}

extension StudyProtocol.Validation {
    init(_ reader: ConfigurationReader?) throws(ConfigurationError) {
        guard let reader else {
            scores = []
            (gateAUC, gateC, horizon, interval) = (nil, nil, nil, nil)
            threshold = 0.5
            histogramBins = 256
            (adaptiveBins, leaveOutSites, folds, key, drop, statistics) = (nil, nil, nil, nil, nil, nil)
            return
        }
        try reader.allow(
            "scores", "gate-auc", "gate-c", "horizon", "interval", "threshold", "histogram-bins", "adaptive-bins",
            "leave-out-sites", "folds", "key", "drop", "statistics")
        scores = try reader.strings("scores")
        gateAUC = reader.has("gate-auc") ? try reader.number("gate-auc", in: 0.5...1) : nil
        gateC = reader.has("gate-c") ? try reader.number("gate-c", in: 0.5...1) : nil
        horizon = reader.has("horizon") ? try reader.number("horizon", in: 1e-6...1e9) : nil
        interval = reader.has("interval") ? try reader.number("interval", in: 1e-6...1e9) : nil
        guard (horizon == nil) == (interval == nil) else {
            throw reader.fault("interval", "is that of the times up to validation.horizon; give both or neither")
        }
        if let horizon, let interval { try StudyProtocol.Statistic.checkGrid(reader, horizon, interval) }
        threshold = try reader.number("threshold", in: 0...1, default: 0.5)
        histogramBins = try reader.integer("histogram-bins", in: 4...4096, default: 256)
        // Absent and false are the same protocol.
        adaptiveBins = try reader.boolean("adaptive-bins", default: false) ? true : nil
        leaveOutSites = try reader.boolean("leave-out-sites", default: false) ? true : nil
        folds = reader.has("folds") ? try reader.integer("folds", in: 2...50) : nil
        key = reader.has("key") ? try reader.string("key") : nil
        drop = try reader.optionalSection("drop").map { section throws(ConfigurationError) in
            try StudyProtocol.Drop(section)
        }
        statistics = try StudyProtocol.Statistic.list(reader, isAgreement: false)
        guard (folds == nil) == (key == nil) else {
            throw reader.fault("key", "belongs to folds: it decides by a hash who is in which; give both or neither")
        }
        for (name, meaning) in [("model", "the study's own model"), ("out-of-fold", "its predictions out of fold")]
        where scores.contains(name) {
            throw reader.fault("scores", "'\(name)' names \(meaning)")
        }
    }
}

extension StudyProtocol.Drop {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("score", "gate", "covariates", "variances", "protocol-scores", "contour-scores")
        score = try reader.string("score", default: "model")
        gate = reader.has("gate") ? try reader.number("gate", in: -0.999...0.999) : nil
        covariates = try reader.strings("covariates")
        balancesVariances = try reader.boolean("variances", default: false)
        protocolScores = try reader.strings("protocol-scores")
        contourScores = try reader.strings("contour-scores")
        for (field, columns) in [("protocol-scores", protocolScores), ("contour-scores", contourScores)]
        where ![0, 2].contains(columns.count) {
            throw reader.fault(
                field, "name two columns: of the training sites' way of measuring and of the external one")
        }
        guard !balancesVariances || !covariates.isEmpty else {
            throw reader.fault("variances", "are those of covariates; name them")
        }
    }
}

extension StudyProtocol {
    /// Whether what the validation asks for can be had in this study.
    func checkValidation(_ root: ConfigurationReader) throws(ConfigurationError) {
        guard let section = try root.optionalSection("validation") else {
            return try checkReadings(root)
        }
        try checkStatistics(root)
        try checkTimes(section)
        if validation.leaveOutSites != nil {
            guard model != nil else { throw section.fault("leave-out-sites", "there is no model to refit") }
            guard sites.training.count >= 2 else {
                throw section.fault("leave-out-sites", "needs two or more training sites")
            }
        }
        if validation.folds != nil, model == nil { throw section.fault("folds", "there is no model to refit") }
        if let model, model.kind != .ridgeLogistic {
            for (key, isAsked) in [
                ("folds", validation.folds != nil), ("leave-out-sites", validation.leaveOutSites != nil),
            ] where isAsked {
                throw section.fault(
                    key, "refits models of kind ridge-logistic; model.compare tests the others in folds")
            }
        }
        if let drop = validation.drop {
            let reader = try section.section("drop")
            guard !sites.training.isEmpty, !sites.external.isEmpty else {
                throw section.fault("drop", "is from training to external sites; the study needs both")
            }
            guard drop.score == "model" ? model != nil : validation.scores.contains(drop.score) else {
                throw reader.fault("score", "'\(drop.score)' is neither the study's model nor one of validation.scores")
            }
            let known = Set(harmonisation.covariates.map(\.name))
            for name in drop.covariates where !known.contains(name) {
                throw reader.fault("covariates", "'\(name)' is not described under harmonisation.covariates")
            }
        }
        try checkReadings(root)
    }

    /// Whether what is asked of the validation is of the study's outcome.
    private func checkTimes(_ section: ConfigurationReader) throws(ConfigurationError) {
        if outcome.time != nil {
            for (key, isAsked, remedy) in [
                ("gate-auc", validation.gateAUC != nil, "use gate-c"), ("drop", validation.drop != nil, "leave it out"),
            ] where isAsked {
                throw section.fault(key, "is of an outcome without time; \(remedy)")
            }
        } else {
            for (key, isAsked) in [
                ("gate-c", validation.gateC != nil), ("horizon", validation.horizon != nil),
            ] where isAsked {
                throw section.fault(key, "is of an outcome with times; set outcome.time")
            }
        }
    }

    private func checkReadings(_ root: ConfigurationReader) throws(ConfigurationError) {
        guard agreement.protocols != nil || agreement.siteShare != nil else { return }
        let section = try root.section("agreement")
        if agreement.protocols != nil, extraction.source != .table {
            throw section.fault(
                "protocols", "cases measured under two protocols are read from tables; set extraction.source")
        }
        if model == nil {
            throw section.fault(
                agreement.siteShare != nil ? "site-share" : "protocols",
                "filters the features of a model, and there is none")
        }
    }
}
