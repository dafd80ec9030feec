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
    /// Class of each feature: priors are those of the features of a class; nil for one class.
    public private(set) var classes: [String]?

    /// The model with priors by class of features, which the sites estimate.
    ///
    /// - Precondition: one class for each feature.
    public func grouping(_ classes: [String]) -> ComBatModel {
        precondition(classes.count == features.count, "one class for each feature")
        var model = self
        model.classes = classes
        return model
    }

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
        classes = try container.decodeIfPresent([String].self, forKey: .classes)
        let skipped = Set(passedThrough)
        func require(_ condition: Bool, _ key: CodingKeys, _ reason: String) throws {
            guard condition else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: reason)
            }
        }
        try require(format == Self.currentFormat, .format, "the ComBat model is not of format \(Self.currentFormat)")
        try require(beta.count == features.count * covariates.count, .beta, "beta is not features x covariates")
        try require(
            classes.map { $0.count == features.count } ?? true, .classes, "there is not one class for each feature")
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
        var output = table
        let estimates = try harmonise(inPlace: &output, minimumBatchSize: minimumBatchSize)
        return HarmonisedTable(table: output, estimates: estimates)
    }

    /// Harmonises a site's table where it is, as `harmonise(_:minimumBatchSize:)`; after an error it is as it was.
    ///
    /// - Returns: location and scale of each batch, in the order of the batches' names.
    public func harmonise(
        inPlace table: inout CaseTable, minimumBatchSize: Int = 2
    ) throws(HarmonisationError) -> [BatchEstimate] {
        let estimates = try estimates(TableRows(table), minimumBatchSize: minimumBatchSize)
        let standardisation = Standardisation(self, adjusting: activeColumns)
        let groups = table.rowsByBatch().filter { table.batch[$0[0]] != reference }
        for (rows, estimate) in zip(groups, estimates) {
            standardisation.adjust(rows, of: &table, by: estimate)
        }
        return estimates
    }

    /// Location and scale of each batch of a site, from rows that need not be in memory, in the order of the batches' names.
    ///
    /// - Throws: `HarmonisationError` naming the column or the size of the batch.
    public func estimates(
        _ source: some RowSource, minimumBatchSize: Int = 2
    ) throws(HarmonisationError) -> [BatchEstimate] {
        do {
            return try estimated(source, minimumBatchSize: minimumBatchSize)
        } catch let error as HarmonisationError {
            throw error
        } catch {
            throw .unreadable("\(error)")
        }
    }

    private func estimated(_ source: some RowSource, minimumBatchSize: Int) throws -> [BatchEstimate] {
        try source.requireColumns(features: features, covariates: covariates)
        // Rows whose moments are taken are checked there, in the same pass.
        if missing != nil || reference != nil { try check(source) }
        let active = activeColumns
        let standardisation = Standardisation(self, adjusting: active)
        var estimates: [BatchEstimate] = []
        for (place, batch) in source.batches.enumerated() where batch.name != reference {
            guard batch.rows >= minimumBatchSize else {
                throw HarmonisationError.batchTooSmall(cases: batch.rows, minimum: minimumBatchSize)
            }
            let found: (moments: [EmpiricalBayes.Estimate], isConstant: [Bool])
            do {
                found = try standardisation.moments(of: place, in: source)
            } catch {
                try check(source)
                throw error
            }
            if missing == nil, found.moments.contains(where: { $0.n < Double(batch.rows) }) { try check(source) }
            estimates.append(
                try BatchEstimate(
                    batch: batch.name, moments: active.map { found.moments[$0] }, rows: batch.rows,
                    constant: active.map { batch.rows > 1 && found.isConstant[$0] }, active: active, model: self))
        }
        return estimates
    }

    private func check(_ source: some RowSource) throws {
        try source.forEachChunk { table, rows in try table.requireFiniteCovariates(rows) }
        try missing == nil ? source.requireFiniteFeatures() : source.requireNoInfiniteFeatures()
    }

    /// Harmonises held-out rows of batches whose location and scale are known.
    ///
    /// - Throws: `HarmonisationError` naming the column or the batch.
    public func apply(_ estimates: [BatchEstimate], to table: CaseTable) throws(HarmonisationError) -> CaseTable {
        var output = table
        try apply(estimates, inPlace: &output)
        return output
    }

    /// Harmonises held-out rows where they are; after an error the table is as it was.
    ///
    /// - Throws: `HarmonisationError` naming the column or the batch.
    public func apply(_ estimates: [BatchEstimate], inPlace table: inout CaseTable) throws(HarmonisationError) {
        try check(table)
        let p = features.count
        var byBatch: [String: BatchEstimate] = [:]
        for estimate in estimates {
            guard estimate.location.count == p, estimate.scale.count == p else {
                throw .columnsDiffer("(number of estimates of batch '\(estimate.batch)')")
            }
            byBatch[estimate.batch] = estimate
        }
        let groups = table.rowsByBatch().filter { table.batch[$0[0]] != reference }
        for rows in groups where byBatch[table.batch[rows[0]]] == nil { throw .unknownBatch(table.batch[rows[0]]) }
        let standardisation = Standardisation(self, adjusting: activeColumns)
        for rows in groups {
            guard let estimate = byBatch[table.batch[rows[0]]] else { continue }
            standardisation.adjust(rows, of: &table, by: estimate)
        }
    }

    /// Names of the features that are adjusted.
    public var adjustedFeatures: [String] { activeColumns.map { features[$0] } }

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
