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
    /// Largest root mean square of a case's scores, over the features that have a scale.
    public let largest: Double

    /// What an interquartile range of normal values is divided by to be their standard deviation.
    static let normalRange = 1.3489795003921634

    /// Most bins in which the longest cases are looked for.
    static let mostBins = 1000
    /// Name of the only feature of `lengths`.
    static let lengthName = "length"

    /// The bound of a cohort; nil where fewer pooled cases than the floor of a cell would be shortened: what is summed before and after
    /// would tell them by its difference.
    ///
    /// A feature with fewer than three distinct quartiles, such as an indicator, has no scale: it does not count, and is not shortened.
    ///
    /// - Throws: what the searches throw.
    static func found(_ largest: Double, _ cohort: Cohort) throws -> CaseBound? {
        let edges = try cohort.edges(bins: 4).edges
        let own = CaseBound(
            standardisation: Standardisation(
                columns: cohort.features, means: edges.map { $0.count == 3 ? $0[1] : 0 },
                standardDeviations: edges.map { $0.count == 3 ? ($0[2] - $0[0]) / normalRange : 0 }),
            largest: largest)
        let classes = try cohort.classes()
        let bins = min(mostBins, (classes.others + classes.events) / cohort.minimumCell)
        guard bins >= 2, own.standardisation.standardDeviations.contains(where: { $0 > 0 }),
            let longest = try cohort.after(.lengths(own)).edges(bins: bins).edges[0].last
        else { return nil }
        return longest >= largest ? own : nil
    }

    /// Root mean square of each row's scores over the features that have a scale.
    ///
    /// - Throws: `CaseTableError.unknownFeature`, `LearningError.missingValues` naming the features.
    func lengths(_ table: CaseTable) throws -> CaseTable {
        let columns = standardisation.columns
        let scores = try standardisation.apply(to: try table.selecting(features: columns)).features
        let varying = standardisation.standardDeviations.count { $0 > 0 }
        let p = columns.count
        let lengths = try (0..<table.count).map { row in
            let own = scores[row * p..<(row + 1) * p]
            guard own.allSatisfy(\.isFinite) else {
                throw LearningError.missingValues(
                    features: columns.indices.filter { !scores[row * p + $0].isFinite }.map { columns[$0] })
            }
            // Divided by the largest first: squares of a wild value are not infinite.
            let longest = own.reduce(0) { max($0, $1.magnitude) }
            guard longest > 0 else { return 0.0 }
            let relative = own.reduce(0) { $0 + ($1 / longest) * ($1 / longest) }
            return longest * (relative / Double(varying)).squareRoot()
        }
        return CaseTable(
            featureNames: [Self.lengthName], features: lengths, outcome: table.outcome, batch: table.batch)
    }

    /// The table with the features of its long rows shortened; other rows keep their bits, and so do columns without a scale.
    ///
    /// - Throws: as `lengths`.
    func apply(_ table: CaseTable) throws -> CaseTable {
        let lengths = try lengths(table).features
        let places = standardisation.columns.map { table.featureNames.firstIndex(of: $0) ?? 0 }
        var output = table
        for (row, length) in lengths.enumerated() where length > largest {
            for (column, place) in places.enumerated() where standardisation.standardDeviations[column] > 0 {
                let centre = standardisation.means[column]
                let value = table.features[row * table.featureCount + place]
                output.features[row * table.featureCount + place] = centre + (value - centre) * (largest / length)
            }
        }
        return output
    }
}
