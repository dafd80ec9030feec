/// What a feature is: the identity of one column, independent of image and settings.
public struct FeatureDefinition: Hashable, Sendable, Codable {
    /// Family of the feature.
    public let family: FeatureFamily
    /// How matrices were aggregated.
    public let aggregation: Aggregation
    /// Name as in the IBSI reference manual.
    public let name: String
    /// Permanent four-character IBSI identifier; nil for features outside the standard.
    public let ibsiID: String?
    /// Short IBSI tag, such as `cm_joint_entr_3D_comb`.
    public let tag: String
    /// Unit of the value: `mm`, `mm^2`, `mm^3`, `mm^-1`, `intensity` and so on; nil for a pure number.
    public let unit: String?

    /// Stable column name: family prefix, name and aggregation in snake case, such as `glcm_joint_entropy_3d_merged`.
    ///
    /// Rule: `<prefix>_<name>[_<aggregation>]`; letters are lower case, apostrophes and full stops vanish, `%` is read
    /// as `percent`, every other run of characters outside a-z and 0-9 becomes one underscore. Names do not change
    /// between versions.
    public var column: String {
        let aggregated = aggregation == .none ? "" : " " + aggregation.rawValue
        return family.prefix + "_" + Self.snakeCase(name + aggregated)
    }

    /// The column name in the table of a region: `<region>_<column>`, such as `ring3mm_statistics_mean`.
    public func column(region: String) -> String { Self.snakeCase(region) + "_" + column }

    private static func snakeCase(_ text: String) -> String {
        var result = ""
        for character in text.lowercased() {
            switch character {
            case "a"..."z", "0"..."9": result.append(character)
            case "%": result += "percent"
            case "'", ".": continue
            default: if !result.isEmpty && result.last != "_" { result.append("_") }
            }
        }
        while result.last == "_" { result.removeLast() }
        return result
    }
}
