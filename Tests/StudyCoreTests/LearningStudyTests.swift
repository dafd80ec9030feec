import Disclosure
import Federation
import Foundation
import Learning
import LocalLearning
import Simulator
import Statistics
import StudyCore
import StudyProtocol
import Testing

/// Every kind of model as a stage of a study, with the real coordinator core and site computers.
@Suite("Algorithms as a stage of a study")
struct LearningStudyTests {
    static let kinds = StudyProtocol.ModelKind.allCases.filter {
        $0 != .ridgeLogistic && $0 != .networkAveraging && !$0.needsTime
    }

    static func study(_ model: String, harmonisation: String = "combat") throws -> StudyProtocol {
        try StudyProtocol(
            yaml: Synthetic.start(harmonisation: harmonisation) + "\nmodel: {\(model)}", file: "learning.yaml")
    }

    static let small = "folds: 3, rounds: 5, trees: 10, fourier: 20, hidden: [3]"

    static func pooled(_ study: StudyProtocol, _ sources: [String: any SiteDataSource]) throws -> LocalRun {
        var together: [String: any SiteDataSource] = [
            "pooled": PooledSource(study.sites.training.compactMap { sources[$0] })
        ]
        for site in study.sites.external { together[site] = sources[site] }
        return try LocalRun(study: study.poolingTrainingSites(as: "pooled"), sources: together)
    }

    @Test(
        "The federated model file is the pooled one, byte by byte; it reads back and validates outside",
        arguments: kinds)
    func pooledModel(kind: StudyProtocol.ModelKind) throws {
        let study = try Self.study(
            "kind: \(kind.rawValue), select: [\"spearman:0.95\", \"mrmr:4\"], covariates: [age], \(Self.small)")
        let sources = try Synthetic.sources(study)
        let federated = try LocalRun(study: study, sources: sources)
        let bytes = try #require(federated.artefacts[ArtefactName.model])
        #expect(bytes == (try Self.pooled(study, sources)).artefacts[ArtefactName.model])
        let file = try ModelFile(json: bytes)
        #expect(file.method == kind.rawValue && file.cases == 180)
        #expect(file.fitted.selection.map { $0.features.contains("age") } == true)
        let external = federated.results.sites.first { $0.site == "d" }
        let auc = try #require(external?.estimate("auc", "model")?.number)
        #expect(auc > 0.6)
        #expect(federated.results.model?.facts?.isEmpty == false)
        let names = try #require(try sources["a"]?.extraction().table.featureNames)
        let estimate = try #require(try study.learningCommunication(features: names + ["age"], cases: 180))
        let learning = Self.learning(federated)
        #expect(learning.rounds <= estimate.most.rounds && learning.bytes <= estimate.most.bytesPerSite)
        // Half to twice of the rehearsal's.
        let likely = try #require(estimate.likely)
        #expect(learning.rounds <= 2 * likely.rounds && 2 * learning.rounds >= likely.rounds)
        #expect(learning.bytes <= 2 * likely.bytesPerSite && 2 * learning.bytes >= likely.bytesPerSite)
    }

    @Test(
        "Weights, draws and penalties of leaves are the pooled ones too, and change the model",
        arguments: [
            "kind: boosting, subsample: 0.7, colsample: 0.5, leaf-l1: 0.1, min-child-weight: 2, event-weight: 2",
            "kind: forest, subsample: 0.6, event-weight: 3", "kind: lasso, event-weight: 2",
            "kind: mlp, event-weight: 2",
            "kind: svm, event-weight: 2", "kind: lasso, case-bound: 0.9", "kind: mlp, case-bound: 0.9",
            "kind: mlp, optimiser: adam, adam-rate: 0.05", "kind: mlp, activation: relu",
            "kind: lr, transforms: [{lambda: 0, features: f1*}, {lambda: 0.5, features: f2}]",
        ])
    func weights(model: String) throws {
        let study = try Self.study("\(model), select: [\"t:4\"], \(Self.small)")
        let sources = try Synthetic.sources(study)
        let bytes = try #require(try LocalRun(study: study, sources: sources).artefacts[ArtefactName.model])
        #expect(bytes == (try Self.pooled(study, sources)).artefacts[ArtefactName.model])
        let kind = String(model.split(separator: ",")[0])
        let plain = try Self.study("\(kind), select: [\"t:4\"], \(Self.small)")
        let other = try #require(try LocalRun(study: plain, sources: sources).artefacts[ArtefactName.model])
        #expect(try ModelFile(json: bytes).fitted != ModelFile(json: other).fitted)
    }

