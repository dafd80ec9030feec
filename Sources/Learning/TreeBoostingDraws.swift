/// What chance decides in boosting: pure functions of the seed, the tree and the key of a case or the position of a feature.
struct TreeBoostingDraws {
    private let sampling: TreeBoosting.Sampling?
    private let cases: KeyedHash
    private let features: KeyedHash

    init(_ sampling: TreeBoosting.Sampling?) {
        self.sampling = sampling
        let root = KeyedHash(seed: sampling?.seed ?? 0)
        cases = KeyedHash(seed: root.hash("cases"))
        features = KeyedHash(seed: root.hash("features"))
    }

    /// Rows of a tree, ascending.
    ///
    /// - Throws: `LearningError.noCaseKeys`.
    func rows(tree: Int, _ shard: CodedTable) throws(LearningError) -> [Int32] {
        guard let sampling, sampling.cases < 1 else { return (0..<Int32(shard.count)).map { $0 } }
        try shard.requireKeys()
        return (0..<Int32(shard.count)).filter {
            KeyedHash.unit(cases.hash(UInt64(tree), shard.keys[Int($0)])) < sampling.cases
        }
    }

    /// Features of a tree, ascending: those with the smallest hashes, at least one.
    func features(tree: Int, of count: Int) -> [Int] {
        guard let sampling, sampling.features < 1 else { return Array(0..<count) }
        let wanted = min(max(Int((sampling.features * Double(count)).rounded(.down)), 1), count)
        let hashes = (0..<count).map { (features.hash(UInt64(tree), UInt64($0)), $0) }
        return hashes.sorted { $0 < $1 }.prefix(wanted).map(\.1).sorted()
    }
}
