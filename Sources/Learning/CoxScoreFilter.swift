public import Federation
import Survival

/// Score statistic of each feature by itself in Cox's model, stratified, ties by Breslow's rule: chi-square with one degree of freedom
/// where the feature has no effect (Cox, JRSS B 1972;34:187; the log-rank test for a feature of two values without ties).
public struct CoxScoreFilter: Computation {
    /// `learning.cox-score`
    public static let identifier = "learning.cox-score"

    let standardisation: Standardisation

    /// Creates the computation with pooled moments; a stratum lies within one shard.
    public init(_ standardisation: Standardisation) { self.standardisation = standardisation }

    /// Location and scale.
    public func initialState() -> Standardisation { standardisation }

    /// Events, gradients and information.
    public func blocks(for state: Standardisation) -> [BlockSpecification] {
        let p = state.columns.count
        return [
            .counts("events", meaning: "number of events", discloses: "the site's number of events"),
            .unitScale(
                "gradient", shape: [p], meaning: "gradient of the log partial likelihood without features",
                discloses: "features of the site's events less the mean of their risk sets, summed"),
            .unitScale(
                "information", shape: [p], meaning: "information of each feature by itself",
                discloses: "the spread of each feature in the site's risk sets, summed"),
        ]
    }

    /// Sums over the site's strata.
    ///
    /// - Throws: `SurvivalError`.
    public func contribute(_ shard: FoldedSurvival, to state: Standardisation) throws -> Contribution {
        try shard.require(state.columns)
        let p = state.columns.count
        let followUp = shard.table.followUp
        let z = state.scores(shard.table.values)
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(followUp.eventCount))
        for stratum in shard.strata {
            let part = PartialLikelihood(
                PartialLikelihood.Cases(
                    times: Array(followUp.times[stratum]), events: Array(followUp.events[stratum]),
                    predictors: [Double](repeating: 0, count: stratum.count)))
            for column in 0..<p {
                let own = stratum.map { z[$0 * p + column] }
                sums[1].add(zip(own, part.residuals).reduce(0) { $0 + $1.0 * $1.1 }, at: column)
                sums[2].add(zip(own, part.information(own)).reduce(0) { $0 + $1.0 * $1.1 }, at: column)
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The statistics; 0 for a feature that does not vary in the risk sets.
    ///
    /// - Throws: `SurvivalError.noEvents`.
    public func next(after state: Standardisation, sum: Contribution) throws -> ComputationStep<
        Standardisation, [Double]
    > {
        guard try sum.scalar("events") > 0 else { throw SurvivalError.noEvents }
        let (gradient, information) = (try sum.values("gradient"), try sum.values("information"))
        // z-scores have unit spread: an information of 1e-12 is rounding.
        return .done(zip(gradient, information).map { $1 > 1e-12 ? $0 * $0 / $1 : 0 })
    }
}
