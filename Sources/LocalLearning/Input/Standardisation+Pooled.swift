import Federation
import Harmonisation
import Learning

extension Standardisation {
    /// Moments of the features over all parts, by the sums of a study.
    ///
    /// - Throws: `HarmonisationError.missingValues`.
    static func pooled(_ parts: [CaseTable]) throws -> Standardisation {
        let columns = parts.first?.featureNames ?? []
        guard !columns.isEmpty else { return Standardisation(columns: [], means: [], standardDeviations: []) }
        let exponents = try ExponentCensus(columns: columns.count).run(on: parts).result
        let moments = try PooledMoments(exponents: exponents).run(on: parts).result
        return Standardisation(columns: columns, means: moments.means, standardDeviations: moments.standardDeviations)
    }

    /// The moments of some of the columns.
    func selecting(_ places: [Int]) -> Standardisation {
        Standardisation(
            columns: places.map { columns[$0] }, means: places.map { means[$0] },
            standardDeviations: places.map { standardDeviations[$0] })
    }
}
