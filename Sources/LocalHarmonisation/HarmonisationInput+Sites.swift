import Harmonisation
import Tables

extension HarmonisationInput {
    /// The rows of each site, sites in the order of their names.
    ///
    /// - Parameters:
    ///   - rows: all rows.
    ///   - column: names the site of a row; a batch has rows of one site only.
    /// - Throws: `TableError.missingColumn`; `LocalHarmonisationError.oneSite`, `.sharedBatch`.
    public func sites(_ rows: SpooledRows, column: String) throws -> [SpooledRows] {
        let sites = try meta.texts(column)
        for (place, batch) in rows.batches.enumerated() {
            guard Set(rows.numbers(of: place).map { sites[$0] }).count == 1 else {
                throw LocalHarmonisationError.sharedBatch(batch.name)
            }
        }
        let names = Set(sites).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneSite }
        return names.map { name in rows.selecting(rows: sites.indices.filter { sites[$0] == name }) }
    }
}
