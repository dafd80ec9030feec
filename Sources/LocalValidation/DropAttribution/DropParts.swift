import Federation
import Harmonisation
import Validation

/// What of a drop of the AUC goes to what: the AUCs on the way from the internal cases to the external ones.
struct DropParts: Sendable {
    /// A step of the way.
    enum Step: String, CaseIterable, Sendable {
        case caseMix = "case mix"
        case protocols = "protocol"
        case contour
        case remainder
    }

    /// AUC of the internal cases.
    let inside: Double
    /// AUC of the external cases.
    let outside: Double
    /// AUC that is left after each step; a step that is not known is absent. The last is `outside`.
    let after: [Step: Double]
    /// Kish's effective number of the weighted internal cases; nil without weights.
    let effectiveCases: Double?

    /// The drop of each step that is known.
    var drops: [Step: Double] {
        var (drops, last): ([Step: Double], Double) = ([:], inside)
        for step in Step.allCases {
            guard let area = after[step] else { continue }
            drops[step] = last - area
            last = area
        }
        return drops
    }
}

/// Cases with a score and covariates, from which the parts of any selection of rows follow.
struct DropCases: Sendable {
    let scores: [Double]
    let outcome: [Double]
    /// Covariates; nil for none.
    let covariates: CaseTable?
    /// Positions of the covariates whose variance is balanced too.
    let squared: [Int]
    let protocols: RemeasuredScores?
    let contours: RemeasuredScores?

    /// The parts.
    ///
    /// - Parameters:
    ///   - inside: rows of the internal cases.
    ///   - outside: rows of the external cases.
    ///   - protocols: rows of the cases measured under both protocols.
    ///   - contours: rows of the cases measured with both contours.
    /// - Returns: nil without both classes on both sides, or if an AUC of 0 or 1 or a score that does not vary has no attenuation.
    /// - Throws: `ValidationError.caseMixesApart`.
    func parts(inside: [Int], outside: [Int], protocols: [Int], contours: [Int]) throws -> DropParts? {
        let ones = [Double](repeating: 1, count: inside.count)
        guard let first = area(inside, ones),
            let last = area(outside, [Double](repeating: 1, count: outside.count))
        else { return nil }
        var after: [DropParts.Step: Double] = [.remainder: last]
        var area = first
        var effective: Double?
        if let covariates {
            let weights = try weights(
                of: covariates.selecting(rows: inside), target: covariates.selecting(rows: outside))
            guard let weighted = self.area(inside, weights) else { return nil }
            let squares = weights.reduce(0) { $0 + $1 * $1 }
            effective = Double(inside.count) * Double(inside.count) / squares
            area = weighted
            after[.caseMix] = area
        }
        for (step, pairs, rows) in [
            (DropParts.Step.protocols, self.protocols, protocols), (.contour, self.contours, contours),
        ] {
            guard let pairs else { continue }
            guard let r = pairs.correlation(rows), let left = AttenuatedAUC.value(area, correlation: r) else {
                return nil
            }
            area = left
            after[step] = area
        }
        return DropParts(inside: first, outside: last, after: after, effectiveCases: effective)
    }

    private func area(_ rows: [Int], _ weights: [Double]) -> Double? {
        WeightedAUC.value(scores: rows.map { scores[$0] }, outcome: rows.map { outcome[$0] }, weights: weights)
    }

    /// Weights that give cases the target's moments; all of it from sums.
    private func weights(of cases: CaseTable, target: CaseTable) throws -> [Double] {
        let columns = cases.featureNames
        let exponents = try ExponentCensus(columns: columns.count).run(on: [cases, target]).result
        let own = try PooledMoments(exponents: exponents).run(on: [cases]).result
        let moments = try PooledMoments(exponents: exponents).run(on: [target]).result
        // A covariate that is the same constant on both sides is balanced by any weights.
        let used = columns.indices.filter {
            moments.standardDeviations[$0] > 0 || own.standardDeviations[$0] > 0 || own.means[$0] != moments.means[$0]
        }
        let scales = used.map { column in
            [moments.standardDeviations[column], own.standardDeviations[column]].first { $0 > 0 } ?? 1
        }
        let kept = used.map { columns[$0] }
        let rule = try EntropyBalancing(
            columns: kept, means: used.map { moments.means[$0] }, standardDeviations: scales,
            squared: used.indices.filter { squared.contains(used[$0]) }
        ).run(on: [cases.selecting(features: kept)], roundLimit: 1000).result
        return rule.weights(try cases.selecting(features: kept))
    }
}
