public import Federation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Box-Cox transforms (Box and Cox 1964) that features have before harmonisation and lose after it: (x^lambda - 1) / lambda,
/// with lambda 0 the logarithm. The exponents are fixed in the plan and the model file, never estimated from the rows.
public struct FeatureTransforms: Sendable, Equatable, Codable {
    /// Exponent of each feature that is transformed.
    public let lambda: [String: Double]

    /// Creates transforms.
    public init(lambda: [String: Double]) { self.lambda = lambda }

    /// The exponents of the columns that patterns mean; the name of a pattern is a number.
    ///
    /// - Throws: `LocalHarmonisationError.options` for a pattern without a column or without a number.
    public init(_ patterns: [FeaturePattern], features: [String]) throws(LocalHarmonisationError) {
        var lambda: [String: Double] = [:]
        for pattern in patterns {
            guard let exponent = Double(pattern.name), exponent.isFinite else {
                throw .options("'\(pattern.name)' is not an exponent of a Box-Cox transform")
            }
            let own = features.filter(pattern.matches)
            guard !own.isEmpty else { throw .options("no feature is called '\(pattern.pattern)'") }
            for feature in own { lambda[feature] = exponent }
        }
        self.lambda = lambda
    }

    /// The table with its features transformed; missing values stay missing.
    ///
    /// - Throws: `LocalHarmonisationError.notPositive` naming the feature.
    public func transformed(_ table: CaseTable) throws(LocalHarmonisationError) -> CaseTable {
        var output = table
        let p = table.featureCount
        for (column, name) in table.featureNames.enumerated() {
            guard let exponent = lambda[name] else { continue }
            for row in 0..<table.count {
                let value = table.features[row * p + column]
                guard !(value <= 0) else { throw .notPositive(feature: name) }
                output.features[row * p + column] = Self.transformed(value, exponent)
            }
        }
        return output
    }

    private static func transformed(_ value: Double, _ exponent: Double) -> Double {
        exponent == 0 ? log(value) : (pow(value, exponent) - 1) / exponent
    }

    /// A value of one feature transformed; NaN or infinite for one that is 0 or negative.
    public func transformed(_ value: Double, of feature: String) -> Double {
        lambda[feature].map { Self.transformed(value, $0) } ?? value
    }

    /// The transforms of some features.
    public func restricted(to features: [String]) -> FeatureTransforms {
        let wanted = Set(features)
        return FeatureTransforms(lambda: lambda.filter { wanted.contains($0.key) })
    }

    /// A transformed value of one feature on the feature's own scale; NaN for one that no value is transformed to.
    public func original(_ value: Double, of feature: String) -> Double {
        guard let exponent = lambda[feature] else { return value }
        return exponent == 0 ? exp(value) : pow(exponent * value + 1, 1 / exponent)
    }

    /// Harmonised values on the features' own scale; where harmonisation changed no bit the original value stays.
    ///
    /// - Parameters:
    ///   - harmonised: what harmonisation made of `before`.
    ///   - before: the transformed table.
    ///   - original: the table as it was.
    /// - Throws: `LocalHarmonisationError.noInverse` naming a feature whose harmonised value has no inverse.
    public func restored(
        _ harmonised: CaseTable, before: CaseTable, original: CaseTable
    ) throws(LocalHarmonisationError) -> CaseTable {
        var output = harmonised
        let p = harmonised.featureCount
        for (column, name) in harmonised.featureNames.enumerated() {
            guard let exponent = lambda[name] else { continue }
            for row in 0..<harmonised.count {
                let place = row * p + column
                let value = harmonised.features[place]
                guard value != before.features[place] else {
                    output.features[place] = original.features[place]
                    continue
                }
                let base = exponent * value + 1
                guard exponent == 0 || value.isNaN || base > 0 else { throw .noInverse(feature: name) }
                output.features[place] = exponent == 0 ? exp(value) : pow(base, 1 / exponent)
            }
        }
        return output
    }
}
