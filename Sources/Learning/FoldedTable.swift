public import Federation

/// Cases and the fold of each: a case of fold f is held out of the fit numbered f. Never leaves the site.
public struct FoldedTable: Sendable, Equatable {
    /// The cases.
    public let table: CaseTable
    /// Fold of each case, 1 and up; 0 is in no fold.
    public let fold: [Int]
    let design = PathDesign()

    /// Creates a table; without folds no case is held out.
    public init(_ table: CaseTable, fold: [Int]? = nil) {
        precondition(fold?.count ?? table.count == table.count, "a fold for each case")
        self.table = table
        self.fold = fold ?? [Int](repeating: 0, count: table.count)
    }

    /// The given cases, in the given order.
    public func selecting(_ rows: [Int]) -> FoldedTable {
        FoldedTable(table.selecting(rows: rows), fold: rows.map { fold[$0] })
    }
}
