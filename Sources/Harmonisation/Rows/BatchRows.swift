import Federation

extension CaseTable {
    /// Rows of each batch, batches in the order of their names, rows in the order of the table.
    func rowsByBatch() -> [[Int]] {
        Dictionary(grouping: 0..<count) { batch[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Throws unless the feature and covariate columns are those named, in that order.
    func requireColumns(features: [String], covariates: [String]) throws(HarmonisationError) {
        try requireSame(featureNames, features)
        try requireSame(covariateNames, covariates)
    }

    /// Largest absolute value of each feature over all or some rows, and whether all of its values are finite.
    func surveyed(_ rows: [Int]? = nil) -> (largest: [Double], isFinite: [Bool]) {
        let p = featureCount
        let (largest, flags) = (DoubleRow(p), DoubleRow(p))
        features.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            for place in 0..<(rows?.count ?? count) {
                let row = rows?[place] ?? place
                FeatureBlock.survey(start + row * p, largest: largest.start, flags: flags.start, count: p)
            }
        }
        return ((0..<p).map { largest.start[$0] }, (0..<p).map { flags.start[$0] == 0 })
    }

    /// Throws the names of all features with a value that is not finite.
    func requireFiniteFeatures() throws(HarmonisationError) { try requireFinite(surveyed().isFinite) }

    /// Throws the names of the features that are not marked.
    func requireFinite(_ isFinite: [Bool]) throws(HarmonisationError) {
        let culprits = isFinite.indices.filter { !isFinite[$0] }
        guard culprits.isEmpty else { throw .missingValues(features: culprits.map { featureNames[$0] }) }
    }

    /// Whether the values that a feature has in these rows are all the same, or fewer than two.
    func isConstant(_ column: Int, in rows: [Int]) -> Bool {
        var first: Double?
        for row in rows {
            let value = features[row * featureCount + column]
            guard !value.isNaN else { continue }
            if let first, value != first { return false }
            first = value
        }
        return true
    }

    /// Throws the names of all features with an infinite value; NaN is a missing one.
    func requireNoInfiniteFeatures() throws(HarmonisationError) {
        try requireFinite(surveyed().largest.map(\.isFinite))
    }

    /// Throws the name of the first covariate with a value that is not finite, in all or some rows.
    func requireFiniteCovariates(_ rows: [Int]? = nil) throws(HarmonisationError) {
        let q = covariateNames.count
        for column in 0..<q {
            let isFinite =
                rows.map { $0.allSatisfy { covariates[$0 * q + column].isFinite } }
                ?? (0..<count).allSatisfy { covariates[$0 * q + column].isFinite }
            guard isFinite else { throw .missingCovariate(covariateNames[column]) }
        }
    }
}

extension RowSource {
    /// Throws unless the feature and covariate columns are those named, in that order.
    func requireColumns(features: [String], covariates: [String]) throws(HarmonisationError) {
        try requireSame(featureNames, features)
        try requireSame(covariateNames, covariates)
    }
}

/// Throws the first column in which names differ.
private func requireSame(_ found: [String], _ wanted: [String]) throws(HarmonisationError) {
    guard found != wanted else { return }
    let pair = zip(found, wanted).first { $0 != $1 }
    throw .columnsDiffer(pair?.0 ?? (found.count > wanted.count ? found[wanted.count] : wanted[found.count]))
}
