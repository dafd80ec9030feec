/// One of several descriptions of how a case was acquired (vendor, kernel, slice thickness), and the levels that it takes.
public struct BatchFactor: Codable, Sendable, Equatable {
    /// Name of the factor.
    public let name: String
    /// Its levels, in a fixed order.
    public let levels: [String]

    /// Creates a factor.
    public init(name: String, levels: [String]) {
        self.name = name
        self.levels = levels
    }

    /// The factors of a table whose batches are combinations of levels, levels in alphabetical order.
    ///
    /// - Precondition: each batch is a combination of one level for each name.
    public static func all(_ names: [String], in batches: some Sequence<String>) -> [BatchFactor] {
        var levels = [Set<String>](repeating: [], count: names.count)
        for batch in Set(batches) {
            let own = BatchCombination.levels(of: batch)
            precondition(own.count == names.count, "a level for each factor")
            for (factor, level) in own.enumerated() { levels[factor].insert(level) }
        }
        return zip(names, levels).map { BatchFactor(name: $0, levels: $1.sorted()) }
    }
}

/// The levels of several factors as the name of one batch of a table.
///
/// Levels are separated by U+001F, the unit separator of ASCII, which no text that people write contains.
public enum BatchCombination {
    private static let separator = "\u{1F}"

    /// The batch of a combination of levels.
    public static func name(_ levels: [String]) -> String { levels.joined(separator: separator) }

    /// The levels of a batch.
    public static func levels(of batch: String) -> [String] {
        batch.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// The combination as people read it.
    public static func shown(_ batch: String) -> String { levels(of: batch).joined(separator: " / ") }
}
