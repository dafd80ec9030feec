public import FoundationEssentials

/// Whether a certificate should be renewed now: from two thirds of its life on.
public enum Renewal: Hashable, Sendable {
    /// Nothing to do before this time.
    case notBefore(Date)
    /// Renew over the connection that the certificate still opens; it ends at this time.
    case due(until: Date)
    /// The certificate ended at this time: only a new enrolment token helps.
    case tooLate(since: Date)
}

extension PeerIdentity {
    /// When the renewal of this certificate falls due: two thirds of the way from `notBefore` to `notAfter`.
    public var renewalDate: Date { notBefore.addingTimeInterval(notAfter.timeIntervalSince(notBefore) * 2 / 3) }

    /// The decision at `now`.
    public func renewal(now: Date) -> Renewal {
        if now >= notAfter { return .tooLate(since: notAfter) }
        return now >= renewalDate ? .due(until: notAfter) : .notBefore(renewalDate)
    }
}
