import Federation
import Foundation
import LocalValidation
import Simulator
import Statistics
import StudyCore
import StudyProtocol
import Tables
import TestKit
import Testing

/// Refits, the filter by sites, the adaptive AUC and the drop as stages of a study, against the local commands on the pooled
/// rows.
@Suite("Validation as stages of a study")
struct ValidationStageTests {
    /// Five sites with a score, covariates, scores measured both ways, and features in two readings of each kind.
    struct Tables {
        var rows: [[String]] = []
        var readers: [[String]] = []
        var protocols: [[String]] = []
        static let columns = ["case", "site", "y", "age", "sex", "s", "p1", "p2", "c1", "c2", "f0", "f1", "f2", "f3"]
        static let features = ["f0", "f1", "f2", "f3"]

        init(cases: Int = 70) {
            var generator = SeededGenerator(seed: 5)
            for (place, site) in ["a", "b", "c", "d", "e"].enumerated() {
                for number in 0..<cases + 10 * place {
                    let age = 55 + 2 * Double(place) + 8 * generator.normal()
                    let male = generator.uniform() < 0.4 + 0.05 * Double(place)
                    let y = generator.uniform() < 1 / (1 + exp(-(age - 60) / 12)) ? 1.0 : 0
                    let noise = place < 3 ? 1.0 : 1.5
                    let s = y + noise * generator.normal() + (age - 60) / 20 + (male ? 0.3 : 0)
                    let hasPairs = number % 2 == 0
                    func again(_ error: Double) -> String { "\(s + error * generator.normal())" }
                    let pairs = hasPairs ? ["\(s)", again(0.6), "\(s)", again(0.4)] : ["", "", "", ""]
                    let f = [0.9 * y, 0.6 * y, 0.3 * y, 0].map { $0 + generator.normal() }
                    let name = "\(site)\(number)"
                    rows.append(
                        [name, site, "\(Int(y))", "\(age)", male ? "M" : "F", "\(s)"] + pairs + f.map { "\($0)" })
                    // The third feature is unstable between readers at site b only, the fourth between protocols.
                    let second = f.enumerated().map { column, value in
                        value + (column == 2 && site == "b" ? 2 : 0.1) * generator.normal()
                    }
                    let other = f.enumerated().map { column, value in
                        value + (column == 3 ? 1.5 : 0.1) * generator.normal()
                    }
                    for (label, values) in [("ann", f), ("bob", second)] {
                        readers.append([name, site, label] + values.map { "\($0)" })
                    }
                    for (label, values) in [("old", f), ("new", other)] {
                        protocols.append([name, site, label] + values.map { "\($0)" })
                    }
                }
            }
        }

        func table(_ sites: Set<String>? = nil) -> CSVTable {
            CSVTable(file: "t.csv", columns: Self.columns, rows: rows.filter { sites?.contains($0[1]) ?? true })
        }

        func readings(_ rows: [[String]], _ label: String) -> CSVTable {
            CSVTable(file: "\(label).csv", columns: ["case", "site", label] + Self.features, rows: rows)
        }

        func sources(_ study: StudyProtocol) throws -> [String: any SiteDataSource] {
            var sources: [String: any SiteDataSource] = [:]
            let hasReaders = study.agreement.readers.count == 2
            for site in study.sites.all {
                let own = table([site])
                sources[site] = TableDataSource(
                    site: site, study: study,
                    clinical: try ClinicalRows(table: own, caseColumn: "case", study: study),
                    features: try FeatureColumns(table: own, caseColumn: "case", study: study),
                    readers: hasReaders
                        ? try TableDataSource.readings(
                            readings(readers, "reader"), caseColumn: "case", column: "reader",
                            readings: study.agreement.readers, study: study) : [],
                    protocols: study.agreement.protocols == nil
                        ? []
                        : try TableDataSource.readings(
                            readings(protocols, "protocol"), caseColumn: "case", column: "protocol",
                            readings: study.agreement.protocols ?? [], study: study))
            }
            return sources
        }
    }

