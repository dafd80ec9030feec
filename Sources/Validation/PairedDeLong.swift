public import Statistics

/// Difference of the AUCs of two scores of the same cases (DeLong 1988).
public struct PairedDeLong: Sendable, Equatable {
    /// AUC of the first score.
    public let first: DeLong
    /// AUC of the second score.
    public let second: DeLong
    /// Covariance of the two AUCs.
    public let covariance: Double

    /// Compares two scores; `nil` with fewer than two events or non-events, or a score that is not finite.
    ///
    /// - Parameters:
    ///   - first: first score of each case, higher means event.
    ///   - second: second score of each case.
    ///   - outcome: 1 event, 0 no event.
    public init?(first: [Double], second: [Double], outcome: [Double]) {
        precondition(first.count == outcome.count && second.count == outcome.count, "one outcome for each score")
        guard let a = DeLong(scores: first, outcome: outcome), let b = DeLong(scores: second, outcome: outcome),
            let placementsA = DeLong.Placements(scores: first, outcome: outcome),
            let placementsB = DeLong.Placements(scores: second, outcome: outcome)
        else { return nil }
        self.first = a
        self.second = b
        covariance = placementsA.covariance(with: placementsB)
    }

    /// From two AUCs and their covariance.
    init(_ first: DeLong, _ second: DeLong, covariance: Double) {
        (self.first, self.second, self.covariance) = (first, second, covariance)
    }

    /// Standard error of the difference.
    public var standardError: Double { max(0, first.variance + second.variance - 2 * covariance).squareRoot() }

    /// Test statistic; `nil` if the difference has no variance.
    public var z: Double? { standardError > 0 ? (first.auc - second.auc) / standardError : nil }

    /// Two-sided p-value of equal AUCs; `nil` if the difference has no variance.
    public var pValue: Double? { z.map(NormalDistribution.twoSided) }

    /// First AUC minus second, normal interval.
    public var difference: Estimate { difference(method: "paired DeLong") }

    /// First AUC minus second with what it is called.
    func difference(method: String) -> Estimate {
        guard standardError > 0 else { return .notEstimable("the difference of the AUCs has no variance") }
        return .value(
            .normal(
                first.auc - second.auc, standardError: standardError, n: first.events + first.nonEvents,
                events: first.events, method: method))
    }
}
