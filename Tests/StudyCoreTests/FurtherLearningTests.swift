import Disclosure
import Federation
import Foundation
import Harmonisation
import Learning
import LocalHarmonisation
import LocalLearning
import Simulator
import Statistics
import StudyCore
import StudyProtocol
import Survival
import Tables
import Testing

/// Outcomes with times, missing values, blocks of features and sites as folds, in a study.
@Suite("Cox models, gaps, fusion and sites as folds as stages of a study")
struct FurtherLearningTests {
    static func study(
        _ model: String, time: Bool = false, harmonisation: String = "none", sites: String = "[a, b, c]"
    ) throws -> StudyProtocol {
        var yaml = Synthetic.start(harmonisation: harmonisation) + "\nmodel: {\(model)}"
        yaml = yaml.replacingOccurrences(of: "training: [a, b, c]", with: "training: \(sites)")
        if time { yaml = yaml.replacingOccurrences(of: "event: \"1\"}", with: "event: \"1\", time: days}") }
        return try StudyProtocol(yaml: yaml, file: "further.yaml")
    }

    /// The tables of `Synthetic` with days that follow the first features, and with gaps in the last two features.
    static func sources(
        _ study: StudyProtocol, gaps: Bool = false, sparse: Bool = false, edit: (inout [[String]]) -> Void = { _ in }
    ) throws -> [String: any SiteDataSource] {
        var sources: [String: any SiteDataSource] = [:]
        for (index, site) in study.sites.all.enumerated() {
            let (clinical, features) = Synthetic.tables(site: site, seed: UInt64(index + 1))
            var rows = features.rows
            if gaps {
                for row in rows.indices where row % 5 == index % 5 {
                    rows[row][5] = ""
                    if row % 2 == 0 { rows[row][6] = "" }
                }
                // One site has four values of the last feature.
                if sparse, index == 1 { for row in rows.indices.dropFirst(4) { rows[row][6] = "" } }
            }
            var followed = zip(clinical.rows, rows).map { own, values in
                own + [
                    "\(Int(400 - 150 * (Double(own[1]) ?? 0) + (Double(values[2]) ?? 0).truncatingRemainder(dividingBy: 97)))"
                ]
            }
            edit(&followed)
            sources[site] = TableDataSource(
                site: site, study: study,
                clinical: try ClinicalRows(
                    table: CSVTable(file: "clinical.csv", columns: clinical.columns + ["days"], rows: followed),
                    caseColumn: "case", study: study),
                features: try FeatureColumns(
                    table: CSVTable(file: "features.csv", columns: features.columns, rows: rows), caseColumn: "case",
                    study: study))
        }
        return sources
    }

    /// The rows of the training sites, as one machine would have them.
    ///
    /// - Parameter hasCovariates: whether the coded covariates of harmonisation are columns beside the features.
    static func parts(
        _ study: StudyProtocol, _ sources: [String: any SiteDataSource], hasCovariates: Bool = false
    ) throws -> [TrainingCases] {
        try study.sites.training.map { site in
            let data = try #require(try sources[site]?.extraction())
            let (p, q) = (data.table.featureNames.count, hasCovariates ? data.table.covariateNames.count : 0)
            var values: [Double] = []
            for row in 0..<data.table.count {
                values += data.table.features[row * p..<(row + 1) * p]
                values += data.table.covariates[row * q..<(row + 1) * q]
            }
            return TrainingCases(
                table: CaseTable(
                    featureNames: data.table.featureNames + data.table.covariateNames.prefix(q), features: values,
                    outcome: data.table.outcome, batch: data.table.outcome.map { _ in site }), times: data.times,
                names: data.cases.map { "\($0.site)/\($0.name)" })
        }
    }

    static var settings: LearnerSettings {
        var settings = LearnerSettings()
        (settings.folds.count, settings.folds.seed, settings.folds.isBySite) = (3, "synthetic", true)
        return settings
    }

    /// The model file of a study, which must be that of the pooled rows.
    static func model(_ study: StudyProtocol, _ sources: [String: any SiteDataSource]) throws -> (
        file: ModelFile, run: LocalRun
    ) {
        let run = try LocalRun(study: study, sources: sources)
        let bytes = try #require(run.artefacts[ArtefactName.model])
        let pooled = try LearningStudyTests.pooled(study, sources)
        #expect(bytes == pooled.artefacts[ArtefactName.model])
        #expect(run.results.comparison == pooled.results.comparison)
        let names = try #require(try sources["a"]?.extraction().table.featureNames)
        let estimate = try #require(try study.learningCommunication(features: names + ["age", "sex=M"], cases: 180))
        let learning = LearningStudyTests.learning(run)
        #expect(learning.rounds <= estimate.most.rounds && learning.bytes <= estimate.most.bytesPerSite)
        return (try ModelFile(json: bytes), run)
    }

