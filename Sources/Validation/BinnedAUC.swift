public import Statistics

/// An interval that provably contains a number.
public struct CertifiedInterval: Sendable, Equatable, Codable {
    /// Smallest possible value.
    public let lower: Double
    /// Largest possible value.
    public let upper: Double

    /// Creates an interval.
    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// AUC of scores of which only the bin is known.
///
/// Pairs in one bin are of unknown order and count one half, so the AUC of the scores themselves is within
/// `1/2 sum_b p_b q_b` of this one, where p_b and q_b are the shares of events and non-events in bin b.
public struct BinnedAUC: Sendable, Equatable {
    /// AUC of the binned scores.
    public let auc: Double
    /// DeLong's variance of the binned scores: placements are constant within a bin.
    public let variance: Double
    /// Interval that contains the AUC of the scores themselves.
    public let certified: CertifiedInterval
    /// Number of events.
    public let events: Int
    /// Number of non-events.
    public let nonEvents: Int
    /// Number of bins.
    public let bins: Int

    /// Computes the AUC; `nil` with fewer than two events or non-events.
    ///
    /// - Parameters:
    ///   - nonEvents: non-events in each bin, bins in ascending order of score.
    ///   - events: events in each bin.
    public init?(nonEvents controls: [Int], events cases: [Int]) {
        precondition(controls.count == cases.count, "the same bins for events and non-events")
        let m = cases.reduce(0, +)
        let n = controls.reduce(0, +)
        guard m >= 2, n >= 2 else { return nil }
        // Twice the number of concordant pairs, ties once, and of pairs within a bin: exact whole numbers.
        var concordant: Int128 = 0
        var tied: Int128 = 0
        var below = 0
        for bin in cases.indices {
            concordant += Int128(cases[bin]) * Int128(2 * below + controls[bin])
            tied += Int128(cases[bin]) * Int128(controls[bin])
            below += controls[bin]
        }
        let pairs = Double(m) * Double(n) * 2
        let auc = Double(concordant) / pairs
        self.auc = auc
        certified = CertifiedInterval(
            lower: Double(concordant - tied) / pairs, upper: Double(concordant + tied) / pairs)
        events = m
        self.nonEvents = n
        bins = cases.count
        let deviations = Self.deviations(nonEvents: controls, events: cases, from: auc)
        var caseSpread = 0.0
        var controlSpread = 0.0
        for bin in cases.indices {
            caseSpread += Double(cases[bin]) * deviations.events[bin] * deviations.events[bin]
            controlSpread += Double(controls[bin]) * deviations.nonEvents[bin] * deviations.nonEvents[bin]
        }
        variance = DeLong.covariance(events: caseSpread, of: Double(m), nonEvents: controlSpread, of: Double(n))
    }

    /// What the placement (DeLong 1988, eqs. 4 and 5) of an event and of a non-event of each bin differs from the AUC by.
    static func deviations(
        nonEvents controls: [Int], events cases: [Int], from auc: Double
    ) -> (nonEvents: [Double], events: [Double]) {
        let n = Double(controls.reduce(0, +))
        var below = 0
        var above = cases.reduce(0, +)
        let m = Double(above)
        var output = (nonEvents: [Double](), events: [Double]())
        for bin in cases.indices {
            above -= cases[bin]
            output.events.append((Double(below) + Double(controls[bin]) / 2) / n - auc)
            output.nonEvents.append((Double(above) + Double(cases[bin]) / 2) / m - auc)
            below += controls[bin]
        }
        return output
    }

    /// Half the width of the certified interval.
    public var certifiedHalfWidth: Double { (certified.upper - certified.lower) / 2 }

    /// The AUC with DeLong's interval, clipped to 0...1.
    public var estimate: EstimateValue {
        let error = variance.squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return EstimateValue(
            value: auc, standardError: error, lower: max(0, auc - z * error), upper: min(1, auc + z * error),
            n: events + nonEvents, events: events, method: "DeLong of \(bins) pooled quantile bins")
    }
}
