public import Disclosure
public import Statistics
public import StudyProtocol

/// Turns a site's own numbers into releases under its policy: what is not consented or too small is `suppressed`.
public struct ReleasePolicy: Sendable, Equatable {
    /// Smallest numbers that may be shown: the larger of the site's and the protocol's.
    public let floors: StudyProtocol.Disclosure
    /// Classes that the site consents to.
    public let consented: Set<ReleaseClass>

    /// Creates the policy of a site.
    public init(floors: StudyProtocol.Disclosure, consented: Set<ReleaseClass>) {
        self.floors = floors
        self.consented = consented
    }

    /// A release of an estimate.
    public func release(
        _ releaseClass: ReleaseClass, _ statistic: String, subject: String = "", _ estimate: Estimate
    ) -> Release {
        let allowed: Estimate =
            consented.contains(releaseClass)
            ? estimate : .suppressed("policy.releases lacks '\(releaseClass.rawValue)'")
        return Release(releaseClass: releaseClass, statistic: statistic, subject: subject, estimate: allowed)
    }

    /// A release of a number of cases; numbers from 1 up to below the smallest cell are suppressed.
    public func count(
        _ releaseClass: ReleaseClass, _ statistic: String, subject: String = "", _ count: Int
    ) -> Release {
        let estimate: Estimate =
            count > 0 && count < floors.minimumCell
            ? .suppressed("fewer than \(floors.minimumCell) cases")
            : .value(
                EstimateValue(
                    value: Double(count), standardError: nil, lower: nil, upper: nil, n: count, events: nil,
                    method: "count"))
        return release(releaseClass, statistic, subject: subject, estimate)
    }

    /// Cells of a histogram; if exactly one cell is suppressed the next smallest goes too, so that it does not follow
    /// from the total.
    public func histogram(_ releaseClass: ReleaseClass, _ statistic: String, _ cells: [String: Int]) -> [Release] {
        let ordered = cells.sorted { $0.key < $1.key }
        let small = ordered.filter { $0.value > 0 && $0.value < floors.minimumCell }
        var hidden = Set(small.map(\.key))
        if small.count == 1,
            let next = ordered.filter({ $0.value >= floors.minimumCell }).min(by: { $0.value < $1.value })
        {
            hidden.insert(next.key)
        }
        return ordered.map { cell in
            hidden.contains(cell.key)
                ? release(
                    releaseClass, statistic, subject: cell.key, .suppressed("fewer than \(floors.minimumCell) cases"))
                : count(releaseClass, statistic, subject: cell.key, cell.value)
        }
    }
}
