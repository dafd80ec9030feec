import Agreement
import Federation
import Statistics
import TestKit
import Testing

/// Agreement of measurements over sites that send sums against the plain functions on all cases, irr, psych and epiR.
@Suite("Agreement of measurements from sums")
struct MeasurementsFromSumsTests {
    typealias Sums = AgreementFromSumsTests

    /// Every statistic against the plain function on all cases.
    static func check(_ found: PooledMeasurementAgreement.Result, _ rows: [[Double?]], centre: Double) {
        let complete = rows.map { $0.compactMap(\.self) }.filter { $0.count == rows[0].count }
        #expect(found.cases == complete.count)
        let readings = ReadingSums(rows: complete, centre: centre)
        #expect(found.correlations.count == 6)
        for correlation in found.correlations {
            let plain = IntraclassCorrelation.estimate(readings, model: correlation.model, unit: correlation.unit)
            #expect(Sums.agrees(correlation.estimate, plain), "\(correlation.model) \(correlation.unit)")
        }
        #expect(found.pairs.count == rows[0].count * (rows[0].count - 1) / 2)
        for pair in found.pairs {
            let sums = PairSums(complete.map { $0[pair.first] }, complete.map { $0[pair.second] }, centre: centre)
            #expect(LinConcordance(sums).map { Sums.agrees(pair.concordance, $0.coefficient) } ?? false)
            guard let limits = BlandAltman(sums) else {
                Issue.record("no limits")
                continue
            }
            #expect(Sums.agrees(pair.bias, limits.bias))
            #expect(Sums.agrees(pair.lowerLimit, limits.lowerLimit))
            #expect(Sums.agrees(pair.upperLimit, limits.upperLimit))
        }
        #expect(Sums.agrees(found.alpha, KrippendorffAlpha.estimate(rows, level: .interval)))
    }

    @Test("Shrout and Fleiss' table at three sites: the six forms of irr and psych, in one or two rounds, at any scale")
    func shroutFleiss() throws {
        let fixture = try JSONFixture.beside("icc_shrout_fleiss_1979.json")
        let rows = fixture["input"].list.map { $0.numbers.map { $0 as Double? } }
        for (exponent, centre, rounds) in [(3, nil, 2), (0, 5.0, 1), (-10, nil, 2), (12, 4.0, 1)] {
            let run = try PooledMeasurementAgreement(readers: 4, exponent: exponent, centre: centre)
                .run(on: Sums.sites(rows))
            #expect(run.rounds == rounds)
            Self.check(run.result, rows, centre: 5)
            for (correlation, form) in zip(run.result.correlations, IntraclassCorrelationTests.forms) {
                let expected = fixture["expected"]["irr"][form.0]["icc"].number
                #expect(correlation.model == form.1 && correlation.unit == form.2)
                #expect(Tolerance.agrees(correlation.estimate.number, expected, 1e-10), "\(form.0)")
            }
        }
    }

    @Test("Lin's coefficient and Bland-Altman limits of peak flow at three sites are epiR's to 1e-10")
    func peakFlow() throws {
        let fixture = try JSONFixture.beside("ccc_blandaltman_pefr.json")
        let expected = fixture["expected"]["wright1_mini1"]
        let rows = zip(fixture["input"]["wright1"].numbers, fixture["input"]["mini1"].numbers).map {
            [$0, $1] as [Double?]
        }
        let found = try PooledMeasurementAgreement(readers: 2, exponent: 9).run(on: Sums.sites(rows)).result
        Self.check(found, rows, centre: 450)
        let pair = try #require(found.pairs.first)
        #expect(Tolerance.agrees(pair.concordance.number, expected["ccc"].number, 1e-10))
        let altman = expected["bland_altman_y_minus_x"]
        #expect(Tolerance.agrees(pair.bias.number, altman["bias"].number, 1e-10))
        #expect(Tolerance.agrees(pair.lowerLimit.number, altman["lower"].number, 1e-10))
        #expect(Tolerance.agrees(pair.upperLimit.number, altman["upper"].number, 1e-10))
    }

    @Test(
        "measurements with missing ones: alpha of the interval level is irr's to 1e-10",
        .enabled(if: SharedData.available(Sums.observers), "the shared fixture is not here"))
    func missing() throws {
        let json = try JSONFixture.shared(Sums.observers)
        let columns = (1...5).map { json["input"]["Observer\($0)"].list.map(\.optionalNumber) }
        let rows = columns[0].indices.map { row in columns.map { $0[row] } }
        let found = try PooledMeasurementAgreement(readers: 5, exponent: 2).run(on: Sums.sites(rows)).result
        #expect(Sums.agrees(found.alpha, KrippendorffAlpha.estimate(rows, level: .interval)))
        // One case has all five; the first three readers share twelve.
        let three = rows.map { Array($0[..<3]) }
        Self.check(
            try PooledMeasurementAgreement(readers: 3, exponent: 2).run(on: Sums.sites(three)).result, three, centre: 1)
        #expect(Tolerance.agrees(found.alpha.number, 0.771864808775571, 1e-10))
    }

    @Test("a large offset costs no digits: the pooled mean is taken off first")
    func offset() throws {
        var generator = SeededGenerator(seed: 63)
        let rows = (0..<60).map { _ -> [Double?] in
            let truth = generator.normal()
            return (0..<3).map { _ in 1_048_576 + ((truth + 0.3 * generator.normal()) * 1024).rounded() / 1024 }
        }
        let found = try PooledMeasurementAgreement(readers: 3, exponent: 20).run(on: Sums.sites(rows)).result
        let centred = rows.map { $0.map { $0.map { $0 - 1_048_576 } } }
        let near = try PooledMeasurementAgreement(readers: 3, exponent: 0).run(on: Sums.sites(centred)).result
        for (far, close) in zip(found.correlations, near.correlations) {
            #expect(Sums.agrees(far.estimate, close.estimate))
        }
        #expect(Sums.agrees(found.alpha, near.alpha))
        Self.check(near, centred, centre: 0)
    }

    @Test("measurements that do not vary, one case, no case: not estimable with a reason, never NaN")
    func degenerate() throws {
        for rows: [[Double?]] in [[[3, 3], [3, 3], [3, 3]], [[1, 2]], [[1, nil], [nil, 2]], []] {
            let found = try PooledMeasurementAgreement(readers: 2, exponent: 1).run(on: [rows, []]).result
            for correlation in found.correlations { #expect(correlation.estimate.status == "not_estimable") }
            let pair = try #require(found.pairs.first)
            #expect(pair.concordance.status == "not_estimable")
            #expect((pair.bias.status == "ok") == (rows.count == 3))
            let plain = KrippendorffAlpha.estimate(rows, level: .interval)
            #expect(Sums.agrees(found.alpha, plain) && !(found.alpha.number?.isNaN ?? false))
        }
    }
}
