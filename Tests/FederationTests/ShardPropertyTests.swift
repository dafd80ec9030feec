import Federation
import TestKit
import Testing

@Suite("Shards")
struct ShardPropertyTests {
    @Test(
        "1, 2, 3 and 7 sites give the same bits in every round, and the same result",
        arguments: ListedComputation.all)
    func sameBits(listed: ListedComputation) throws {
        #expect(try listed.differences().isEmpty)
    }

    @Test("the property finds a computation that centres on a local mean")
    func findsLocalMean() throws {
        let values = (0..<50).map { Double($0 * $0) / 7 }
        let differences = try ShardProperty.differences(LocallyCentred(), shard: values) { rows, count in
            ShardProperty.unevenRanges(rows.count, into: count).map { Array(rows[$0]) }
        }
        #expect(differences.contains { $0.contains("block 'square'") })
        #expect(differences.contains { $0.contains("another result") })
    }

    @Test("the property finds a computation that sums in floating point before rounding")
    func findsPlainSum() throws {
        let values = (0..<300).map { 1 / Double($0 * $0 + 3) }
        let differences = try ShardProperty.differences(PlainSum(), shard: values) { rows, count in
            ShardProperty.unevenRanges(rows.count, into: count).map { Array(rows[$0]) }
        }
        #expect(!differences.isEmpty)
    }

    @Test("uneven ranges cover all rows once, in order, and may be empty")
    func ranges() {
        for shards in ShardProperty.shardCounts {
            for count in [0, 1, 5, 100] {
                let ranges = ShardProperty.unevenRanges(count, into: shards)
                #expect(ranges.count == shards && ranges.flatMap { Array($0) } == Array(0..<count))
            }
        }
    }

    @Test("a computation without a shard, or without an end, is refused")
    func refused() {
        #expect(throws: FederationError.noShards(computation: "test.plain-sum")) {
            try PlainSum().run(on: [])
        }
        #expect(throws: FederationError.tooManyRounds(computation: "test.endless", limit: 5)) {
            try Endless().run(on: [[1]], roundLimit: 5)
        }
    }
}

/// Wrong on purpose: deviations from each site's own mean.
private struct LocallyCentred: Computation {
    static let identifier = "test.locally-centred"

    func initialState() -> Int { 0 }

    func blocks(for state: Int) -> [BlockSpecification] {
        [.unitScale("square", meaning: "squares about the site's mean", discloses: "the spread")]
    }

    func contribute(_ shard: [Double], to state: Int) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        let mean = shard.isEmpty ? 0 : shard.reduce(0, +) / Double(shard.count)
        for value in shard { sum.add((value - mean) * (value - mean)) }
        return Contribution(blocks: [try sum.block()])
    }

    func next(after state: Int, sum: Contribution) throws -> ComputationStep<Int, Double> {
        .done(try sum.scalar("square"))
    }
}

/// Wrong on purpose: rounds a site's sum instead of its terms.
private struct PlainSum: Computation {
    static let identifier = "test.plain-sum"

    func initialState() -> Int { 0 }

    func blocks(for state: Int) -> [BlockSpecification] {
        [.unitScale("sum", meaning: "a sum", discloses: "the mean")]
    }

    func contribute(_ shard: [Double], to state: Int) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        sum.add(shard.reduce(0, +))
        return Contribution(blocks: [try sum.block()])
    }

    func next(after state: Int, sum: Contribution) throws -> ComputationStep<Int, Double> {
        .done(try sum.scalar("sum"))
    }
}

/// Never ends.
private struct Endless: Computation {
    static let identifier = "test.endless"

    func initialState() -> Int { 0 }

    func blocks(for state: Int) -> [BlockSpecification] {
        [.counts("cases", meaning: "cases", discloses: "their number")]
    }

    func contribute(_ shard: [Double], to state: Int) throws -> Contribution {
        Contribution.zero(blocks(for: state))
    }

    func next(after state: Int, sum: Contribution) throws -> ComputationStep<Int, Double> { .broadcast(state + 1) }
}
