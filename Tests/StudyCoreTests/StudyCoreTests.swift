import Federation
import Foundation
import Simulator
import StudyCore
import StudyProtocol
import Tables
import Testing

/// A seeded synthetic study of tables: six features with site effects, a clinical table.
enum Synthetic {
    static let yaml =
        start(harmonisation: "combat") + """

            selection: {maximum-correlation: 0.9, maximum-features: 4}
            model: {kind: ridge-logistic, lambda: 1, covariates: [age]}
            validation: {scores: [s], gate-auc: 0.6}
            """

    /// A protocol up to its harmonisation.
    static func start(harmonisation: String) -> String {
        """
        concord: 1
        study: synthetic
        version: 1
        title: A synthetic study
        outcome: {column: y, event: "1"}
        sites: {training: [a, b, c], external: [d, e]}
        extraction: {source: table, columns: ["f*"]}
        harmonisation:
          method: \(harmonisation)
          minimum-batch-size: 5
          covariates: [{name: age}, {name: sex, levels: [F, M]}]
        """
    }

    static func study() throws -> StudyProtocol { try StudyProtocol(yaml: yaml, file: "synthetic.yaml") }

    static func tables(site: String, seed: UInt64, cases: Int = 60) -> (clinical: CSVTable, features: CSVTable) {
        var state = seed
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }
        var clinical: [[String]] = []
        var features: [[String]] = []
        for row in 0..<cases {
            let age = 60 + 8 * normal()
            let y = uniform() < 1 / (1 + exp(-(age - 60) / 10)) ? 1 : 0
            clinical.append(["\(site)\(row)", "\(y)", "\(age)", uniform() < 0.4 ? "F" : "M", "\(Double(y) + normal())"])
            let shift = Double(seed % 7)
            features.append(
                ["\(site)\(row)"]
                    + (0..<6).map { column in
                        "\(1000 * Double(column) + shift + (1 + shift / 5) * (normal() + (column < 3 ? 0.8 * Double(y) : 0)))"
                    })
        }
        return (
            CSVTable(file: "clinical.csv", columns: ["case", "y", "age", "sex", "s"], rows: clinical),
            CSVTable(file: "features.csv", columns: ["case"] + (0..<6).map { "f\($0)" }, rows: features)
        )
    }

    static func sources(_ study: StudyProtocol) throws -> [String: any SiteDataSource] {
        var sources: [String: any SiteDataSource] = [:]
        for (index, site) in study.sites.all.enumerated() {
            let tables = tables(site: site, seed: UInt64(index + 1))
            sources[site] = TableDataSource(
                site: site, study: study,
                clinical: try ClinicalRows(table: tables.clinical, caseColumn: "case", study: study),
                features: try FeatureColumns(table: tables.features, caseColumn: "case", study: study))
        }
        return sources
    }
}

/// A site whose last cases were acquired otherwise.
struct DriftedSource: SiteDataSource {
    let base: any SiteDataSource
    let site: String
    let labels: [String]
    let drifted: Int

    func census() throws -> CensusData {
        let data = try base.census()
        return CensusData(
            cases: data.cases, events: data.events,
            acquisition: [AcquisitionBin.batch: [labels[0]: data.cases - drifted, labels[1]: drifted]],
            scanners: data.scanners)
    }

    func extraction() throws -> ExtractionData {
        let data = try base.extraction()
        var table = data.table
        for row in 0..<table.count {
            table.batch[row] = "\(site)/\(labels[row < table.count - drifted ? 0 : 1])"
        }
        return ExtractionData(table: table, cases: data.cases, scores: data.scores)
    }
}

@Suite("A whole study in one process")
struct PipelineTests {
    @Test("Federated equals pooled, bit for bit: harmonisation, standardisation and model files are identical")
    func equivalence() throws {
        let study = try Synthetic.study()
        let sources = try Synthetic.sources(study)
        let federated = try LocalRun(study: study, sources: sources)
        var pooled: [String: any SiteDataSource] = [
            "pooled": PooledSource(study.sites.training.compactMap { sources[$0] })
        ]
        for site in study.sites.external { pooled[site] = sources[site] }
        let together = try LocalRun(study: study.poolingTrainingSites(as: "pooled"), sources: pooled)
        for name in [
            ArtefactName.features, ArtefactName.harmonisation, ArtefactName.standardisation, ArtefactName.model,
        ] {
            let bytes = try #require(federated.artefacts[name])
            #expect(bytes == together.artefacts[name], "\(name)")
        }
        #expect(federated.results.model?.coefficients == together.results.model?.coefficients)
        #expect(federated.results.scores.count == 2)
        #expect(federated.results.scores[1].certified.count == 2)
    }

