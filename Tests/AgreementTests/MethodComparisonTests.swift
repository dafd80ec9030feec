import Agreement
import Statistics
import TestKit
import Testing

@Suite("Concordance and limits of agreement")
struct MethodComparisonTests {
    @Test(
        "Lin's coefficient and Bland-Altman limits of peak flow agree with epiR 2.0.57 to 1e-10, in sums of two sites too",
        arguments: [("wright1", "mini1"), ("wright1", "wright2")])
    func peakFlow(first: String, second: String) throws {
        let fixture = try JSONFixture.beside("ccc_blandaltman_pefr.json")
        let expected = fixture["expected"]["\(first)_\(second)"]
        let x = fixture["input"][first].numbers
        let y = fixture["input"][second].numbers
        var twoSites = PairSums(Array(x[..<5]), Array(y[..<5]), centre: 450)
        twoSites.add(PairSums(Array(x[5...]), Array(y[5...]), centre: 450))
        for sums in [PairSums(x, y, centre: 450), twoSites] {
            let lin = try #require(LinConcordance(sums))
            guard case .value(let ccc) = lin.coefficient else {
                Issue.record("no coefficient")
                return
            }
            #expect(Tolerance.agrees(ccc.value, expected["ccc"].number, 1e-10))
            #expect(Tolerance.agrees(ccc.lower, expected["ci95"][0].number, 1e-10))
            #expect(Tolerance.agrees(ccc.upper, expected["ci95"][1].number, 1e-10))
            #expect(Tolerance.agrees(lin.correlation, expected["pearson"].number, 1e-10))
            #expect(Tolerance.agrees(lin.locationShift.magnitude, expected["location_shift"].number.magnitude, 1e-10))
            let shift = expected["scale_shift"].number
            #expect(
                Tolerance.agrees(lin.scaleShift, shift, 1e-10) || Tolerance.agrees(1 / lin.scaleShift, shift, 1e-10))
            let limits = try #require(BlandAltman(sums))
            let altman = expected["bland_altman_y_minus_x"]
            #expect(Tolerance.agrees(limits.bias.number, altman["bias"].number, 1e-10))
            #expect(Tolerance.agrees(limits.standardDeviation, altman["sd"].number, 1e-10))
            #expect(Tolerance.agrees(limits.lowerLimit.number, altman["lower"].number, 1e-10))
            #expect(Tolerance.agrees(limits.upperLimit.number, altman["upper"].number, 1e-10))
        }
    }

    @Test("Bland and Altman's published mean difference of -2.1 and standard deviation of 38.8 are reproduced")
    func published() throws {
        let fixture = try JSONFixture.beside("ccc_blandaltman_pefr.json")["input"]
        let limits = try #require(
            BlandAltman(PairSums(fixture["mini1"].numbers, fixture["wright1"].numbers, centre: 450)))
        #expect(
            Tolerance.agrees(limits.bias.number, -2.1, 0.05) && Tolerance.agrees(limits.standardDeviation, 38.8, 0.05))
        // Their limits of agreement, with the rounding of 1986 (2 standard deviations): -80 and 76.
        guard case .value(let bias) = limits.bias else {
            Issue.record("no bias")
            return
        }
        // Their 95 % interval of the bias: -22.0 to 17.8.
        #expect(Tolerance.agrees(bias.lower, -22.0, 0.06) && Tolerance.agrees(bias.upper, 17.8, 0.06))
    }

    @Test("equal measurements have coefficient 1 without interval, a measurement that does not vary none")
    func limits() throws {
        let equal = try #require(LinConcordance(PairSums([1, 2, 4], [1, 2, 4], centre: 0)))
        #expect(equal.coefficient.number == 1 && equal.scaleShift == 1 && equal.locationShift == 0)
        #expect(LinConcordance(PairSums([1, 1, 1], [1, 2, 4], centre: 0)) == nil)
        #expect(LinConcordance(PairSums([1, 2], [1, 2], centre: 0)) == nil)
        #expect(BlandAltman(PairSums([1], [2], centre: 0)) == nil)
    }
}
