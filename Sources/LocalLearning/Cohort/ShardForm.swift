import Federation
public import Learning
import Survival
import Validation

/// What a site's rows become for a computation.
public enum ShardForm: Codable, Sendable, Equatable {
    /// The table.
    case table
    /// The table with the fold of each row; 0 without folds.
    case folded(InnerFolds?)
    /// Bins.
    case coded(BinEdges)
    /// Bins, and a key of each row for draws.
    case keyed(BinEdges, UInt64)
    /// Follow-up with the site as the stratum.
    case survival
    /// The only feature as a score.
    case scores
    /// The only feature as a score that is validated.
    case validated

    /// The folds that the form speaks of.
    var folds: InnerFolds? {
        if case .folded(let own) = self { own } else { nil }
    }

    /// The rows of each part.
    ///
    /// - Throws: `LearningError`; `LocalLearningError.options` for a computation of other rows.
    func shards<Shard>(of parts: [TrainingCases]) throws -> [Shard] {
        let membership = folds?.membership(parts)
        return try parts.indices.map { place in
            guard let shard = try shard(parts[place], fold: membership?[place]) as? Shard else {
                throw LocalLearningError.options("the computation takes rows of another form than was asked for")
            }
            return shard
        }
    }

    private func shard(_ part: TrainingCases, fold: [Int]?) throws -> any Sendable {
        switch self {
        case .table: part.table
        case .folded: FoldedTable(part.table, fold: fold)
        case .coded(let edges): part.table.coded(edges)
        case .keyed(let edges, let seed): part.table.coded(edges).keyed(by: part.names, seed: seed)
        case .survival: FoldedSurvival(try part.survival())
        case .scores: LabelledScores(scores: try only(part), outcome: part.table.outcome)
        case .validated: ScoredCases(scores: try only(part), outcome: part.table.outcome)
        }
    }

    private func only(_ part: TrainingCases) throws -> [Double] {
        guard part.table.featureCount == 1 else {
            throw LocalLearningError.options("a score is one feature, not \(part.table.featureCount)")
        }
        return part.table.features
    }
}
