import Disclosure
import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import Simulator
import StudyCore
import StudyProtocol
import Tables
import Testing

/// A variant of harmonisation as a protocol writes it, and as `concord harmonise fit` has it.
struct StudyVariant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Keys beside `method`, `minimum-batch-size` and `covariates`.
    let keys: String
    var method = "combat"
    var covariates = "[{name: age}, {name: sex, levels: [F, M]}]"
    let plan: @Sendable ([DesignColumn]) throws -> HarmonisationPlan

    static let all = [
        StudyVariant(testDescription: "non-parametric", keys: "", method: "combat-nonparametric") {
            try HarmonisationPlan(batchColumns: ["batch"], design: $0, method: .nonparametric)
        },
        StudyVariant(testDescription: "mean only", keys: "", method: "combat-mean-only") {
            try HarmonisationPlan(batchColumns: ["batch"], design: $0, method: .meanOnly)
        },
        StudyVariant(testDescription: "reference", keys: "reference: b") {
            try HarmonisationPlan(batchColumns: ["batch"], design: $0, reference: "b")
        },
        StudyVariant(testDescription: "CovBat and reference", keys: "covbat: true, reference: b") {
            try HarmonisationPlan(batchColumns: ["batch"], design: $0, reference: "b", hasCovariance: true)
        },
        StudyVariant(
            testDescription: "smooth, classes, transforms",
            keys: "classes: [{name: first, features: f0}, {name: rest, features: \"f*\"}], "
                + "transforms: [{lambda: 0, features: f4}, {lambda: 0.5, features: f5}]",
            covariates: "[{name: age, smooth: {places: [30, 45, 55, 60, 65, 75, 90], functions: 4}}]"
        ) {
            try HarmonisationPlan(
                batchColumns: ["batch"], design: $0,
                classes: FeatureClasses([.init(name: "first", pattern: "f0"), .init(name: "rest", pattern: "f*")]),
                transforms: FeatureTransforms(lambda: ["f4": 0, "f5": 0.5]))
        },
        StudyVariant(testDescription: "patients", keys: "random-intercept: patient") {
            try HarmonisationPlan(batchColumns: ["batch"], design: $0, subjectColumn: "patient")
        },
        StudyVariant(
            testDescription: "patients, reference, CovBat, smooth",
            keys: "random-intercept: patient, reference: a, covbat: true",
            covariates: "[{name: age, smooth: {places: [30, 45, 55, 60, 65, 75, 90], functions: 4}}]"
        ) {
            try HarmonisationPlan(
                batchColumns: ["batch"], design: $0, reference: "a", hasCovariance: true, subjectColumn: "patient")
        },
        StudyVariant(
            testDescription: "several batch columns",
            keys: "batches: [{column: vendor, levels: [V1, V2]}, {column: kernel, levels: [hard, soft]}], covbat: true"
        ) {
            try HarmonisationPlan(batchColumns: ["vendor", "kernel"], design: $0, hasCovariance: true)
        },
        StudyVariant(
            testDescription: "several batch columns with a reference",
            keys: "batches: [{column: vendor, levels: [V1, V2]}, {column: kernel, levels: [hard, soft]}], "
                + "reference: [V2, soft]"
        ) {
            try HarmonisationPlan(
                batchColumns: ["vendor", "kernel"], design: $0, reference: BatchCombination.name(["V2", "soft"]))
        },
    ]

    func yaml(model: String = "model: {kind: ridge-logistic, lambda: 1, covariates: [age]}") -> String {
        """
        concord: 1
        study: synthetic
        version: 1
        title: A synthetic study
        outcome: {column: y, event: "1"}
        sites: {training: [a, b, c], external: [d, e]}
        extraction: {source: table, columns: ["f*"]}
        harmonisation: {method: \(method), minimum-batch-size: 5, covariates: \(covariates)\(keys.isEmpty ? "" : ", " + keys)}
        \(model)
        validation: {gate-auc: 0.6}
        """
    }

    /// The tables of `Synthetic` with patients of three scans, vendors and kernels.
    static func sources(_ study: StudyProtocol) throws -> [String: any SiteDataSource] {
        var sources: [String: any SiteDataSource] = [:]
        for (index, site) in study.sites.all.enumerated() {
            let tables = Synthetic.tables(site: site, seed: UInt64(index + 1))
            let clinical = CSVTable(
                file: "clinical.csv", columns: tables.clinical.columns + ["patient", "vendor", "kernel"],
                rows: tables.clinical.rows.enumerated().map { row, cells in
                    let kernel = (row + index) % 3 == 0 ? "soft" : "hard"
                    return cells + ["p\(row / 3)", row % 2 == 0 || index == 0 ? "V1" : "V2", kernel]
                })
            sources[site] = TableDataSource(
                site: site, study: study,
                clinical: try ClinicalRows(table: clinical, caseColumn: "case", study: study),
                features: try FeatureColumns(table: tables.features, caseColumn: "case", study: study))
        }
        return sources
    }
}

