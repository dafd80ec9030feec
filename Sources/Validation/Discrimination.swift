public import Statistics

/// How well scores tell events from non-events: AUC, its intervals and the curve, all from one sort.
public struct Discrimination: Sendable, Equatable {
    /// The AUC: with DeLong's interval where there is one, alone with a single event or non-event and when the classes
    /// separate (DeLong's variance is then undefined or 0, which is not certainty), else the reason.
    public let area: Estimate
    /// The AUC with its interval on the logit scale, or the reason why there is none.
    public let areaOnLogit: Estimate
    /// Why `area` has a value and no interval; empty otherwise.
    public let noInterval: String
    /// The curve; nil without an AUC.
    public let curve: OperatingCurve?

    /// Sorts the scores.
    ///
    /// - Parameters:
    ///   - scores: higher means event.
    ///   - outcome: 1 event, 0 no event.
    public init(scores: [Double], outcome: [Double]) {
        guard let sorted = DeLong.SortedClasses(scores: scores, outcome: outcome) else {
            let reason = Estimate.notEstimable("a score is not finite")
            (area, areaOnLogit, noInterval, curve) = (reason, reason, "", nil)
            return
        }
        let (events, nonEvents) = (sorted.events.count, sorted.nonEvents.count)
        guard events > 0, nonEvents > 0 else {
            let reason = Estimate.notEstimable("one class only")
            (area, areaOnLogit, noInterval, curve) = (reason, reason, "", nil)
            return
        }
        curve = OperatingCurve(sorted)
        if let delong = DeLong(sorted), delong.variance > 0, let onLogit = delong.logitEstimate {
            (area, areaOnLogit, noInterval) = (.value(delong.estimate), .value(onLogit), "")
            return
        }
        let auc = sorted.auc
        noInterval =
            auc == 0 || auc == 1
            ? "no interval: the classes separate, which DeLong's variance cannot judge"
            : min(events, nonEvents) == 1
                ? "no interval: a single event or non-event has no variance"
                : "no interval: all events, and all non-events, have the same score"
        area = .value(
            EstimateValue(value: auc, n: events + nonEvents, events: events, method: "DeLong, no variance"))
        areaOnLogit = .notEstimable(noInterval)
    }
}
