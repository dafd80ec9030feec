public import Statistics

/// A quantile of distances of which only the bin is known.
public struct BinnedDistance: Sendable, Equatable {
    /// Middle of the interval, or why there is none.
    public let estimate: Estimate
    /// Interval of one bin's width that contains the quantile of the distances themselves; nil if there is none.
    public let certified: CertifiedInterval?
}

/// Cases in bins of equal width of a distance from 0 to 1; at least one case.
struct DistanceHistogram {
    let cases: [Int]

    /// Bin of a distance: its lower edge is at or below the distance, its upper edge at or above.
    static func bin(of distance: Double, bins: Int) -> Int {
        let bin = min(bins - 1, max(0, Int(distance * Double(bins))))
        if edge(bin, bins) > distance { return bin - 1 }
        if edge(bin + 1, bins) < distance { return bin + 1 }
        return bin
    }

    /// Interval that contains the quantile (type 7, as `Quantile.linear`) of the distances.
    func quantile(_ probability: Double) -> CertifiedInterval {
        let position = probability * Double(cases.reduce(0, +) - 1)
        let lower = Int(position)
        let share = position - Double(lower)
        let below = binOfCase(lower)
        // Without a share of the next case the quantile is the case itself.
        let above = share > 0 ? binOfCase(lower + 1) : below
        func between(_ shift: Int) -> Double {
            let from = Self.edge(below + shift, cases.count)
            return from + share * (Self.edge(above + shift, cases.count) - from)
        }
        return CertifiedInterval(lower: between(0), upper: between(1))
    }

    /// Bin of the case at a position, from 0, in the order of the distances.
    private func binOfCase(_ position: Int) -> Int {
        var counted = 0
        for bin in cases.indices {
            counted += cases[bin]
            if counted > position { return bin }
        }
        return cases.count - 1
    }

    private static func edge(_ index: Int, _ bins: Int) -> Double { Double(index) / Double(bins) }
}
