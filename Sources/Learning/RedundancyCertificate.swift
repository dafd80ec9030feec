import LinearAlgebra

/// Whether a filter keeps the same features for every matrix of correlations within bounds.
extension RedundancyFilter {
    /// Two features whose comparison the bounds leave open.
    public struct Comparison: Sendable, Hashable {
        /// Position of the one that the rule visits first.
        public let first: Int
        /// Position of the other.
        public let second: Int
    }

    /// Comparisons that keep `relevanceOrdered` from one answer; empty where all correlations within the bounds lead to the same features.
    public static func undecided(
        _ bounds: RankedCorrelation, relevance: [Double], maximumCorrelation: Double
    ) -> [Comparison] {
        let order = relevanceOrder(relevance).filter { relevance[$0] > 0 }
        return undecided(order, bounds) { $0 > maximumCorrelation || $0 >= copy }
    }

    /// The same of `featureEngine`.
    public static func undecidedFeatureEngine(
        _ bounds: RankedCorrelation, names: [String], threshold: Double
    ) -> [Comparison] {
        undecided(nameOrder(names), bounds) { $0 > threshold }
    }

    private enum Fate { case kept, dropped, open }

    /// A feature goes for certain if one that is kept for certain is too like it whatever the order within bins, and stays for certain
    /// if none that may be kept can be. Else it is open, by the comparisons with those that can be too like it.
    private static func undecided(
        _ order: [Int], _ bounds: RankedCorrelation, isRedundant: (Double) -> Bool
    ) -> [Comparison] {
        var fates: [(feature: Int, fate: Fate)] = []
        var found: [Comparison] = []
        for candidate in order {
            let there = fates.filter { $0.fate != .dropped }
            let magnitudes = there.map { bounds.magnitude($0.feature, candidate) }
            var fate = Fate.kept
            if zip(there, magnitudes).contains(where: { $0.fate == .kept && isRedundant($1.lower) }) {
                fate = .dropped
            } else {
                let doubtful = zip(there, magnitudes).filter { isRedundant($1.upper) }
                if !doubtful.isEmpty { fate = .open }
                // Where an open feature is too like it for certain, that one's own comparisons decide.
                found += doubtful.filter { !isRedundant($1.lower) }.map {
                    Comparison(first: $0.0.feature, second: candidate)
                }
            }
            fates.append((candidate, fate))
        }
        return found
    }

    /// Comparisons that keep `caretExact` from one answer. Its order is that of mean absolute correlations, so that features next to each
    /// other in it must differ for certain where either can be in a pair above the cutoff; and so must the means of each pair that it
    /// compares. Bins seldom tell that much.
    public static func undecidedCaret(_ bounds: RankedCorrelation, cutoff: Double) -> [Comparison] {
        let p = bounds.binned.order
        var pass = CaretPass(bounds)
        let order = (0..<p).sorted {
            let (a, b) = (pass.sums[$0].binned, pass.sums[$1].binned)
            return a != b ? a > b : $0 < $1
        }
        let involved = order.filter { i in (0..<p).contains { $0 != i && bounds.magnitude(i, $0).upper > cutoff } }
        var found = zip(involved, involved.dropFirst()).filter { pass.sums[$0].lower <= pass.sums[$1].upper }
            .map { Comparison(first: $0, second: $1) }
        for (place, i) in involved.enumerated() where pass.isThere[i] {
            for j in involved[(place + 1)...] where pass.isThere[i] && pass.isThere[j] {
                let own = bounds.magnitude(i, j)
                if own.lower <= cutoff, own.upper > cutoff { found.append(Comparison(first: i, second: j)) }
                guard bounds.binned[i, j].magnitude > cutoff else { continue }
                let difference = pass.difference(i, j)
                if difference.lower <= 0, difference.upper > 0 { found.append(Comparison(first: i, second: j)) }
                pass.drop(difference.binned > 0 ? i : j)
            }
        }
        var seen: Set<Comparison> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// A number with its bounds.
    private struct Bounded {
        var lower = 0.0
        var binned = 0.0
        var upper = 0.0
    }

    /// Sums of absolute correlations over the features that are still there.
    private struct CaretPass {
        private let bounds: RankedCorrelation
        private(set) var isThere: [Bool]
        private(set) var sums: [Bounded]
        private var count: Int

        init(_ bounds: RankedCorrelation) {
            let p = bounds.binned.order
            self.bounds = bounds
            count = p
            isThere = [Bool](repeating: true, count: p)
            sums = [Bounded](repeating: Bounded(), count: p)
            for i in 0..<p { for j in 0..<p where i != j { add(i, j, 1) } }
        }

        private mutating func add(_ i: Int, _ j: Int, _ sign: Double) {
            let own = bounds.magnitude(i, j)
            sums[i].lower += sign * own.lower
            sums[i].upper += sign * own.upper
            sums[i].binned += sign * bounds.binned[i, j].magnitude
        }

        /// Mean of the first less caret's mean of the others, which leaves out the row of the second, not its column.
        func difference(_ i: Int, _ j: Int) -> Bounded {
            let others = sums.indices.filter { isThere[$0] && $0 != j }
            let (width, area) = (Double(count - 1), Double((count - 1) * (count - 1)))
            func rest(_ value: (Bounded) -> Double) -> Double { others.reduce(0) { $0 + value(sums[$1]) } / area }
            return Bounded(
                lower: sums[i].lower / width - rest(\.upper) - 1e-12, binned: sums[i].binned / width - rest(\.binned),
                upper: sums[i].upper / width - rest(\.lower) + 1e-12)
        }

        mutating func drop(_ feature: Int) {
            isThere[feature] = false
            count -= 1
            for other in isThere.indices where isThere[other] { add(other, feature, -1) }
        }
    }
}
