import Federation
import Foundation
import Learning
import TestKit
import Testing

/// Against libsvm (scikit-learn 1.9.1's `SVC`, Gaussian kernel, gamma 0.01, C 1) on 605 rows of CT radiomics of three centres.
@Suite("Random Fourier features", .enabled(if: Tables.hasShared, "no shared data"))
struct RandomFourierTests {
    let json: JSONFixture
    let table: CaseTable
    let standardisation: Standardisation

    init() throws {
        json = try JSONFixture.shared("data/learning/06_svm_calibration.json")
        table = try Tables.radiotherapy(json["features"].texts)
        let moments = table.moments
        standardisation = Standardisation(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations)
    }

    @Test("Products of columns are the kernel: root mean square error below 1 / sqrt(columns), mean error below 0.01")
    func kernel() throws {
        let features = RandomFourierFeatures(standardisation, count: 2000, gamma: 0.01)
        let rows = table.selecting(rows: Array(stride(from: 0, to: 605, by: 25)))
        let columns = try features.apply(to: rows).features
        let z = try RandomFourierTests.scores(rows, standardisation)
        let p = table.featureCount
        var errors: [Double] = []
        for a in 0..<rows.count {
            for b in 0..<a {
                let product = (0..<2000).reduce(0.0) { $0 + columns[a * 2000 + $1] * columns[b * 2000 + $1] }
                let distance = (0..<p).reduce(0.0) { sum, place in
                    sum + (z[a * p + place] - z[b * p + place]) * (z[a * p + place] - z[b * p + place])
                }
                errors.append(product - exp(-0.01 * distance))
            }
        }
        let root = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
        #expect(root < 1 / 2000.0.squareRoot(), "\(root)")
        let mean = errors.reduce(0, +) / Double(errors.count)
        #expect(mean.magnitude < 0.01, "\(mean)")
    }

    static func scores(_ table: CaseTable, _ standardisation: Standardisation) throws -> [Double] {
        let p = table.featureCount
        return table.features.indices.map {
            (table.features[$0] - standardisation.means[$0 % p]) / standardisation.standardDeviations[$0 % p]
        }
    }

    /// The squared loss weighs large violations more than libsvm's: a quarter of its C is comparable.
    @Test("The machine's AUC is within 0.03 of libsvm's on the same rows; three sites give the same machine")
    func machine() throws {
        let features = RandomFourierFeatures(
            standardisation, count: 400, gamma: json["rbf_svc"]["gamma"].number)
        let whole = try features.apply(to: table)
        let computation = LinearSVM(features.identity, cost: json["rbf_svc"]["C"].number / 4)
        let run = try computation.run(on: [whole])
        let own = areaUnderCurve(try run.result.decisions(whole), table.outcome)
        let expected = areaUnderCurve(json["rbf_svc"]["decision"].numbers, table.outcome)
        #expect(abs(own - expected) < 0.03, "\(own), libsvm \(expected)")
        let sites = try table.splitByCentre.map { try features.apply(to: $0) }
        let federated = try computation.run(on: sites)
        #expect(federated.result == run.result && federated.sums == run.sums)
    }

    @Test("Columns follow from the seed, are those of each row alone, and missing values are refused by name")
    func columns() throws {
        let features = RandomFourierFeatures(standardisation, count: 20, gamma: 0.01, seed: 3)
        let whole = try features.apply(to: table).features
        let last = try features.apply(to: table.selecting(rows: [604])).features
        #expect(last == Array(whole.suffix(20)))
        #expect(whole.allSatisfy { $0.magnitude <= (2 / 20.0).squareRoot() })
        #expect(
            try RandomFourierFeatures(standardisation, count: 20, gamma: 0.01, seed: 4).apply(to: table).features
                != whole)
        var holed = table
        holed.features[0] = .infinity
        #expect(throws: LearningError.missingValues(features: [table.featureNames[0]])) {
            try features.apply(to: holed)
        }
    }
}
