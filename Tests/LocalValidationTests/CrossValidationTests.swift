import LocalValidation
import Tables
import TestKit
import Testing
import Validation

/// Refits of a logistic model in the four centres of the UCI heart disease data, against R and Python.
@Suite(
    "Cross-validation",
    .enabled(if: SharedData.available("data/validation/iecv_heart_full_model.json"), "the shared data are not here"))
struct CrossValidationTests {
    static let centres = ["cleveland", "hungarian", "switzerland", "va"]
    static let predictors = [
        "age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak",
    ]

    /// The four files as one table, with names of cases.
    static func heart() throws -> CSVTable {
        let columns = predictors + ["slope", "ca", "thal", "num"]
        var rows: [[String]] = []
        for centre in centres {
            let file = try CSVFixture.shared(
                "data/multicentre/fed_heart_disease/processed.\(centre).data", columns: columns)
            for (index, row) in file.rows.enumerated() {
                let disease = row[13] == "0" ? "0" : "1"
                rows.append(["\(centre)-\(index + 1)", centre] + row.prefix(10) + [disease])
            }
        }
        return CSVTable(file: "heart.csv", columns: ["id", "centre"] + predictors + ["disease"], rows: rows)
    }

    static func validation(_ table: CSVTable, site: String = "centre") throws -> CrossValidation {
        let columns = PredictorTable.Columns(
            predictors: predictors, categorical: ["cp", "restecg"], outcome: "disease", site: site, caseName: "id")
        return try CrossValidation(PredictorTable(table, columns, completeCases: true))
    }

    static func number(
        _ records: [StatisticRecord], _ name: StatisticName, _ variant: String, site: String = ""
    ) throws -> Double {
        try #require(try LocalValidationTests.find(records, name, variant, site: site).estimate)
    }

    /// R names indicators `factor(cp)2`.
    static func named(_ peer: String) -> String {
        peer == "(Intercept)" ? "(intercept)" : peer.replacing("factor(", with: "").replacing(")", with: "=")
    }

    @Test(
        "The model of all centres is R's glm: coefficients to 1e-7, standard errors, which glm takes a step earlier, to 1e-5"
    )
    func whole() throws {
        let peer = try JSONFixture.shared("data/validation/iecv_heart_full_model.json")["expected"]["pooled_fit"]
        let records = try Self.validation(try Self.heart()).wholeModel()
        for key in peer["coef"].keys {
            let record = try LocalValidationTests.find(records, .coefficient, Self.named(key))
            #expect(Tolerance.agrees(record.estimate, peer["coef"][key].number, 1e-7))
            guard key != "(Intercept)" else { continue }
            #expect(Tolerance.isRelativelyClose(record.standardError ?? .nan, peer["se"][key].number, 1e-5))
        }
    }

    @Test(
        "Each centre predicted by the others: coefficients 1e-7, AUC 1e-12 and calibration 1e-6 of glm, pROC and rms",
        arguments: centres)
    func leaveOut(centre: String) throws {
        let peer = try JSONFixture.shared("data/validation/iecv_heart_full_model.json")["expected"]["folds"][centre]
        let records = try Self.validation(try Self.heart()).leavingSitesOut().records
        for key in peer["coef"].keys {
            let found = try Self.number(records, .coefficient, Self.named(key) + ", without this site", site: centre)
            #expect(Tolerance.agrees(found, peer["coef"][key].number, 1e-7))
        }
        let area = try LocalValidationTests.find(records, .auc, "leave one site out, DeLong", site: centre)
        #expect(area.n == peer["auc"]["n"].integer)
        #expect(Tolerance.agrees(area.estimate, peer["auc"]["auc"].number, 1e-12))
        if let variance = peer["auc"]["var_delong"].optionalNumber {
            #expect(Tolerance.agrees(area.standardError, variance.squareRoot(), 1e-9))
        } else {
            #expect(area.standardError == nil && area.reason.contains("single"))
        }
        let slope = try Self.number(records, .calibrationSlope, "leave one site out", site: centre)
        #expect(Tolerance.agrees(slope, peer["cal"]["slope"]["est"].number, 1e-6))
        let intercept = try Self.number(records, .calibrationIntercept, "leave one site out", site: centre)
        #expect(Tolerance.agrees(intercept, peer["cal"]["citl_intercept"]["est"].number, 1e-6))
        for (name, member) in [(StatisticName.observedExpected, "oe"), (.brier, "brier")] {
            let found = try Self.number(records, name, "leave one site out", site: centre)
            #expect(Tolerance.agrees(found, peer["cal"][member].number, 1e-8))
        }
    }

