#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cases of one feature at the points of a grid: mid-ranks, the area under the ROC curve, and how far those of the values can be from
/// them.
///
/// The order of the m cases of a cell is not known. Their exact mid-ranks have the mean of the cell's mid-rank, and their sum of squares
/// about it is at most (m^3 - m) / 12, which distinct values have; ties take (t^3 - t) / 12 from it. Of the pairs of an event and a
/// non-event in a cell all can be concordant, or none, where half count here. Neither is in doubt in a cell of one value.
struct RankCounts {
    private(set) var midRanks: [Double] = []
    private(set) var eventCount = 0.0
    private(set) var otherCount = 0.0
    /// Most of the sum of squares of exact mid-ranks about those of the cells.
    private(set) var spread = 0.0
    /// Sum of squares of the cells' mid-ranks about their mean.
    private(set) var variation = 0.0
    /// Pairs of an event and a non-event in a cell of several values.
    private var openPairs = 0.0
    private var rankSum = 0.0
    /// Sum of m^3 - m over the cells, and over the cases in them that are known to have one value.
    private var (ties, certainTies) = (0.0, 0.0)

    /// - Parameter equal: number of cases of each cell that are known to have one value.
    init(others: [Double], events: [Double], equal: [Double]) {
        var below = 0.0
        for place in others.indices {
            let (other, event) = (others[place], events[place])
            let own = other + event
            let rank = below + (own + 1) / 2
            midRanks.append(rank)
            rankSum += event * rank
            let (cube, certain) = (Self.cube(own), Self.cube(equal[place]))
            ties += cube
            certainTies += certain
            spread += (cube - certain) / 12
            if equal[place] < own { openPairs += event * other }
            below += own
            eventCount += event
            otherCount += other
        }
        let mean = (below + 1) / 2
        for place in others.indices {
            let distance = midRanks[place] - mean
            variation += (others[place] + events[place]) * distance * distance
        }
    }

    private static func cube(_ count: Double) -> Double { count * count * count - count }

    private var pairs: Double { eventCount * otherCount }

    /// Mann-Whitney U of the events.
    private var statistic: Double { rankSum - eventCount * (eventCount + 1) / 2 }

    /// Share of pairs in which the event is higher, ties half.
    var area: Double { statistic / pairs }

    /// Most that the area of the values differs from `area` by.
    var areaSlack: Double { openPairs / 2 / pairs }

    /// p of the Mann-Whitney test.
    var pValue: Double { pValue(distance: (statistic - pairs / 2).magnitude, ties: ties) }

    /// Smallest and largest p that the values can have: it falls with the distance of U from its mean and with ties.
    var pBounds: (lower: Double, upper: Double) {
        let distance = (statistic - pairs / 2).magnitude
        let most = pValue(distance: max(0, distance - openPairs / 2), ties: certainTies)
        guard ties > certainTies else { return (pValue, most) }
        // Cells without order may hold any: a variance of 0 says nothing then.
        return (variance(ties) > 0 ? pValue(distance: distance + openPairs / 2, ties: ties) : 0, most)
    }

    private func variance(_ ties: Double) -> Double {
        let n = eventCount + otherCount
        return pairs / 12 * (n + 1 - ties / (n * (n - 1)))
    }

    private func pValue(distance: Double, ties: Double) -> Double {
        let variance = variance(ties)
        guard variance > 0 else { return 1 }
        return min(1, erfc(max(0, distance - 0.5) / variance.squareRoot() / 2.0.squareRoot()))
    }
}
