/// Cases with features as bins, column by column. Never leaves the site.
public struct CodedTable: Sendable, Equatable {
    /// Marks a missing value.
    public static let missing = UInt8.max

    /// Names of the features.
    public let features: [String]
    /// Bins, feature by feature: case i, feature j at `j * count + i`; `missing` where there is no value.
    public let codes: [UInt8]
    /// Outcome of each case: 1 event, 0 no event.
    public let outcome: [Double]
    /// Key of each case, by which chance decides about it; a hash of its name, the same wherever the case is held. Empty where
    /// nothing is drawn.
    public let keys: [UInt64]

    /// Creates a table; a code for each feature and case, and a key for each case or none at all.
    public init(features: [String], codes: [UInt8], outcome: [Double], keys: [UInt64] = []) {
        precondition(codes.count == features.count * outcome.count, "a code for each feature and case")
        precondition(keys.isEmpty || keys.count == outcome.count, "a key for each case")
        self.features = features
        self.codes = codes
        self.outcome = outcome
        self.keys = keys
    }

    /// The table with keys: hashes of the names of the cases.
    ///
    /// - Parameters:
    ///   - names: name of each case; rows of one patient are drawn together if they share a name.
    ///   - seed: key of the hash.
    public func keyed(by names: [String], seed: UInt64) -> CodedTable {
        let hash = KeyedHash(seed: seed)
        return CodedTable(features: features, codes: codes, outcome: outcome, keys: names.map { hash.hash($0) })
    }

    /// Number of cases.
    public var count: Int { outcome.count }

    /// Throws unless these are the features, every outcome is 0 or 1, and every bin is below the number of its feature's.
    func require(features names: [String], binCounts: [Int]? = nil) throws(LearningError) {
        guard features == names else {
            let pair = zip(features, names).first { $0 != $1 }
            throw .columnsDiffer(pair?.0 ?? "(number of columns)")
        }
        guard outcome.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw .unknownOutcome }
        for (column, bins) in (binCounts ?? []).enumerated() {
            guard codes[column * count..<(column + 1) * count].allSatisfy({ $0 < bins || $0 == Self.missing }) else {
                throw .badBin(feature: names[column])
            }
        }
    }

    /// Throws unless each case has a key.
    func requireKeys() throws(LearningError) {
        guard keys.count == count else { throw .noCaseKeys }
    }

    /// The given cases, in the given order.
    public func selecting(_ rows: [Int]) -> CodedTable {
        CodedTable(
            features: features, codes: features.indices.flatMap { column in rows.map { codes[column * count + $0] } },
            outcome: rows.map { outcome[$0] }, keys: keys.isEmpty ? [] : rows.map { keys[$0] })
    }
}

/// Limits between bins of each feature, the same at every site.
public struct BinEdges: Sendable, Equatable, Codable {
    /// Names of the features.
    public let features: [String]
    /// Ascending edges of each feature; a value lies in the bin whose number is that of the edges strictly below it.
    public let edges: [[Double]]

    /// Creates edges, at most 253 a feature, each list ascending.
    public init(features: [String], edges: [[Double]]) {
        precondition(features.count == edges.count, "edges for each feature")
        precondition(edges.allSatisfy { $0.count <= 253 && zip($0, $0.dropFirst()).allSatisfy(<) }, "ascending edges")
        self.features = features
        self.edges = edges
    }

    /// Bin of a value of one feature; NaN is missing.
    public func code(_ value: Double, feature: Int) -> UInt8 {
        guard !value.isNaN else { return CodedTable.missing }
        let own = edges[feature]
        var (low, high) = (0, own.count)
        while low < high {
            let middle = (low + high) / 2
            if own[middle] < value { low = middle + 1 } else { high = middle }
        }
        return UInt8(low)
    }

    /// Number of bins of each feature.
    public var binCounts: [Int] { edges.map { $0.count + 1 } }
}
