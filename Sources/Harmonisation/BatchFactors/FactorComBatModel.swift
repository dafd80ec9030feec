public import Federation

/// Effects of one batch factor on the standardised scale.
public struct FactorEffects: Sendable, Equatable, Codable {
    /// Name of the factor.
    public let name: String
    /// Earlier factors that it is nested in.
    public let nestedIn: [String]
    /// Location and squared scale of each level; those of the first factor are whole, those of the others differences and
    /// ratios to it.
    public let levels: [BatchEstimate]
}

/// A combination of levels and its number of cases.
public struct FittedCombination: Sendable, Equatable, Codable {
    /// One level for each factor.
    public let levels: [String]
    /// Number of cases that the fit had.
    public let cases: Int
}

/// ComBat with several batch factors: locations add up, scales multiply.
public struct FactorComBatModel: Sendable, Equatable, Codable {
    /// The pooled regression.
    public let combat: ComBatModel
    /// Effects of the factors, the coarsest first.
    public let factors: [FactorEffects]
    /// Combinations that the fit had.
    public let combinations: [FittedCombination]

    /// Creates a model from its parts.
    public init(combat: ComBatModel, factors: [FactorEffects], combinations: [FittedCombination]) {
        self.combat = combat
        self.factors = factors
        self.combinations = combinations
    }

    /// What a row's batch is taken as when the fit did not have it.
    public struct Fallback: Sendable, Equatable, Hashable, Comparable {
        /// The batch.
        public let levels: [String]
        /// Factors with a level that is not known; empty for a new combination of known levels.
        public let unknown: [String]

        /// Creates a fallback.
        public init(levels: [String], unknown: [String]) {
            self.levels = levels
            self.unknown = unknown
        }

        /// In the order of the levels.
        public static func < (first: Fallback, second: Fallback) -> Bool {
            first.levels.lexicographicallyPrecedes(second.levels)
        }
    }

    /// Location and scale of each batch of a table: those of its levels together. A level that is not known adds nothing,
    /// so that the batch is taken as the coarser factors say.
    ///
    /// - Parameter batches: combinations of levels, `BatchCombination.name`.
    /// - Throws: `HarmonisationError.unknownLevel` for a level of the first factor, `.columnsDiffer` for a batch that is no
    ///   combination of the factors.
    public func estimates(
        of batches: some Sequence<String>
    ) throws(HarmonisationError) -> (estimates: [BatchEstimate], fallbacks: [Fallback]) {
        let known = Set(combinations.map { BatchCombination.name($0.levels) })
        let effects = factors.map { Dictionary(uniqueKeysWithValues: $0.levels.map { ($0.batch, $0) }) }
        var estimates: [BatchEstimate] = []
        var fallbacks: [Fallback] = []
        for batch in Set(batches).sorted() {
            let levels = BatchCombination.levels(of: batch)
            guard levels.count == factors.count else {
                throw .columnsDiffer("(levels of batch '\(BatchCombination.shown(batch))')")
            }
            guard effects[0][levels[0]] != nil else {
                throw .unknownLevel(factor: factors[0].name, level: levels[0])
            }
            let own = zip(effects, levels).map { $0[$1] }
            estimates.append(compose(own.compactMap { $0 }, batch: batch))
            if !known.contains(batch) {
                let unknown = factors.indices.filter { own[$0] == nil }.map { factors[$0].name }
                fallbacks.append(Fallback(levels: levels, unknown: unknown))
            }
        }
        return (estimates, fallbacks.sorted())
    }

    /// Location and scale of combinations that the fit had.
    ///
    /// - Precondition: every level is known.
    public func composed(_ batches: [String]) -> [BatchEstimate] {
        let effects = factors.map { Dictionary(uniqueKeysWithValues: $0.levels.map { ($0.batch, $0) }) }
        return batches.map { batch in
            compose(zip(effects, BatchCombination.levels(of: batch)).compactMap { $0[$1] }, batch: batch)
        }
    }

    private func compose(_ parts: [BatchEstimate], batch: String) -> BatchEstimate {
        let p = combat.features.count
        var location = [Double](repeating: 0, count: p)
        var scale = [Double](repeating: 1, count: p)
        for part in parts {
            for column in 0..<p {
                location[column] += part.location[column]
                scale[column] *= part.scale[column]
            }
        }
        return BatchEstimate(
            batch: batch, cases: parts.map(\.cases).min() ?? 0, location: location, scale: scale,
            constantFeatures: [], isLocationOnly: parts.allSatisfy(\.isLocationOnly),
            isShrunk: parts.contains(where: \.isShrunk))
    }

    /// Harmonises rows whose batches are combinations of levels.
    ///
    /// - Throws: what `estimates(of:)` throws, or `HarmonisationError` naming a column.
    public func apply(to table: CaseTable) throws(HarmonisationError) -> (table: CaseTable, fallbacks: [Fallback]) {
        let (estimates, fallbacks) = try estimates(of: table.batch)
        return (try combat.apply(estimates, to: table), fallbacks)
    }
}
