public import Tables

/// Classes of features (shape, intensity, texture) whose batch effects are shrunk among themselves.
public struct FeatureClasses: Sendable, Equatable {
    /// Class and pattern, in the order in which they are tried.
    public let patterns: [FeaturePattern]

    /// Creates classes.
    public init(_ patterns: [FeaturePattern]) { self.patterns = patterns }

    /// Reads classes from a table with the columns `feature` (a name, or a pattern with `*`) and `class`.
    ///
    /// - Throws: `TableError` for a missing column, an empty cell or a feature that occurs twice.
    public init(table: CSVTable) throws(TableError) {
        let (features, classes) = (try table.texts("feature"), try table.texts("class"))
        var seen: Set<String> = []
        var patterns: [FeaturePattern] = []
        for (row, (feature, name)) in zip(features, classes).enumerated() {
            guard !feature.isEmpty else { throw .missingValue(file: table.file, row: row + 1, column: "feature") }
            guard !name.isEmpty else { throw .missingValue(file: table.file, row: row + 1, column: "class") }
            guard seen.insert(feature).inserted else {
                throw .duplicateRow(file: table.file, row: row + 1, column: "feature")
            }
            patterns.append(FeaturePattern(name: name, pattern: feature))
        }
        self.patterns = patterns
    }

    /// Class of each feature: that of the first pattern that it matches, else `other`.
    ///
    /// - Throws: `LocalHarmonisationError.options` for a pattern that no feature matches.
    public func classes(of features: [String]) throws(LocalHarmonisationError) -> [String] {
        for pattern in patterns where !features.contains(where: pattern.matches) {
            throw .options("'\(pattern.name)': no feature is called '\(pattern.pattern)'")
        }
        return features.map { feature in patterns.first { $0.matches(feature) }?.name ?? "other" }
    }
}

/// A name, and the columns that it stands for.
public struct FeaturePattern: Sendable, Equatable {
    /// What the columns are called together.
    public let name: String
    /// Name of a column, in which `*` stands for any characters.
    public let pattern: String

    /// Creates a pattern.
    public init(name: String, pattern: String) {
        self.name = name
        self.pattern = pattern
    }

    /// Whether a column is meant.
    public func matches(_ column: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return column == pattern }
        guard column.hasPrefix(parts[0]) else { return false }
        var rest = column.dropFirst(parts[0].count)
        // The earliest place of each middle part leaves most for the following ones.
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let end = Self.end(of: part, in: rest) else { return false }
            rest = rest[end...]
        }
        let last = parts[parts.count - 1]
        return rest.count >= last.count && rest.hasSuffix(last)
    }

    private static func end(of part: Substring, in text: Substring) -> String.Index? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(part) { return text.index(start, offsetBy: part.count) }
            start = text.index(after: start)
        }
        return nil
    }
}
