public import Federation

/// A site's rows with the fold of cross-validation that each belongs to.
public struct FoldedRows: Sendable, Equatable {
    /// The rows.
    public let table: CaseTable
    /// Fold of each row, from 0.
    public let fold: [Int]

    /// Creates a table; one fold for each row.
    public init(table: CaseTable, fold: [Int]) {
        precondition(fold.count == table.count, "one fold for each row")
        self.table = table
        self.fold = fold
    }
}

/// `ComBatFit` of all rows and of the rows outside each fold, in one upload: what cross-validation needs to harmonise inside
/// the split.
///
/// Part 0 is of all rows, part k of the rows that are not in fold k - 1; each has the bits of a fit of these rows alone.
public struct FoldedComBatFit: Computation {
    /// `harmonisation.combat-folds`
    public static let identifier = "harmonisation.combat-folds"
    private let fit: ComBatFit
    private let folds: Int

    /// Creates the computation for a number of folds, at least two.
    public init(_ fit: ComBatFit, folds: Int) {
        precondition(folds >= 2, "two folds at least")
        self.fit = fit
        self.folds = folds
    }

    /// What is fitted.
    public struct State: Codable, Sendable, Equatable {
        /// The fit of one part.
        public let fit: ComBatFit.State
        /// Number of folds.
        public let folds: Int
    }

    /// Models of all rows, and without each fold.
    public struct Result: Sendable, Equatable {
        /// All rows.
        public let model: ComBatModel
        /// Without fold k, at k.
        public let without: [ComBatModel]
    }

    /// What is fitted.
    public func initialState() -> State { State(fit: fit.specification, folds: folds) }

    /// The blocks of `ComBatFit` for each part.
    public func blocks(for state: State) -> [BlockSpecification] {
        let single = fit.blocks(for: state.fit)
        return single
            + (1...max(state.folds, 1)).flatMap { part in
                single.map { block in
                    BlockSpecification(
                        name: "without\(part)_\(block.name)", shape: block.shape, fractionBits: block.fractionBits,
                        bound: block.bound, meaning: "\(block.meaning), without fold \(part)",
                        discloses: "\(block.discloses), and by difference that of fold \(part)")
                }
            }
    }

    /// Sums of each part.
    ///
    /// - Throws: what `ComBatFit.contribute` throws; `HarmonisationError.columnsDiffer` for a fold beyond the number.
    public func contribute(_ shard: FoldedRows, to state: State) throws -> Contribution {
        guard state.folds >= 2, shard.fold.allSatisfy({ (0..<state.folds).contains($0) }) else {
            throw HarmonisationError.columnsDiffer("(fold)")
        }
        let rest = (0..<state.folds).map { fold in
            TableRows(shard.table.selecting(rows: shard.fold.indices.filter { shard.fold[$0] != fold }))
        }
        return try sums(of: [TableRows(shard.table)] + rest, for: state)
    }

    private func sums(of parts: [any RowSource], for state: State) throws -> Contribution {
        var found: [Block] = []
        for part in parts { found += try fit.contribute(part, to: state.fit).blocks }
        return Contribution(
            blocks: try zip(blocks(for: state), found).map { try Block(specification: $0, words: $1.words) })
    }

    /// Fits the rows of sites that need not be in memory.
    ///
    /// - Parameter sites: of each site all rows, then the rows outside each fold.
    /// - Throws: what `contribute` and `next` throw.
    public func fit(_ sites: [[any RowSource]]) throws -> Result {
        let state = initialState()
        var sum = Contribution.zero(blocks(for: state))
        for parts in sites {
            guard parts.count == 1 + folds else { throw HarmonisationError.columnsDiffer("(fold)") }
            try sum.add(sums(of: parts, for: state))
        }
        guard case .done(let result) = try next(after: state, sum: sum) else { throw HarmonisationError.noCases }
        return result
    }

    /// The models.
    ///
    /// - Throws: what `ComBatFit.next` throws for any part.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let single = fit.blocks(for: state.fit)
        var models: [ComBatModel] = []
        for part in 0...state.folds {
            let own = sum.blocks[part * single.count..<(part + 1) * single.count]
            let contribution = Contribution(
                blocks: try zip(single, own).map { try Block(specification: $0, words: $1.words) })
            guard case .done(let model) = try fit.next(after: state.fit, sum: contribution) else {
                throw HarmonisationError.noCases
            }
            models.append(model)
        }
        return .done(Result(model: models[0], without: Array(models.dropFirst())))
    }
}
