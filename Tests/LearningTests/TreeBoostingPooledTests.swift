import Federation
import Learning
import TestKit
import Testing

@Suite("Boosted trees in memory", .enabled(if: Tables.hasShared, "no shared data"))
struct TreeBoostingPooledTests {
    private static func computation(
        _ fixture: TreeBoostingTests.Fixture, _ parameters: TreeBoosting.Parameters
    ) -> TreeBoosting {
        TreeBoosting(features: fixture.table.features, binCounts: fixture.bins, parameters: parameters)
    }

    @Test(
        "Have the bits of the rounds over sums, for any number of threads",
        arguments: ["default", "regularised", "weighted", "missing"], [0, 5])
    func sameBits(run: String, minimumCases: Int) throws {
        let fixture = try TreeBoostingTests.Fixture(missing: run == "missing")
        var parameters = fixture.parameters(run)
        parameters.minimumCases = minimumCases
        parameters.rounds = 6
        parameters.maxDepth = 5
        let computation = Self.computation(fixture, parameters)
        let expected = try computation.run(on: [fixture.table]).result
        for threads in [1, 2, 3, 200] { #expect(try computation.fit(fixture.table, threads: threads) == expected) }
    }

    @Test("Drawn cases and features: the same trees for 1, 2, 3 and 7 sites, any order of rows, and in memory")
    func sampling() throws {
        let fixture = try TreeBoostingTests.Fixture(missing: true)
        let table = fixture.table.keyed(by: (0..<fixture.table.count).map { "case \($0)" }, seed: 3)
        var parameters = fixture.parameters("missing")
        parameters.rounds = 12
        parameters.minimumCases = 5
        var sampling = TreeBoosting.Sampling()
        sampling.cases = 0.5
        sampling.features = 0.3
        parameters.sampling = sampling
        let computation = Self.computation(fixture, parameters)
        let differences = try ShardProperty.differences(computation, shard: table) { whole, count in
            ShardProperty.unevenRanges(whole.count, into: count).map { whole.selecting(Array($0)) }
        }
        #expect(differences == [])
        let model = try computation.fit(table, threads: 2)
        #expect(try computation.run(on: [table.selecting((0..<table.count).reversed())]).result == model)
        // 302 of 605 are expected in a tree, with a standard deviation of 12; no tree splits by more than its 33 features.
        for tree in model.trees {
            #expect(abs(tree[0].cases - 302) < 62)
            #expect(Set(tree.compactMap { $0.split?.feature }).count <= 33)
        }
        #expect(Set(model.trees.map { $0[0].cases }).count > 6)
        #expect(throws: LearningError.noCaseKeys) { try computation.run(on: [fixture.table]) }
        #expect(throws: LearningError.noCaseKeys) { try computation.fit(fixture.table) }
        sampling.seed = 9
        parameters.sampling = sampling
        #expect(try Self.computation(fixture, parameters).fit(table) != model)
    }

    @Test("One class, no case, an unknown outcome and a bin beyond the edges are refused as over sums")
    func refused() throws {
        func fit(_ codes: [UInt8], _ outcome: [Double]) throws {
            let table = CodedTable(features: ["a"], codes: codes, outcome: outcome)
            _ = try TreeBoosting(features: ["a"], binCounts: [3]).fit(table)
        }
        #expect(throws: LearningError.oneClass) { try fit([0, 1, 2], [1, 1, 1]) }
        #expect(throws: LearningError.oneClass) { try fit([], []) }
        #expect(throws: LearningError.unknownOutcome) { try fit([0, 1], [1, .nan]) }
        #expect(throws: LearningError.badBin(feature: "a")) { try fit([0, 3], [0, 1]) }
    }

    @Test("A weight of events up to its limit stays exact; a feature without a value never splits")
    func extremes() throws {
        let fixture = try TreeBoostingTests.Fixture()
        var parameters = TreeBoosting.Parameters()
        parameters.positiveWeight = 4000
        parameters.rounds = 2
        let codes = fixture.table.codes.enumerated().map { $0 < fixture.table.count ? CodedTable.missing : $1 }
        let table = CodedTable(features: fixture.table.features, codes: codes, outcome: fixture.table.outcome)
        let computation = Self.computation(fixture, parameters)
        let model = try computation.fit(table)
        #expect(try computation.run(on: [table]).result == model)
        #expect(model.trees.joined().allSatisfy { $0.value.isFinite && $0.split?.feature != 0 })
    }
}
