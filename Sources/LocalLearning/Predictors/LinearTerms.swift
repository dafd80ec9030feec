import Federation
public import Learning

/// A linear function of z-scores.
public struct LinearTerms: Codable, Sendable, Equatable {
    /// Location and scale of the features.
    public let standardisation: Standardisation
    /// Coefficients of z-scores.
    public let coefficients: [Double]
    /// Value at the training means.
    public let intercept: Double
    /// The column, among the others, that is a known part of the function: it changes by 1 for one unit of it. Nil for none.
    public let offset: String?

    /// Keeps the features with a coefficient.
    ///
    /// - Parameters:
    ///   - intercept: value at the training means and an offset of 0.
    ///   - offset: location and scale of the known part.
    init(
        _ standardisation: Standardisation, coefficients: [Double], intercept: Double, offset: Standardisation? = nil
    ) {
        let kept = coefficients.indices.filter { coefficients[$0] != 0 }
        let own = standardisation.selecting(kept)
        // One that does not vary here may do so in new cases.
        let scale = (offset?.standardDeviations ?? []).map { $0 > 0 ? $0 : 1 }
        self.standardisation = Standardisation(
            columns: own.columns + (offset?.columns ?? []), means: own.means + (offset?.means ?? []),
            standardDeviations: own.standardDeviations + scale)
        self.coefficients = kept.map { coefficients[$0] } + scale
        self.intercept = intercept + (offset?.means[0] ?? 0)
        self.offset = offset?.columns[0]
    }

    /// Whether the parts fit together.
    var isSound: Bool {
        standardisation.isSound && coefficients.count == standardisation.columns.count
            && (coefficients + [intercept]).allSatisfy(\.isFinite)
            && (offset == nil
                || standardisation.columns.last == offset
                    && coefficients.last == standardisation.standardDeviations.last)
    }

    /// Names of the features, and the offset if any, in words.
    var fact: String {
        guard let offset else { return "\(coefficients.count) features" }
        return "\(coefficients.count - 1) features, offset '\(offset)'"
    }

    func values(_ table: CaseTable) throws -> [Double] {
        let scaled = try standardisation.apply(to: table)
        let p = coefficients.count
        return (0..<table.count).map { row in
            (0..<p).reduce(intercept) { $0 + coefficients[$1] * scaled.features[row * p + $1] }
        }
    }

    /// Coefficient times z-score, rows x features.
    func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        let scaled = try standardisation.apply(to: table)
        let p = coefficients.count
        return (intercept, scaled.features.indices.map { scaled.features[$0] * coefficients[$0 % p] })
    }
}

extension Standardisation {
    /// The moments of the features, and those of the offset, which is the last column; nil without one.
    ///
    /// - Throws: `CaseTableError.unknownFeature`.
    func dividing(offset: String?) throws -> (features: Standardisation, offset: Standardisation?) {
        guard let offset else { return (self, nil) }
        guard let place = columns.lastIndex(of: offset), place + 1 == columns.count else {
            throw CaseTableError.unknownFeature(offset)
        }
        return (selecting(Array(columns.indices.dropLast())), selecting([place]))
    }

    /// Whether the parts fit together.
    var isSound: Bool {
        means.count == columns.count && standardDeviations.count == columns.count && Set(columns).count == columns.count
            && standardDeviations.allSatisfy { $0 > 0 && $0.isFinite } && means.allSatisfy(\.isFinite)
    }
}
