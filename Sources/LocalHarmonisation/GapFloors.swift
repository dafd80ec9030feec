/// Which columns with missing values may be summed beside columns without, by a floor.
///
/// A sum over the rows that have a value differs from the sum over all rows by those that have none: one of a single row would
/// tell that row's covariates. So a column is told only if the rows of each batch, sorted by the told columns that they lack,
/// still make classes of none or a minimum of rows (`ToldSubjects`).
package struct GapFloors {
    private var told: ToldSubjects
    private let batches: Int
    private let rows: Int

    /// - Parameter batch: batch of each row.
    package init(batch: [String], minimum: Int) {
        let names = Set(batch).sorted()
        told = ToldSubjects(names.map { name in batch.map { $0 == name } }, minimum: minimum)
        (batches, rows) = (names.count, batch.count)
    }

    /// Adds a column, unless a class would be too small.
    ///
    /// - Returns: whether its sums may be told.
    package mutating func tells(_ hasValue: (Int) -> Bool) -> Bool {
        told.tell((0..<rows).filter(hasValue), batches: Array(0..<batches))
    }
}
