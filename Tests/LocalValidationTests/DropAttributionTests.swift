import LocalValidation
import Statistics
import Tables
import TestKit
import Testing

/// The drop of an AUC and its parts, against scipy and scikit-learn and in simulated studies whose truth is known.
@Suite("Attribution of a drop")
struct DropAttributionTests {
    static let heart = "data/multicentre/fed_heart_disease/processed.va.data"
    static let missing: Comment = "the shared data are not here"

    /// The complete cases of three centres; ST depression is the score.
    static func table() throws -> CSVTable {
        let all = try CrossValidationTests.heart()
        let rows = all.rows.filter { row in
            row[1] != "switzerland" && !row.contains { ["", "?"].contains($0) }
        }
        return CSVTable(file: "heart.csv", columns: all.columns, rows: rows)
    }

    static func columns(_ covariates: [String] = ["age", "sex", "trestbps", "thalach", "cp"]) -> DropAttribution.Columns
    {
        DropAttribution.Columns(
            score: "oldpeak", outcome: "disease", site: "centre", internalSites: ["cleveland"], covariates: covariates,
            categorical: ["cp"])
    }

    @Test(
        "The AUC of the internal cases with the external case mix is scikit-learn's with scipy's weights to 1e-9",
        .enabled(if: SharedData.available(heart), missing), arguments: ["means", "variances"])
    func weighted(kind: String) throws {
        let peer = try JSONFixture.beside("drop_heart.json")["targets"]
        let records = try DropAttribution(
            Self.table(), Self.columns(), balancesVariances: kind == "variances"
        ).results(resamples: 20)
        for (site, name) in [("", "both"), ("hungarian", "hungarian"), ("va", "va")] {
            func find(_ name: StatisticName, _ variant: String) throws -> StatisticRecord {
                try LocalValidationTests.find(records, name, variant, site: site)
            }
            let target = peer[name]
            let weighted = try find(.auc, "internal, weighted to the external case mix")
            #expect(Tolerance.agrees(weighted.estimate, target[kind]["weighted_auc"].number, 1e-9))
            let effective = Int(target[kind]["effective"].number.rounded())
            #expect(weighted.method.contains("\(effective) effective of 303 cases"))
            let (inside, outside) = (target["internal"].number, target["external"].number)
            #expect(Tolerance.agrees(try find(.auc, "internal").estimate, inside, 1e-12))
            #expect(Tolerance.agrees(try find(.auc, "external").estimate, outside, 1e-12))
            let total = try #require(try find(.aucDrop, "total").estimate)
            let parts = try ["case mix", "remainder"].map { try #require(try find(.aucDrop, $0).estimate) }
            #expect(Tolerance.agrees(total, inside - outside, 1e-12))
            #expect(Tolerance.agrees(parts.reduce(0, +), total, 1e-12))
            #expect(try find(.aucDrop, "protocol").reason.contains("--protocol-scores"))
        }
    }

    @Test(
        "Scores measured twice: the correlation within classes is numpy's, what is left of the AUC scipy's, to 1e-9",
        .enabled(if: SharedData.available(heart), missing), arguments: [true, false])
    func protocols(knowsOutcome: Bool) throws {
        let peer = try JSONFixture.beside("drop_heart.json")
        let table = try Self.table()
        let rows = table.rows.filter { $0[1] == "cleveland" }
        let pairs = CSVTable(
            file: "twice.csv", columns: ["internal", "external"] + (knowsOutcome ? ["disease"] : []),
            rows: zip(rows, peer["pairs"]["external"].numbers).map { row, second in
                [row[11], "\(second)"] + (knowsOutcome ? [row[12]] : [])
            })
        let records = try DropAttribution(
            table, Self.columns(), protocols: RemeasuredScores(pairs, outcome: "disease")
        ).results(resamples: 40)
        let weighted = peer["targets"]["both"]["means"]["weighted_auc"].number
        let after = peer["pairs"][knowsOutcome ? "after" : "after_total"].number
        let found = try LocalValidationTests.find(records, .aucDrop, "protocol")
        #expect(Tolerance.agrees(found.estimate, weighted - after, 1e-9))
        let external = peer["targets"]["both"]["external"].number
        let rest = try LocalValidationTests.find(records, .aucDrop, "remainder")
        #expect(Tolerance.agrees(rest.estimate, after - external, 1e-9))
        #expect(try LocalValidationTests.find(records, .ccc, "score, protocol").estimate != nil)
    }

    /// A study in which the external cases differ by their covariate and the external measurement adds noise, and nothing else.
    private static func simulated(seed: UInt64) throws -> (table: CSVTable, pairs: CSVTable) {
        var generator = SeededGenerator(seed: seed)
        var rows: [[String]] = []
        for (site, mean, spread, noise) in [("A", 0.0, 1.2, 0.0), ("B", 0.4, 0.7, 0.8)] {
            for _ in 0..<500 {
                let x = mean + spread * generator.normal()
                // A probit model, so that the scores are normal given the covariate.
                let y = x + generator.normal() > 0.2 ? 1 : 0
                let score = x + 0.5 * generator.normal() + noise * generator.normal()
                rows.append([site, "\(x)", "\(score)", "\(y)"])
            }
        }
        // Measured twice: cases of the external mix, with both measurements.
        let pairs = (0..<300).map { _ -> [String] in
            let x = 0.4 + 0.7 * generator.normal()
            let y = x + generator.normal() > 0.2 ? 1 : 0
            let first = x + 0.5 * generator.normal()
            return ["\(first)", "\(first + 0.8 * generator.normal())", "\(y)"]
        }
        return (
            CSVTable(file: "s.csv", columns: ["site", "x", "score", "y"], rows: rows),
            CSVTable(file: "t.csv", columns: ["internal", "external", "y"], rows: pairs)
        )
    }

    @Test(
        "In 40 simulated studies case mix and protocol explain the drop: the remainder is 0, and intervals hold 0 as they say"
    )
    func simulation() throws {
        var (remainders, drops): ([Double], [Double]) = ([], [])
        var held = 0
        for seed in 1...40 {
            let (table, pairs) = try Self.simulated(seed: UInt64(seed))
            let records = try DropAttribution(
                table,
                DropAttribution.Columns(
                    score: "score", outcome: "y", site: "site", internalSites: ["A"], covariates: ["x"]),
                balancesVariances: true, protocols: RemeasuredScores(pairs, outcome: "y")
            ).results(resamples: 60)
            let rest = try LocalValidationTests.find(records, .aucDrop, "remainder")
            remainders.append(try #require(rest.estimate))
            drops.append(try #require(try LocalValidationTests.find(records, .aucDrop, "total").estimate))
            if let lower = rest.lower, let upper = rest.upper, lower <= 0, upper >= 0 { held += 1 }
        }
        let mean = remainders.reduce(0, +) / 40
        // The drop is 0.19 in the mean; the rule for normal scores leaves less than a hundredth of an AUC.
        #expect(drops.reduce(0, +) / 40 > 0.15)
        #expect(mean.magnitude < 0.01, "\(mean)")
        // 95 % less two standard errors of 40 studies.
        #expect(held >= 35, "\(held)")
    }

    @Test(
        "The gate: within, beyond, undecided with the cases that decide, and without an AUC undecided with its reason")
    func gate() throws {
        let (table, _) = try Self.simulated(seed: 5)
        func verdict(_ gate: Double) throws -> StatisticRecord {
            let records = try DropAttribution(
                table,
                DropAttribution.Columns(score: "score", outcome: "y", site: "site", internalSites: ["A"])
            ).results(resamples: 20, gate: gate)
            return try #require(records.first { $0.statistic == "verdict" })
        }
        let total = try #require(
            try DropAttribution(
                table, DropAttribution.Columns(score: "score", outcome: "y", site: "site", internalSites: ["A"])
            ).results(resamples: 20).first { $0.variant == "total" })
        let (drop, error) = (try #require(total.estimate), try #require(total.standardError))
        #expect(try verdict(drop + 2.1 * error).method.hasPrefix("pass"))
        #expect(try verdict(drop - 2.1 * error).method.hasPrefix("fail"))
        let open = try verdict(drop + error)
        #expect(open.method.hasPrefix("undecided"))
        // Half widths fall with the root of the number of cases: 1.96 squared times as many.
        #expect(Tolerance.agrees(open.estimate, (1000 * 1.959963984540054 * 1.959963984540054).rounded(.up), 1))
        let records = try PredictionAnalysis(table, scores: ["score"], outcome: "y", site: "site")
            .results(threshold: nil, internalSite: "A", dropGate: drop + error)
        let same = try #require(records.first { $0.statistic == "verdict" })
        #expect(same.estimate == open.estimate)
    }

    @Test("Case mixes that do not overlap, one class and unknown sites: a reason each, never a number")
    func degenerate() throws {
        func rows(_ site: String, _ base: Double) -> [[String]] {
            (0..<20).map { [site, "\(base + Double($0))", "\(Double(($0 * 7) % 20))", "\($0 % 2)"] }
        }
        func analysis(_ rows: [[String]], _ internalSite: String = "A", covariates: [String] = ["x"]) throws
            -> DropAttribution
        {
            try DropAttribution(
                CSVTable(file: "t.csv", columns: ["site", "x", "score", "y"], rows: rows),
                DropAttribution.Columns(
                    score: "score", outcome: "y", site: "site", internalSites: [internalSite], covariates: covariates))
        }
        let apart = try analysis(rows("A", 0) + rows("B", 1000)).results(resamples: 20)
        let part = try LocalValidationTests.find(apart, .aucDrop, "case mix")
        #expect(part.status == "not_estimable" && part.reason.contains("do not overlap"))
        let one = try analysis(rows("A", 0) + rows("B", 3).map { [$0[0], $0[1], $0[2], "1"] }).results(resamples: 20)
        #expect(one.filter { $0.statistic == "AUC-drop" }.allSatisfy { $0.status == "not_estimable" })
        #expect(throws: LocalValidationError.self) { try analysis(rows("A", 0), "A") }
        #expect(throws: LocalValidationError.self) { try analysis(rows("A", 0) + rows("B", 1), "C") }
        #expect(throws: LocalValidationError.self) { try analysis(rows("A", 0) + rows("B", 1)).results(gate: 2) }
        let few = CSVTable(file: "t.csv", columns: ["internal", "external"], rows: [["1", "2"], ["2", "3"]])
        #expect(throws: LocalValidationError.self) { try RemeasuredScores(few, outcome: "y") }
    }
}
