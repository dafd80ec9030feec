import Radiomics

/// Every feature with what identifies it, for people and programs.
public enum FeatureListing {
    /// A feature.
    public struct Entry: Sendable, Codable, Equatable {
        /// Permanent IBSI identifier; nil outside the standard.
        public let ibsi: String?
        /// Family.
        public let family: String
        /// Aggregation, or empty.
        public let aggregation: String
        /// Name as in the IBSI reference manual.
        public let name: String
        /// Short IBSI tag.
        public let tag: String
        /// Column of a table.
        public let column: String
        /// Unit; nil for a pure number.
        public let unit: String?
    }

    /// All features in catalogue order.
    public static var all: [Entry] {
        FeatureCatalogue.all.map { definition in
            Entry(
                ibsi: definition.ibsiID, family: definition.family.rawValue,
                aggregation: definition.aggregation.rawValue, name: definition.name, tag: definition.tag,
                column: definition.column, unit: definition.unit)
        }
    }
}
