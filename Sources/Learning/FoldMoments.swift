import Federation

/// Sums and squares of z-scores by group of cases, and what follows for the cases of each fit: the first round of a path.
enum FoldMoments {
    /// Blocks of sums and of squares, groups x features.
    static func blocks(groups: Int, features: Int, by what: String) -> [BlockSpecification] {
        [
            .unitScale(
                "sum", shape: [groups, features], meaning: "sums of z-scores by \(what)",
                discloses: "the site's mean of each feature in each \(what)"),
            .unitScale(
                "square", shape: [groups, features], meaning: "sums of squared z-scores by \(what)",
                discloses: "the site's spread of each feature in each \(what)"),
        ]
    }

    /// The two blocks of one site.
    ///
    /// - Parameters:
    ///   - z: cases x features row-major.
    ///   - group: of each case.
    static func contribute(_ z: [Double], group: [Int], to specifications: [BlockSpecification]) throws -> [Block] {
        var sums = specifications.map(WeightedRowSum.init)
        let p = specifications[0].shape[1]
        for row in group.indices {
            let values = Array(z[row * p..<(row + 1) * p])
            sums[0].add(values, at: group[row] * p)
            sums[1].add(values.map { $0 * $0 }, at: group[row] * p)
        }
        return try sums.indices.map { try sums[$0].block() }
    }

    /// Mean and standard deviation of each z-score.
    struct Moments {
        var means: [Double] = []
        var deviations: [Double] = []
    }

    /// Moments among the cases of some groups.
    ///
    /// - Parameter weights: the groups, and the weight of a case in each.
    static func moments(
        _ sum: Contribution, cases: [Double], weights: [(group: Int, weight: Double)]
    ) throws -> Moments {
        let (sums, squares) = (try sum.values("sum"), try sum.values("square"))
        let p = sums.count / cases.count
        let total = weights.reduce(0) { $0 + $1.weight * cases[$1.group] }
        var output = Moments()
        for column in 0..<p {
            let mean = weights.reduce(0) { $0 + $1.weight * sums[$1.group * p + column] } / total
            let square = weights.reduce(0) { $0 + $1.weight * squares[$1.group * p + column] } / total
            output.means.append(mean)
            output.deviations.append(max(0, square - mean * mean).squareRoot())
        }
        return output
    }
}