    static func study(
        training: String = "a, b, c", external: String = "d, e", lambda: Double = 0, harmonisation: String = "none",
        agreement: String = "", validation: String
    ) throws -> StudyProtocol {
        try StudyProtocol(
            yaml: """
                concord: 1
                study: stages
                version: 1
                title: Stages of validation
                outcome: {column: y, event: "1"}
                sites: {training: [\(training)], external: [\(external)]}
                extraction: {source: table, columns: ["f*"]}
                harmonisation:
                  method: \(harmonisation)
                  covariates: [{name: age}, {name: sex, levels: [F, M]}]
                model: {kind: ridge-logistic, lambda: \(lambda)}
                \(agreement)
                validation: {\(validation)}
                """, file: "stages.yaml")
    }

    static func local(_ table: CSVTable, stability: FeatureStability? = nil) throws -> CrossValidation {
        try CrossValidation(
            PredictorTable(
                table,
                PredictorTable.Columns(predictors: Tables.features, outcome: "y", site: "site", caseName: "case")),
            key: "k-1", stability: stability)
    }

    static func find(
        _ records: [StatisticRecord], _ statistic: String, _ variant: String, site: String = ""
    ) throws -> StatisticRecord {
        try #require(
            records.first { $0.statistic == statistic && $0.variant == variant && $0.site == site },
            "\(statistic) \(variant) \(site)")
    }

    static func value(_ estimate: Estimate?) throws -> EstimateValue {
        guard case .value(let value)? = estimate else {
            Issue.record("no value: \(estimate?.reason ?? "absent")")
            throw CancellationError()
        }
        return value
    }

    static let names = ["auc": "AUC", "calibration_slope": "calibration-slope", "observed_expected": "O:E"]

    /// Numbers of each site and their summaries against those of the local command.
    static func compare(_ refit: RefitResults, _ records: [StatisticRecord], _ prefix: String) throws {
        #expect(refit.sites.map(\.site) == ["a", "b", "c"])
        for site in refit.sites {
            for (name, statistic) in names {
                let variant = statistic == "AUC" ? "\(prefix), DeLong" : prefix
                let peer = try find(records, statistic, variant, site: site.site)
                let found = try value(site.estimate(name))
                #expect(Tolerance.agrees(found.value, peer.estimate, 1e-12), "\(site.site) \(name)")
                #expect(Tolerance.agrees(found.standardError, peer.standardError, 1e-10))
            }
        }
        for summary in refit.summaries {
            let variant = "\(prefix), \(try #require(names[summary.statistic]))"
            for (name, estimate) in [("mean", summary.mean), ("prediction-interval", summary.prediction)] {
                let peer = try find(records, name, variant)
                let found = try value(estimate)
                #expect(Tolerance.agrees(found.value, peer.estimate, 1e-9))
                #expect(Tolerance.agrees(found.lower, peer.lower, 1e-9))
            }
        }
    }

    @Test("Leaving sites out gives the numbers of concord crossvalidate --leave-out-sites on the pooled rows")
    func leavingSitesOut() throws {
        let tables = Tables()
        let study = try Self.study(validation: "leave-out-sites: true")
        let run = try LocalRun(study: study, sources: tables.sources(study))
        let refit = try #require(run.results.refits?.first)
        let records = try Self.local(tables.table(["a", "b", "c"])).leavingSitesOut().records
        try Self.compare(refit, records, "leave one site out")
        #expect(refit.models.map(\.without) == ["a", "b", "c"])
        #expect(Set(refit.models.compactMap { $0.model?.sha256 }).count == 3)
        // The study's own model comes last and is the one that stays.
        #expect(run.results.model?.sha256 == run.artefacts[ArtefactName.model].map { CanonicalForm.sha256($0) })
        #expect(run.results.scores.count == 1)
    }

    @Test("Folds give the numbers of concord crossvalidate --folds; the pooled AUC lies in its certified interval")
    func folds() throws {
        let tables = Tables()
        let study = try Self.study(validation: "folds: 4, key: k-1, adaptive-bins: true, histogram-bins: 1024")
        let refit = try #require(try LocalRun(study: study, sources: tables.sources(study)).results.refits?.first)
        let records = try Self.local(tables.table(["a", "b", "c"])).inFolds(4).records
        try Self.compare(refit, records, "4 folds")
        let exact = try #require(try Self.find(records, "AUC", "4 folds, DeLong").estimate)
        #expect(refit.certified.count == 2)
        #expect(refit.certified[0] <= exact && exact <= refit.certified[1])
        for (name, statistic) in [
            ("calibration_slope", "calibration-slope"), ("calibration_intercept", "calibration-intercept"),
            ("brier", "Brier"), ("scaled_brier", "scaled-Brier"), ("observed_expected", "O:E"),
        ] {
            let found = try Self.value(refit.calibration.first { $0.name == name }?.estimate)
            let peer = try #require(try Self.find(records, statistic, "4 folds").estimate)
            #expect(Tolerance.agrees(found.value, peer, 1e-12), "\(name)")
        }
    }

    @Test(
        "Three training sites and one give the same models in every fold, with ComBat and a filter inside of the folds")
    func shards() throws {
        let tables = Tables()
        let study = try Self.study(
            lambda: 1, harmonisation: "combat", agreement: "agreement: {readers: [ann, bob], minimum-icc: 0.5}",
            validation: "folds: 3, key: k-1")
        let sources = try tables.sources(study)
        let apart = try LocalRun(study: study, sources: sources).results
        var pooled = sources.filter { study.sites.external.contains($0.key) }
        pooled["pooled"] = PooledSource(study.sites.training.compactMap { sources[$0] })
        let together = try LocalRun(study: study.poolingTrainingSites(as: "pooled"), sources: pooled).results
        let models = apart.refits?.first?.models.compactMap { $0.model?.sha256 }
        #expect(models?.count == 3)
        #expect(models == together.refits?.first?.models.compactMap { $0.model?.sha256 })
        #expect(apart.model?.sha256 == together.model?.sha256)
        #expect(apart.refits?.first?.calibration == together.refits?.first?.calibration)
    }

    @Test("Faults change nothing in a run with refits and a drop", arguments: [3, 8] as [UInt64])
    func faults(seed: UInt64) throws {
        let study = try Self.study(validation: Self.dropKeys + ", folds: 2, key: k-1, leave-out-sites: true")
        let sources = try Tables().sources(study)
        var quiet = try FaultSimulator(study: study, sources: sources, seed: 1, faultRate: 0)
        let expected = try quiet.run()
        #expect(expected.status == .finished)
        var disturbed = try FaultSimulator(study: study, sources: sources, seed: seed, faultRate: 0.1)
        let outcome = try disturbed.run()
        #expect(outcome.status == .finished)
        #expect(outcome.artefacts == expected.artefacts)
        #expect(outcome.transcriptSHA256 == expected.transcriptSHA256)
    }

    static let dropKeys = """
        scores: [s], adaptive-bins: true, histogram-bins: 4096, drop: {score: s, gate: 0.1, covariates: [age, sex], \
        protocol-scores: [p1, p2], contour-scores: [c1, c2]}
        """

    /// What `concord drop` finds on the same rows.
    static func localDrop(_ tables: Tables, training: [String], external: [String]) throws -> [StatisticRecord] {
        let table = tables.table(Set(training + external))
        func pairs(_ first: Int, _ second: Int) throws -> RemeasuredScores {
            let rows = tables.rows.filter { (training + external).contains($0[1]) && !$0[first].isEmpty }
            return try RemeasuredScores(
                CSVTable(
                    file: "pairs.csv", columns: ["internal", "external", "y"],
                    rows: rows.map { [$0[first], $0[second], $0[2]] }), outcome: "y")
        }
        return try DropAttribution(
            table,
            DropAttribution.Columns(
                score: "s", outcome: "y", site: "site", internalSites: training, covariates: ["age", "sex"],
                categorical: ["sex"]), protocols: pairs(6, 7), contours: pairs(8, 9)
        ).results(resamples: 20, gate: 0.1)
    }

    @Test("The drop between two sites, its parts and its verdict are those of concord drop")
    func dropOfTwoSites() throws {
        let tables = Tables()
        let study = try Self.study(training: "b", external: "e", validation: Self.dropKeys)
        let drop = try #require(try LocalRun(study: study, sources: tables.sources(study)).results.drop)
        let records = try Self.localDrop(tables, training: ["b"], external: ["e"])
        for name in ["total", "case mix", "protocol", "contour", "remainder"] {
            let found = try Self.value(drop.parts.first { $0.name == name }?.estimate)
            let peer = try Self.find(records, "AUC-drop", name)
            #expect(Tolerance.agrees(found.value, peer.estimate, 1e-9), "\(name)")
            guard name == "total" else { continue }
            #expect(Tolerance.agrees(found.lower, peer.lower, 1e-12))
        }
        let verdict = try #require(records.first { $0.statistic == "verdict" })
        #expect(drop.verdicts.first?.casesToDecide == verdict.estimate.map { Int($0) })
        #expect(verdict.method.hasPrefix("\(drop.verdicts[0].verdict):"))
        let concordance = try Self.find(records, "CCC", "score, contour")
        let ccc = try Self.value(drop.concordance.first { $0.name == "contour" }?.estimate)
        #expect(Tolerance.agrees(ccc.value, concordance.estimate, 1e-12))
    }

    @Test("Over several sites on both sides every part of concord drop lies in its certified interval")
    func dropOfGroups() throws {
        let tables = Tables()
        let study = try Self.study(validation: Self.dropKeys)
        let drop = try #require(try LocalRun(study: study, sources: tables.sources(study)).results.drop)
        let records = try Self.localDrop(tables, training: ["a", "b", "c"], external: ["d", "e"])
        for part in drop.parts {
            let peer = try #require(try Self.find(records, "AUC-drop", part.name).estimate)
            #expect(part.certified.count == 2)
            #expect(part.certified[0] - 1e-9 <= peer && peer <= part.certified[1] + 1e-9, "\(part.name)")
            #expect(part.certified[1] - part.certified[0] < 0.15)
        }
        #expect(drop.sites.map(\.name) == ["d", "e"])
        #expect(drop.verdicts.map(\.site) == ["", "d", "e"])
    }

    @Test("Features are kept by the sites' votes as concord stability keeps them, over all cases and inside of folds")
    func stability() throws {
        let tables = Tables()
        let study = try Self.study(
            agreement:
                "agreement: {readers: [ann, bob], minimum-icc: 0.75, protocols: [old, new], minimum-ccc: 0.85, site-share: 0.75}",
            validation: "leave-out-sites: true")
        let results = try LocalRun(study: study, sources: tables.sources(study)).results
        let training: Set<String> = ["a", "b", "c"]
        func readings(_ rows: [[String]], _ label: String) throws -> FeatureReadings {
            try FeatureReadings(
                tables.readings(rows.filter { training.contains($0[1]) }, label), caseName: "case", site: "site",
                reading: label)
        }
        let filter = try FeatureStability(
            readers: readings(tables.readers, "reader"), protocols: readings(tables.protocols, "protocol"))
        let records = try filter.results()
        let found = try #require(results.stability)
        #expect(found.map(\.isKept) == [true, true, false, false])
        for feature in found {
            let icc = try Self.find(records, "ICC", feature.feature)
            #expect(Tolerance.agrees(feature.icc, icc.estimate, 1e-12))
            #expect(Tolerance.agrees(feature.iccLower, icc.lower, 1e-9))
            #expect(icc.method.hasPrefix(feature.isKept ? "kept" : "dropped"))
            let ccc = try Self.find(records, "CCC", feature.feature)
            #expect(Tolerance.agrees(feature.ccc, ccc.estimate, 1e-12))
        }
        // Two of three sites pass for f2: without site b both do, and the fit without b has the feature.
        let models = try #require(results.refits?.first?.models)
        #expect(
            models.map { $0.model?.coefficients.map(\.name) } == [["f0", "f1"], ["f0", "f1", "f2"], ["f0", "f1"]])
        let refits = try Self.local(tables.table(training), stability: filter).leavingSitesOut().records
        try Self.compare(try #require(results.refits?.first), refits, "leave one site out")
    }

    @Test("The adaptive AUC stops when its interval is a tenth of the confidence interval, and holds the exact AUC")
    func adaptive() throws {
        let tables = Tables(cases: 300)
        let study = try Self.study(
            validation: "scores: [s], adaptive-bins: true, histogram-bins: 4096")
        let score = try #require(try LocalRun(study: study, sources: tables.sources(study)).results.scores.last)
        let area = try Self.value(score.pooledAUC)
        let width = try #require(area.upper) - (try #require(area.lower))
        #expect(score.isNarrow == true)
        #expect(score.certified[1] - score.certified[0] < width / 10)
        let exact = try #require(
            try PredictionAnalysis(tables.table(), scores: ["s"], outcome: "y", site: "site")
                .results(threshold: nil).first { $0.statistic == "AUC" && $0.variant == "DeLong" && $0.site.isEmpty }?
                .estimate)
        #expect(score.certified[0] <= exact && exact <= score.certified[1])
        // Bins of a hundred cases are the floor of this one.
        let coarse = try StudyProtocol(
            yaml: """
                concord: 1
                study: coarse
                version: 1
                title: A floor that stops the search
                outcome: {column: y, event: "1"}
                sites: {training: [], external: [a, b, c]}
                extraction: {source: table, columns: []}
                validation: {scores: [s], adaptive-bins: true, histogram-bins: 4096}
                disclosure: {minimum-cell: 100}
                """, file: "coarse.yaml")
        var sources: [String: any SiteDataSource] = [:]
        for site in coarse.sites.all {
            sources[site] = TableDataSource(
                site: site, study: coarse,
                clinical: try ClinicalRows(table: tables.table([site]), caseColumn: "case", study: coarse),
                features: nil)
        }
        let stopped = try #require(try LocalRun(study: coarse, sources: sources).results.scores.first)
        #expect(stopped.isNarrow == false)
        #expect(stopped.certified.count == 2)
    }

    @Test("A fold below the floors of a site is refused in a sentence that names the key of the protocol")
    func smallFolds() throws {
        let study = try Self.study(validation: "folds: 20, key: k-1")
        let error = #expect(throws: SiteDataError.self) {
            try LocalRun(study: study, sources: try Tables().sources(study))
        }
        #expect(error == .foldTooSmall(folds: 20, minimum: 10))
        #expect(error?.description.contains("validation.folds") == true)
    }

    @Test("A refit without a model is a result with its reason, and the study goes on")
    func separated() throws {
        // Without site c the first feature separates the outcomes.
        var tables = Tables()
        for row in tables.rows.indices where tables.rows[row][1] != "c" {
            tables.rows[row][10] = tables.rows[row][2] == "1" ? "\(5 + row)" : "\(-5 - row)"
        }
        let study = try Self.study(external: "", validation: "leave-out-sites: true")
        let refit = try #require(try LocalRun(study: study, sources: tables.sources(study)).results.refits?.first)
        #expect(refit.models.map { $0.model == nil } == [false, false, true])
        #expect(refit.models[2].reason.isEmpty == false)
        #expect(refit.sites.map(\.site) == ["a", "b"])
    }

    @Test(
        "What a protocol cannot mean is refused with its field",
        arguments: [
            ("folds: 3", "validation.key"), ("key: k", "validation.key"), ("folds: 1, key: k", "validation.folds"),
            ("drop: {score: t}", "validation.drop.score"), ("drop: {covariates: [bmi]}", "validation.drop.covariates"),
            ("drop: {protocol-scores: [p1]}", "validation.drop.protocol-scores"),
            ("drop: {variances: true}", "validation.drop.variances"), ("drop: {gate: 1}", "validation.drop.gate"),
        ])
    func protocolFaults(validation: String, field: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.study(validation: validation) }
        #expect(error?.field == field)
    }
}
