import Federation

/// ComBat with a random intercept of each subject: what is pooled.
public struct RandomInterceptModel: Sendable, Equatable, Codable {
    /// Effects of covariates, grand means and residual standard deviations.
    public let combat: ComBatModel
    /// Variance of the subjects' intercepts over the residual variance, for each feature.
    public let ratio: [Double]

    /// Creates the model from its parts, a ratio for each feature.
    public init(combat: ComBatModel, ratio: [Double]) {
        precondition(ratio.count == combat.features.count, "a ratio for each feature")
        self.combat = combat
        self.ratio = ratio
    }
}

/// Intercept of one batch for each feature, in the feature's units, before shrinkage. It stays at the site.
public struct BatchIntercept: Sendable, Equatable, Codable {
    /// The batch.
    public let batch: String
    /// Intercept of each feature of the model, at covariates 0.
    public let effect: [Double]
}

extension RandomInterceptModel {
    /// Intercepts of a site's batches, in the order of their names, by generalised least squares at the model's ratios.
    ///
    /// - Parameter exponents: those of the fit.
    /// - Throws: `HarmonisationError` or `FederationError` naming the column.
    public func batchIntercepts(_ source: some LongitudinalSource, exponents: [Int]) throws -> [BatchIntercept] {
        let (p, q) = (combat.features.count, combat.covariates.count)
        let units = exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        let moments = try LongitudinalMoments(
            source, scales: units.map { 1 / $0 }, allowsMissing: combat.missing != nil)
        var effects = [[Double]](repeating: [Double](repeating: 0, count: p), count: moments.batches.count)
        for group in moments.groups {
            for (batches, part) in group.parts {
                for (place, feature) in group.features.enumerated() {
                    let beta = (0..<q).map { combat.beta[feature * q + $0] * units[p + $0] / units[feature] }
                    let found = try part.effects(place, ratio: ratio[feature], beta: beta)
                    for (batch, effect) in zip(batches, found) { effects[batch][feature] = effect * units[feature] }
                }
            }
        }
        return zip(moments.batches, effects).map { BatchIntercept(batch: $0.name, effect: $1) }
    }

    /// The random intercepts of a site's patients.
    public func subjectIntercepts(
        _ source: some LongitudinalSource, batches: [BatchIntercept]
    ) -> SubjectIntercepts {
        SubjectIntercepts(
            model: self, effects: Dictionary(uniqueKeysWithValues: batches.map { ($0.batch, $0.effect) }),
            source: source, rows: Dictionary(grouping: source.subject.indices) { source.subject[$0] })
    }
}

/// Predicted intercepts of a site's patients (best linear unbiased prediction), from all rows of a patient, which are read
/// when the intercept is asked for.
public struct SubjectIntercepts {
    let model: RandomInterceptModel
    /// Intercepts of each batch.
    let effects: [String: [Double]]
    let source: any LongitudinalSource
    /// Rows of each patient.
    let rows: [String: [Int]]

    /// The intercept of each row's patient, rows x features, in the features' units; 0 for a feature that is not adjusted.
    ///
    /// - Throws: `HarmonisationError.unknownBatch`, or the column that the rows do not have.
    public func values(of numbers: [Int]) throws -> [Double] {
        let combat = model.combat
        let (p, q) = (combat.features.count, combat.covariates.count)
        try source.requireColumns(features: combat.features, covariates: combat.covariates)
        let active = combat.activeColumns
        let own = Set(numbers.map { source.subject[$0] }).sorted()
        var intercepts: [String: [Double]] = [:]
        var next = 0
        try source.forEachChunk(ofSubjects: own.map { rows[$0] ?? [] }) { table, subjects in
            for positions in subjects {
                var values = [Double](repeating: 0, count: p)
                for feature in active {
                    var (sum, count) = (0.0, 0)
                    for row in positions {
                        let value = table.features[row * p + feature]
                        if combat.missing != nil, value.isNaN { continue }
                        count += 1
                        guard let effect = effects[table.batch[row]] else {
                            throw HarmonisationError.unknownBatch(table.batch[row])
                        }
                        sum += value - effect[feature]
                        for i in 0..<q { sum -= table.covariates[row * q + i] * combat.beta[feature * q + i] }
                    }
                    let ratio = model.ratio[feature]
                    values[feature] = ratio / (1 + Double(count) * ratio) * sum
                }
                intercepts[own[next]] = values
                next += 1
            }
        }
        return numbers.flatMap { intercepts[source.subject[$0]] ?? [] }
    }

    /// The site's rows without their patients' intercepts.
    public var rest: any RowSource { RowsWithoutIntercepts(intercepts: self) }
}

/// Rows of a site without the intercepts of their patients, read batch by batch.
private struct RowsWithoutIntercepts: RowSource {
    let intercepts: SubjectIntercepts

    private var source: any LongitudinalSource { intercepts.source }
    var featureNames: [String] { source.featureNames }
    var covariateNames: [String] { source.covariateNames }
    var batches: [(name: String, rows: Int)] { source.batches }
    var order: [Int] { source.order }

    func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        let before = source.batches[..<batch].reduce(0) { $0 + $1.rows }
        let rows = source.order[before..<before + source.batches[batch].rows]
        for start in stride(from: rows.startIndex, to: rows.endIndex, by: LongitudinalTable.chunk) {
            let own = Array(rows[start..<min(start + LongitudinalTable.chunk, rows.endIndex)])
            let table = try source.table(own).adding(intercepts.values(of: own), factor: -1)
            try body(table, Array(own.indices))
        }
    }
}
