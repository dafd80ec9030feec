import Federation

/// Position of each row among the combinations of levels of batch factors, the last factor fastest.
struct FactorLevels {
    /// Position of each row in the table of all combinations.
    let rows: [Int]
    private let factors: [BatchFactor]

    /// Reads the levels of a table's batches.
    ///
    /// - Throws: `HarmonisationError.unknownLevel`, `.columnsDiffer` or `.tooManyCombinations`.
    init(_ factors: [BatchFactor], of table: CaseTable) throws(HarmonisationError) {
        var size = 1
        for factor in factors {
            size *= max(1, factor.levels.count)
            guard size <= FactorComBatFit.combinationLimit else {
                throw .tooManyCombinations(size, limit: FactorComBatFit.combinationLimit)
            }
        }
        self.factors = factors
        var known: [String: Int] = [:]
        var rows: [Int] = []
        rows.reserveCapacity(table.count)
        for batch in table.batch {
            if let place = known[batch] {
                rows.append(place)
                continue
            }
            let levels = BatchCombination.levels(of: batch)
            guard levels.count == factors.count else {
                throw .columnsDiffer("(levels of batch '\(BatchCombination.shown(batch))')")
            }
            var place = 0
            for (factor, level) in zip(factors, levels) {
                guard let position = factor.levels.firstIndex(of: level) else {
                    throw .unknownLevel(factor: factor.name, level: level)
                }
                place = place * factor.levels.count + position
            }
            known[batch] = place
            rows.append(place)
        }
        self.rows = rows
    }

    /// Levels of a position in the table of all combinations.
    static func levels(of place: Int, _ factors: [BatchFactor]) -> [Int] {
        var rest = place
        var levels: [Int] = []
        for factor in factors.reversed() {
            levels.append(rest % factor.levels.count)
            rest /= factor.levels.count
        }
        return levels.reversed()
    }

    /// Position of each row among the combinations that occur.
    ///
    /// - Throws: `HarmonisationError.columnsDiffer` for a combination that was not counted.
    func places(in combinations: [[Int]]) throws(HarmonisationError) -> [Int] {
        var positions: [Int: Int] = [:]
        for (position, levels) in combinations.enumerated() where levels.count == factors.count {
            positions[zip(levels, factors).reduce(0) { $0 * $1.1.levels.count + $1.0 }] = position
        }
        var places: [Int] = []
        places.reserveCapacity(rows.count)
        for row in rows {
            guard let place = positions[row] else { throw .columnsDiffer("(combinations of levels)") }
            places.append(place)
        }
        return places
    }
}