    @Test("Left-out slopes are summarised as by metafor to 1e-6; the centre without an interval of its AUC is left out")
    func summary() throws {
        let peer = try JSONFixture.shared("data/validation/iecv_heart_full_model.json")["expected"]["meta"]["slope"]
        let records = try Self.validation(try Self.heart()).leavingSitesOut().records
        let mean = try LocalValidationTests.find(records, .mean, "leave one site out, calibration-slope")
        #expect(Tolerance.agrees(mean.estimate, peer["mu"].number, 1e-6))
        // Hartung-Knapp's interval is here narrower than Wald's with the same t, below which ours does not go.
        #expect((mean.lower ?? .nan) <= peer["ci95"][0].number && (mean.upper ?? .nan) >= peer["ci95"][1].number)
        let tau = try Self.number(records, .tauSquared, "leave one site out, calibration-slope")
        #expect(Tolerance.agrees(tau, peer["tau2"].number, 1e-6))
        #expect(try LocalValidationTests.find(records, .mean, "leave one site out, AUC").n == 3)
        let left = try LocalValidationTests.find(records, .mean, "leave one site out, AUC, site", site: "switzerland")
        #expect(left.reason.hasPrefix("left out"))
    }

    @Test("Folds by the keyed hash: AUCs are scikit-learn's to 1e-9, calibration out of fold statsmodels' to 1e-7")
    func folds() throws {
        let peer = try JSONFixture.beside("crossvalidation_heart.json")["folds"]
        let records = try Self.validation(try Self.heart()).inFolds(5).records
        for (index, area) in peer["auc"].numbers.enumerated() {
            let record = try LocalValidationTests.find(records, .auc, "fold \(index + 1) of 5")
            #expect(Tolerance.agrees(record.estimate, area, 1e-9))
            #expect(record.n == peer["sizes"].integers[index])
        }
        let mean = peer["auc"].numbers.reduce(0, +) / 5
        #expect(Tolerance.agrees(try Self.number(records, .auc, "mean of 5 folds"), mean, 1e-9))
        #expect(Tolerance.agrees(try Self.number(records, .auc, "5 folds, DeLong"), peer["pooled"]["auc"].number, 1e-9))
        let slope = try Self.number(records, .calibrationSlope, "5 folds")
        #expect(Tolerance.agrees(slope, peer["pooled"]["slope"].number, 1e-7))
        #expect(Tolerance.agrees(try Self.number(records, .brier, "5 folds"), peer["pooled"]["brier"].number, 1e-9))
    }

    @Test("Bootstrap optimism, over all and by centre, is that of statsmodels' refits on the same resamples to 1e-7")
    func optimism() throws {
        let peer = try JSONFixture.beside("crossvalidation_heart.json")["bootstrap"]
        let records = try Self.validation(try Self.heart()).optimism(resamples: peer["resamples"].integer)
        for name in peer["optimism"].keys {
            let record = try LocalValidationTests.find(records, .optimism, name)
            #expect(Tolerance.agrees(record.estimate, peer["optimism"][name].number, 1e-7))
            #expect(Tolerance.agrees(record.standardError, peer["mcse"][name].number, 1e-7))
        }
        for centre in peer["optimism_by_site"].keys {
            let found = try Self.number(records, .optimism, "AUC", site: centre)
            #expect(Tolerance.agrees(found, peer["optimism_by_site"][centre].number, 1e-7))
        }
        let corrected = try Self.number(records, .auc, "corrected for optimism")
        let expected = peer["apparent_auc"].number - peer["optimism"]["AUC"].number
        #expect(Tolerance.agrees(corrected, expected, 1e-7))
    }

    @Test(".632 and .632+ of AUC and Brier are those of statsmodels' refits on the same resamples to 1e-7")
    func outOfBag() throws {
        let peer = try JSONFixture.beside("crossvalidation_heart.json")["bootstrap"]
        let records = try Self.validation(try Self.heart()).optimism(resamples: peer["resamples"].integer)
        for (variant, member) in [("out of bag", "out_of_bag"), (".632", "632"), (".632+", "632plus")] {
            for (name, statistic) in [("AUC", StatisticName.auc), ("Brier", .brier)] {
                let found = try Self.number(records, statistic, variant)
                #expect(Tolerance.agrees(found, peer[member][name].number, 1e-7), "\(variant) \(name)")
            }
        }
        // Of a site with a single non-event most resamples have an AUC on the cases that were not drawn: those count.
        #expect(try Self.number(records, .auc, ".632", site: "switzerland") < 1)
    }

