public import Federation

/// Pooled median of each feature over the values that are there: both middle order statistics by bisection on the bits of a
/// number, all features at once, in 65 rounds of counts. Exact; the mean of the two for an even number, as numpy's median.
public struct PooledMedian: Computation {
    /// `learning.pooled-median`
    public static let identifier = "learning.pooled-median"

    let columns: [String]

    /// Creates the computation for the named features.
    public init(columns: [String]) { self.columns = columns }

    /// Brackets of the lower and of the upper middle value of each feature, as ordered bits.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let columns: [String]
        /// Cases with a value; empty in the first round.
        var present: [Double]
        /// Smallest bits that a middle value can have, lower middles first.
        var lowest: [UInt64]
        /// Largest bits that it can have.
        var highest: [UInt64]

        var middles: [UInt64] { zip(lowest, highest).map { $0 + ($1 - $0) / 2 } }
    }

    /// What is known of a feature.
    public struct Median: Codable, Sendable, Equatable {
        /// Median of the values that are there; nil without a value.
        public let value: Double?
        /// Pooled number of cases with a value.
        public let present: Int
    }

    /// All numbers.
    public func initialState() -> State {
        State(
            columns: columns, present: [], lowest: [UInt64](repeating: 0, count: 2 * columns.count),
            highest: [UInt64](repeating: .max, count: 2 * columns.count))
    }

    /// Counts of the values that are there, then of those at or below the middle of each bracket.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard !state.present.isEmpty else {
            return [
                .counts(
                    "present", shape: [state.columns.count], meaning: "cases with a value of each feature",
                    discloses: "how complete the site's features are")
            ]
        }
        return [
            .counts(
                "below", shape: [2, state.columns.count], meaning: "cases at or below a number of each feature",
                discloses: "the site's distribution function of each feature near the pooled median")
        ]
    }

    /// Counts over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        try shard.requireColumns(state.columns)
        let p = state.columns.count
        let specification = blocks(for: state)[0]
        var words = [Int128](repeating: 0, count: specification.count)
        let middles = state.middles
        for row in 0..<shard.count {
            for column in 0..<p {
                let value = shard.features[row * p + column]
                guard !value.isNaN else { continue }
                guard !state.present.isEmpty else {
                    words[column] += 1
                    continue
                }
                let bits = Self.ordered(value)
                if bits <= middles[column] { words[column] += 1 }
                if bits <= middles[p + column] { words[p + column] += 1 }
            }
        }
        return Contribution(blocks: [try Block(specification: specification, words: words)])
    }

    /// Halves the brackets; then the medians.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, [Median]> {
        var state = current
        let p = state.columns.count
        guard p > 0 else { return .done([]) }
        guard !state.present.isEmpty else {
            state.present = try sum.values("present")
            return .broadcast(state)
        }
        let below = try sum.values("below")
        let middles = state.middles
        for place in 0..<2 * p {
            let cases = state.present[place % p]
            // The middle values have ranks (n - 1) / 2 and n / 2 from 0.
            let rank = (place < p ? (cases - 1) / 2 : cases / 2).rounded(.down)
            if below[place] >= rank + 1 {
                state.highest[place] = middles[place]
            } else if state.lowest[place] < state.highest[place] {
                state.lowest[place] = middles[place] + 1
            }
        }
        guard state.lowest == state.highest else { return .broadcast(state) }
        return .done(
            (0..<p).map { column in
                let present = Int(state.present[column])
                guard present > 0 else { return Median(value: nil, present: 0) }
                let (a, b) = (Self.number(state.lowest[column]), Self.number(state.lowest[p + column]))
                return Median(value: a == b ? a : (a + b).isFinite ? (a + b) / 2 : a / 2 + b / 2, present: present)
            })
    }

    /// Bits in the order of the numbers; the two zeros are one.
    private static func ordered(_ value: Double) -> UInt64 {
        let bits = (value + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    private static func number(_ ordered: UInt64) -> Double {
        Double(bitPattern: ordered >> 63 == 1 ? ordered ^ 1 << 63 : ~ordered)
    }
}
