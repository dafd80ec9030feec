/// Cases with what each feature adds to each prediction, whatever the model, and the bin of each value. Never leaves the site.
public struct ExplainedCases: Sendable, Equatable {
    /// Names of the features.
    public let features: [String]
    /// Bins, feature by feature, as in `CodedTable`; `CodedTable.missing` where there is no value.
    public let codes: [UInt8]
    /// What each feature adds to each case's score, cases x features row-major.
    public let effects: [Double]

    /// Creates cases; a code and an effect for each feature and case.
    public init(features: [String], codes: [UInt8], effects: [Double]) {
        precondition(codes.count == effects.count, "a code for each effect")
        precondition(features.isEmpty || codes.count % features.count == 0, "a code for each feature and case")
        self.features = features
        self.codes = codes
        self.effects = effects
    }

    /// Number of cases.
    public var count: Int { features.isEmpty ? 0 : codes.count / features.count }

    /// The given cases, in the given order.
    public func selecting(_ rows: [Int]) -> ExplainedCases {
        let (n, p) = (count, features.count)
        return ExplainedCases(
            features: features, codes: features.indices.flatMap { column in rows.map { codes[column * n + $0] } },
            effects: rows.flatMap { effects[$0 * p..<($0 + 1) * p] })
    }

    /// Throws unless these are the features, and every bin is below the number of its feature's.
    func require(features names: [String], binCounts: [Int]? = nil) throws(LearningError) {
        guard features == names else {
            let pair = zip(features, names).first { $0 != $1 }
            throw .columnsDiffer(pair?.0 ?? "(number of columns)")
        }
        for (column, bins) in (binCounts ?? []).enumerated() {
            guard
                codes[column * count..<(column + 1) * count].allSatisfy({ $0 < bins || $0 == CodedTable.missing })
            else { throw .badBin(feature: names[column]) }
        }
    }
}

/// What the Shapley values of trees are taken against.
public enum TreeExplanation: Sendable, Equatable {
    /// Background cases, as counts of patterns.
    case background(TreeShapley)
    /// The covers of the trees.
    case covers(BoostedTrees)
}

extension CodedTable {
    /// The cases with their Shapley values; outcomes do not matter and may be unknown.
    ///
    /// - Throws: `LearningError.columnsDiffer`.
    public func explained(_ explanation: TreeExplanation) throws(LearningError) -> ExplainedCases {
        let own = CodedTable(features: features, codes: codes, outcome: outcome.map { _ in 0 })
        let effects: [Double]
        switch explanation {
        case .background(let background):
            try own.require(features: background.model.features)
            effects = background.values(own)
        case .covers(let trees):
            try own.require(features: trees.features)
            effects = TreeShapley.pathDependent(trees, own)
        }
        return ExplainedCases(features: features, codes: codes, effects: effects)
    }
}