    @Test(
        "Under loss, doubling, reordering and crashes every answer counts once and the results are the undisturbed ones",
        arguments: 1...25 as ClosedRange<UInt64>)
    func faults(seed: UInt64) throws {
        let study = try Synthetic.study()
        let sources = try Synthetic.sources(study)
        var undisturbed = try FaultSimulator(study: study, sources: sources, seed: 1, faultRate: 0)
        let expected = try undisturbed.run()
        #expect(expected.status == .finished)
        var simulator = try FaultSimulator(study: study, sources: sources, seed: seed, faultRate: 0.2)
        let outcome = try simulator.run()
        #expect(outcome.status == .finished, "seed \(seed)")
        #expect(outcome.faults > 10)
        #expect(outcome.counted.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(outcome.acknowledged.filter { !$0.hasPrefix("-") }.isSubset(of: Set(outcome.counted.keys)))
        #expect(outcome.artefacts == expected.artefacts, "seed \(seed)")
        #expect(outcome.transcriptSHA256 == expected.transcriptSHA256, "seed \(seed)")
    }

    @Test("A seed replays exactly")
    func replay() throws {
        let study = try Synthetic.study()
        let sources = try Synthetic.sources(study)
        var first = try FaultSimulator(study: study, sources: sources, seed: 99, faultRate: 0.2)
        var second = try FaultSimulator(study: study, sources: sources, seed: 99, faultRate: 0.2)
        #expect(try first.run().faults == second.run().faults)
    }

    @Test("A training site with one class only is refused with a sentence that names column and event")
    func oneClass() throws {
        let study = try Synthetic.study()
        var sources = try Synthetic.sources(study)
        var table = Synthetic.tables(site: "a", seed: 1).clinical
        table = CSVTable(
            file: table.file, columns: table.columns,
            rows: table.rows.map { row in
                var row = row
                row[1] = "0"
                return row
            })
        sources["a"] = TableDataSource(
            site: "a", study: study, clinical: try ClinicalRows(table: table, caseColumn: "case", study: study),
            features: try FeatureColumns(
                table: Synthetic.tables(site: "a", seed: 1).features, caseColumn: "case", study: study))
        #expect(throws: SiteDataError.oneClass(column: "y", event: "1")) {
            try LocalRun(study: study, sources: sources)
        }
    }

    @Test("A table without the protocol's column of batches is refused by name, and so is an empty cell")
    func batchColumn() throws {
        let yaml = Synthetic.yaml.replacingOccurrences(of: "method: combat", with: "method: combat\n  batch: scanner")
        let study = try StudyProtocol(yaml: yaml, file: "synthetic.yaml")
        let table = Synthetic.tables(site: "a", seed: 1).clinical
        #expect(
            throws: TableError.missingColumn(file: "clinical.csv", column: "scanner", present: table.columns)
        ) {
            try ClinicalRows(table: table, caseColumn: "case", study: study)
        }
        func filled(_ scanner: (Int) -> String) -> CSVTable {
            CSVTable(
                file: table.file, columns: table.columns + ["scanner"],
                rows: table.rows.enumerated().map { $1 + [scanner($0)] })
        }
        #expect(throws: TableError.missingValue(file: "clinical.csv", row: 4, column: "scanner")) {
            try ClinicalRows(table: filled { $0 == 3 ? "" : "s\($0 % 2)" }, caseColumn: "case", study: study)
        }
        let rows = try ClinicalRows(table: filled { "s\($0 % 2)" }, caseColumn: "case", study: study)
        #expect(Set(rows.batch) == ["s0", "s1"])
    }

    @Test("Cases of another acquisition are a batch of their own, are told, and leave the study as exact as before")
    func openedBatch() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "protocols/hcc-mvi-ct.yaml")
        let images = try StudyProtocol(
            yaml: try String(contentsOf: folder, encoding: .utf8).replacingOccurrences(
                of: "batch: site", with: "batch: acquisition"), file: "p.yaml")
        let usual = ["Manufacturer": "A", "ConvolutionKernel": "B30f", "KVP": "120", "SliceThickness": "1.0"]
        var drifted = usual
        drifted["ConvolutionKernel"] = "B70s"
        var near = usual
        near["SliceThickness"] = "1.0000001"
        #expect(AcquisitionBin.group(usual, study: images) == AcquisitionBin.group(near, study: images))
        let labels = [usual, drifted].map { AcquisitionBin.group($0, study: images) }
        #expect(labels[0] != labels[1] && labels[1].contains("B70s"))

        let study = try Synthetic.study()
        var sources = try Synthetic.sources(study)
        sources["a"] = DriftedSource(base: try #require(sources["a"]), site: "a", labels: labels, drifted: 12)
        let results = try LocalRun(study: study, sources: sources).results
        let site = try #require(results.sites.first { $0.site == "a" })
        #expect(
            site.deviations == [
                Deviation(field: "batch", expected: labels[0], observed: labels[1], share: 12.0 / 60)
            ])
        #expect(results.sites.filter { $0.site != "a" }.allSatisfy { $0.deviations.isEmpty })
        sources["a"] = DriftedSource(
            base: try #require(Synthetic.sources(study)["a"]), site: "a", labels: labels, drifted: 3)
        // Three cases are neither shown nor harmonised.
        let error = #expect(throws: (any Error).self) { try LocalRun(study: study, sources: sources) }
        #expect(error.map { "\($0)" }?.contains("a batch has 3 cases, fewer than the minimum of 5") == true)
    }

    @Test("Sites with different columns end the run with the column's name")
    func columns() throws {
        let study = try Synthetic.study()
        var sources = try Synthetic.sources(study)
        let tables = Synthetic.tables(site: "b", seed: 2)
        let renamed = CSVTable(
            file: "features.csv", columns: ["case", "f0", "f1", "f2", "f3", "f4", "fX"], rows: tables.features.rows)
        sources["b"] = TableDataSource(
            site: "b", study: study,
            clinical: try ClinicalRows(table: tables.clinical, caseColumn: "case", study: study),
            features: try FeatureColumns(table: renamed, caseColumn: "case", study: study))
        let error = #expect(throws: LocalRunError.self) { try LocalRun(study: study, sources: sources) }
        #expect(error?.description.contains("'fX'") == true)
    }
}

