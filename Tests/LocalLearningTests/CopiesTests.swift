import Federation
import LocalLearning
import Testing

/// The step `copies` of the selection of features.
@Suite("Copies of features")
struct CopiesTests {
    /// Rows of a seeded feature, copies of it in other units, and features that are none.
    static func cases(_ rows: Int = 60) -> TrainingCases {
        var state: UInt64 = 3
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        var values: [Double] = []
        for _ in 0..<rows {
            let (x, other, noise) = (uniform(), uniform(), uniform())
            // In order: the feature, no copy, 1000 times it, its negative with an offset, nearly a copy, constant, the other's copy.
            values += [x, other, 1000 * x, 7 - x, x + 1e-3 * noise, 4, 2 * other]
        }
        return TrainingCases(
            table: CaseTable(
                featureNames: ["x", "other", "milli", "mirror", "near", "constant", "double"], features: values,
                outcome: (0..<rows).map { Double($0 % 2) }, batch: (0..<rows).map { ["s", "t", "u"][$0 % 3] }),
            names: (0..<rows).map { "\($0)" })
    }

    @Test("Of copies in any unit or sign the first column stays; what is nearly a copy, and a constant, stay too")
    func first() throws {
        let cases = Self.cases()
        let steps = [try SelectionStep("copies")]
        let found = try FeatureSelection(steps: steps).run(on: [cases])
        #expect(found == ["x", "other", "near", "constant"])
        #expect(try FeatureSelection(steps: steps).run(on: cases.bySite()) == found)
    }

    @Test("The order of the columns decides which copy stays, and a step after it sees the others no more")
    func order() throws {
        let cases = try Self.cases().selecting(features: ["mirror", "milli", "x", "double", "other"])
        let steps = [try SelectionStep("copies"), try SelectionStep("t:2")]
        #expect(try FeatureSelection(steps: [steps[0]]).run(on: [cases]) == ["mirror", "double"])
        #expect(Set(try FeatureSelection(steps: steps).run(on: [cases])) == ["mirror", "double"])
    }

    @Test("The step has no argument, and its text reads back")
    func text() throws {
        #expect(try SelectionStep("copies").text == "copies")
        #expect(throws: LocalLearningError.self) { try SelectionStep("copies:2") }
    }
}
