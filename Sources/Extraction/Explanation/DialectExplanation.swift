import Imaging

/// Why the two dialects give different values for one region: both values of every feature that both define, and what each
/// of their differences in processing changes.
public struct DialectExplanation: Codable, Sendable, Equatable {
    /// The region: `intratumoral`, `ring:0-3`.
    public let roi: String
    /// What was exchanged, in this order, one at a time; each stays exchanged for those that follow.
    public let steps: [Step]
    /// The features, in the order of the catalogue of correspondences.
    public let features: [Feature]

    /// One thing that was exchanged.
    public struct Step: Codable, Sendable, Equatable {
        /// What it is.
        public let cause: DialectCause
        /// The same in words.
        public let sentence: String
    }

    /// A feature in both dialects.
    public struct Feature: Codable, Sendable, Equatable {
        /// PyRadiomics' name.
        public let pyRadiomics: String
        /// Permanent IBSI identifier, or empty.
        public let ibsi: String
        /// Column of the IBSI dialect, with the aggregation.
        public let column: String
        /// In what the definitions differ, or nil.
        public let definitionDifference: String?
        /// Value of the IBSI dialect; nil where undefined.
        public let ibsiValue: Double?
        /// Value of the PyRadiomics dialect; nil where undefined.
        public let pyRadiomicsValue: Double?
        /// Difference over the larger magnitude; nil where a value is undefined.
        public let relativeDifference: Double?
        /// What changed the value, in the order of the steps; the changes add up to the difference.
        public let causes: [Change]
    }

    /// What one step did to a value.
    public struct Change: Codable, Sendable, Equatable {
        /// The step.
        public let cause: DialectCause
        /// The value after it less the value before it; nil where one is undefined.
        public let change: Double?
        /// The value after it; nil where undefined.
        public let value: Double?
    }

    /// Relative differences up to this are rounding.
    public static let tolerance = 1e-6

    /// The difference of two values over the larger magnitude.
    static func relative(_ a: Double, _ b: Double) -> Double {
        let largest = max(a.magnitude, b.magnitude)
        return largest == 0 ? 0 : (a - b).magnitude / largest
    }
}