@Suite("Exactly once")
struct CoordinatorCoreTests {
    @Test("Same bytes again get the same receipt, other bytes a conflict, a closed round is gone")
    func rules() throws {
        let study = try Synthetic.study()
        var core = CoordinatorCore(record: RunRecord(run: "r", protocolHash: try study.hash()), study: study)
        _ = core.step(.begin, now: 0)
        let open = try #require(core.record.open)
        let answer = Answer(contribution: .zero(try Pipeline(study: study, protocolHash: "").specifications(for: open)))
        func event(_ sha: String, round: Int = 1, stored: StoredAnswer? = nil, site: String = "a")
            -> CoordinatorCore.Event
        {
            .answer(site: site, round: round, bodySHA256: sha, stored: stored, answer: answer)
        }
        let first = core.step(event("s"), now: 5)
        guard case .store(_, _, _, let receipt) = try #require(first.first) else {
            Issue.record("not stored")
            return
        }
        let kept = StoredAnswer(bodySHA256: "s", receipt: receipt)
        guard case .reply(.receipt(let again)) = try #require(core.step(event("s", stored: kept), now: 9).first) else {
            Issue.record("no receipt")
            return
        }
        #expect(again == receipt)
        guard case .reply(.fault(let conflict)) = try #require(core.step(event("t", stored: kept), now: 9).first) else {
            Issue.record("no fault")
            return
        }
        #expect(conflict.code == .conflict)
        guard case .reply(.fault(let gone)) = try #require(core.step(event("s", round: 7), now: 9).first) else {
            Issue.record("no fault")
            return
        }
        #expect(gone.code == .gone)
        guard case .reply(.fault(let stranger)) = try #require(core.step(event("s", site: "z"), now: 9).first) else {
            Issue.record("no fault")
            return
        }
        #expect(stranger.code == .notAllowed)
    }
}

@Suite("Clinical tables")
struct ClinicalRowsTests {
    static func rows(_ text: String) throws -> ClinicalRows {
        try ClinicalRows(
            table: try CSVTable(text: text, file: "c.csv"), caseColumn: "case", study: try Synthetic.study())
    }

    @Test("Levels become columns, a missing outcome or covariate leaves the case out and is counted")
    func coding() throws {
        let rows = try Self.rows("case,y,age,sex,s\n1,1,50,M,1\n2,,50,F,1\n3,0,,F,1\n4,0,61,F,2\n")
        #expect(rows.cases == ["1", "4"])
        #expect(rows.covariateNames == ["age", "sex=M"])
        #expect(rows.covariates == [50, 1, 61, 0])
        #expect(rows.failures == ["missing_outcome": 1, "missing_covariate": 1])
    }

    @Test(
        "Faults name file, row and column and read nothing",
        arguments: [
            ("case,y,age,sex,s\n1,1,fifty,M,1\n", TableError.notANumber(file: "c.csv", row: 1, column: "age")),
            (
                "case,y,age,sex,s\n1,1,50,X,1\n",
                .unknownLevel(file: "c.csv", row: 1, column: "sex", levels: ["F", "M"])
            ),
            ("case,y,age,sex,s\n1,1,50,M,1\n1,0,50,M,1\n", .duplicateRow(file: "c.csv", row: 2, column: "case")),
            (
                "case,y,sex,s\n1,1,M,1\n",
                .missingColumn(file: "c.csv", column: "age", present: ["case", "y", "sex", "s"])
            ),
            ("case,y,age,sex,s\n1,1,inf,M,1\n", .notANumber(file: "c.csv", row: 1, column: "age")),
        ])
    func faults(text: String, error: TableError) {
        #expect(throws: error) { try Self.rows(text) }
    }
}
