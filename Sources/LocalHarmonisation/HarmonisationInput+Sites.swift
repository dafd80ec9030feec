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
        var siteOf: [String: String] = [:]
        for (place, batch) in rows.batches.enumerated() {
            let own = Set(rows.positions(of: place).map { sites[$0] })
            guard own.count == 1 else { throw LocalHarmonisationError.sharedBatch(batch.name) }
            siteOf[batch.name] = own.first
        }
        let names = Set(siteOf.values).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneSite }
        return names.map { name in rows.filtered { siteOf[$0] == name } }
    }
}