@Suite("A study with every variant of harmonisation")
struct HarmonisationStudyTests {
    @Test("Federated equals pooled bit for bit, and both are what the local command makes", arguments: StudyVariant.all)
    func equivalence(variant: StudyVariant) throws {
        let study = try StudyProtocol(yaml: variant.yaml(), file: "s.yaml")
        let sources = try StudyVariant.sources(study)
        let federated = try LocalRun(study: study, sources: sources)
        var pooled: [String: any SiteDataSource] = [
            "pooled": PooledSource(study.sites.training.compactMap { sources[$0] })
        ]
        for site in study.sites.external { pooled[site] = sources[site] }
        let together = try LocalRun(study: study.poolingTrainingSites(as: "pooled"), sources: pooled)
        for name in [ArtefactName.harmonisation, ArtefactName.model] {
            let bytes = try #require(federated.artefacts[name])
            #expect(bytes == together.artefacts[name], "\(name)")
        }
        #expect(federated.results.scores.count == 1)

        let frozen = try CanonicalForm.decode(
            FrozenHarmonisation.self, from: try #require(federated.artefacts[ArtefactName.harmonisation]))
        let design = try study.harmonisation.covariates.map { covariate in
            DesignColumn(
                name: covariate.name, levels: covariate.levels,
                smooth: try covariate.smooth.map {
                    try ThinPlateSpline(places: $0.places, dimension: $0.functions, name: covariate.name)
                })
        }
        let rows = try study.sites.training.map { site in
            let data = try #require(sources[site]).extraction()
            var table = data.table
            if let smooth = design.first?.smooth {
                table = CaseTable(
                    featureNames: table.featureNames, features: table.features, covariateNames: design[0].coded,
                    covariates: table.covariates.flatMap(smooth.columns), outcome: table.outcome, batch: table.batch)
            }
            return HarmonisationRows(table: table, subject: data.subjects.isEmpty ? nil : data.subjects)
        }
        let (file, harmonised) = try HarmonisationFile.fit(variant.plan(design), sites: rows)
        #expect(file.model == frozen.combat && file.covariance == frozen.covariance)
        for (own, expected) in zip(rows, harmonised) {
            let found = try SiteHarmonisation(frozen, rows: own, minimumBatchSize: 5).apply(to: own)
            #expect(found.features.map(\.bitPattern) == expected.features.map(\.bitPattern))
            let isReference = Set(own.table.batch) == Set([frozen.combat.reference].compactMap(\.self))
            #expect((found.features == own.table.features) == isReference)
        }
    }

    @Test(
        "Faults of the network change nothing in a harmonisation of many rounds",
        arguments: 1...3 as ClosedRange<UInt64>)
    func faults(seed: UInt64) throws {
        let study = try StudyProtocol(yaml: StudyVariant.all[6].yaml(), file: "s.yaml")
        let sources = try StudyVariant.sources(study)
        var undisturbed = try FaultSimulator(study: study, sources: sources, seed: 1, faultRate: 0)
        let expected = try undisturbed.run()
        #expect(expected.status == .finished)
        var simulator = try FaultSimulator(study: study, sources: sources, seed: seed, faultRate: 0.2)
        let outcome = try simulator.run()
        #expect(outcome.status == .finished && outcome.artefacts == expected.artefacts, "seed \(seed)")
        #expect(outcome.counted.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    }

    @Test(
        "The report of a study is that of its sites' rows on one machine; a site that did not agree sends nothing",
        arguments: [2, 6])
    func report(number: Int) throws {
        let text = StudyVariant.all[number].yaml().replacingOccurrences(
            of: "minimum-batch-size: 5", with: "minimum-batch-size: 5, report: true")
        let study = try StudyProtocol(yaml: text, file: "s.yaml")
        let sources = try StudyVariant.sources(study)
        let run = try LocalRun(study: study, sources: sources)
        let found = try CanonicalForm.decode(
            HarmonisationReport.self, from: try #require(run.artefacts[ArtefactName.harmonisationReport]))
        let frozen = try CanonicalForm.decode(
            FrozenHarmonisation.self, from: try #require(run.artefacts[ArtefactName.harmonisation]))
        var (before, after): ([any RowSource], [any RowSource]) = ([], [])
        for site in study.sites.training {
            let data = try #require(sources[site]).extraction()
            var table = data.table
            before.append(TableRows(table))
            var expanded = table
            if let smooth = study.harmonisation.covariates[0].smooth {
                let spline = try ThinPlateSpline(
                    places: smooth.places, dimension: smooth.functions, name: "age")
                expanded = CaseTable(
                    featureNames: table.featureNames, features: table.features,
                    covariateNames: DesignColumn(name: "age", smooth: spline).coded,
                    covariates: table.covariates.flatMap(spline.columns), outcome: table.outcome, batch: table.batch)
            }
            let rows = HarmonisationRows(table: expanded, subject: data.subjects.isEmpty ? nil : data.subjects)
            table.features = try SiteHarmonisation(frozen, rows: rows, minimumBatchSize: 5).apply(to: rows).features
            after.append(TableRows(table))
        }
        let expected = try HarmonisationReport(
            sitesBefore: before, sitesAfter: after, minimum: study.disclosure.minimumCell)
        #expect(found == expected)
        #expect(found.after.batchShare < found.before.batchShare && found.effectChange != nil)
        #expect(try found.page().hasPrefix("<!DOCTYPE html>"))
        #expect(throws: ConfigurationError.self) {
            try StudyProtocol(
                yaml: text.replacingOccurrences(of: "[a, b, c]", with: "[a]"), file: "s.yaml")
        }
    }

    @Test("A site whose policy does not show numbers of its features refuses the report with the reason")
    func noConsent() throws {
        let text = StudyVariant.all[2].yaml().replacingOccurrences(
            of: "minimum-batch-size: 5", with: "minimum-batch-size: 5, report: true")
        let study = try StudyProtocol(yaml: text, file: "s.yaml")
        let source = try #require(StudyVariant.sources(study)["b"])
        var computer = SiteComputer(
            site: "b", study: study,
            policy: ReleasePolicy(floors: study.disclosure, consented: [.counts, .validation]), source: source)
        let features = try CanonicalForm.encode(try source.extraction().table.featureNames)
        let request = HarmonisationRequest(computation: ExponentCensus.identifier, rows: .ofSites, state: Data())
        let task = StudyTask(
            run: "r", round: 1, stage: .harmonisation,
            computation: Catalogue.harmonisationPrefix + ExponentCensus.identifier,
            state: try CanonicalForm.encode(request), protocolHash: "",
            artefacts: [ArtefactName.features: "f", ArtefactName.harmonisation: "h"])
        #expect(throws: SiteDataError.noConsent(.features)) {
            try computer.answer(task, artefacts: [ArtefactName.features: features])
        }
    }

    @Test("Without a training site the harmonisation is that of the others")
    func leftOut() throws {
        let text = StudyVariant.all[5].yaml().replacingOccurrences(
            of: "{gate-auc: 0.6}", with: "{gate-auc: 0.6, leave-out-sites: true}")
        let study = try StudyProtocol(yaml: text, file: "s.yaml")
        let run = try LocalRun(study: study, sources: StudyVariant.sources(study))
        let models = try #require(run.results.refits).flatMap(\.models)
        #expect(models.count == 3 && models.allSatisfy { $0.model != nil })
    }

    @Test("A site answers what its protocol asks and nothing else, from no fewer rows than its floors")
    func refusals() throws {
        let study = try StudyProtocol(yaml: StudyVariant.all[2].yaml(), file: "s.yaml")
        let rows = HarmonisationRows(table: try #require(StudyVariant.sources(study)["b"]).extraction().table)
        let (features, covariates) = (rows.table.featureNames, rows.table.covariateNames)
        let program = try HarmonisationProgram(features: features, covariates: covariates, reference: "b")
        let floors = HarmonisationFloors(batch: 5, combination: 5)
        func request(_ program: HarmonisationProgram) throws -> HarmonisationRequest {
            do {
                _ = try program.run(on: HarmonisationReplay())
            } catch let pending as HarmonisationReplay.Pending { return pending.request }
            throw HarmonisationError.noCases
        }
        let census = try request(program)
        #expect(try program.contribute(census, rows: rows, floors: floors).blocks.isEmpty == false)
        #expect(throws: HarmonisationError.batchTooSmall(cases: 60, minimum: 61)) {
            try program.contribute(census, rows: rows, floors: HarmonisationFloors(batch: 61, combination: 5))
        }
        // The reference of a hospital that the protocol does not name would tell its means.
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(on: [rows.table]).result
        let model = try ComBatFit(features: features, covariates: covariates, exponents: exponents)
            .run(on: [rows.table]).result
        for (computation, state) in [
            (
                ReferenceBatchFit.identifier,
                try CanonicalForm.encode(ReferenceBatchFit(model, reference: "c").initialState())
            ),
            (
                PooledMoments.identifier,
                try CanonicalForm.encode(PooledMoments(exponents: exponents).initialState())
            ),
            ("learning.anything", Data("{}".utf8)),
        ] {
            let asked = HarmonisationRequest(computation: computation, rows: .features, state: state)
            #expect(throws: LocalHarmonisationError.self) {
                try program.contribute(asked, rows: rows, floors: floors)
            }
        }
    }

    @Test(
        "What has no meaning together is refused with the key",
        arguments: [
            ("reference: d", "reference"), ("covbat: maybe", "covbat"),
            ("batches: [{column: v, levels: [a, b]}]", "batches"),
            ("batch: x, batches: [{column: v, levels: [a, b]}, {column: w, levels: [a, b]}]", "batch"),
            ("batches: [{column: v, levels: [a, b]}, {column: w, levels: [a]}]", "levels"),
            ("batches: [{column: v, levels: [a, b]}, {column: w, levels: [a, b]}], reference: [a, c]", "reference"),
            ("transforms: [{lambda: x, features: f}]", "lambda"), ("classes: [{name: a}]", "features"),
        ])
    func badProtocols(keys: String, field: String) throws {
        let variant = StudyVariant(testDescription: "", keys: keys) { _ in
            try HarmonisationPlan(batchColumns: ["batch"])
        }
        let error = #expect(throws: ConfigurationError.self) {
            try StudyProtocol(yaml: variant.yaml(), file: "s.yaml")
        }
        #expect(error.map { "\($0)".contains(field) } == true)
    }

    @Test("Folds with patients, curves of levels, and variants of nothing are refused")
    func badCombinations() throws {
        let good = StudyVariant.all[5].yaml()
        for (part, other) in [
            ("{gate-auc: 0.6}", "{gate-auc: 0.6, folds: 3}"),
            ("levels: [F, M]", "levels: [F, M], smooth: {places: [1, 2, 3, 4, 5]}"), ("method: combat", "method: none"),
            ("{name: age}", "{name: age, smooth: {places: [1, 2]}}"),
        ] {
            let text = good.replacingOccurrences(of: part, with: other)
            #expect(text != good)
            #expect(throws: ConfigurationError.self) { try StudyProtocol(yaml: text, file: "s.yaml") }
        }
        let study = try StudyProtocol(yaml: StudyVariant.all[7].yaml(), file: "s.yaml")
        let table = CSVTable(
            file: "c.csv", columns: ["case", "y", "age", "sex", "vendor", "kernel"],
            rows: [["1", "1", "50", "F", "V9", "soft"]])
        #expect(
            throws: TableError.unknownLevel(file: "c.csv", row: 1, column: "vendor", levels: ["V1", "V2"])
        ) { try ClinicalRows(table: table, caseColumn: "case", study: study) }
    }
}
