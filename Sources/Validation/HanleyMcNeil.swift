/// Variance of an AUC that is still to be measured (Hanley and McNeil, Radiology 1982;143:29, eqs. 1 and 2).
public enum HanleyMcNeil {
    /// Variance of an AUC with the given numbers of events and non-events, which need not be whole.
    public static func variance(auc: Double, events m: Double, nonEvents n: Double) -> Double {
        precondition(auc > 0 && auc < 1 && m >= 1 && n >= 1, "an AUC within 0 and 1, and cases of both kinds")
        let q1 = auc / (2 - auc)
        let q2 = 2 * auc * auc / (1 + auc)
        return (auc * (1 - auc) + (m - 1) * (q1 - auc * auc) + (n - 1) * (q2 - auc * auc)) / (m * n)
    }

    /// Variance of the logit of the AUC, by the delta method.
    public static func logitVariance(auc: Double, events: Double, nonEvents: Double) -> Double {
        let slope = auc * (1 - auc)
        return variance(auc: auc, events: events, nonEvents: nonEvents) / (slope * slope)
    }
}
