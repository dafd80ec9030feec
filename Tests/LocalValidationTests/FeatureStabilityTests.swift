import LocalValidation
import Statistics
import Tables
import TestKit
import Testing

/// Which features readers and protocols agree on, against pingouin.
@Suite(
    "Feature stability",
    .enabled(
        if: SharedData.available("data/multicentre/nsclc_radiogenomics_2centres_ct/radiomics_captk.csv"),
        "the shared data are not here"))
struct FeatureStabilityTests {
    /// Real features of 206 lesions, and two readings of each with seeded noise, as `Fixtures/stability_captk.py` makes them.
    static func readings() throws -> (readers: CSVTable, protocols: CSVTable) {
        let peer = try JSONFixture.beside("stability_captk.json")
        let table = try CSVFixture.shared("data/multicentre/nsclc_radiogenomics_2centres_ct/radiomics_captk.csv")
        let features = peer["features"].list.map(\.text)
        let columns = features.map { table.numbers($0) }
        let amplitude = peer["amplitude"].numbers
        let (ids, centres) = (table.texts("id"), table.texts("center"))
        var generator = SeededGenerator(seed: 11)
        func read(_ share: Double) -> [[Double]] {
            ids.indices.map { row in
                features.indices.map { columns[$0][row] + share * amplitude[$0] * (2 * generator.uniform() - 1) }
            }
        }
        let first = ids.indices.map { row in features.indices.map { columns[$0][row] } }
        let (second, other) = (read(1), read(0.6))
        func long(_ name: String, _ label: String, _ parts: [(String, [[Double]])]) -> CSVTable {
            CSVTable(
                file: name, columns: ["id", "center", label] + features,
                rows: parts.flatMap { part in
                    ids.indices.map { [ids[$0], centres[$0], part.0] + part.1[$0].map { "\($0)" } }
                })
        }
        return (
            long("readers.csv", "reader", [("ann", first), ("bob", second)]),
            long("protocols.csv", "protocol", [("old", first), ("new", other)])
        )
    }

    static func filter(_ tables: (readers: CSVTable, protocols: CSVTable)) throws -> FeatureStability {
        let features = try JSONFixture.beside("stability_captk.json")["features"].list.map(\.text)
        return try FeatureStability(
            readers: FeatureReadings(
                tables.readers, caseName: "id", site: "center", reading: "reader", features: features),
            protocols: FeatureReadings(
                tables.protocols, caseName: "id", site: "center", reading: "protocol", features: features))
    }

    static func isKept(_ record: StatisticRecord) -> Bool { record.method.hasPrefix("kept") }

    @Test(
        "ICC(A,1), its lower bound and CCC of ten features are pingouin's and numpy's to 1e-9, and so is what is kept")
    func all() throws {
        let peer = try JSONFixture.beside("stability_captk.json")
        let records = try Self.filter(Self.readings()).results()
        var kept: [String] = []
        for (index, feature) in peer["features"].list.map(\.text).enumerated() {
            let icc = try LocalValidationTests.find(records, .icc, feature)
            #expect(Tolerance.agrees(icc.estimate, peer["icc"].numbers[index], 1e-9))
            #expect(Tolerance.agrees(icc.lower, peer["lower"].numbers[index], 1e-9))
            let ccc = try LocalValidationTests.find(records, .ccc, feature)
            #expect(Tolerance.agrees(ccc.estimate, peer["ccc"].numbers[index], 1e-9))
            #expect(Self.isKept(icc) == Self.isKept(ccc))
            if Self.isKept(icc) { kept.append(feature) }
        }
        #expect(kept == peer["kept"].list.map(\.text))
    }

    @Test(
        "Without each fold the same features are kept as by pingouin on the same cases, and their shares count the folds"
    )
    func folds() throws {
        let peer = try JSONFixture.beside("stability_captk.json")
        let records = try Self.filter(Self.readings()).results(folds: 4)
        let features = peer["features"].list.map(\.text)
        var counts: [String: Int] = [:]
        for (index, expected) in peer["kept_without_fold"].list.enumerated() {
            let kept = try features.filter {
                Self.isKept(try LocalValidationTests.find(records, .icc, "\($0), without fold \(index + 1)"))
            }
            #expect(kept == expected.list.map(\.text))
            for feature in kept { counts[feature, default: 0] += 1 }
        }
        for feature in features {
            let share = try LocalValidationTests.find(records, .keptShare, feature)
            #expect(share.estimate == Double(counts[feature] ?? 0) / 4)
        }
    }

