import Federation
import Learning
import TestKit
import Testing

/// Against shap 0.51 (`data/learning/README.md`, 10).
@Suite("Shapley values", .enabled(if: Tables.hasShared, "no shared data"))
struct ShapleyTests {
    static func compare(_ found: [Double], _ expected: JSONFixture, width: Int) {
        var largest = 0.0
        for (row, values) in expected.list.enumerated() {
            for (column, value) in values.numbers.enumerated() {
                largest = max(largest, abs(found[row * width + column] - value))
            }
        }
        #expect(largest < 1e-4)
    }

    static func compareMeans(_ found: [Double], _ expected: JSONFixture, rows: [Int], width: Int) {
        for (column, value) in expected.numbers.enumerated() {
            let mean = rows.reduce(0) { $0 + abs(found[$1 * width + column]) } / Double(rows.count)
            #expect(abs(mean - value) < 1e-4)
        }
    }

    @Test(
        "Trees: against a background and along covers, single cases and means by centre, to 1e-4; they sum to the margin"
    )
    func trees() throws {
        let fixture = try TreeBoostingTests.Fixture()
        let model = try fixture.fit("default").result
        let table = fixture.table
        let json = try JSONFixture.shared("data/learning/10_shap.json")
        let background = table.selecting(Array(0..<100))
        let explanation = try ShapleyBackground(model).run(on: [background]).result
        let width = table.features.count
        let expected = json["tree_interventional"]
        #expect(abs(explanation.expectedMargin - expected["expected"].list[0].number) < 1e-5)
        let values = explanation.values(table)
        Self.compare(values, expected["first20"], width: width)
        let centres = try CSVFixture.shared("data/learning/table.csv").texts("center")
        Self.compareMeans(values, expected["mean_abs"]["pooled"], rows: Array(0..<table.count), width: width)
        for centre in expected["mean_abs"]["by_centre"].keys {
            let rows = centres.indices.filter { centres[$0] == centre }
            Self.compareMeans(values, expected["mean_abs"]["by_centre"][centre], rows: rows, width: width)
        }
        for (row, margin) in model.margins(table).enumerated() {
            let sum = values[row * width..<(row + 1) * width].reduce(explanation.expectedMargin, +)
            #expect(abs(sum - margin) < 1e-10)
        }
        let along = TreeShapley.pathDependent(model, table)
        Self.compare(along, json["tree_path_dependent"]["first20"], width: width)
        let pooled = json["tree_path_dependent"]["mean_abs"]["pooled"]
        Self.compareMeans(along, pooled, rows: Array(0..<table.count), width: width)
    }

    @Test("The background of three sites is that of all their rows, with missing values too")
    func federated() throws {
        let fixture = try TreeBoostingTests.Fixture(missing: true)
        let model = try fixture.fit("missing").result
        let table = fixture.table
        let differences = try ShardProperty.differences(
            ShapleyBackground(model), shard: table,
            split: { whole, count in
                ShardProperty.unevenRanges(whole.count, into: count).map { whole.selecting(Array($0)) }
            })
        #expect(differences == [])
        let explanation = try ShapleyBackground(model).run(on: [table]).result
        let width = table.features.count
        let some = table.selecting([0, 7, 300])
        let values = explanation.values(some)
        for (row, margin) in model.margins(some).enumerated() {
            let sum = values[row * width..<(row + 1) * width].reduce(explanation.expectedMargin, +)
            #expect(abs(sum - margin) < 1e-10)
        }
    }

    @Test("A linear predictor: shap's LinearExplainer to 1e-10")
    func linear() throws {
        let json = try JSONFixture.shared("data/learning/10_shap.json")
        let names = json["features"].texts
        let table = try Tables.radiotherapy(names)
        let model = try JSONFixture.shared("data/learning/05_logistic_sklearn.json")
        let (n, p) = (table.count, names.count)
        let coefficients = model["fits"]["enet"]["coef_standardised"].numbers
        // The model is of z-scores, whose means are 0.
        var z = table.features
        for column in 0..<p {
            let mean = (0..<n).reduce(0) { $0 + table.features[$1 * p + column] } / Double(n)
            let square = (0..<n).reduce(0) { sum, row in
                let deviation = table.features[row * p + column] - mean
                return sum + deviation * deviation
            }
            let deviation = (square / Double(n)).squareRoot()
            for row in 0..<n { z[row * p + column] = (table.features[row * p + column] - mean) / deviation }
        }
        for (row, values) in json["linear"]["first5"].list.enumerated() {
            let found = LinearShapley.values(
                coefficients: coefficients, means: [Double](repeating: 0, count: p),
                row: Array(z[row * p..<(row + 1) * p]))
            for (own, value) in zip(found, values.numbers) { #expect(abs(own - value) < 1e-10) }
        }
    }
}
