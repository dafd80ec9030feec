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

    @Test("Every name is explained")
    func names() {
        for name in StatisticName.allCases {
            let text = name.explanation
            #expect(!text.definition.isEmpty && !text.reference.isEmpty && !text.federated.isEmpty)
        }
        #expect(Set(StatisticName.allCases.map { $0.rawValue.lowercased() }).count == StatisticName.allCases.count)
    }
}
