public import Federation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Minimum redundancy, maximum relevance selection on bins (Peng, Long and Ding, IEEE TPAMI 2005;27:1226): a round for each feature, in
/// which the sites send the contingency tables of all features with the last one selected, at first with the outcome.
public struct MutualInformationSelection: Computation {
    /// `learning.mutual-information-selection`
    public static let identifier = "learning.mutual-information-selection"

    /// How relevance and mean redundancy make a score.
    public enum Scheme: String, Sendable, Codable, CaseIterable {
        /// Relevance less redundancy.
        case difference = "MID"
        /// Relevance over (redundancy + 0.0001).
        case quotient = "MIQ"
    }

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the features.
    ///   - binCounts: number of bins of each; Peng's own choice is three, divided at mean -+ sd / 2.
    ///   - count: features to select.
    public init(features: [String], binCounts: [Int], count: Int, scheme: Scheme) {
        precondition(features.count == binCounts.count && binCounts.allSatisfy { $0 > 0 }, "bins for each feature")
        specification = State(
            features: features, binCounts: binCounts, count: min(count, features.count), scheme: scheme,
            relevance: [], redundancy: [Double](repeating: 0, count: features.count), selected: [])
    }

    /// What is selected so far.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Number of bins of each feature.
        public let binCounts: [Int]
        /// Features to select.
        public let count: Int
        /// How scores are made.
        public let scheme: Scheme
        /// Mutual information of each feature with the outcome in bits; empty in the first round.
        public var relevance: [Double]
        /// Sum of that with the selected features.
        public var redundancy: [Double]
        /// Positions of the selected features in their order.
        public var selected: [Int]
    }

    /// Nothing selected.
    public func initialState() -> State { specification }

    private static func width(_ state: State) -> Int { state.selected.last.map { state.binCounts[$0] } ?? 2 }

    /// Contingency tables.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "cases", shape: [state.binCounts.reduce(0, +), Self.width(state)],
                meaning: "cases in each bin of each feature and of the last selected one, or of the outcome",
                discloses: "the site's joint histograms of pairs of features")
        ]
    }

    /// Counts over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.badBin` also for a missing value.
    public func contribute(_ shard: CodedTable, to state: State) throws -> Contribution {
        guard shard.features == state.features else { throw LearningError.columnsDiffer("(columns)") }
        let n = shard.count
        let width = Self.width(state)
        for (column, bins) in state.binCounts.enumerated()
        where !shard.codes[column * n..<(column + 1) * n].allSatisfy({ Int($0) < bins }) {
            throw LearningError.badBin(feature: state.features[column])
        }
        let partner = try (0..<n).map { row in
            try state.selected.last.map { Int(shard.codes[$0 * n + row]) }
                ?? LearningError.group(of: shard.outcome[row])
        }
        var words = [Int128](repeating: 0, count: state.binCounts.reduce(0, +) * width)
        var start = 0
        for (column, bins) in state.binCounts.enumerated() {
            for row in 0..<n { words[(start + Int(shard.codes[column * n + row])) * width + partner[row]] += 1 }
            start += bins
        }
        return Contribution(blocks: [try Block(specification: blocks(for: state)[0], words: words)])
    }

    /// Selects the next feature.
    ///
    /// - Throws: `LearningError.oneClass` without a case.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        var state = current
        let counts = try sum.values("cases")
        let width = Self.width(state)
        var start = 0
        let information = state.binCounts.map { bins in
            defer { start += bins }
            return Self.information(Array(counts[start * width..<(start + bins) * width]), width: width)
        }
        if state.relevance.isEmpty {
            guard counts.contains(where: { $0 > 0 }) else { throw LearningError.oneClass }
            state.relevance = information
        } else {
            for column in information.indices { state.redundancy[column] += information[column] }
        }
        let chosen = Double(state.selected.count)
        func score(_ column: Int) -> Double {
            guard chosen > 0 else { return state.relevance[column] }
            let redundancy = state.redundancy[column] / chosen
            switch state.scheme {
            case .difference: return state.relevance[column] - redundancy
            case .quotient: return state.relevance[column] / (redundancy + 0.0001)
            }
        }
        var best: (column: Int, score: Double)?
        for column in state.features.indices where !state.selected.contains(column) {
            let own = score(column)
            if best.map({ own > $0.score }) ?? true { best = (column, own) }
        }
        if let best { state.selected.append(best.column) }
        return state.selected.count < state.count ? .broadcast(state) : .done(state.selected)
    }

    /// Mutual information of a table of counts, in bits.
    private static func information(_ counts: [Double], width: Int) -> Double {
        let total = counts.reduce(0, +)
        guard total > 0 else { return 0 }
        let rows = (0..<counts.count / width).map { row in counts[row * width..<(row + 1) * width].reduce(0, +) }
        let columns = (0..<width).map { column in
            stride(from: column, to: counts.count, by: width).reduce(0) { $0 + counts[$1] }
        }
        var sum = 0.0
        for (place, count) in counts.enumerated() where count > 0 {
            sum += count / total * log2(count * total / (rows[place / width] * columns[place % width]))
        }
        return sum
    }
}