    @Test("Federated averaging runs in a study, depends on the sites, and its file says so")
    func averaging() throws {
        let study = try Self.study(
            "kind: mlp-fedavg, averaging-rounds: 12, local-steps: 3, select: [\"t:4\"], \(Self.small)")
        let sources = try Synthetic.sources(study)
        let run = try LocalRun(study: study, sources: sources)
        let file = try ModelFile(json: try #require(run.artefacts[ArtefactName.model]))
        #expect(file.facts.contains { $0.contains("NOT that of the pooled cases") })
        let pooled = try Self.pooled(study, sources)
        let together = try ModelFile(json: try #require(pooled.artefacts[ArtefactName.model]))
        #expect(together.fitted != file.fitted)
        let names = try #require(try sources["a"]?.extraction().table.featureNames)
        let estimate = try #require(try study.learningCommunication(features: names, cases: 180))
        let own = Self.learning(run)
        #expect(own.rounds <= estimate.most.rounds && own.bytes <= estimate.most.bytesPerSite)
    }

    @Test(
        "What an algorithm does not have is refused by its key; a default that is said changes no hash",
        arguments: [
            "kind: lr, event-weight: 2", "kind: mlp-fedavg, event-weight: 2", "kind: boosting, subsample: 0",
            "kind: lasso, event-weight: 2, compare: {methods: [lr, lasso]}", "kind: boosting, leaf-l1: -1",
            "kind: lr, case-bound: 0", "kind: mlp, adam-rate: 0.1", "kind: mlp, activation: step",
            "kind: lr, site-bound: 1", "kind: lr, transforms: [{features: f1}]",
        ])
    func refusedKeys(model: String) throws {
        #expect(throws: ConfigurationError.self) { try Self.study(model) }
        let said = try Self.study("kind: boosting, event-weight: 1, subsample: 1, min-child-weight: 1, leaf-l1: 0")
        #expect(try said.hash() == Self.study("kind: boosting").hash())
    }

    /// Rounds and bytes of the algorithms of a run.
    static func learning(_ run: LocalRun) -> (rounds: Int, bytes: Int) {
        let own = zip(run.computations, run.roundBytes).filter { $0.0.hasPrefix(Catalogue.learningPrefix) }
        return (own.count, own.reduce(0) { $0 + $1.1 })
    }

    @Test(
        "Where no quantile is taken the study's model is the one that the rows give on one machine, bit by bit",
        arguments: ["lr", "ridge", "lasso", "elastic-net", "svm", "kernel-svm", "mlp"])
    func rows(name: String) throws {
        let study = try Self.study("kind: \(name), select: [\"t:4\"], \(Self.small)", harmonisation: "none")
        let sources = try Synthetic.sources(study)
        let federated = try LocalRun(study: study, sources: sources)
        let file = try ModelFile(json: try #require(federated.artefacts[ArtefactName.model]))
        let parts = try FurtherLearningTests.parts(study, sources)
        var settings = LearnerSettings()
        settings.calibration = .platt
        (settings.fourierFeatures, settings.hidden) = (20, [3])
        (settings.folds.count, settings.folds.seed, settings.folds.isBySite) = (3, "synthetic", true)
        let pipeline = ModelPipeline(
            selection: [try SelectionStep("t:4")], learner: try settings.learner(named: name))
        #expect(try pipeline.fit(parts) == file.fitted)
    }

    @Test(
        "A comparison is the pooled one, in no more rounds than its longest algorithm needs for one fold after the other stage"
    )
    func comparison() throws {
        let study = try Self.study(
            "kind: lr, select: [\"t:4\"], compare: {methods: [lr, svm, boosting], folds: 3, repeats: 2, leak: true}, \(Self.small)"
        )
        let sources = try Synthetic.sources(study)
        let federated = try LocalRun(study: study, sources: sources)
        let report = try #require(federated.results.comparison)
        #expect(report == (try Self.pooled(study, sources)).results.comparison)
        #expect(report.algorithms.map(\.name) == ["lr", "svm", "boosting"] && report.pairs.count == 3)
        for own in report.algorithms {
            #expect(own.tests == 6)
            #expect((own.mean ?? 0) > 0.6 && (own.outOfFold ?? 0) > 0.6 && (own.leaked ?? 0) > 0.6)
        }
        #expect(federated.computations.count < 200)
    }

    @Test("Under loss, doubling and crashes the model and the chain over all rounds are the undisturbed ones")
    func faults() throws {
        let study = try Self.study("kind: svm, select: [\"t:4\"], \(Self.small)")
        let sources = try Synthetic.sources(study)
        var quiet = try FaultSimulator(study: study, sources: sources, seed: 1, faultRate: 0)
        let expected = try quiet.run()
        #expect(expected.status == .finished)
        var simulator = try FaultSimulator(study: study, sources: sources, seed: 5, faultRate: 0.2)
        let outcome = try simulator.run()
        #expect(outcome.status == .finished && outcome.faults > 10)
        #expect(outcome.artefacts == expected.artefacts && outcome.transcriptSHA256 == expected.transcriptSHA256)
    }

    /// The first learning round of a study, with the site's computer and what it builds on.
    static func round(_ study: StudyProtocol) throws -> (task: StudyTask, site: SiteComputer, artefacts: [String: Data])
    {
        let sources = try Synthetic.sources(study)
        let policy = ReleasePolicy(floors: study.disclosure, consented: [])
        let run = try LocalRun(study: study, sources: sources)
        let source = try #require(sources["a"])
        let site = SiteComputer(site: "a", study: study, policy: policy, source: source)
        let request = LearningRequest(
            computation: "learning.class-totals", steps: [], form: .table, state: Data("{}".utf8))
        return (try task(study, [request], run), site, run.artefacts)
    }

    static func task(_ study: StudyProtocol, _ requests: [LearningRequest], _ run: LocalRun) throws -> StudyTask {
        let round = LearningRound(
            requests: requests.enumerated().map { LearningRound.Placed(place: "#\($0)", request: $1) })
        return StudyTask(
            run: "r", round: 1, stage: .training, computation: Catalogue.learningPrefix + round.computation,
            state: try CanonicalForm.encode(round), protocolHash: try study.hash(),
            artefacts: [ArtefactName.features: CanonicalForm.sha256(run.artefacts[ArtefactName.features] ?? Data())])
    }

    @Test("A site answers folds of the protocol only, of enough cases, by computations of the catalogue")
    func refusals() throws {
        let study = try Self.study("kind: lr, \(Self.small)", harmonisation: "none")
        var (task, site, artefacts) = try Self.round(study)
        #expect(try site.answer(task, artefacts: artefacts).contribution.blocks.count == 2)
        func answer(_ folds: InnerFolds?, _ computation: String) throws -> Answer {
            let request = LearningRequest(
                computation: computation, steps: folds.map { [.outside($0, 1)] } ?? [], form: .table,
                state: Data("{}".utf8))
            let round = LearningRound(requests: [LearningRound.Placed(place: "#0", request: request)])
            let asked = StudyTask(
                run: task.run, round: 2, stage: .training,
                computation: Catalogue.learningPrefix + round.computation, state: try CanonicalForm.encode(round),
                protocolHash: task.protocolHash, artefacts: task.artefacts)
            return try site.answer(asked, artefacts: artefacts)
        }
        var own = InnerFolds()
        (own.count, own.seed, own.isBySite) = (3, "synthetic", true)
        #expect(try answer(own, "learning.class-totals").contribution.blocks.count == 2)
        var foreign = own
        foreign.seed = "another"
        #expect(throws: LocalLearningError.self) { try answer(foreign, "learning.class-totals") }
        #expect(throws: LocalLearningError.self) { try answer(nil, "learning.no-such-thing") }
        task = StudyTask(
            run: "r", round: 3, stage: .training, computation: "algorithm.learning.elastic-net", state: task.state,
            protocolHash: task.protocolHash, artefacts: task.artefacts)
        #expect(throws: PipelineError.self) { try site.answer(task, artefacts: artefacts) }
    }

    @Test("Folds of fewer cases than the site's smallest cell are refused")
    func floor() throws {
        let study = try Self.study("kind: lasso, \(Self.small)", harmonisation: "none")
        let sources = try Synthetic.sources(study)
        let run = try LocalRun(study: study, sources: sources)
        let source = try #require(sources["a"])
        let strict = ReleasePolicy(
            floors: StudyProtocol.Disclosure(minimumCases: 10, minimumEvents: 10, minimumCell: 25), consented: [])
        var site = SiteComputer(site: "a", study: study, policy: strict, source: source)
        var folds = InnerFolds()
        (folds.count, folds.seed, folds.isBySite) = (3, "synthetic", true)
        let request = LearningRequest(
            computation: "learning.class-totals", steps: [.within(folds, 1)], form: .table, state: Data("{}".utf8))
        let task = try Self.task(study, [request], run)
        let error = #expect(throws: LocalLearningError.self) { try site.answer(task, artefacts: run.artefacts) }
        #expect(error.map { "\($0)".contains("fewer than 25") } ?? false)
    }

    @Test(
        "The protocol names what does not belong",
        arguments: [
            ("kind: ridge-logistic, lambda: 1, folds: 5", "folds"), ("kind: lasso, hidden: [1.5]", "hidden"),
            ("kind: lasso, compare: {methods: [ridge-logistic]}", "methods"),
            ("kind: lasso, compare: {methods: [lr, lr]}", "methods"),
            ("kind: forest, minimum-cases: 4", "minimum-cases"),
            ("kind: nothing", "kind"),
        ])
    func protocolFaults(model: String, field: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.study(model) }
        #expect(error.map { "\($0)".contains(field) } ?? false)
    }

    @Test(
        "Every kind of a protocol is an algorithm of the command line, and a wrong step of the selection ends the run")
    func names() throws {
        for kind in Self.kinds { #expect(try LearnerSettings().learner(named: kind.rawValue).name.isEmpty == false) }
        let study = try Self.study("kind: lr, select: [\"nothing:3\"], \(Self.small)")
        #expect(throws: LocalRunError.self) { try LocalRun(study: study, sources: try Synthetic.sources(study)) }
    }
}
