import Federation

extension Computation {
    /// The result alone. `run(on:)` keeps the sums of every round, which for a path of a thousand features and ten folds is gigabytes.
    ///
    /// - Throws: what the computation throws; `FederationError.noShards`, `.tooManyRounds`.
    func result(on shards: [Shard], roundLimit: Int) throws -> Result {
        guard !shards.isEmpty else { throw FederationError.noShards(computation: Self.identifier) }
        var state = initialState()
        for _ in 1...roundLimit {
            let specifications = blocks(for: state)
            var sum = Contribution.zero(specifications)
            for shard in shards {
                let contribution = try contribute(shard, to: state)
                try contribution.validate(against: specifications)
                try sum.add(contribution)
            }
            switch try next(after: state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result): return result
            }
        }
        throw FederationError.tooManyRounds(computation: Self.identifier, limit: roundLimit)
    }
}