    @Test(
        "A Cox model of a study is the pooled one, byte by byte; but for the times of the hazard it is the one of the rows",
        arguments: ["cox", "cox-lasso", "cox-ridge", "coxph"])
    func cox(name: String) throws {
        let study = try Self.study("kind: \(name), select: [\"cox:4\"], folds: 3", time: true)
        let sources = try Self.sources(study)
        let (file, run) = try Self.model(study, sources)
        let found = try #require(file.fitted.predictor.cox)
        let pipeline = ModelPipeline(
            selection: [try SelectionStep("cox:4")], learner: try Self.settings.learner(named: name))
        let local = try #require(try pipeline.fit(Self.parts(study, sources)).predictor.cox)
        #expect(found.terms == local.terms && found.choice == local.choice && found.strata == 3)
        #expect(found.standardErrors == local.standardErrors)
        // At the times that both have the hazards are those of the same cases.
        #expect(found.baseline.grid.count < local.baseline.grid.count && found.baseline.grid.count >= 5)
        for (time, hazard) in zip(found.baseline.grid, found.baseline.cumulativeHazard) {
            let exact = local.baseline.grid.lastIndex { $0 <= time }.map { local.baseline.cumulativeHazard[$0] } ?? 0
            #expect(abs(hazard - exact) < 0.15 * exact + 0.02, "\(time)")
        }
        #expect(file.outcome == OutcomeColumns(event: "y", time: "days"))
        let external = try #require(
            run.results.sites.first { $0.site == "d" }?.estimate("concordance", "model")?.number)
        #expect(external > 0.5)
        #expect(run.results.scores[0].measure == "C" && run.results.sites[0].estimate("auc", "model") == nil)
    }

    @Test(
        "To a horizon the pooled C of the external sites is certified to hold that of their rows; sites tell slope, O:E and AUC of their rows, and meet the gate"
    )
    func timesAreValidated() throws {
        let text = try Self.study("kind: coxph, select: [\"cox:4\"]", time: true)
        let study = try Self.study(
            "kind: coxph, select: [\"cox:4\"]}\nvalidation: {gate-c: 0.6, horizon: 240, interval: 120", time: true)
        // Events in 200 days, other cases seen for longer on average.
        func days(_ rows: inout [[String]]) {
            for row in rows.indices {
                rows[row][5] = rows[row][1] == "1" ? "\(100 + row * 37 % 200)" : "\(250 + row * 53 % 200)"
            }
        }
        let sources = try Self.sources(study, edit: days)
        let (file, run) = try Self.model(study, sources)
        #expect(file.use?.horizon == 240 && study.statistics.count == 1 && run.results.statistics == nil)
        let cox = try #require(file.fitted.predictor.cox)
        var (times, events, scores): ([Double], [Bool], [Double]) = ([], [], [])
        for site in ["d", "e"] {
            let data = try #require(try sources[site]?.extraction())
            let own = try file.fitted.scores(data.table)
            let followUp = SurvivalTimes(times: try #require(data.times), events: data.table.outcome.map { $0 == 1 })
            let found = try #require(run.results.sites.first { $0.site == site })
            #expect(
                found.estimate("calibration_slope", "model")
                    == SurvivalCalibration.slope(followUp, linearPredictors: own))
            let risks = own.compactMap { cox.risk(at: 240, score: $0) }
            #expect(risks.count == own.count)
            #expect(
                found.estimate("observed_expected", "model")
                    == SurvivalCalibration.observedOverExpected(followUp, risks: risks, at: 240))
            #expect(
                found.estimate("time_auc", "model")
                    == TimeDependentAUC.estimate(followUp, scores: own, horizon: 240))
            #expect(found.estimate("observed_expected", "model")?.number != nil)
            times += followUp.times
            events += followUp.events
            scores += own
        }
        let row = run.results.scores[0]
        let exact = try #require(
            Concordance(SurvivalTimes(times: times, events: events), scores: scores, limit: 240).estimate.number)
        #expect(row.certified.count == 2 && row.certified[0] <= exact && exact <= row.certified[1])
        #expect(row.certified[1] - row.certified[0] < 0.5 && abs((row.pooledAUC.number ?? 0) - exact) < 0.1)
        let own = run.results.sites.first { $0.site == "d" }?.estimate("concordance", "model")
        guard case .value(let value)? = own, let lower = value.lower, let upper = value.upper else {
            Issue.record("no concordance")
            return
        }
        #expect(row.verdicts["d"] == (lower >= 0.6 ? "pass" : upper < 0.6 ? "fail" : "undecided"))
        #expect(row.verdicts.count == 2)
        // Without a horizon nothing of the model's risk is told.
        let plain = try LocalRun(study: text, sources: try Self.sources(text, edit: days)).results
        #expect(plain.sites.allSatisfy { $0.estimate("observed_expected", "model") == nil })
        #expect(plain.scores[0].pooledAUC.number == nil && plain.scores[0].verdicts.isEmpty)
    }

    @Test("Cox models are compared by the concordance within sites, the best is chosen within, and a site is left out")
    func coxComparison() throws {
        for folds in ["folds: 3", "leave-out-sites: true"] {
            let study = try Self.study(
                "kind: cox-ridge, lambda: 0.1, compare: {methods: [cox-ridge, coxph], choose: 3, \(folds)}", time: true)
            let (_, run) = try Self.model(study, try Self.sources(study))
            let report = try #require(run.results.comparison)
            #expect(report.measure == "C within sites")
            #expect(report.algorithms.map(\.name) == ["cox-ridge", "coxph", "chosen within"])
            #expect(report.choices.values.reduce(0, +) == 3)
            for own in report.algorithms {
                #expect((own.mean ?? 0) > 0.5 && own.tests == 3 && own.outOfFoldLower != nil)
            }
        }
    }

    @Test(
        "Medians and indicators of a study are those of the rows; columns with gaps are harmonised first, like the others"
    )
    func imputation() throws {
        for rule in [Imputation.Rule.median, .medianIndicator] {
            let study = try Self.study("kind: lr, impute: \(rule.rawValue)")
            let sources = try Self.sources(study, gaps: true)
            let (file, _) = try Self.model(study, sources)
            let pipeline = ModelPipeline(imputation: rule, learner: try Self.settings.learner(named: "lr"))
            #expect(try pipeline.fit(Self.parts(study, sources)) == file.fitted)
            #expect(file.fitted.predictor.model.columns.contains("f4=missing") == (rule == .medianIndicator))
            let harmonised = try Self.study("kind: lr, impute: \(rule.rawValue)", harmonisation: "combat")
            let (other, run) = try Self.model(harmonised, try Self.sources(harmonised, gaps: true))
            #expect(run.results.selection.complete == 4)
            #expect(run.results.sites.first { $0.site == "d" }?.estimate("auc", "model")?.number ?? 0 > 0.6)
            #expect(
                try Self.harmonisedFit(harmonised, try Self.sources(harmonised, gaps: true), run, pipeline)
                    == other.fitted)
        }
        let without = try Self.study("kind: lr")
        let (file, _) = try Self.model(without, try Self.sources(without, gaps: true))
        #expect(file.fitted.imputation.values.isEmpty && !file.fitted.predictor.model.columns.contains("f5"))
    }

    /// The model of the rows after ComBat of missing values, which is fitted to the rows of all sites at once here.
    static func harmonisedFit(
        _ study: StudyProtocol, _ sources: [String: any SiteDataSource], _ run: LocalRun, _ pipeline: ModelPipeline
    ) throws -> FittedModel {
        let tables = try study.sites.training.map { site in
            let whole = try #require(try sources[site]?.extraction().table)
            return try whole.selecting(features: ["f0", "f1", "f2", "f3", "f4", "f5"])
        }
        let columns = 6 + tables[0].covariateNames.count
        let exponents = try ExponentCensus(columns: columns, allowsMissing: true).run(on: tables).result
        let combat = try IncompleteComBatFit(
            features: tables[0].featureNames, covariates: tables[0].covariateNames, exponents: exponents
        ).run(on: tables).result
        let frozen = FrozenHarmonisation(combat: combat)
        #expect(try CanonicalForm.encode(frozen) == run.artefacts[ArtefactName.harmonisation])
        let parts = try zip(Self.parts(study, sources), tables).map { part, table in
            let rows = HarmonisationRows(table: table)
            let own = try SiteHarmonisation(frozen, rows: rows, minimumBatchSize: 5).apply(to: rows)
            return TrainingCases(
                table: CaseTable(
                    featureNames: own.featureNames, features: own.features, outcome: own.outcome,
                    batch: part.table.batch), names: part.names)
        }
        return try pipeline.fit(parts)
    }

    @Test(
        "A column with gaps that has too few values in a batch, or does not vary there, is left out where the study harmonises"
    )
    func sparseGaps() throws {
        let study = try Self.study("kind: lr, impute: median", harmonisation: "combat")
        let sources = try Self.sources(study, gaps: true, sparse: true)
        let (file, run) = try Self.model(study, sources)
        #expect(!file.fitted.predictor.model.columns.contains("f5"))
        #expect(file.fitted.predictor.model.columns.contains("f4") && run.results.selection.complete == 4)
        let raw = try Self.study("kind: lr, impute: median")
        let kept = try Self.model(raw, try Self.sources(raw, gaps: true, sparse: true)).file
        #expect(kept.fitted.predictor.model.columns.contains("f5"))
    }

    @Test(
        "Blocks joined early or late give the model that they give on one machine",
        arguments: [
            ("elastic-net", "fusion: early", "penalty: 3", BlockFusion.Kind.early, 3.0 as Double?),
            ("lr", "fusion: late", "", .late, nil), ("lasso", "fusion: late", "", .late, nil),
        ])
    func fusion(name: String, kind: String, penalty: String, joined: BlockFusion.Kind, factor: Double?) throws {
        let study = try Self.study(
            "kind: \(name), folds: 3, \(kind), blocks: [{name: first, columns: [f0, f1, f2], \(penalty)}, "
                + "{name: second, columns: [\"*4\", f3]}], direct: [f5]")
        let sources = try Self.sources(study)
        let (file, _) = try Self.model(study, sources)
        let parts = try Self.parts(study, sources)
        let fusion = try BlockFusion(
            kind: joined,
            blocks: [
                BlockFusion.Block(name: "first", columns: ["f0", "f1", "f2"], penalty: factor),
                BlockFusion.Block(name: "second", columns: ["*4", "f3"], penalty: nil),
            ], direct: ["f5"])
        let names = try fusion.features(among: parts[0].table.featureNames)
        let pipeline = try fusion.pipeline(
            name, Self.settings, columns: names, imputation: .none, selection: [])
        #expect(try pipeline.fit(parts.map { try $0.selecting(features: names) }) == file.fitted)
    }

    @Test(
        "A column in two blocks, or in a block and beside them, is refused by name",
        arguments: [["f1"], []], [["f1*"], ["*0", "f1"]])
    func overlapping(direct: [String], second: [String]) throws {
        let fusion = try BlockFusion(
            kind: .early,
            blocks: [
                BlockFusion.Block(name: "first", columns: ["f0", "f1"], penalty: nil),
                BlockFusion.Block(name: "second", columns: second, penalty: nil),
            ], direct: direct)
        let error = #expect(throws: LocalLearningError.self) {
            try fusion.features(among: ["f0", "f1", "f2", "f10"])
        }
        #expect(error.map { "\($0)".contains("is in two blocks") } == true)
    }

    @Test("Sites as folds of the penalty give the penalty of these folds on one machine")
    func tuningBySites() throws {
        let study = try Self.study("kind: lasso, leave-out-sites: true")
        let sources = try Self.sources(study)
        let (file, _) = try Self.model(study, sources)
        var settings = Self.settings
        settings.folds = InnerFolds(sites: ["a", "b", "c"])
        let pipeline = ModelPipeline(learner: try settings.learner(named: "lasso"))
        #expect(try pipeline.fit(Self.parts(study, sources)) == file.fitted)
        let other = try Self.study("kind: lasso, folds: 3")
        #expect(try Self.model(other, sources).file.fitted != file.fitted)
    }

    @Test("Every algorithm leaves one site out; the AUCs are those of the rows on one machine within the bins")
    func leavingOut() throws {
        let methods = LearningStudyTests.kinds.map(\.rawValue)
        let study = try Self.study(
            "kind: lr, compare: {methods: [\(methods.joined(separator: ", "))], leave-out-sites: true}, "
                + LearningStudyTests.small)
        let sources = try Self.sources(study)
        let (_, run) = try Self.model(study, sources)
        let report = try #require(run.results.comparison)
        #expect(report.resampling == "leave one site out" && report.algorithms.allSatisfy { $0.tests == 3 })
        let parts = try Self.parts(study, sources)
        let all = TrainingCases(
            table: CaseTable(
                featureNames: parts[0].table.featureNames, features: parts.flatMap(\.table.features),
                outcome: parts.flatMap(\.table.outcome), batch: parts.flatMap(\.table.batch)),
            names: parts.flatMap(\.names))
        let resampling = try Resampling(leavingOutSitesOf: all)
        for name in ["lr", "lasso"] {
            let pipeline = ModelPipeline(learner: try Self.settings.learner(named: name))
            let local = try CrossValidation(name, all, resampling) { try pipeline.fit($0.bySite()) }
            let exact = local.discriminations.compactMap(\.self)
            let found = try #require(report.algorithms.first { $0.name == name }?.mean)
            #expect(abs(found - exact.reduce(0, +) / Double(exact.count)) < 0.02, "\(name)")
        }
    }

    @Test("A site answers for the sites that the protocol names as folds, and not for others")
    func refusedSites() throws {
        let study = try Self.study("kind: lasso, leave-out-sites: true, compare: {methods: [lr, lasso], choose: 3}")
        var (_, site, artefacts) = try LearningStudyTests.round(study)
        let run = try LocalRun(study: study, sources: try Self.sources(study))
        func answer(_ folds: InnerFolds, _ fold: Int) throws -> Answer {
            let request = LearningRequest(
                computation: "learning.class-totals", steps: [.outside(folds, fold)], form: .table,
                state: Data("{}".utf8))
            return try site.answer(try LearningStudyTests.task(study, [request], run), artefacts: artefacts)
        }
        #expect(
            try answer(InnerFolds(sites: ["a", "b", "c"]), 2).contribution.values("class_cases").reduce(0, +) == 60)
        // Without its own cases a site has nothing to tell.
        #expect(try answer(InnerFolds(sites: ["a", "b", "c"]), 1).contribution.values("class_cases") == [0, 0])
        #expect(throws: LocalLearningError.self) { try answer(InnerFolds(sites: ["a", "b"]), 1) }
    }

    @Test("A negative time is an error with its place; a case without a time is left out and counted")
    func times() throws {
        let study = try Self.study("kind: coxph", time: true)
        let error = #expect(throws: TableError.self) {
            try Self.sources(study) { $0[3][5] = "-2" }
        }
        #expect(error.map { "\($0)".contains("row 4") && "\($0)".contains("days") } ?? false)
        let sources = try Self.sources(study) { $0[3][5] = "" }
        let data = try #require(try sources["a"]?.extraction())
        #expect(data.failures == ["missing_time": 1] && data.times?.count == 59)
        var one = try Self.sources(study) { rows in for row in rows.indices { rows[row][1] = "0" } }
        one["b"] = sources["b"]
        #expect(throws: SiteDataError.self) { try LocalRun(study: study, sources: one) }
    }

    @Test(
        "The protocol names what does not belong",
        arguments: [
            ("kind: coxph}\nvalidation: {gate-auc: 0.6", true, "gate-auc"),
            ("kind: coxph}\nvalidation: {horizon: 300", true, "interval"),
            ("kind: coxph}\nvalidation: {horizon: 300, interval: 0.1", true, "interval"),
            ("kind: lr}\nvalidation: {gate-c: 0.6", false, "gate-c"),
            ("kind: lr}\nvalidation: {horizon: 300, interval: 100", false, "horizon"),
            ("kind: cox", false, "kind"), ("kind: lasso", true, "kind"),
            ("kind: cox, compare: {methods: [cox, lr]}", true, "methods"), ("kind: lr, impute: mean", false, "impute"),
            ("kind: lr, leave-out-sites: true, folds: 5", false, "folds"),
            ("kind: lr, compare: {methods: [lr, svm], leave-out-sites: true, repeats: 2}", false, "repeats"),
            ("kind: lr, compare: {methods: [lr], choose: 3}", false, "choose"),
            ("kind: lr, fusion: late", false, "fusion"), ("kind: lr, direct: [f0]", false, "direct"),
            ("kind: lr, blocks: [{name: x, columns: [f0], penalty: 2}]", false, "blocks"),
            ("kind: lasso, fusion: late, blocks: [{name: x, columns: [f0], penalty: 2}]", false, "penalty"),
            ("kind: lasso, blocks: [{name: x, columns: []}]", false, "columns"),
            ("kind: lasso, blocks: [{name: x, columns: [f0]}, {name: x, columns: [f1]}]", false, "blocks"),
            (
                "kind: lr, fusion: late, blocks: [{name: x, columns: [f0]}], compare: {methods: [lr], leak: true}",
                false, "leak"
            ),
        ])
    func protocolFaults(model: String, time: Bool, field: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.study(model, time: time) }
        #expect(error.map { "\($0)".contains(field) } ?? false)
    }

    @Test("Sites as folds need enough of them; a pattern without a column ends the run with its name")
    func remedies() throws {
        #expect(throws: ConfigurationError.self) {
            try Self.study("kind: lr, leave-out-sites: true", sites: "[a, b]")
        }
        let study = try Self.study("kind: lasso, blocks: [{name: x, columns: [\"g*\"]}]")
        let error = #expect(throws: LocalRunError.self) {
            try LocalRun(study: study, sources: try Self.sources(study))
        }
        #expect(error.map { "\($0)".contains("g*") } ?? false)
    }
}
