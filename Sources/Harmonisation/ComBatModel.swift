public import Federation

/// The pooled part of ComBat: frozen after the fit, applied and not refitted at a new site.
public struct ComBatModel: Sendable, Equatable, Codable {
    static let currentFormat = "concord-combat-1"

    /// Format of the model file.
    public let format: String
    /// Names of the feature columns.
    public let features: [String]
    /// Names of the coded covariates.
    public let covariates: [String]
    /// What a site does with the model.
    public let method: ComBatMethod
    /// Number of cases that fitted it.
    public let cases: Int
    /// Effects of the covariates, feature by feature (`features x covariates`, row-major), in original units.
    public let beta: [Double]
    /// Grand mean of each feature at covariates 0, weighted by batch size.
    public let grandMean: [Double]
    /// Pooled within-batch residual standard deviation of each feature, denominator N.
    public let pooledStandardDeviation: [Double]
    /// Batch that the others are brought to, whose rows do not change; nil for the grand mean of all.
    public let reference: String?
    /// How the residual variance of features with missing values was taken; nil if no value may be missing.
    public let missing: MissingValues?
    /// Features that are constant in some batch, or follow from the covariates: returned unchanged and left out of the
    /// priors.
    public let passedThrough: [String]

    init(
        features: [String], covariates: [String], method: ComBatMethod, cases: Int, beta: [Double],
        grandMean: [Double], pooledStandardDeviation: [Double], reference: String? = nil,
        missing: MissingValues? = nil, passedThrough: [String]
    ) {
        format = Self.currentFormat
        self.features = features
        self.covariates = covariates
        self.method = method
        self.cases = cases
        self.beta = beta
        self.grandMean = grandMean
        self.pooledStandardDeviation = pooledStandardDeviation
        self.reference = reference
        self.missing = missing
        self.passedThrough = passedThrough
    }

    /// Reads a model and checks that its parts fit together.
    ///
    /// - Throws: `DecodingError` that says what is wrong with the file.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        format = try container.decode(String.self, forKey: .format)
        features = try container.decode([String].self, forKey: .features)
        covariates = try container.decode([String].self, forKey: .covariates)
        method = try container.decode(ComBatMethod.self, forKey: .method)
        cases = try container.decode(Int.self, forKey: .cases)
        beta = try container.decode([Double].self, forKey: .beta)
        grandMean = try container.decode([Double].self, forKey: .grandMean)
        pooledStandardDeviation = try container.decode([Double].self, forKey: .pooledStandardDeviation)
        reference = try container.decodeIfPresent(String.self, forKey: .reference)
        missing = try container.decodeIfPresent(MissingValues.self, forKey: .missing)
        passedThrough = try container.decode([String].self, forKey: .passedThrough)
        let skipped = Set(passedThrough)
        func require(_ condition: Bool, _ key: CodingKeys, _ reason: String) throws {
            guard condition else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: reason)
            }
        }
        try require(format == Self.currentFormat, .format, "the ComBat model is not of format \(Self.currentFormat)")
        try require(beta.count == features.count * covariates.count, .beta, "beta is not features x covariates")
        try require(grandMean.count == features.count, .grandMean, "there is not one grand mean for each feature")
        try require(
            pooledStandardDeviation.count == features.count
                && zip(features, pooledStandardDeviation).allSatisfy { skipped.contains($0) || $1 > 0 },
            .pooledStandardDeviation, "there is not one positive standard deviation for each adjusted feature")
    }

    /// Harmonises a site's table; location and scale of each batch are estimated from the batch's own rows and never
    /// leave the site. Works for the sites that fitted the model and for a new one.
    ///
    /// - Parameters:
    ///   - table: rows x the model's features and covariates.
    ///   - minimumBatchSize: a smaller batch is refused; with 1 a batch of one case gets a location only.
    /// - Throws: `HarmonisationError` naming the column or the size of the batch.
    public func harmonise(_ table: CaseTable, minimumBatchSize: Int = 2) throws(HarmonisationError) -> HarmonisedTable {
        try check(table)
        let active = activeColumns
        let p = features.count
        var estimates: [BatchEstimate] = []
        for rows in table.rowsByBatch() where table.batch[rows[0]] != reference {
            guard rows.count >= minimumBatchSize else {
                throw .batchTooSmall(cases: rows.count, minimum: minimumBatchSize)
            }
            let constant = active.map { column in
                rows.count > 1 && table.isConstant(column, in: rows)
            }
            var standardised: [Double] = []
            standardised.reserveCapacity(rows.count * active.count)
            for row in rows {
                for column in active {
                    standardised.append(
                        (table.features[row * p + column] - predicted(table, row: row, column: column))
                            / pooledStandardDeviation[column])
                }
            }
            estimates.append(
                try BatchEstimate(
                    batch: table.batch[rows[0]], standardised: standardised, rows: rows.count, constant: constant,
                    active: active, model: self))
        }
        return HarmonisedTable(table: try apply(estimates, to: table), estimates: estimates)
    }

    /// Harmonises held-out rows of batches whose location and scale are known.
    ///
    /// - Throws: `HarmonisationError` naming the column or the batch.
    public func apply(_ estimates: [BatchEstimate], to table: CaseTable) throws(HarmonisationError) -> CaseTable {
        try check(table)
        let p = features.count
        let active = activeColumns
        var byBatch: [String: (estimate: BatchEstimate, columns: [Int])] = [:]
        for estimate in estimates {
            guard estimate.location.count == p, estimate.scale.count == p else {
                throw .columnsDiffer("(number of estimates of batch '\(estimate.batch)')")
            }
            let constant = Set(estimate.constantFeatures)
            byBatch[estimate.batch] = (estimate, active.filter { !constant.contains(features[$0]) })
        }
        var output = table
        for row in 0..<table.count where table.batch[row] != reference {
            guard let (estimate, columns) = byBatch[table.batch[row]] else { throw .unknownBatch(table.batch[row]) }
            for column in columns {
                let fitted = predicted(table, row: row, column: column)
                let sigma = pooledStandardDeviation[column]
                let standardised = (table.features[row * p + column] - fitted) / sigma
                let adjusted = (standardised - estimate.location[column]) / estimate.scale[column].squareRoot()
                output.features[row * p + column] = adjusted * sigma + fitted
            }
        }
        return output
    }

    /// Positions of the features that are adjusted.
    var activeColumns: [Int] {
        let skipped = Set(passedThrough)
        return features.indices.filter { !skipped.contains(features[$0]) }
    }

    private func check(_ table: CaseTable) throws(HarmonisationError) {
        try table.requireColumns(features: features, covariates: covariates)
        try missing == nil ? table.requireFiniteFeatures() : table.requireNoInfiniteFeatures()
        try table.requireFiniteCovariates()
    }

    /// Mean of a feature at a row's covariates, batches aside, in original units.
    func predicted(_ table: CaseTable, row: Int, column: Int) -> Double {
        let q = covariates.count
        var value = grandMean[column]
        for i in 0..<q { value += table.covariates[row * q + i] * beta[column * q + i] }
        return value
    }
}
