public import Federation

/// The property that makes a federated analysis the pooled one: however the rows are divided among sites, the summed
/// words of every round are the same bits, and so is the result.
public enum ShardProperty {
    /// Numbers of sites that are tried.
    public static let shardCounts = [1, 2, 3, 7]

    /// Runs the computation on one shard and on the shard split into 2, 3 and 7.
    ///
    /// - Parameters:
    ///   - computation: what to run.
    ///   - shard: all rows.
    ///   - split: divides the rows into that many shards; empty ones are allowed.
    ///   - areEqual: whether two results are the same.
    /// - Returns: one sentence for each difference; empty if the property holds.
    public static func differences<C: Computation>(
        _ computation: C, shard: C.Shard, split: (C.Shard, Int) -> [C.Shard],
        areEqual: (C.Result, C.Result) -> Bool
    ) throws -> [String] {
        let pooled = try computation.run(on: [shard])
        var differences: [String] = []
        for count in shardCounts {
            let shards = split(shard, count)
            guard shards.count == count else {
                differences.append("\(C.identifier): the split made \(shards.count) shards instead of \(count)")
                continue
            }
            let run = try computation.run(on: shards)
            if run.rounds != pooled.rounds {
                differences.append("\(C.identifier): \(run.rounds) rounds with \(count) shards, not \(pooled.rounds)")
            }
            for (round, sums) in zip(run.sums, pooled.sums).enumerated() {
                for (block, expected) in zip(sums.0.blocks, sums.1.blocks) where block != expected {
                    let index = zip(block.words, expected.words).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
                    differences.append(
                        "\(C.identifier): round \(round + 1), block '\(block.specification.name)', word \(index) "
                            + "differs with \(count) shards")
                }
            }
            if !areEqual(run.result, pooled.result) {
                differences.append("\(C.identifier): another result with \(count) shards")
            }
        }
        return differences
    }

    /// The same for a result that can be compared.
    public static func differences<C: Computation>(
        _ computation: C, shard: C.Shard, split: (C.Shard, Int) -> [C.Shard]
    ) throws -> [String] where C.Result: Equatable {
        try differences(computation, shard: shard, split: split, areEqual: ==)
    }

    /// Divides positions `0..<count` into unequal shards: the first gets about half, the second half of the rest, and
    /// so on; with more shards than rows the last are empty.
    public static func unevenRanges(_ count: Int, into shards: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        for remaining in (1...shards).reversed() {
            let size = remaining == 1 ? count - start : (count - start + 1) / 2
            ranges.append(start..<start + size)
            start += size
        }
        return ranges
    }
}