    @Test("The weight of .632+ grows with the overfitting, and no information is its limit")
    func overfitting() throws {
        let peer = try JSONFixture.beside("crossvalidation_heart.json")["bootstrap"]
        let overfitted = PointSixThreeTwo(apparent: 0, outOfBag: 0.4, uninformed: 0.5, isError: true)
        #expect(Tolerance.agrees(overfitted.plus, peer["632plus_overfitted"].number, 1e-15))
        // An AUC of 1 on the training cases and of 0.45 on the others: all is overfitting.
        let useless = PointSixThreeTwo(apparent: 1, outOfBag: 0.45, uninformed: 0.5, isError: false)
        #expect(useless.weight == 1 && useless.plus == 0.5)
        let honest = PointSixThreeTwo(apparent: 0.8, outOfBag: 0.82, uninformed: 0.5, isError: false)
        #expect(honest.weight == 0.632 && honest.plain == 0.368 * 0.8 + 0.632 * 0.82)
    }

    @Test("One shard and four give the same bits, and the order of the rows changes nothing")
    func shards() throws {
        let table = try Self.heart()
        let rows = table.rows
        let centre = rows.map { $0[1] }
        let single = CSVTable(
            file: "heart.csv", columns: table.columns + ["all"], rows: rows.map { $0 + ["one"] })
        let four = try Self.validation(table).wholeModel()
        #expect(try Self.validation(single, site: "all").wholeModel() == four)
        #expect(Set(centre).count == 4)
        let turned = CSVTable(file: "heart.csv", columns: table.columns, rows: rows.reversed())
        let areas = { (records: [StatisticRecord]) in
            records.filter { $0.statistic == "AUC" || $0.statistic == "coefficient" }
        }
        #expect(
            areas(try Self.validation(turned).inFolds(4).records)
                == areas(try Self.validation(table).inFolds(4).records))
        #expect(
            areas(try Self.validation(turned).optimism(resamples: 5))
                == areas(try Self.validation(table).optimism(resamples: 5)))
    }

    @Test("What cannot be validated is refused with its reason; a category that a fit has not seen is left out of it")
    func refused() throws {
        func table(_ rows: [[String]]) -> CSVTable {
            CSVTable(file: "t.csv", columns: ["site", "x", "grade", "y"], rows: rows)
        }
        func validation(_ rows: [[String]], _ categorical: Set<String> = ["grade"]) throws -> CrossValidation {
            try CrossValidation(
                PredictorTable(
                    table(rows),
                    PredictorTable.Columns(
                        predictors: ["x", "grade"], categorical: categorical, outcome: "y", site: "site")))
        }
        let outcomes = [0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 0]
        let good = outcomes.enumerated().map { index, y in
            [index < 6 ? "A" : "B", "\(index % 5)", index < 6 ? "high" : ["high", "low"][index % 2], "\(y)"]
        }
        // All of A are of grade high: without B the grade does not vary.
        let records = try validation(good).leavingSitesOut().records
        let unseen = try LocalValidationTests.find(records, .coefficient, "grade=low, without this site", site: "B")
        #expect(unseen.status == "not_estimable" && unseen.reason.contains("does not vary"))
        #expect(records.allSatisfy { $0.estimate?.isFinite ?? true })
        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch { return "\(error)" }
        }
        var missing = good
        missing[3][1] = "NA"
        #expect(
            message { _ = try validation(missing) }
                == "t.csv: row 4, column 'x' is empty; complete it, or leave the row out")
        var twice = good
        twice[3][3] = "2"
        #expect(message { _ = try validation(twice) }.contains("row 4, column 'y' is not 0 or 1"))
        #expect(message { _ = try validation(good, ["age"]) }.contains("'age' is not among the --predictors"))
        #expect(message { _ = try validation(good).inFolds(7) }.contains("--folds: 7 is not from 2"))
        let single = good.map { ["A"] + $0.dropFirst() }
        #expect(message { _ = try validation(single).leavingSitesOut() }.contains("all cases are of one site"))
        let separated = good.map { [$0[0], $0[3], $0[2], $0[3]] }
        #expect(
            message { _ = try validation(separated).leavingSitesOut() }.contains("without site 'A' cannot be fitted"))
        #expect(
            message { _ = try validation(separated).optimism(resamples: 4) }.contains("of all cases cannot be fitted"))
    }
}
