import Federation
import Foundation
import Learning
import TestKit
import Testing

/// Against scikit-learn 1.9.1 on 605 rows of CT radiomics of three centres (`data/learning/README.md`, 08), by distribution:
/// chance is drawn differently.
@Suite("Random forest", .enabled(if: Tables.hasShared, "no shared data"))
struct RandomForestTests {
    struct Fixture {
        let json: JSONFixture
        let table: CodedTable
        let bins: [Int]
        let centres: [String]

        init(missing: Bool = false) throws {
            json = try JSONFixture.shared("data/learning/08_forest.json")
            let boosting = try TreeBoostingTests.Fixture(missing: missing)
            bins = boosting.bins
            table = boosting.table.keyed(by: (0..<boosting.table.count).map { "case \($0)" }, seed: 7)
            centres = try CSVFixture.shared("data/learning/table.csv").texts("center")
        }

        func computation(_ parameters: RandomForest.Parameters) -> RandomForestFit {
            RandomForestFit(features: table.features, binCounts: bins, parameters: parameters)
        }
    }

    static func parameters(trees: Int, seed: UInt64 = 1) -> RandomForest.Parameters {
        var parameters = RandomForest.Parameters()
        parameters.trees = trees
        parameters.seed = seed
        return parameters
    }

    @Test("Out-of-bag AUC of 500 trees: mean over seeds within 0.01 of scikit-learn's, spread below 0.01")
    func outOfBag() throws {
        let fixture = try Fixture()
        let found = try (0..<4).map { seed in
            let forest = try fixture.computation(Self.parameters(trees: 500, seed: UInt64(seed))).fit(fixture.table)
            return areaUnderCurve(forest.outOfBagProbabilities(fixture.table), fixture.table.outcome)
        }
        let mean = found.reduce(0, +) / 4
        #expect(abs(mean - fixture.json["oob_auc_mean"].number) < 0.01, "\(found)")
        #expect((found.max() ?? 1) - (found.min() ?? 0) < 0.02, "\(found)")
    }

    @Test("AUC at a centre left out within 0.02 of scikit-learn's", arguments: ["HarvardRT", "Maastro", "Radboud"])
    func leftOut(centre: String) throws {
        let fixture = try Fixture()
        let inside = fixture.centres.indices.filter { fixture.centres[$0] != centre }
        let outside = fixture.table.selecting(
            fixture.centres.indices.filter { fixture.centres[$0] == centre })
        let found = try (0..<3).map { seed in
            let forest = try fixture.computation(Self.parameters(trees: 300, seed: UInt64(seed)))
                .fit(fixture.table.selecting(inside))
            return areaUnderCurve(forest.probabilities(outside), outside.outcome)
        }
        let expected = fixture.json["leave_one_centre_out_auc"][centre]["mean"].number
        #expect(abs(found.reduce(0, +) / 3 - expected) < 0.02, "\(found), not \(expected)")
    }

    @Test(
        "The model is the same, byte by byte, for 1, 2, 3 and 5 sites, any order of rows, any limit of cells, and in memory",
        arguments: [RandomForest.Sampling.bootstrap, .subsample(0.6)])
    func sites(sampling: RandomForest.Sampling) throws {
        let fixture = try Fixture(missing: true)
        var parameters = Self.parameters(trees: 12)
        parameters.sampling = sampling
        parameters.classWeights = [1, 1.5]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let one = try fixture.computation(parameters).run(on: [fixture.table])
        let bytes = try encoder.encode(one.result)
        for shards in [2, 3, 5] {
            let sites = ShardProperty.unevenRanges(fixture.table.count, into: shards)
                .map { fixture.table.selecting(Array($0)) }
            let run = try fixture.computation(parameters).run(on: sites)
            #expect(try encoder.encode(run.result) == bytes)
            #expect(run.sums == one.sums)
        }
        let reversed = fixture.table.selecting((0..<fixture.table.count).reversed())
        #expect(try encoder.encode(try fixture.computation(parameters).run(on: [reversed]).result) == bytes)
        #expect(try encoder.encode(try fixture.computation(parameters).fit(fixture.table)) == bytes)
        // All trees share a round; with a small limit they wait.
        #expect(one.rounds <= parameters.maxDepth + 1)
        var other = parameters
        other.cellLimit = 3000
        let slow = try fixture.computation(other).run(on: [fixture.table])
        #expect(slow.result.trees == one.result.trees)
        #expect(slow.rounds > one.rounds)
        #expect(slow.sums.allSatisfy { $0.blocks[0].words.count <= 3000 })
    }

