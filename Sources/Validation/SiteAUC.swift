public import Statistics

/// A site's own AUC as it is released, with the floors of the disclosure rules.
public enum SiteAUC {
    /// Which interval goes with the AUC.
    public enum Interval: String, Sendable, Equatable, Codable {
        /// Symmetric (DeLong 1988), clipped to 0...1.
        case deLong
        /// On the logit scale.
        case logitDeLong
    }

    /// The AUC, or why there is none.
    ///
    /// - Parameters:
    ///   - cases: the site's scores.
    ///   - interval: which interval to give.
    ///   - minimumPerClass: fewest events and fewest non-events; below it the AUC is suppressed.
    /// - Returns: `notEstimable` with one outcome only, `suppressed` below the floor.
    /// - Throws: `ValidationError`.
    public static func estimate(
        _ cases: ScoredCases, interval: Interval = .logitDeLong, minimumPerClass: Int = 10
    ) throws(ValidationError) -> Estimate {
        try cases.validated()
        let events = cases.outcome.count { $0 == 1 }
        let nonEvents = cases.count - events
        if events == 0 || nonEvents == 0 { return .notEstimable("one outcome only") }
        if min(events, nonEvents) < minimumPerClass {
            return .suppressed("fewer than \(minimumPerClass) events or non-events")
        }
        guard let roc = DeLong(scores: cases.scores, outcome: cases.outcome) else {
            return .notEstimable("needs two events and two non-events")
        }
        switch interval {
        case .deLong: return .value(roc.estimate)
        case .logitDeLong:
            return roc.logitEstimate.map { .value($0) } ?? .notEstimable("the AUC is 0 or 1: no logit")
        }
    }
}
