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

    /// Keeps the features with a coefficient.
    init(_ standardisation: Standardisation, coefficients: [Double], intercept: Double) {
        let kept = coefficients.indices.filter { coefficients[$0] != 0 }
        self.standardisation = standardisation.selecting(kept)
        self.coefficients = kept.map { coefficients[$0] }
        self.intercept = intercept
    }

    /// Whether the parts fit together.
    var isSound: Bool {
        standardisation.isSound && coefficients.count == standardisation.columns.count
            && (coefficients + [intercept]).allSatisfy(\.isFinite)
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
    /// Whether the parts fit together.
    var isSound: Bool {
        means.count == columns.count && standardDeviations.count == columns.count && Set(columns).count == columns.count
            && standardDeviations.allSatisfy { $0 > 0 && $0.isFinite } && means.allSatisfy(\.isFinite)
    }
}
