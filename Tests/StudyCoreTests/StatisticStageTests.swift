import Agreement
import Disclosure
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

/// Statistics from the sums of the sites as stages of a study, against the local commands on the pooled rows of real tables.
@Suite("Statistics as stages of a study", .enabled(if: SharedData.available("data/validation"), "no shared data"))
struct StatisticStageTests {
    /// A table of which each row has a site.
    struct Study {
        let table: CSVTable
        let study: StudyProtocol

        init(
            _ table: CSVTable, validation: String = "", agreement: String = "", sites: String = "a, b, c",
            floors: String = "{minimum-cases: 10, minimum-events: 10, minimum-cell: 5}"
        ) throws {
            self.table = table
            study = try StudyProtocol(
                yaml: """
                    concord: 1
                    study: statistics
                    version: 1
                    title: Statistics from sums
                    outcome: {column: y, event: "1"}
                    sites: {external: [\(sites)]}
                    extraction: {source: table, columns: []}
                    validation:
                      \(validation.isEmpty ? "threshold: 0.5" : validation)
                    agreement:
                      \(agreement.isEmpty ? "minimum-icc: 0" : agreement)
                    disclosure: \(floors)
                    """, file: "statistics.yaml")
        }

        func sources() throws -> [String: any SiteDataSource] {
            var sources: [String: any SiteDataSource] = [:]
            for site in study.sites.all {
                let own = try table.filter("site", equals: site)
                sources[site] = TableDataSource(
                    site: site, study: study, clinical: try ClinicalRows(table: own, caseColumn: "id", study: study),
                    features: nil)
            }
            return sources
        }

        func run(_ policies: [String: ReleasePolicy] = [:]) throws -> [PooledStatistic] {
            try #require(try LocalRun(study: study, sources: sources(), policies: policies).results.statistics)
        }

        /// The rows of some sites alone.
        func table(_ sites: Set<String>) throws -> CSVTable {
            let names = try table.texts("site")
            return table.selecting(rows: names.indices.filter { sites.contains(names[$0]) })
        }
    }

    /// Columns, and a site for each row in turn.
    static func table(_ columns: [String], _ rows: [[String]], sites: [String] = ["a", "b", "c"]) -> CSVTable {
        CSVTable(
            file: "t.csv", columns: ["id", "site"] + columns,
            rows: rows.enumerated().map { ["\($0)", sites[$0 % sites.count]] + $1 })
    }

