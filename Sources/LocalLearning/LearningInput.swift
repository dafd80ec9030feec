public import Federation
public import Learning
public import Tables

/// Features of cases, and the outcome where it is known.
public struct LearningInput: Sendable {
    /// Features and outcome; NaN where missing.
    public let table: CaseTable

    /// Reads a table to fit a model from.
    ///
    /// - Parameters:
    ///   - outcome: column of the outcome: 1 event, 0 no event.
    ///   - features: columns of the features; empty for all but the outcome and `others`.
    ///   - others: columns that are no features: names, sites, folds.
    /// - Throws: `TableError` or `LocalLearningError` naming file, row and column.
    public init(_ source: CSVTable, outcome: String, features: [String] = [], others: [String] = []) throws {
        let left = Set(others + [outcome])
        let names = features.isEmpty ? source.columns.filter { !left.contains($0) } : features
        let outcomes = try source.numbers(outcome)
        if let row = outcomes.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw LocalLearningError.notBinary(file: source.file, column: outcome, row: row + 1)
        }
        try self.init(source, features: names, outcome: outcomes)
    }

    /// Reads the features of a model.
    public init(_ source: CSVTable, features: [String]) throws {
        try self.init(source, features: features, outcome: [Double](repeating: .nan, count: source.rowCount))
    }

    private init(_ source: CSVTable, features: [String], outcome: [Double]) throws {
        guard source.rowCount > 0, !features.isEmpty else { throw LocalLearningError.empty(file: source.file) }
        let columns = try features.map { name in
            let values = try source.numbers(name)
            if let row = values.firstIndex(where: \.isInfinite) {
                throw LocalLearningError.infinite(file: source.file, column: name, row: row + 1)
            }
            return values
        }
        table = CaseTable(
            featureNames: features, features: (0..<source.rowCount).flatMap { row in columns.map { $0[row] } },
            outcome: outcome, batch: [String](repeating: "", count: source.rowCount))
    }

    /// The features as bins.
    public func coded(_ edges: BinEdges) -> CodedTable {
        let (n, p) = (table.count, table.featureCount)
        var codes: [UInt8] = []
        codes.reserveCapacity(n * p)
        for feature in 0..<p {
            for row in 0..<n { codes.append(edges.code(table.features[row * p + feature], feature: feature)) }
        }
        return CodedTable(features: table.featureNames, codes: codes, outcome: table.outcome)
    }

    /// Distinct quantiles k / bins of each feature by the inverse of the distribution function.
    public func edges(bins: Int) -> BinEdges {
        let (n, p) = (table.count, table.featureCount)
        let edges = (0..<p).map { feature in
            let sorted = (0..<n).map { table.features[$0 * p + feature] }.filter { !$0.isNaN }.sorted()
            guard !sorted.isEmpty else { return [Double]() }
            let quantiles = (1..<bins).map { k in sorted[(k * sorted.count + bins - 1) / bins - 1] }
            return Set(quantiles).sorted()
        }
        return BinEdges(features: table.featureNames, edges: edges)
    }
}