    @Test(
        "Every leaf holds 5 drawn cases; covers and cases of children add up; a subtree's value is within its leaves'")
    func leaves() throws {
        let fixture = try Fixture()
        let forest = try fixture.computation(Self.parameters(trees: 20)).fit(fixture.table)
        for tree in forest.trees {
            for node in tree {
                #expect(node.cases >= 5)
                guard let split = node.split else {
                    #expect((0...1).contains(node.value))
                    continue
                }
                #expect(tree[split.left].cases + tree[split.right].cases == node.cases)
                #expect(tree[split.left].cover + tree[split.right].cover == node.cover)
                #expect(split.gain > 0)
            }
        }
    }

    @Test("The out-of-bag measures of three sites are those of all rows, and enclose the exact AUC")
    func measures() throws {
        let fixture = try Fixture()
        let forest = try fixture.computation(Self.parameters(trees: 100)).fit(fixture.table)
        let computation = RandomForestOutOfBag(forest)
        let differences = try ShardProperty.differences(computation, shard: fixture.table) { whole, count in
            ShardProperty.unevenRanges(whole.count, into: count).map { whole.selecting(Array($0)) }
        }
        #expect(differences == [])
        let found = try computation.run(on: [fixture.table]).result
        let scores = forest.outOfBagProbabilities(fixture.table)
        let exact = areaUnderCurve(scores, fixture.table.outcome)
        #expect(found.aucBounds.contains(exact) && abs(found.auc - exact) < 2e-3, "\(found), \(exact)")
        let errors = zip(scores, fixture.table.outcome).map { ($0 - $1) * ($0 - $1) }
        #expect(abs(found.brierScore - errors.reduce(0, +) / Double(errors.count)) < 1e-12)
        #expect(found.cases == fixture.table.count)
    }

    @Test("One class, no case, an unknown outcome, a bin beyond the edges and other columns are refused by name")
    func refused() throws {
        func run(_ codes: [UInt8], _ outcome: [Double], names: [String] = ["a"]) throws -> RandomForest {
            let table = CodedTable(
                features: names, codes: codes, outcome: outcome, keys: outcome.indices.map { UInt64($0) })
            let computation = RandomForestFit(
                features: ["a"], binCounts: [3], parameters: Self.parameters(trees: 5))
            let forest = try computation.run(on: [table]).result
            #expect(try computation.fit(table) == forest)
            return forest
        }
        #expect(throws: LearningError.oneClass) { try run([0, 1, 2], [1, 1, 1]) }
        #expect(throws: LearningError.oneClass) { try run([], []) }
        #expect(throws: LearningError.unknownOutcome) { try run([0, 1], [1, .nan]) }
        #expect(throws: LearningError.badBin(feature: "a")) { try run([0, 3], [0, 1]) }
        #expect(throws: LearningError.columnsDiffer("b")) { try run([0, 1], [0, 1], names: ["b"]) }
        let nameless = CodedTable(features: ["a"], codes: [0, 1], outcome: [0, 1])
        #expect(throws: LearningError.noCaseKeys) {
            try RandomForestFit(features: ["a"], binCounts: [3]).run(on: [nameless])
        }
        // Too few cases for a split: trees of one leaf, finite probabilities.
        let small = try run([0, 1, 2, 255], [0, 1, 0, 1])
        #expect(small.trees.allSatisfy { $0.count == 1 && $0[0].value.isFinite })
    }
}

@Suite("Keyed hash")
struct KeyedHashTests {
    @Test("The vectors of SipHash-2-4's reference (key 00 to 0f, messages of 0, 1, 8 and 15 bytes counting from 00)")
    func vectors() {
        let hash = KeyedHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        let expected: [(Int, UInt64)] = [
            (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (8, 0x93f5_f579_9a93_2462),
            (15, 0xa129_ca61_49be_45e5),
        ]
        for (count, value) in expected { #expect(hash.hash(bytes: (0..<UInt8(count)).map { $0 }) == value) }
        let words: [UInt64] = [0x0102_0304_0506_0708, 42]
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
        #expect(hash.hash(words) == hash.hash(bytes: bytes) && hash.hash(42, 7) == hash.hash([42, 7]))
    }
}
