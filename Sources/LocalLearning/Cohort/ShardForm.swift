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
    /// The same with the fold of each row; 0 without folds.
    case foldedSurvival(InnerFolds?)
    /// Follow-up without the order of risk sets.
    case followUp
    /// The time of each event as the only feature of a table of the events.
    case eventTimes
    /// The only feature as a score beside the follow-up.
    case ordered
    /// The only feature as a score.
    case scores
    /// The only feature as a score that is validated.
    case validated

    /// The folds that the form speaks of.
    var folds: InnerFolds? {
        switch self {
        case .folded(let own), .foldedSurvival(let own): own
        default: nil
        }
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
        case .foldedSurvival: FoldedSurvival(try part.survival(), fold: fold)
        case .followUp: try part.survival()
        case .eventTimes: try part.eventTimes()
        case .ordered:
            StratifiedScores(
                followUp: try part.survival().followUp, scores: try only(part), stratum: part.table.batch)
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
