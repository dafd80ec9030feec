import Learning

extension Standardisation {
    /// The moments of some of the columns.
    func selecting(_ places: [Int]) -> Standardisation {
        Standardisation(
            columns: places.map { columns[$0] }, means: places.map { means[$0] },
            standardDeviations: places.map { standardDeviations[$0] })
    }
}