    @Test("A cross-validation keeps in each fold what is stable among the cases of its fit alone")
    func insideFolds() throws {
        let tables = try Self.readings()
        let features = try JSONFixture.beside("stability_captk.json")["features"].list.map(\.text)
        let rows = tables.readers.rows.filter { $0[2] == "ann" }
        let outcome = rows.indices.map { "\($0 % 3 == 0 ? 1 : 0)" }
        let cases = CSVTable(
            file: "cases.csv", columns: ["id", "center", "y"] + features,
            rows: zip(rows, outcome).map { [$0[0], $0[1], $1] + $0.dropFirst(3) })
        let columns = PredictorTable.Columns(
            predictors: features, outcome: "y", site: "center", caseName: "id")
        let filter = try Self.filter(tables)
        let validation = try CrossValidation(PredictorTable(cases, columns), ridge: 1, stability: filter)
        let records = try validation.inFolds(4).records
        for fold in 1...4 {
            let kept = try features.filter {
                Self.isKept(try LocalValidationTests.find(records, .icc, "\($0), without fold \(fold)"))
            }
            #expect(!kept.isEmpty && kept.count < features.count)
        }
        // Without a site only the other one's readings are looked at.
        let left = try validation.leavingSitesOut().records
        for (site, other) in [("AMC", "R01"), ("R01", "AMC")] {
            let own = rows.count { $0[1] == other }
            let record = try LocalValidationTests.find(left, .icc, "\(features[0]), without this site", site: site)
            #expect(record.n == own)
            let coefficients = left.filter { $0.statistic == "coefficient" && $0.site == site }
            let kept = left.filter { $0.statistic == "ICC" && $0.site == site && Self.isKept($0) }
            #expect(coefficients.count == kept.count + 1)
        }
        #expect(try validation.optimism(resamples: 10).allSatisfy { $0.estimate?.isFinite ?? true })
    }

    @Test("Two rows of one reading, one reading only, unknown limits, constant and single cases: a reason each")
    func refused() throws {
        func readings(_ rows: [[String]]) throws -> FeatureReadings {
            try FeatureReadings(
                CSVTable(file: "r.csv", columns: ["id", "reader", "f"], rows: rows), caseName: "id", site: nil,
                reading: "reader")
        }
        #expect(throws: LocalValidationError.self) {
            try readings([["a", "x", "1"], ["a", "x", "2"], ["a", "y", "2"]])
        }
        #expect(throws: LocalValidationError.self) { try readings([["a", "x", "1"], ["b", "x", "2"]]) }
        #expect(throws: LocalValidationError.self) { try readings([]) }
        #expect(throws: LocalValidationError.self) { try FeatureStability(readers: nil, protocols: nil) }
        var limits = FeatureStability.Limits()
        limits.siteShare = 0
        let good = try readings(["a", "b", "c", "d"].flatMap { [[$0, "x", "5"], [$0, "y", "5"]] })
        #expect(throws: LocalValidationError.self) {
            try FeatureStability(readers: good, protocols: nil, limits: limits)
        }
        let constant = try FeatureStability(readers: good, protocols: nil).results()
        #expect(constant.count == 1 && constant[0].status == "not_estimable")
        let gaps = try readings([
            ["a", "x", "1"], ["a", "y", "NA"], ["b", "x", "1"], ["b", "y", "2"], ["c", "x", "3"],
        ])
        #expect(gaps.incomplete == 2)
        let single = try FeatureStability(readers: gaps, protocols: nil)
        #expect(try single.results()[0].reason.contains("fewer than three cases"))
        #expect(throws: LocalValidationError.self) { try single.results(folds: 3) }
    }
}
