import Federation
import Foundation
import Learning
import TestKit
import Testing

/// Against shap on a forest of scikit-learn; versions and calls are in `Fixtures/forest_shap.json`.
@Suite("Shapley values of forests", .enabled(if: Tables.hasShared, "no shared data"))
struct ForestShapleyTests {
    let json: JSONFixture
    let model: BoostedTrees
    let table: CodedTable

    private struct Document: Decodable {
        let model: BoostedTrees
    }

    init() throws {
        json = try JSONFixture.beside("forest_shap.json")
        let path = "\(SharedData.packageRoot)/Tests/LearningTests/Fixtures/forest_shap.json"
        model = try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(filePath: path))).model
        let csv = try CSVFixture.shared("data/learning/codes.csv")
        table = CodedTable(
            features: model.features, codes: model.features.flatMap { csv.numbers($0).map { UInt8($0) } },
            outcome: try CSVFixture.shared("data/learning/table.csv").numbers("y"))
    }

    private func expect(_ values: [Double], _ expected: JSONFixture, within tolerance: Double) {
        let p = table.features.count
        for (row, wanted) in expected["first8"].list.enumerated() {
            #expect(Tolerance.agrees(Array(values[row * p..<(row + 1) * p]), wanted.numbers, tolerance))
        }
        for (column, wanted) in expected["mean_abs"].numbers.enumerated() {
            let mean = (0..<table.count).reduce(0) { $0 + abs(values[$1 * p + column]) } / Double(table.count)
            #expect(abs(mean - wanted) < tolerance)
        }
    }

    /// With a background shap's own values miss its forest's probabilities by up to 1.2e-8; ours sum to them (`deep`).
    @Test("Against a background shap's values to 1e-8, along covers to 1e-9, with the forest's probabilities")
    func values() throws {
        #expect(Tolerance.agrees(Array(model.margins(table).prefix(8)), json["probability"].numbers, 1e-11))
        let background = table.selecting(Array(0..<100))
        let explanation = try ShapleyBackground(model).run(on: [background]).result
        #expect(abs(explanation.expectedMargin - json["interventional"]["expected"].number) < 1e-9)
        expect(explanation.values(table), json["interventional"], within: 1e-8)
        expect(TreeShapley.pathDependent(model, table), json["path_dependent"], within: 1e-9)
    }

    @Test(
        "Importance and its error over three sites are shap's mean absolute values; dependence adds up; small bins are hidden"
    )
    func importance() throws {
        let bins = model.features.indices.map { feature in
            Int(table.codes[feature * table.count..<(feature + 1) * table.count].max() ?? 0) + 1
        }
        let computation = ShapleyImportance(features: model.features, binCounts: bins)
        let tables = ShardProperty.unevenRanges(table.count, into: 3).map { table.selecting(Array($0)) }
        let sites = try tables.map { try $0.explained(.covers(model)) }
        let found = try computation.run(on: sites).result
        let expected = json["path_dependent"]
        #expect(Tolerance.agrees(found.map(\.importance), expected["mean_abs"].numbers, 1e-9))
        #expect(Tolerance.agrees(found.compactMap(\.standardError), expected["se"].numbers, 1e-9))
        let values = TreeShapley.pathDependent(model, table)
        let p = table.features.count
        for (feature, own) in found.enumerated() where own.cases.allSatisfy({ $0 != nil }) {
            let total = zip(own.cases, own.dependence).reduce(0.0) { $0 + Double($1.0 ?? 0) * ($1.1 ?? 0) }
            let direct = (0..<table.count).reduce(0.0) { $0 + values[$1 * p + feature] }
            #expect(abs(total - direct) < 1e-9)
        }
        let strict = try ShapleyImportance(features: model.features, binCounts: bins, minimumCases: 40)
            .run(on: sites).result
        #expect(strict.joined(\.dependence).contains { $0 == nil })
        for own in strict {
            for (cases, mean) in zip(own.cases, own.dependence) where mean != nil { #expect((cases ?? 0) >= 40) }
            for cases in own.cases.compactMap({ $0 }) { #expect(cases == 0 || cases >= 40) }
        }
        let background = try ShapleyBackground(model).run(on: tables).result
        let differences = try ShardProperty.differences(
            computation, shard: try table.explained(.background(background)),
            split: { whole, count in
                ShardProperty.unevenRanges(whole.count, into: count).map { whole.selecting(Array($0)) }
            })
        #expect(differences == [])
    }

    @Test(
        "Groups: shares are those of shap's values, their intervals a bootstrap's within 5 %, the same over sites"
    )
    func groups() throws {
        let computation = ShapleyGroups(
            features: model.features, groups: model.features.indices.map { "group \($0 % 3)" })
        let whole = try table.explained(.covers(model))
        let sites = ShardProperty.unevenRanges(whole.count, into: 3).map { whole.selecting(Array($0)) }
        let found = try computation.run(on: sites).result
        #expect(try computation.run(on: [whole]).result == found)
        let expected = json["groups"]
        #expect(found.map(\.name) == ["group 0", "group 1", "group 2"])
        #expect(Tolerance.agrees(found.map(\.importance), expected["importance"].numbers, 1e-9))
        #expect(Tolerance.agrees(found.map(\.share), expected["share"].numbers, 1e-8))
        for (own, error) in zip(found, expected["bootstrap_se"].numbers) {
            let half = (own.interval.upperBound - own.interval.lowerBound) / 2
            #expect(abs(half / (1.959964 * error) - 1) < 0.05)
        }
        #expect(throws: LearningError.oneClass) { try computation.run(on: [whole.selecting([])]) }
        let one = try computation.run(on: [whole.selecting([3])]).result
        #expect(one.allSatisfy { $0.share.isFinite && $0.interval.lowerBound == $0.interval.upperBound })
    }

    @Test(
        "A forest of our own: values along covers sum to the probabilities; trees too deep for a background are refused"
    )
    func deep() throws {
        let fixture = try RandomForestTests.Fixture(missing: true)
        let forest = try fixture.computation(RandomForestTests.parameters(trees: 60)).fit(fixture.table)
        let some = fixture.table.selecting([0, 17, 300])
        let values = TreeShapley.pathDependent(forest.additive, some)
        let p = some.features.count
        let probabilities = forest.probabilities(some)
        // The mean of the leaves weighted by their covers.
        let base = forest.additive.trees.reduce(0.0) { sum, tree in
            sum + tree.filter { $0.split == nil }.reduce(0) { $0 + $1.value * $1.cover } / tree[0].cover
        }
        for row in 0..<3 {
            #expect(abs(values[row * p..<(row + 1) * p].reduce(base, +) - probabilities[row]) < 1e-10)
        }
        var flat = RandomForestTests.parameters(trees: 20)
        flat.maxDepth = 6
        let shallow = try fixture.computation(flat).fit(fixture.table)
        let explanation = try ShapleyBackground(shallow.additive).run(on: [fixture.table]).result
        let own = explanation.values(some)
        for row in 0..<3 {
            let sum = own[row * p..<(row + 1) * p].reduce(explanation.expectedMargin, +)
            #expect(abs(sum - shallow.probabilities(some)[row]) < 1e-10)
        }
        var many = RandomForestTests.parameters(trees: 500)
        many.minimumCases = 1
        let huge = try fixture.computation(many).fit(fixture.table)
        #expect(throws: LearningError.tooManyPatterns(limit: 4_194_304)) { try ShapleyBackground(huge.additive) }
    }
}

extension [ShapleyImportance.Feature] {
    fileprivate func joined<Value>(_ path: KeyPath<ShapleyImportance.Feature, [Value]>) -> [Value] {
        flatMap { $0[keyPath: path] }
    }
}
