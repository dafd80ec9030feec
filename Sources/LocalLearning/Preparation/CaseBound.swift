import Federation
public import Learning

/// Training cases shortened to a length (L2 clipping of each case, at its site), so that none can move a model further than others.
///
/// A row whose robust z-scores (x - median) / (interquartile range / 1.349) have a root mean square above the bound K is moved towards
/// the medians until it has K. A mean and a standard deviation would themselves follow a site whose values are in another unit. The
/// gradient of a loss by the coefficients of a linear model, or by the first weights of a network, is a sum over cases of residual times scores;
/// so a case adds at most |residual| K sqrt(p) to its length on that scale, and a site with n cases n times as much. It is as each
/// example's gradient is clipped by Abadi et al. (Deep Learning with Differential Privacy, CCS 2016, algorithm 1), but of the rows and not of the
/// gradients: what is fitted is the model of the pooled bounded rows, however these are divided among sites. New cases are not bounded.
public struct CaseBound: Codable, Sendable, Equatable {
    /// Pooled medians of the training cases, and interquartile ranges divided by 1.349.
    public let standardisation: Standardisation
    /// Largest root mean square of a case's scores, over the features that vary.
    public let largest: Double

    /// What an interquartile range of normal values is divided by to be their standard deviation.
    static let normalRange = 1.3489795003921634

    /// Pooled medians and scales of a cohort; mean and standard deviation of a feature with fewer than three distinct quartiles, such as an
    /// indicator, or of too few cases for quartiles.
    ///
    /// - Throws: as `Cohort.standardisation`.
    static func scales(_ cohort: Cohort) throws -> Standardisation {
        let moments = try cohort.standardisation()
        let edges = try cohort.edges(bins: 4).edges
        let isKnown = edges.map { $0.count == 3 }
        return Standardisation(
            columns: moments.columns,
            means: edges.indices.map { isKnown[$0] ? edges[$0][1] : moments.means[$0] },
            standardDeviations: edges.indices.map {
                isKnown[$0] ? (edges[$0][2] - edges[$0][0]) / normalRange : moments.standardDeviations[$0]
            })
    }

    /// The table with the features of its long rows shortened; other rows keep their bits, and so do other columns.
    ///
    /// - Throws: `CaseTableError.unknownFeature`, `LearningError.missingValues` naming the features.
    func apply(_ table: CaseTable) throws -> CaseTable {
        let columns = standardisation.columns
        let scores = try standardisation.apply(to: try table.selecting(features: columns)).features
        let places = columns.map { table.featureNames.firstIndex(of: $0) ?? 0 }
        let varying = standardisation.standardDeviations.count { $0 > 0 }
        let p = columns.count
        var output = table
        for row in 0..<table.count {
            let own = scores[row * p..<(row + 1) * p]
            guard own.allSatisfy(\.isFinite) else {
                throw LearningError.missingValues(
                    features: columns.indices.filter { !scores[row * p + $0].isFinite }.map { columns[$0] })
            }
            // Divided by the largest first: squares of a wild value are not infinite.
            let longest = own.reduce(0) { max($0, $1.magnitude) }
            guard longest > 0 else { continue }
            let relative = own.reduce(0) { $0 + ($1 / longest) * ($1 / longest) }
            let length = longest * (relative / Double(varying)).squareRoot()
            guard length > largest else { continue }
            for (column, place) in places.enumerated() {
                let centre = standardisation.means[column]
                let value = table.features[row * table.featureCount + place]
                output.features[row * table.featureCount + place] = centre + (value - centre) * (largest / length)
            }
        }
        return output
    }
}
