/// What can be wrong with a contribution or a computation.
public enum FederationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A block has another number of values than its specification.
    case wrongShape(block: String, expected: Int, found: Int)
    /// Two contributions, or a contribution and the catalogue, do not describe the same blocks.
    case specificationMismatch(block: String)
    /// The contribution has no block of that name.
    case missingBlock(String)
    /// A value is NaN or infinite.
    case notFinite(block: String, index: Int)
    /// A sum is larger than its public bound.
    case outOfBound(block: String, index: Int)
    /// The computation did not finish within its limit of rounds.
    case tooManyRounds(computation: String, limit: Int)
    /// No shard was given.
    case noShards(computation: String)

    /// One sentence: what, where, remedy.
    public var description: String {
        switch self {
        case .wrongShape(let block, let expected, let found):
            "block '\(block)' has \(found) values where its specification says \(expected)"
        case .specificationMismatch(let block):
            "block '\(block)' is not what the computation declares; agent and coordinator must run the same version"
        case .missingBlock(let name):
            "the contribution has no block '\(name)'"
        case .notFinite(let block, let index):
            "block '\(block)', element \(index): a value is NaN or infinite; correct or exclude the case"
        case .outOfBound(let block, let index):
            "block '\(block)', element \(index): the sum is beyond its public bound; check the units of the input"
        case .tooManyRounds(let computation, let limit):
            "\(computation) did not finish within \(limit) rounds"
        case .noShards(let computation):
            "\(computation) was given no shard to run on"
        }
    }
}
