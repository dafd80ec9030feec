public import Federation

/// Mid-rank of the cases at each point of a grid: what stands for the values of a feature.
public struct MidRanks: Codable, Sendable, Equatable {
    /// The points.
    public let grid: FeatureRanks.Grid
    /// Mid-rank, from 1, of the cases at each point of each feature.
    public let ranks: [[Double]]

    /// The table with mid-ranks in place of values.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.badRequest` for ranks of other points.
    public func apply(to table: CaseTable) throws(LearningError) -> CaseTable {
        try table.requireColumns(grid.columns)
        guard ranks.map(\.count) == grid.points.map(\.count) else { throw .badRequest }
        var output = table
        let p = table.featureCount
        for row in 0..<table.count {
            for column in 0..<p {
                let place = row * p + column
                output.features[place] = ranks[column][grid.place(table.features[place], column: column)]
            }
        }
        return output
    }
}
