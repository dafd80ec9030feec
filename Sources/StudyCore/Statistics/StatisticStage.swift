import Federation
import FoundationEssentials
public import Statistics
import StudyProtocol
import Validation

/// A step of a statistic: who takes part, the edges of the bins of its scores, the statistic itself.
enum StatisticStep: String, Codable, Sendable {
    case cohort, firstEdges, secondEdges, result
}

/// What a step has found.
enum StatisticFinding {
    case cohort(StatisticCohort.Result)
    case edges(PooledQuantileEdges.Result)
    case values([StatisticValue])
}

/// One computation of the catalogue on the rows of a statistic, its types erased.
struct StatisticStage {
    /// Identifier of the computation.
    let identifier: String
    /// The first broadcast.
    let start: () throws -> Data
    /// What a site sends in answer to a broadcast.
    let blocks: (Data) throws -> [BlockSpecification]
    /// A site's answer.
    let contribute: (StatisticRows, Data) throws -> Contribution
    /// The next broadcast, or what was found.
    let next: (Data, Contribution) throws -> ComputationStep<Data, StatisticFinding>

    init<C: Computation>(
        _ computation: C, shard: @escaping (StatisticRows) throws -> C.Shard,
        finding: @escaping (C.Result) -> StatisticFinding
    ) where C.Broadcast == C.State {
        func decoded(_ data: Data) throws -> C.State { try CanonicalForm.decode(C.State.self, from: data) }
        identifier = C.identifier
        start = { try CanonicalForm.encode(computation.initialState()) }
        blocks = { computation.blocks(for: try decoded($0)) }
        contribute = { try computation.contribute(shard($0), to: try decoded($1)) }
        next = { data, sum in
            switch try computation.next(after: try decoded(data), sum: sum) {
            case .broadcast(let state): .broadcast(try CanonicalForm.encode(state))
            case .done(let result): .done(finding(result))
            }
        }
    }
}

/// What the sites are asked in one round of a statistic. It says all that the blocks follow from.
struct StatisticRound: Codable, Sendable, Equatable {
    /// The statistic, as the protocol has it.
    let statistic: StudyProtocol.Statistic
    /// The step.
    let step: StatisticStep
    /// Pooled numbers of the sites that take part; nil while they are asked for.
    let cohort: StatisticCohort.Result?
    /// Edges of the bins of the scores, once they are found.
    let edges: [PooledQuantileEdges.Result]
    /// The computation's broadcast, canonical JSON.
    let state: Data

    /// The blocks that a site sends.
    func specifications() throws -> [BlockSpecification] {
        let plan = StatisticPlan(
            statistic, cohort: cohort, edges: edges,
            floors: StudyProtocol.Disclosure(minimumCases: 1, minimumEvents: 1, minimumCell: 1), mostBins: 2)
        // What is sent depends on the broadcast alone.
        return try plan.stage(step).blocks(state)
    }
}

/// One number of a statistic.
public struct StatisticValue: Sendable, Equatable, Codable {
    /// The statistic, as `concord explain --list` names it.
    public let name: String
    /// Which of its variants; may be empty.
    public let variant: String
    /// The number.
    public let estimate: Estimate
    /// Interval that contains the number of the pooled cases for certain; empty where the number is exact.
    public let certified: [Double]

    init(_ name: String, _ variant: String = "", _ estimate: Estimate, certified: [Double] = []) {
        (self.name, self.variant, self.estimate, self.certified) = (name, variant, estimate, certified)
    }
}

/// A statistic over the cases of all sites that take part.
public struct PooledStatistic: Sendable, Equatable, Codable {
    /// Its kind, as in the protocol.
    public let kind: String
    /// The scores or readers, and the horizon.
    public let subject: String
    /// Sites that took part.
    public let sites: Int
    /// Sites that did not: too few cases, events or non-events, a stricter policy, or no consent.
    public let leftOut: Int
    /// Cases of the sites that took part.
    public let cases: Int
    /// The numbers.
    public let values: [StatisticValue]
}
