#if canImport(Glibc)
    import Glibc
#endif
import Statistics
import TestKit
import Testing
import Validation

/// Internal-external validation of a logistic model in the four centres of the UCI heart disease data.
@Suite(
    "Heart disease, leave one centre out",
    .enabled(if: SharedData.available(SharedFixtures.heart), "the shared heart disease tables are not here"))
struct HeartCentresTests {
    static let folder = "data/multicentre/fed_heart_disease"
    static let columns = [
        "age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak", "slope", "ca", "thal",
        "num",
    ]

    /// The complete rows of a centre scored with the coefficients of the other centres.
    static func score(_ centre: String, _ coefficients: JSONFixture) throws -> ScoredCases {
        let table = try CSVFixture.shared("\(folder)/processed.\(centre).data", columns: columns)
        let used = columns.filter { !["slope", "ca", "thal", "num"].contains($0) }
        let values = Dictionary(uniqueKeysWithValues: (used + ["num"]).map { ($0, table.numbers($0)) })
        var scores: [Double] = []
        var outcome: [Double] = []
        for row in table.rows.indices {
            let x = values.mapValues { $0[row] }
            if x.values.contains(where: \.isNaN) { continue }
            var linear = coefficients["(Intercept)"].number
            for name in used where name != "cp" && name != "restecg" {
                linear += coefficients[name].number * (x[name] ?? 0)
            }
            for level in 2...4 where x["cp"] == Double(level) { linear += coefficients["factor(cp)\(level)"].number }
            for level in 1...2 where x["restecg"] == Double(level) {
                linear += coefficients["factor(restecg)\(level)"].number
            }
            scores.append(1 / (1 + exp(-linear)))
            outcome.append((x["num"] ?? 0) > 0 ? 1 : 0)
        }
        return ScoredCases(scores: scores, outcome: outcome)
    }

    @Test(
        "AUC and calibration of each left-out centre agree with pROC and glm to 1e-6",
        arguments: ["cleveland", "hungarian", "switzerland", "va"])
    func centre(name: String) throws {
        let fold = try JSONFixture.shared(SharedFixtures.heart)["expected"]["folds"][name]
        let cases = try Self.score(name, fold["coef"])
        #expect(cases.count == fold["auc"]["n"].integer)
        if fold["auc"]["var_delong"].isNull {
            // Switzerland has one person without the disease.
            #expect(DeLong(scores: cases.scores, outcome: cases.outcome) == nil)
            #expect(try SiteAUC.estimate(cases).status == "suppressed")
        } else {
            let roc = try #require(DeLong(scores: cases.scores, outcome: cases.outcome))
            #expect(Tolerance.agrees(roc.auc, fold["auc"]["auc"].number, 1e-10))
            #expect(Tolerance.isRelativelyClose(roc.variance, fold["auc"]["var_delong"].number, 1e-8))
        }
        let report = try Calibration.report(probabilities: cases.scores, outcome: cases.outcome)
        try CalibrationTests.check(report, fold["cal"])
    }

    @Test("calibration slopes and intercepts are summarised as by metafor's rma(knha) to 1e-6")
    func meta() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.heart)["expected"]
        for (name, member) in [("slope", "slope"), ("citl", "citl_intercept")] {
            let sites = fixture["folds"].keys.map { centre in
                let site = fixture["folds"][centre]["cal"][member]
                return Estimate.value(
                    EstimateValue(
                        value: site["est"].number, standardError: site["se"].number, n: 1, method: "glm"))
            }
            let summary = SiteSummary(sites, scale: .identity, rule: .hartungKnapp)
            guard case .value(let mean) = summary.mean, case .value(let prediction) = summary.prediction else {
                Issue.record("no summary of \(name)")
                continue
            }
            let expected = fixture["meta"][name]
            #expect(Tolerance.agrees(mean.value, expected["mu"].number, 1e-6))
            #expect(Tolerance.agrees(mean.lower, expected["ci95"][0].number, 1e-6))
            #expect(Tolerance.agrees(mean.upper, expected["ci95"][1].number, 1e-6))
            #expect(Tolerance.agrees(prediction.upper, expected["pi95"][1].number, 1e-6))
            #expect(Tolerance.agrees(summary.tauSquared.number, expected["tau2"].number, 1e-6))
        }
    }
}
