import Crypto
public import Federation
import FoundationEssentials
import Harmonisation
public import Learning

extension ModelFile {
    /// Fits a logistic model with the elastic net on the rows of one or several sites, which exchange the sums of a study.
    ///
    /// - Parameters:
    ///   - outcome: column of the outcome, for the document.
    ///   - sites: the rows of each site, with the same features.
    ///   - parameters: with `folds` the penalty is chosen by cross-validation, else `lambdas` has one.
    ///   - folds: fold of each row of each site.
    ///   - isSparse: the largest penalty within one standard error of the lowest deviance, instead of the lowest.
    /// - Throws: `LearningError`, `HarmonisationError` or `FederationError`.
    public static func elasticNet(
        outcome: String, sites: [CaseTable], parameters: ElasticNetPath.Parameters, folds: [[Int]], isSparse: Bool
    ) throws -> ModelFile {
        let columns = sites[0].featureNames
        let exponents = try ExponentCensus(columns: columns.count).run(on: sites).result
        let moments = try PooledMoments(exponents: exponents).run(on: sites).result
        let standardisation = Standardisation(
            columns: columns, means: moments.means, standardDeviations: moments.standardDeviations)
        let shards = zip(sites, folds).map { FoldedTable($0, fold: $1) }
        let found = try ElasticNetPath(standardisation, parameters: parameters).run(on: shards, roundLimit: 10_000)
            .result
        let place = found.crossValidation.map { isSparse ? $0.withinOneStandardError : $0.lowest } ?? 0
        let point = found.path[place]
        let selected = columns.indices.filter { point.coefficients[$0] != 0 }
        let scaled = selected.map { point.coefficients[$0] * moments.standardDeviations[$0] }
        let shift = selected.reduce(0) { $0 + point.coefficients[$1] * moments.means[$1] }
        let model = LogisticModel(
            columns: selected.map { columns[$0] }, means: selected.map { moments.means[$0] },
            standardDeviations: selected.map { moments.standardDeviations[$0] }, coefficients: scaled,
            intercept: point.intercept + shift, lambda: point.lambda)
        return try ModelFile(
            outcome: outcome, cases: sites.reduce(0) { $0 + $1.count }, events: events(sites.map(\.outcome)),
            logistic: model,
            choice: Choice(
                alpha: parameters.alpha, lambdas: found.path.map(\.lambda), crossValidation: found.crossValidation))
    }

    /// Fits boosted trees on the rows of one or several sites, which exchange the sums of a study.
    ///
    /// - Throws: `LearningError` or `FederationError`.
    public static func boosting(
        outcome: String, sites: [CodedTable], edges: BinEdges, parameters: TreeBoosting.Parameters
    ) throws -> ModelFile {
        let levels = parameters.rounds * max(parameters.maxDepth, 1) + 1
        let model = try TreeBoosting(
            features: edges.features, binCounts: edges.binCounts, parameters: parameters
        ).run(on: sites, roundLimit: levels).result
        let explanation = try ShapleyBackground(model).run(on: sites).result
        return try ModelFile(
            outcome: outcome, cases: sites.reduce(0) { $0 + $1.count }, events: events(sites.map(\.outcome)),
            trees: Trees(edges: edges, parameters: parameters, explanation: explanation))
    }

    private static func events(_ outcomes: [[Double]]) -> Int {
        outcomes.reduce(0) { sum, own in sum + own.count { $0 == 1 } }
    }

    /// Folds 1 to `count`, each with the same share of events: rows of a class in the order of a keyed hash of their names, dealt
    /// in turn.
    ///
    /// - Parameters:
    ///   - names: of the rows; equal ones come into one fold only by chance.
    ///   - seed: key of the hash, so that folds are reproducible and not chosen.
    public static func folds(names: [String], outcome: [Double], count: Int, seed: String) -> [Int] {
        let key = SymmetricKey(data: Data(seed.utf8))
        let codes = names.map { Array(HMAC<SHA256>.authenticationCode(for: Data($0.utf8), using: key)) }
        var output = [Int](repeating: 0, count: names.count)
        for value in [0.0, 1] {
            let rows = outcome.indices.filter { outcome[$0] == value }
                .sorted { codes[$0].lexicographicallyPrecedes(codes[$1]) }
            for (place, row) in rows.enumerated() { output[row] = place % count + 1 }
        }
        return output
    }
}
