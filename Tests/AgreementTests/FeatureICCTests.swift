import Agreement
import Federation
import Statistics
import TestKit
import Testing

@Suite("ICC(A,1) of features over sites")
struct FeatureICCTests {
    @Test("the first two readers of Shrout and Fleiss, at two sites, give the ICC of their analysis of variance")
    func shroutFleiss() throws {
        let rows = try JSONFixture.beside("icc_shrout_fleiss_1979.json")["input"].list.map(\.numbers)
        let first = rows.map { $0[0] }
        let second = rows.map { $0[1] }
        let run = try FeatureICC(exponents: [3]).run(on: [
            PairedFeatures(first: Array(first[..<2]), second: Array(second[..<2]), width: 1),
            PairedFeatures(first: Array(first[2...]), second: Array(second[2...]), width: 1),
        ])
        // Two-way analysis of variance by hand: MSR, MSC, MSE of the 6 x 2 table.
        let n = 6.0
        let grand = (first.reduce(0, +) + second.reduce(0, +)) / (2 * n)
        let caseMeans = zip(first, second).map { ($0 + $1) / 2 }
        let readerMeans = [first.reduce(0, +) / n, second.reduce(0, +) / n]
        let msr = 2 * caseMeans.reduce(0) { $0 + ($1 - grand) * ($1 - grand) } / (n - 1)
        let msc = n * readerMeans.reduce(0) { $0 + ($1 - grand) * ($1 - grand) }
        var residual = 0.0
        for index in first.indices {
            for (reader, value) in [first[index], second[index]].enumerated() {
                let deviation = value - caseMeans[index] - readerMeans[reader] + grand
                residual += deviation * deviation
            }
        }
        let mse = residual / (n - 1)
        let icc = (msr - mse) / (msr + mse + 2 * (msc - mse) / n)
        #expect(run.rounds == 2 && run.result.cases == 6)
        #expect(Tolerance.agrees(run.result.icc[0], icc, 1e-12))
        #expect((run.result.lower[0] ?? 1) < icc)
    }

    @Test("the ICC does not depend on scale and offset of a feature when its public exponent follows the scale")
    func scale() throws {
        var generator = SeededGenerator(seed: 77)
        let scales = [1.0, 0x1p30, 0x1p-23]
        var first: [Double] = []
        var second: [Double] = []
        for _ in 0..<40 {
            let truth = (generator.normal() * 64).rounded() / 64
            let other = truth + (generator.normal() * 20 + 5).rounded() / 64
            for scale in scales {
                first.append(scale * (truth + 16))
                second.append(scale * (other + 16))
            }
        }
        let cases = PairedFeatures(first: first, second: second, width: 3)
        let result = try FeatureICC(exponents: [0, 30, -23]).run(on: [cases]).result
        #expect(result.icc[0] == result.icc[1] && result.icc[1] == result.icc[2])
        #expect(result.lower[0] == result.lower[1] && result.lower[1] == result.lower[2])
        #expect((result.icc[0] ?? 0) > 0.8)
    }

    @Test("a constant feature and fewer than three cases have no ICC; another width is refused")
    func degenerate() throws {
        let cases = PairedFeatures(first: [1, 2, 1, 5, 1, 9], second: [1, 2.5, 1, 5, 1, 8], width: 2)
        let result = try FeatureICC(exponents: [0, 0]).run(on: [cases]).result
        #expect(result.icc[0] == nil && result.lower[0] == nil && (result.icc[1] ?? 0) > 0.9)
        let few = try FeatureICC(exponents: [0]).run(on: [PairedFeatures(first: [1, 2], second: [1, 2], width: 1)])
        #expect(few.result.cases == 2 && few.result.icc == [nil])
        #expect(throws: FederationError.wrongShape(block: "reader_sum", expected: 1, found: 2)) {
            try FeatureICC(exponents: [0]).run(on: [cases])
        }
    }
}