    static func found(_ results: [PooledStatistic], _ name: String, _ variant: String = "") throws -> StatisticValue {
        try #require(
            results.flatMap(\.values).first { $0.name == name && $0.variant == variant }, "\(name) \(variant)")
    }

    /// Value, standard error and interval of a statistic against those of the local command.
    static func compare(
        _ value: StatisticValue, _ records: [StatisticRecord], variant: String? = nil, site: String = "",
        tolerance: Double = 1e-12
    ) throws {
        let peer = try #require(
            records.first {
                $0.statistic == value.name && $0.variant == variant ?? value.variant && $0.site == site
            }, "\(value.name) \(variant ?? value.variant)")
        guard case .value(let own) = value.estimate else {
            #expect(peer.estimate == nil, "\(value.name) \(value.variant): \(value.estimate.reason)")
            return
        }
        #expect(Tolerance.agrees(own.value, peer.estimate, tolerance), "\(value.name) \(value.variant)")
        #expect(Tolerance.agrees(own.standardError, peer.standardError, tolerance))
        #expect(Tolerance.agrees(own.lower, peer.lower, tolerance))
        #expect(Tolerance.agrees(own.upper, peer.upper, tolerance))
    }

    // MARK: Risks of three radiotherapy centres

    static func radiotherapy(_ statistics: String, floors: String? = nil) throws -> Study {
        let data = try CSVFixture.shared("data/multicentre/nsclc_ct_radiotherapy_3centres/outcome_and_cnn_score.csv")
        let (centre, y, p) = (data.texts("center"), data.texts("surv2yr"), data.texts("cnn_p_surv2yr"))
        let names = ["HarvardRT": "a", "Maastro": "b", "Radboud": "c"]
        let rows = centre.indices.map { ["\($0)", names[centre[$0]] ?? "", y[$0], p[$0]] }
        let table = CSVTable(file: "rt.csv", columns: ["id", "site", "y", "p"], rows: rows)
        let validation = """
            scores: [p]
              statistics: [\(statistics)]
            """
        return try floors.map { try Study(table, validation: validation, floors: $0) }
            ?? Study(table, validation: validation)
    }

    static let risks =
        "{kind: calibration-curve, score: p}, {kind: decision-curve, score: p, thresholds: [0.1, 0.2, 0.5]}, "
        + "{kind: stratified-auc, score: p}"

    @Test("Calibration curve, decision curve and AUC within sites of three centres are those of concord validate")
    func risksOfCentres() throws {
        let study = try Self.radiotherapy(Self.risks)
        let results = try study.run()
        let records = try PredictionAnalysis(study.table, scores: ["p"], outcome: "y", site: "site")
            .results(threshold: nil)
        for value in results[1].values { try Self.compare(value, records) }
        try Self.compare(try Self.found(results, "AUC", "within sites"), records)
        // Knots are edges of pooled bins, not exact quantiles.
        try Self.compare(try Self.found(results, "ICI"), records, tolerance: 1e-5)
        for name in ["E50", "E90", "Emax"] {
            let bounds = try Self.found(results, name).certified
            let exact = try #require(records.first { $0.statistic == name && $0.site.isEmpty }?.estimate)
            #expect(bounds[0] - 1e-5 <= exact && exact <= bounds[1] + 1e-5, "\(name)")
        }
        #expect(results.map(\.sites) == [3, 3, 3] && results.map(\.leftOut) == [0, 0, 0])
        #expect(results.map(\.cases) == [study.table.rowCount, study.table.rowCount, study.table.rowCount])
    }

    @Test("Three sites and one give the same numbers, all but the AUC within sites")
    func shards() throws {
        let study = try Self.radiotherapy(
            Self.risks.replacing(", {kind: stratified-auc, score: p}", with: ""))
        let sources = try study.sources()
        let one = try StudyProtocol(
            yaml: """
                concord: 1
                study: statistics
                version: 1
                title: Statistics from sums
                outcome: {column: y, event: "1"}
                sites: {external: [all]}
                extraction: {source: table, columns: []}
                validation:
                  scores: [p]
                  statistics: [\(Self.risks.replacing(", {kind: stratified-auc, score: p}", with: ""))]
                disclosure: {minimum-cases: 10, minimum-events: 10, minimum-cell: 5}
                """, file: "one.yaml")
        let pooled = PooledSource(study.study.sites.all.compactMap { sources[$0] })
        let together = try LocalRun(study: one, sources: ["all": pooled]).results.statistics
        #expect(try study.run().map(\.values) == together?.map(\.values))
    }

    @Test("Faults change nothing in a run with statistics", arguments: [2, 9] as [UInt64])
    func faults(seed: UInt64) throws {
        let study = try Self.radiotherapy(Self.risks)
        var quiet = try FaultSimulator(study: study.study, sources: study.sources(), seed: 1, faultRate: 0)
        let expected = try quiet.run()
        #expect(expected.status == .finished)
        var disturbed = try FaultSimulator(study: study.study, sources: study.sources(), seed: seed, faultRate: 0.1)
        let outcome = try disturbed.run()
        #expect(outcome.artefacts == expected.artefacts && outcome.faults > 0)
    }

    // MARK: Two scores

    static func aneurysms(_ statistics: String) throws -> Study {
        let nri = try JSONFixture.shared("data/validation/nri_idi_asah.json")["input"]
        let roc = try JSONFixture.shared("data/validation/delong_asah_s100b_wfns.json")["input"]
        func texts(_ json: JSONFixture, _ name: String) -> [String] { json[name].list.map { "\($0.number)" } }
        let (y, old, new) = (nri["y"].list.map { "\(Int($0.number))" }, texts(nri, "p_std"), texts(nri, "p_new"))
        let (first, second) = (texts(roc, "s100b"), texts(roc, "wfns"))
        let table = table(
            ["y", "old", "new", "s100b", "wfns"],
            y.indices.map { [y[$0], old[$0], new[$0], first[$0], second[$0]] })
        return try Study(
            table,
            validation: """
                scores: [new, old, s100b, wfns]
                  statistics: [\(statistics)]
                """)
    }

    @Test("NRI and IDI are those of concord validate, and the AUCs are in their certified intervals")
    func twoScores() throws {
        let study = try Self.aneurysms(
            "{kind: reclassification, score: new, against: old}, "
                + "{kind: reclassification, score: new, against: old, limits: [0.2, 0.5]}, "
                + "{kind: paired-auc, score: s100b, against: wfns}")
        let results = try study.run()
        let risks = try PredictionAnalysis(study.table, scores: ["new", "old"], outcome: "y", site: nil)
            .results(threshold: nil, cutPoints: [0.2, 0.5])
        for value in results[0].values + results[1].values {
            try Self.compare(value, risks, variant: value.variant.isEmpty ? "new - old" : "new - old, \(value.variant)")
        }
        let records = try PredictionAnalysis(study.table, scores: ["s100b", "wfns"], outcome: "y", site: nil)
            .results(threshold: nil)
        for (name, variant, peer) in [
            ("AUC", "first score", "s100b, DeLong"), ("AUC", "second score", "wfns, DeLong"),
            ("AUC-difference", "paired DeLong", "s100b - wfns"),
        ] {
            let value = try Self.found(results, name, variant)
            let exact = try #require(
                records.first { $0.statistic == name && $0.variant == peer && $0.site.isEmpty }?.estimate)
            #expect(value.certified[0] <= exact && exact <= value.certified[1], "\(name) \(variant)")
            #expect(abs((value.estimate.number ?? .nan) - exact) < 0.01)
        }
    }

    // MARK: Follow-up

    static func lung(_ statistics: String, rounded: Bool) throws -> Study {
        let input = try JSONFixture.shared("data/validation/survival_lung.json")["input"]
        func numbers(_ name: String) -> [Double] { input[name].list.map(\.number) }
        let (age, sex, ecog) = (numbers("age"), numbers("sex"), numbers("ph.ecog"))
        let (time, status) = (numbers("time"), numbers("status"))
        let rows = time.indices.map { row -> [String] in
            let score = (11 * age[row] - 550 * sex[row] + 460 * ecog[row]).rounded() / 1000
            let up = min((time[row] / 30).rounded(.up) * 30, time[row] <= 365 ? 365 : .infinity)
            return ["\(Int(status[row]))", "\(rounded ? up : time[row])", "\(Int(status[row]))", "\(score)"]
        }
        return try Study(
            table(["y", "t", "e", "s"], rows),
            validation: """
                scores: [s]
                  statistics: [\(statistics)]
                """, floors: "{minimum-cases: 10, minimum-events: 10, minimum-cell: 2}")
    }

    static let followUp = "time: t, event: e, interval: 30, horizon: 365}"

    @Test("Survival at each time, and concordances and AUC in their certified intervals, are those of concord validate")
    func survival() throws {
        let statistics =
            "{kind: survival, \(Self.followUp), {kind: concordance, score: s, \(Self.followUp), "
            + "{kind: uno-concordance, score: s, \(Self.followUp), {kind: time-auc, score: s, \(Self.followUp)"
        for rounded in [false, true] {
            let study = try Self.lung(statistics, rounded: rounded)
            let results = try study.run()
            let records = try SurvivalAnalysis(study.table, scores: ["s"], time: "t", event: "e", site: nil)
                .results(horizon: 365)
            if rounded {
                let last = try #require(results[0].values.last)
                #expect(last.variant == "Kaplan-Meier, at 365.0" && last.certified.isEmpty)
                try Self.compare(last, records, variant: "Kaplan-Meier")
            }
            for (name, variant) in [
                ("C-index", "Harrell, to the horizon"), ("C-index", "Uno, to the horizon"), ("time-AUC", ""),
            ] {
                let value = try Self.found(results, name, variant)
                let peer = try #require(records.first { $0.statistic == name && $0.variant == variant })
                let exact = try #require(peer.estimate)
                #expect(value.certified[0] <= exact && exact <= value.certified[1], "\(name) \(variant)")
                #expect(abs((value.estimate.number ?? .nan) - exact) < 0.01, "\(name) \(variant)")
            }
        }
    }

    @Test("The edges of a score's bins are searched once for the same cases")
    func searches() throws {
        func rounds(_ statistics: String) throws -> Int {
            let study = try Self.lung(statistics, rounded: false)
            return try LocalRun(study: study.study, sources: study.sources()).computations.count {
                $0 == "statistic.validation.pooled-quantile-edges"
            }
        }
        let one = try rounds("{kind: concordance, score: s, \(Self.followUp)")
        let two = try rounds(
            "{kind: concordance, score: s, \(Self.followUp), {kind: uno-concordance, score: s, \(Self.followUp)")
        #expect(one > 0 && one == two)
    }

    // MARK: Readers

    static func readers(_ file: String, _ agreement: String, count: Int, cell: Int = 5) throws -> Study {
        let input = try JSONFixture.shared("data/validation/\(file).json")["input"]
        let names = (1...count).map { "rater\($0)" }
        let columns = names.map { input[$0].list }
        let rows = columns[0].indices.map { row in
            ["\(row % 2)"] + columns.map { file.hasPrefix("icc") ? "\($0[row].number)" : $0[row].text }
        }
        return try Study(
            table(["y"] + names, rows, sites: ["a", "b"]), agreement: "statistics: [\(agreement)]", sites: "a, b",
            floors: "{minimum-cases: 10, minimum-events: 10, minimum-cell: \(cell)}")
    }

    @Test(
        "Six readers' ratings at two sites give the coefficients of concord agreement",
        arguments: ["none", "quadratic"])
    func ratings(weights: String) throws {
        let names = (1...6).map { "rater\($0)" }
        let input = try JSONFixture.shared("data/validation/multirater_irr_diagnoses.json")["input"]
        let categories = Set(names.flatMap { input[$0].texts }).sorted()
        let study = try Self.readers(
            "multirater_irr_diagnoses",
            "{kind: ratings, columns: [\(names.joined(separator: ", "))], weights: \(weights), categories: ["
                + categories.map { "\"\($0)\"" }.joined(separator: ", ") + "]}", count: 6)
        let results = try study.run()
        let records = try RatingAnalysis(
            study.table, raters: names, level: .nominal, weights: weights == "none" ? .none : .quadratic
        ).results()
        #expect(results[0].values.count >= 22)
        for value in results[0].values { try Self.compare(value, records, tolerance: 1e-11) }
    }

    @Test("Two readers' tables give the coefficients of concord agreement; a table of too few cases is suppressed")
    func pair() throws {
        let grades = (1...6).map { "\"\($0).0\"" }.joined(separator: ", ")
        let entry = "{kind: pair, columns: [rater1, rater2], weights: linear, categories: [\(grades)]}"
        let study = try Self.readers("icc_irr_anxiety", entry, count: 3, cell: 3)
        let results = try study.run()
        let records = try RatingAnalysis(study.table, raters: ["rater1", "rater2"], level: .nominal, weights: .linear)
            .results()
        #expect(results[0].values.count == 5)
        for value in results[0].values { try Self.compare(value, records) }
        // 20 cases are too few for six categories of five each.
        let hidden = try Self.readers("icc_irr_anxiety", entry, count: 3).run()
        #expect(hidden[0].values.map(\.estimate.status) == ["suppressed"])
        let unknown = entry.replacingOccurrences(of: ", \"6.0\"", with: "")
        #expect(throws: TableError.self) { try Self.readers("icc_irr_anxiety", unknown, count: 3).run() }
    }

    @Test("Measurements of three readers at two sites give the ICCs, CCCs and limits of concord agreement")
    func measurements() throws {
        let study = try Self.readers(
            "icc_irr_anxiety", "{kind: measurements, columns: [rater1, rater2, rater3], magnitude: 4}", count: 3)
        let results = try study.run()
        let records = try RatingAnalysis(
            study.table, raters: ["rater1", "rater2", "rater3"], level: .interval, weights: .none
        ).results()
        #expect(results[0].values.count == 6 + 3 * 4 + 1)
        for value in results[0].values { try Self.compare(value, records, tolerance: 1e-10) }
    }

    // MARK: Floors

    static let floors = StudyProtocol.Disclosure(minimumCases: 10, minimumEvents: 10, minimumCell: 5)

    @Test(
        "A site that is below its own floors, has a stricter cell or does not consent takes no part, and is counted",
        arguments: [
            (
                "events",
                ReleasePolicy(
                    floors: .init(minimumCases: 10, minimumEvents: 60, minimumCell: 5), consented: [.validation])
            ),
            (
                "cell",
                ReleasePolicy(
                    floors: .init(minimumCases: 10, minimumEvents: 10, minimumCell: 6), consented: [.validation])
            ),
            (
                "cases",
                ReleasePolicy(
                    floors: .init(minimumCases: 1000, minimumEvents: 10, minimumCell: 5), consented: [.validation])
            ),
        ])
    func leftOut(reason: String, policy: ReleasePolicy) throws {
        let study = try Self.radiotherapy(Self.risks)
        let results = try study.run(["c": policy])
        #expect(results.map(\.sites) == [2, 2, 2] && results.map(\.leftOut) == [1, 1, 1])
        let records = try PredictionAnalysis(study.table(["a", "b"]), scores: ["p"], outcome: "y", site: "site")
            .results(threshold: nil)
        for value in results[1].values { try Self.compare(value, records) }
        try Self.compare(try Self.found(results, "AUC", "within sites"), records)
    }

    @Test("Without consent to releases of validations a site's own AUC is in no sum, and the rest is")
    func consent() throws {
        let results = try Self.radiotherapy(Self.risks).run(["a": ReleasePolicy(floors: Self.floors, consented: [])])
        #expect(results.map(\.leftOut) == [0, 0, 1])
    }

    @Test("Cells that are too small for the pooled cases, or no site at all, are suppressed and not 0")
    func suppressed() throws {
        let many = (1...200).map { "\(Double($0) / 201)" }.joined(separator: ", ")
        let study = try Self.radiotherapy("{kind: decision-curve, score: p, thresholds: [\(many)]}")
        let results = try study.run()
        #expect(results[0].values.count == 1 && results[0].values[0].estimate.status == "suppressed")
        #expect(results[0].values[0].estimate.reason.contains("too few for 201 cells"))
        let strict = try Self.radiotherapy(
            Self.risks, floors: "{minimum-cases: 10, minimum-events: 10000, minimum-cell: 5}")
        for result in try strict.run() {
            #expect(result.sites == 0 && result.leftOut == 3 && result.cases == 0)
            #expect(result.values.map(\.estimate.status) == ["suppressed"])
        }
    }

    /// The first task of a computation, with the site that would answer.
    static func task(_ computation: String, _ study: Study) throws -> (task: StudyTask, site: SiteComputer) {
        let policy = ReleasePolicy(floors: floors, consented: [.counts, .validation])
        var core = CoordinatorCore(
            record: RunRecord(run: "r", protocolHash: try study.study.hash()), study: study.study)
        var sites = try study.sources().mapValues {
            SiteComputer(site: "a", study: study.study, policy: policy, source: $0)
        }
        _ = core.step(.begin, now: 0)
        while let open = core.record.open {
            let site = try #require(sites["a"])
            if open.task.computation == computation { return (open.task, site) }
            var answers: [String: Answer] = [:]
            for name in open.participants {
                answers[name] = try sites[name]?.answer(open.task, artefacts: [:])
                let event = CoordinatorCore.Event.answer(
                    site: name, round: open.task.round, bodySHA256: name, stored: nil,
                    answer: try #require(answers[name]))
                for effect in core.step(event, now: 0) {
                    if case .fold = effect { _ = core.step(.fold(answers), now: 0) }
                }
            }
        }
        throw LocalRunError.failed("no such task")
    }

    @Test(
        "What the coordinator changes in a broadcast is refused at the site",
        arguments: [
            ("thresholds", "[0.1,0.2,0.5]", "[0.1,0.2,0.6]"), ("finer", "[0.1,0.2,0.5]", "[0.1,0.2,0.3,0.4,0.5]"),
            ("cases", "\"cases\":", "\"cases\":1,\"was\":"),
        ])
    func tampered(kind: String, from: String, to: String) throws {
        let study = try Self.radiotherapy("{kind: decision-curve, score: p, thresholds: [0.1, 0.2, 0.5]}")
        var (task, site) = try Self.task("statistic.validation.decision-curve", study)
        _ = try site.answer(task, artefacts: [:])
        var round = try #require(try JSONSerialization.jsonObject(with: task.state) as? [String: Any])
        if kind == "cases" {
            var cohort = try #require(round["cohort"] as? [String: Any])
            cohort["cases"] = 19
            round["cohort"] = cohort
        } else {
            let state = try #require((round["state"] as? String).flatMap { Data(base64Encoded: $0) })
            let changed = String(decoding: state, as: UTF8.self).replacingOccurrences(of: from, with: to)
            #expect(changed != String(decoding: state, as: UTF8.self))
            round["state"] = Data(changed.utf8).base64EncodedString()
        }
        let other = StudyTask(
            run: task.run, round: task.round, stage: task.stage, computation: task.computation,
            state: try JSONSerialization.data(withJSONObject: round), protocolHash: task.protocolHash,
            artefacts: task.artefacts)
        #expect(throws: PipelineError.self) { try site.answer(other, artefacts: [:]) }
        let renamed = StudyTask(
            run: task.run, round: task.round, stage: task.stage, computation: "statistic.validation.stratified-auc",
            state: task.state, protocolHash: task.protocolHash, artefacts: task.artefacts)
        #expect(throws: PipelineError.self) { try site.answer(renamed, artefacts: [:]) }
        // A statistic of one score has no edges of a second one.
        round["step"] = "secondEdges"
        let beyond = StudyTask(
            run: task.run, round: task.round, stage: task.stage,
            computation: "statistic.validation.pooled-quantile-edges",
            state: try JSONSerialization.data(withJSONObject: round), protocolHash: task.protocolHash,
            artefacts: task.artefacts)
        #expect(throws: PipelineError.unexpectedContent("a step that the statistic does not have")) {
            try site.answer(beyond, artefacts: [:])
        }
    }

    @Test(
        "What a protocol cannot mean is refused with its field",
        arguments: [
            ("{kind: nri}", "kind"), ("{kind: pair}", "kind"), ("{kind: decision-curve}", "score"),
            ("{kind: decision-curve, score: q}", "score"),
            ("{kind: decision-curve, score: p, limits: [0.1]}", "limits"),
            ("{kind: decision-curve, score: p, thresholds: [0.2, 0.1]}", "thresholds"),
            ("{kind: decision-curve, score: p, thresholds: [1.5]}", "thresholds"),
            ("{kind: paired-auc, score: p, against: p}", "against"), ("{kind: stratified-auc, score: model}", "score"),
            ("{kind: survival, time: t, event: e, interval: 1, horizon: 100000}", "interval"),
            ("{kind: survival, time: t, event: e, interval: 0, horizon: 10}", "interval"),
        ])
    func protocolFaults(statistic: String, field: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.radiotherapy(statistic) }
        #expect(error?.field == "validation.statistics[0].\(field)", "\(String(describing: error))")
    }

    @Test("The study's own scores are no readings", arguments: ["model", "out-of-fold"])
    func scoresAsReadings(name: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try StudyProtocol(
                yaml: """
                    concord: 1
                    study: readings
                    version: 1
                    title: Readings
                    outcome: {column: y, event: "1"}
                    sites: {external: [a, b]}
                    extraction: {source: table, columns: [f]}
                    agreement: {statistics: [{kind: pair, columns: [\(name), b], categories: [x, y]}]}
                    """, file: "p.yaml")
        }
        #expect(error?.field == "agreement.statistics[0].columns", "\(String(describing: error))")
    }

    @Test("Values that are no probability, no category or no event are refused with column and row, or with the rule")
    func badValues() throws {
        let rows = (0..<60).map { ["\($0 % 2)", "\(Double($0) / 20)", "\($0)", "\($0 % 3)"] }
        let table = Self.table(["y", "p", "t", "e"], rows)
        let risk = try Study(
            table,
            validation: """
                scores: [p]
                  statistics: [{kind: calibration-curve, score: p}]
                """)
        let error = #expect(throws: SiteDataError.self) { try risk.run() }
        #expect(error?.description.hasPrefix("statistic 'calibration-curve of p': a predicted probability") == true)
        let times = try Study(
            table,
            validation: """
                scores: [p]
                  statistics: [{kind: time-auc, score: p, time: t, event: e, interval: 10, horizon: 30}]
                """)
        #expect(throws: TableError.unknownLevel(file: "t.csv", row: 1, column: "e", levels: ["0", "1"])) {
            // The third row of site c.
            try ClinicalRows(table: try table.filter("site", equals: "c"), caseColumn: "id", study: times.study)
        }
    }
}
