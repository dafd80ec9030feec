import Agreement
import LocalValidation
import Statistics
import Tables
import TestKit
import Testing

/// Tables in, records out: against pROC, irrCAC, irr, epiR and metafor (`data/validation/README.md`).
struct LocalValidationTests {
    static let folder = "data/validation"
    static let missing: Comment = "the shared data are not here"

    static func table(_ columns: [(String, [String])]) throws -> CSVTable {
        let rows = columns[0].1.indices.map { row in columns.map { $0.1[row] } }
        return CSVTable(file: "t.csv", columns: columns.map(\.0), rows: rows)
    }

    static func find(
        _ records: [StatisticRecord], _ name: StatisticName, _ variant: String, site: String = ""
    ) throws -> StatisticRecord {
        try #require(
            records.first { $0.statistic == name.rawValue && $0.variant == variant && $0.site == site },
            "\(name.rawValue) \(variant)")
    }

    /// irrCAC 1.0 `gwet.ac1.raw` and the others for fifteen cases, five readers, missing ratings; it prints five digits.
    @Test(
        "Coefficients for missing ratings and weights are irrCAC's, with their standard errors",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing),
        arguments: [
            ("none", "AC1", 0.49662, 0.12197), ("none", "Fleiss", 0.45762, 0.12045),
            ("none", "irrCAC", 0.48053, 0.11351), ("none", "Brennan-Prediger", 0.48741, 0.12089),
            ("linear", "AC2, linear", 0.68964, 0.08769), ("linear", "Fleiss, linear", 0.61185, 0.10974),
            ("linear", "irrCAC, linear", 0.63521, 0.10005), ("linear", "Brennan-Prediger, linear", 0.66578, 0.08568),
            ("quadratic", "AC2, quadratic", 0.83043, 0.05825), ("quadratic", "Fleiss, quadratic", 0.75072, 0.09732),
            ("quadratic", "irrCAC, quadratic", 0.77186, 0.08608),
            ("quadratic", "Brennan-Prediger, quadratic", 0.80622, 0.0586),
        ])
    func weighted(weights: String, variant: String, value: Double, error: Double) throws {
        let rule = try #require(WeightedAgreement.Weights(rawValue: weights))
        let records = try RatingAnalysis(
            try Self.observers(), raters: [], level: .ordinal, weights: rule
        ).results()
        let record = try #require(records.first { $0.variant == variant })
        #expect(abs((record.estimate ?? .nan) - value) <= 5.1e-6)
        #expect(abs((record.standardError ?? .nan) - error) <= 5.1e-6)
    }

    /// Gwet's example "cac.raw5observers" (irrCAC), the readers in columns.
    static func observers() throws -> CSVTable {
        let json = try JSONFixture.shared("\(folder)/gwet_krippendorff_missing_cac5.json")
        return try table(
            (1...5).map { observer in
                (
                    "Observer\(observer)",
                    json["input"]["Observer\(observer)"].list.map { $0.optionalNumber.map { "\($0)" } ?? "" }
                )
            })
    }

    @Test(
        "Krippendorff's alpha of every level is irr's to 1e-12",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing),
        arguments: KrippendorffAlpha.Level.allCases)
    func alpha(level: KrippendorffAlpha.Level) throws {
        let expected: [KrippendorffAlpha.Level: Double] = [
            .nominal: 0.48053024026512, .ordinal: 0.768685159486234, .interval: 0.771864808775571,
            .ratio: 0.679239897239326,
        ]
        let records = try RatingAnalysis(try Self.observers(), raters: [], level: level, weights: .none).results()
        let found = try Self.find(records, .alpha, level.rawValue).estimate
        #expect(abs((found ?? .nan) - (expected[level] ?? 0)) < 1e-12)
    }

    @Test(
        "Labels are categories: kappas of six readers are irr's",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing))
    func labels() throws {
        let json = try JSONFixture.shared("\(Self.folder)/multirater_irr_diagnoses.json")
        let columns = (1...6).map { rater in
            ("rater\(rater)", json["input"]["rater\(rater)"].list.map(\.text))
        }
        let records = try RatingAnalysis(
            try Self.table(columns), raters: [], level: .nominal, weights: .none
        ).results()
        for (name, variant, value) in [
            (StatisticName.kappa, "Fleiss", 0.430244520060141), (.kappa, "Conger", 0.441808540329333),
            (.kappa, "Light", 0.459412144434595),
        ] {
            #expect(abs((try Self.find(records, name, variant).estimate ?? .nan) - value) < 1e-12, "\(variant)")
        }
    }

    @Test("One category, one value, one case: not estimable, never 0")
    func degenerate() throws {
        let one = try Self.table([("a", ["x", "x", "x"]), ("b", ["x", "x", ""])])
        let records = try RatingAnalysis(one, raters: [], level: .nominal, weights: .none).results()
        #expect(!records.isEmpty)
        for record in records {
            #expect(record.status == "not_estimable" && record.estimate == nil && !record.reason.isEmpty)
        }
        let flat = try Self.table([("a", ["2", "2"]), ("b", ["2", "2"])])
        for record in try RatingAnalysis(flat, raters: [], level: .interval, weights: .none).results()
        where record.statistic == StatisticName.alpha.rawValue || record.statistic == StatisticName.icc.rawValue {
            #expect(record.status == "not_estimable")
        }
        #expect(throws: LocalValidationError.notNumeric(column: "b", row: 2)) {
            let table = try Self.table([("a", ["1", "2"]), ("b", ["1", "x"])])
            return try RatingAnalysis(table, raters: [], level: .interval, weights: .none).results()
        }
    }

    @Test(
        "AUC, its intervals and the paired difference are pROC's to 1e-12",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing))
    func areas() throws {
        let json = try JSONFixture.shared("\(Self.folder)/delong_asah_s100b_wfns.json")
        let input = json["input"]
        let columns = [("y", "outcome"), ("a", "s100b"), ("b", "wfns")].map { name, key in
            (name, input[key].list.map { "\($0.number)" })
        }
        let records = try PredictionAnalysis(
            try Self.table(columns), scores: ["a", "b"], outcome: "y", site: nil
        ).results(threshold: 0.2)
        let area = try Self.find(records, .auc, "a, DeLong")
        #expect(abs((area.estimate ?? .nan) - 0.731368563685637) < 1e-12)
        #expect(abs((area.lower ?? .nan) - 0.630118211761623) < 1e-12)
        let logit = try Self.find(records, .auc, "b, logit-DeLong")
        #expect(abs((logit.upper ?? .nan) - 0.886841844332612) < 1e-12)
        let difference = try Self.find(records, .aucDifference, "a - b")
        #expect(abs((difference.lower ?? .nan) + 0.174214419249478) < 1e-12)
        #expect(abs((difference.upper ?? .nan) + 0.0104061769564846) < 1e-12)
        #expect(area.n == 113)
    }

    @Test("A site with one class has no AUC, two sites are not pooled, and the others are there")
    func sites() throws {
        let table = try Self.table([
            ("p", ["0.1", "0.9", "0.4", "0.3", "0.2", "0.6"]), ("y", ["0", "1", "1", "0", "0", "0"]),
            ("site", ["A", "A", "A", "A", "B", "B"]),
        ])
        let records = try PredictionAnalysis(table, scores: ["p"], outcome: "y", site: "site").results(threshold: 0.5)
        #expect(try Self.find(records, .auc, "DeLong", site: "B").status == "not_estimable")
        #expect(try Self.find(records, .auc, "DeLong", site: "A").estimate == 1)
        #expect(try Self.find(records, .auc, "logit-DeLong", site: "A").status == "not_estimable")
        #expect(try Self.find(records, .mean, "AUC").status == "not_estimable")
        #expect(try Self.find(records, .sensitivity, "").estimate == 0.5)
        // One true positive and one false positive of six cases, at even odds.
        #expect(abs((try Self.find(records, .netBenefit, "threshold 0.5").estimate ?? .nan)) < 1e-15)
        for (column, row) in [("y", 3), ("p", 2)] {
            var rows = table.rows
            rows[row - 1][column == "y" ? 1 : 0] = column == "y" ? "2" : ""
            let bad = CSVTable(file: "t.csv", columns: table.columns, rows: rows)
            #expect(throws: LocalValidationError.self) {
                try PredictionAnalysis(bad, scores: ["p"], outcome: "y", site: nil)
            }
        }
    }

    /// metafor 3.8.1 `rma(yi, sei^2, method="DL")` on the EuroSCORE C-statistics of metamisc.
    @Test(
        "The summary over sites is metafor's",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing))
    func meta() throws {
        let json = try JSONFixture.shared("\(Self.folder)/meta_euroscore_cstat_oe.json")
        let logits = json["expected"]["logit_c"]
        let table = try Self.table([
            ("estimate", logits["yi"].list.map { "\($0.number)" }),
            ("se", logits["sei"].list.map { "\($0.number)" }),
        ])
        let records = try EstimateAnalysis(table, measure: .logit).results()
        let wald = try Self.find(records, .mean, "DerSimonian-Laird, Wald")
        #expect(abs((wald.estimate ?? .nan) - 1.32249527100527) < 1e-12)
        #expect(abs((wald.standardError ?? .nan) - 0.0589818796211882) < 1e-12)
        #expect(
            abs((try Self.find(records, .tauSquared, "DerSimonian-Laird").estimate ?? .nan) - 0.0501923924355356)
                < 1e-12)
        let prediction = try Self.find(records, .prediction, "DerSimonian-Laird, Wald, normal")
        #expect(abs((prediction.lower ?? .nan) - 0.868429290949397) < 1e-11)
        // metafor stops its REML iteration at 1e-5; ours goes on.
        let knapp = try Self.find(records, .mean, "REML, Hartung-Knapp")
        #expect(abs((knapp.estimate ?? .nan) - 1.31807037034346) < 1e-5)
        let two = CSVTable(file: "t.csv", columns: table.columns, rows: Array(table.rows.prefix(2)))
        let few = try EstimateAnalysis(two, measure: .logit).results()
        #expect(few.filter { $0.variant == "site" }.count == 2)
        #expect(few.filter { $0.variant != "site" }.allSatisfy { $0.status == "not_estimable" })
    }

    /// Hmisc 4.8.0 `improveProb`, nricens 1.6 `nribin` (cut 0.2 and 0.5), pROC 1.18.0 `auc(partial.auc=)` and `coords`.
    @Test(
        "NRI and IDI are Hmisc's, partial AUC and Youden's threshold pROC's, to 1e-12",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing))
    func reclassification() throws {
        let json = try JSONFixture.shared("\(Self.folder)/nri_idi_asah.json")
        let input = json["input"]
        let columns = [("y", "y"), ("new", "p_new"), ("old", "p_std")].map { name, key in
            (name, input[key].list.map { "\($0.number)" })
        }
        let records = try PredictionAnalysis(
            try Self.table(columns), scores: ["new", "old"], outcome: "y", site: nil
        ).results(threshold: nil, cutPoints: [0.2, 0.5])
        for (name, variant, value, error) in [
            (StatisticName.nri, "new - old, continuous", 0.573170731707317, 0.186215805658234),
            (.nri, "new - old, continuous, events", 0.0731707317073171, 0.155755127075414),
            (.nri, "new - old, continuous, non-events", 0.5, 0.102062072615966),
            (.idi, "new - old", 0.104089109983062, 0.0318090100995769),
        ] {
            let record = try Self.find(records, name, variant)
            #expect(abs((record.estimate ?? .nan) - value) < 1e-12, "\(variant)")
            #expect(abs((record.standardError ?? .nan) - error) < 1e-12, "\(variant)")
        }
        let byCategory = try Self.find(records, .nri, "new - old, categories")
        #expect(abs((byCategory.estimate ?? .nan) - 0.480013550135501) < 1e-12)

        let curves = try JSONFixture.shared("\(Self.folder)/delong_asah_s100b_wfns.json")
        for key in ["s100b", "wfns"] {
            let expected = curves["expected"][key]
            let scores = curves["input"][key].list.map { "\($0.number)" }
            let outcome = curves["input"]["outcome"].list.map { "\($0.number)" }
            let records = try PredictionAnalysis(
                try Self.table([("s", scores), ("y", outcome)]), scores: ["s"], outcome: "y", site: nil
            ).results(threshold: nil)
            for (name, variant, value) in [
                (StatisticName.partialAUC, "specificity 0.9 to 1", expected["pauc_spec_90_100"].number),
                (
                    .partialAUC, "specificity 0.9 to 1, corrected", expected["pauc_spec_90_100_corrected"].number
                ),
                (.youdenThreshold, "", expected["youden"]["threshold"].number),
            ] {
                #expect(abs((try Self.find(records, name, variant).estimate ?? .nan) - value) < 1e-12, "\(key)")
            }
        }
    }

    /// rms 6.5.0 `lrm(y ~ rcs(logit p, 4))`; lrm stops when the deviance changes by less than 0.025, ours goes on: 1e-6.
    @Test(
        "ICI, E50, E90 and Emax of the spline curve are those of rms",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing),
        arguments: ["HarvardRT", "Maastro", "Radboud", "pooled"])
    func calibrationCurve(centre: String) throws {
        let json = try JSONFixture.shared("\(Self.folder)/calibration_nsclc_rt.json")
        let expected = json["expected"][centre]["rcs4"]
        let records = try PredictionAnalysis(
            try Self.radiotherapy(), scores: ["p"], outcome: "died", site: "centre"
        ).results(threshold: nil)
        let site = centre == "pooled" ? "" : centre
        for (name, key) in [
            (StatisticName.ici, "ICI"), (.e50, "E50"), (.e90, "E90"), (.largestError, "Emax"),
        ] {
            let found = try Self.find(records, name, "", site: site).estimate ?? .nan
            #expect(abs(found - expected[key].number) < 1e-6, "\(key) \(found)")
        }
        let slope = try Self.find(records, .calibrationSlope, "", site: site).estimate ?? .nan
        #expect(abs(slope - json["expected"][centre]["slope"]["est"].number) < 1e-6)
    }

    @Test(
        "Net benefit at 99 thresholds of three centres and all cases is that of dcurves to 1e-10",
        .enabled(if: SharedData.available(folder + "/dca_nsclc_rt.json"), missing),
        arguments: ["HarvardRT", "Maastro", "Radboud", "pooled"])
    func decisionCurve(centre: String) throws {
        let expected = try JSONFixture.shared("\(Self.folder)/dca_nsclc_rt.json")["expected"][centre]
        let records = try PredictionAnalysis(
            try Self.radiotherapy(), scores: ["p"], outcome: "died", site: "centre"
        ).results(threshold: nil, wantsDecisionCurve: true)
        let own = records.filter {
            $0.statistic == StatisticName.netBenefit.rawValue && $0.site == (centre == "pooled" ? "" : centre)
        }
        for (isAll, key) in [(false, "p_death"), (true, "all")] {
            let found = own.filter { $0.variant.hasSuffix("treat all") == isAll }
            #expect(found.count == 99)
            for (record, value) in zip(found, expected[key]["net_benefit"].numbers) {
                #expect(abs((record.estimate ?? .nan) - value) < 1e-10, "\(record.variant)")
            }
        }
    }

    @Test(
        "Within-site AUC of three centres is scikit-learn's to 1e-12, and the certified interval holds the pooled one",
        .enabled(if: SharedData.available(folder + "/federated_auc_nsclc_rt.json"), missing))
    func withinSites() throws {
        let expected = try JSONFixture.shared("\(Self.folder)/federated_auc_nsclc_rt.json")
        let records = try PredictionAnalysis(
            try Self.radiotherapy(), scores: ["p"], outcome: "died", site: "centre"
        ).results(threshold: nil)
        let within = try Self.find(records, .auc, "within sites")
        #expect(abs((within.estimate ?? .nan) - expected["stratified_auc"].number) < 1e-12)
        let own = try ["HarvardRT", "Maastro", "Radboud"].map { try Self.find(records, .auc, "DeLong", site: $0) }
        // Three independent AUCs, weighted by their numbers of pairs.
        let weights = own.map { Double($0.events ?? 0) * Double(($0.n ?? 0) - ($0.events ?? 0)) }
        let variance = zip(own, weights).reduce(0) {
            $0 + $1.1 * $1.1 * ($1.0.standardError ?? .nan) * ($1.0.standardError ?? .nan)
        }
        #expect(abs((within.standardError ?? .nan) - variance.squareRoot() / weights.reduce(0, +)) < 1e-14)
        let certified = try Self.find(records, .auc, "pooled, certified")
        let pooled = expected["pooled_auc"].number
        #expect((certified.lower ?? .nan) <= pooled && pooled <= (certified.upper ?? .nan))
        #expect((certified.upper ?? .nan) - (certified.lower ?? .nan) < 0.01)
    }

    /// Deaths within two years and their predicted probability in three centres.
    static func radiotherapy() throws -> CSVTable {
        let source = try CSVFixture.shared(
            "data/multicentre/nsclc_ct_radiotherapy_3centres/outcome_and_cnn_score.csv")
        let rows = zip(
            zip(source.texts("center"), source.numbers("surv2yr")), source.numbers("cnn_p_surv2yr")
        ).map { first, p in [first.0, "\(1 - first.1)", "\(1 - p)"] }
        return CSVTable(file: "t.csv", columns: ["centre", "died", "p"], rows: rows)
    }

    @Test("A site with a single non-event has an AUC without interval, and the summary says why it is left out")
    func single() throws {
        var rows: [[String]] = []
        for site in ["A", "B", "C"] {
            for (p, y) in [(0.2, 0), (0.4, 1), (0.5, 0), (0.7, 1), (0.3, 0), (0.9, 1)] {
                rows.append([site, "\(p)", "\(y)"])
            }
        }
        for (p, y) in [(0.5, 0), (0.4, 1), (0.6, 1), (0.8, 1)] { rows.append(["D", "\(p)", "\(y)"]) }
        for (p, y) in [(0.1, 0), (0.2, 0), (0.6, 1), (0.8, 1)] { rows.append(["E", "\(p)", "\(y)"]) }
        let table = CSVTable(file: "t.csv", columns: ["site", "p", "y"], rows: rows)
        let records = try PredictionAnalysis(table, scores: ["p"], outcome: "y", site: "site").results(threshold: nil)
        let lone = try Self.find(records, .auc, "DeLong", site: "D")
        #expect(abs((lone.estimate ?? .nan) - 2.0 / 3) < 1e-15 && lone.lower == nil && lone.reason.contains("single"))
        let perfect = try Self.find(records, .auc, "DeLong", site: "E")
        #expect(perfect.estimate == 1 && perfect.upper == nil && perfect.reason.contains("separate"))
        for site in ["D", "E"] {
            #expect(try Self.find(records, .mean, "AUC, site", site: site).reason.hasPrefix("left out"))
        }
        #expect(try Self.find(records, .mean, "AUC").n == 3)
        #expect(try Self.find(records, .q, "AUC").pValue != nil)
        #expect(throws: LocalValidationError.self) {
            try PredictionAnalysis(table, scores: ["p"], outcome: "y", site: "site")
                .results(threshold: nil, internalSite: "Z")
        }
        let drop = try PredictionAnalysis(table, scores: ["p"], outcome: "y", site: "site")
            .results(threshold: nil, internalSite: "A")
        #expect(try Self.find(drop, .aucDifference, "A - other sites").pValue != nil)
    }

    @Test("An AUC above 1 is refused by name; one of exactly 1 is listed and left out with its reason")
    func perfectSites() throws {
        let columns = [("site", ["a", "b", "c", "d"]), ("estimate", ["0.8", "0.7", "0.75", "1"])]
        let errors = ("se", ["0.05", "0.04", "0.06", "0"])
        let records = try EstimateAnalysis(try Self.table(columns + [errors]), measure: .auc).results()
        let last = try Self.find(records, .mean, "site", site: "d")
        #expect(last.status == "not_estimable" && last.reason.hasPrefix("left out: the value is 1"))
        #expect(try Self.find(records, .q, "").n == 3)
        let high = try Self.table([columns[0], ("estimate", ["0.8", "0.7", "0.75", "1.4"]), errors])
        #expect(throws: LocalValidationError.self) { try EstimateAnalysis(high, measure: .auc) }
    }

    /// metafor 3.8.1 `regtest(rma(..., method = "REML"))`; metafor stops its iteration at 1e-5.
    @Test(
        "Egger's test is metafor's to 1e-5",
        .enabled(if: SharedData.available(folder + "/icc_irr_anxiety.json"), missing),
        arguments: [("logit_c", "meta_logit_c", "logit"), ("log_oe", "meta_log_oe", "log-oe")])
    func egger(input: String, key: String, measure: String) throws {
        let json = try JSONFixture.shared("\(Self.folder)/meta_euroscore_cstat_oe.json")["expected"]
        let table = try Self.table([
            ("estimate", json[input]["yi"].list.map { "\($0.number)" }),
            ("se", json[input]["sei"].list.map { "\($0.number)" }),
        ])
        let records = try EstimateAnalysis(
            table, measure: try #require(EstimateAnalysis.Measure(rawValue: measure))
        ).results()
        let record = try Self.find(records, .egger, "")
        let expected = json[key]["egger_REML"]
        let z = (record.estimate ?? .nan) / (record.standardError ?? .nan)
        #expect(abs(z - expected["z"].number) < 1e-5, "\(z)")
        #expect(abs((record.pValue ?? .nan) - expected["p"].number) < 1e-5)
        let q = try Self.find(records, .q, "")
        #expect(abs((q.estimate ?? .nan) - json[key]["REML_z"]["Q"].number) < 1e-9)
    }

    @Test("Every name is explained")
    func names() {
        for name in StatisticName.allCases {
            let text = name.explanation
            #expect(!text.definition.isEmpty && !text.reference.isEmpty && !text.federated.isEmpty)
            #expect(!name.formula.isEmpty)
        }
        #expect(Set(StatisticName.allCases.map { $0.rawValue.lowercased() }).count == StatisticName.allCases.count)
    }
}
