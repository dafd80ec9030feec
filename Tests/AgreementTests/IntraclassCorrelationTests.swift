import Agreement
import Federation
import Statistics
import TestKit
import Testing

@Suite("Intraclass correlation")
struct IntraclassCorrelationTests {
    static let forms: [(String, IntraclassCorrelation.Model, IntraclassCorrelation.Unit)] = [
        ("ICC1_1", .oneWay, .single), ("ICC1_k", .oneWay, .average), ("ICCA_1", .agreement, .single),
        ("ICCA_k", .agreement, .average), ("ICCC_1", .consistency, .single), ("ICCC_k", .consistency, .average),
    ]

    /// The interval of ICC(A,k) is psych's, which steps up that of ICC(A,1); irr's has other degrees of freedom.
    static func check(_ sums: ReadingSums, _ expected: JSONFixture) throws {
        for (name, model, unit) in forms {
            guard case .value(let value) = IntraclassCorrelation.estimate(sums, model: model, unit: unit) else {
                Issue.record("\(name) is not estimable")
                continue
            }
            var interval = expected["irr"][name]["ci95"].numbers
            if model == .agreement && unit == .average {
                let psych = expected["psych"]
                let position = try #require(psych["type"].texts.firstIndex(of: "ICC2k"))
                interval = [psych["lower"][position].number, psych["upper"][position].number]
            }
            #expect(Tolerance.agrees(value.value, expected["irr"][name]["icc"].number, 1e-10), "\(name)")
            #expect(Tolerance.agrees(value.lower, interval[0], 1e-9), "\(name)")
            #expect(Tolerance.agrees(value.upper, interval[1], 1e-9), "\(name)")
        }
    }

    @Test(
        "six forms on Shrout and Fleiss' table agree with irr 0.84.1 and psych 2.2.9, and sums of two sites give the same"
    )
    func shroutFleiss() throws {
        let fixture = try JSONFixture.beside("icc_shrout_fleiss_1979.json")
        let rows = fixture["input"].list.map(\.numbers)
        try Self.check(ReadingSums(rows: rows), fixture["expected"])
        try Self.check(ReadingSums(rows: rows, centre: 5), fixture["expected"])
        var sums = ReadingSums(rows: Array(rows[..<2]), centre: 5)
        sums.add(ReadingSums(rows: Array(rows[2...]), centre: 5))
        try Self.check(sums, fixture["expected"])
    }

    @Test(
        "six forms on three readers of anxiety agree with irr 0.84.1 and psych 2.2.9",
        .enabled(if: SharedData.available(SharedFixtures.anxiety), "the shared anxiety fixture is not here"))
    func anxiety() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.anxiety)
        let readers = fixture["input"].keys.map { fixture["input"][$0].numbers }
        let rows = readers[0].indices.map { row in readers.map { $0[row] } }
        try Self.check(ReadingSums(rows: rows), fixture["expected"])
    }

    @Test("equal readings have ICC 1, readings that do not vary none, and a constant shift costs agreement only")
    func limits() {
        let equal = ReadingSums(rows: [[1, 1], [2, 2], [4, 4]])
        let constant = ReadingSums(rows: [[3, 3], [3, 3], [3, 3]])
        let shifted = ReadingSums(rows: [[1, 2], [2, 3], [4, 5], [7, 8]])
        for model in IntraclassCorrelation.Model.allCases {
            for unit in IntraclassCorrelation.Unit.allCases {
                #expect(IntraclassCorrelation.estimate(equal, model: model, unit: unit).number == 1)
                #expect(IntraclassCorrelation.estimate(constant, model: model, unit: unit).status == "not_estimable")
            }
        }
        #expect(IntraclassCorrelation.estimate(shifted, model: .consistency).number == 1)
        #expect((IntraclassCorrelation.estimate(shifted, model: .agreement).number ?? 1) < 0.95)
    }

    @Test("features of three sites: pooled or public centres give the ICC of the plain function, whatever the scale")
    func features() throws {
        var generator = SeededGenerator(seed: 77)
        let scales = [1.0, 1e9, 1e-7]
        let offsets = [0.0, 5e10, 3e-6]
        let sites = [12, 1, 20].map { cases in
            var first: [Double] = []
            var second: [Double] = []
            for _ in 0..<cases {
                for column in 0..<3 {
                    let truth = generator.normal()
                    first.append(offsets[column] + scales[column] * truth)
                    second.append(
                        offsets[column] + scales[column] * (truth + 0.3 * generator.normal() + 0.1))
                }
            }
            return PairedFeatures(first: first, second: second, width: 3)
        }
        let exponents = [0, 36, -19]
        let found = try FeatureICC(exponents: exponents).run(on: sites)
        #expect(found.rounds == 2 && found.result.cases == 33)
        let centres = zip(offsets, exponents).map { $0 * Double(sign: .plus, exponent: -$1, significand: 1) }
        let direct = try FeatureICC(exponents: exponents, centres: centres).run(on: sites)
        #expect(direct.rounds == 1 && direct.result.cases == 33)
        for column in 0..<3 {
            let rows = sites.flatMap { site in
                (0..<site.count).map { [site.first[$0 * 3 + column], site.second[$0 * 3 + column]] }
            }
            guard
                case .value(let expected) = IntraclassCorrelation.estimate(
                    ReadingSums(rows: rows, centre: offsets[column]), model: .agreement)
            else {
                Issue.record("not estimable")
                continue
            }
            for result in [found.result, direct.result] {
                #expect(Tolerance.agrees(result.icc[column], expected.value, 1e-9))
                #expect(Tolerance.agrees(result.lower[column], expected.lower, 1e-9))
            }
        }
    }

    @Test("a constant feature and fewer than three cases have no ICC; another width is refused")
    func degenerate() throws {
        let constant = PairedFeatures(first: [1, 2, 1, 5, 1, 9], second: [1, 2.5, 1, 5, 1, 8], width: 2)
        let result = try FeatureICC(exponents: [0, 0]).run(on: [constant]).result
        #expect(result.icc[0] == nil && result.lower[0] == nil && (result.icc[1] ?? 0) > 0.9)
        let few = try FeatureICC(exponents: [0]).run(on: [PairedFeatures(first: [1, 2], second: [1, 2], width: 1)])
        #expect(few.result.cases == 2 && few.result.icc == [nil])
        #expect(throws: FederationError.wrongShape(block: "reader_sum", expected: 1, found: 2)) {
            try FeatureICC(exponents: [0]).run(on: [constant])
        }
    }
}
