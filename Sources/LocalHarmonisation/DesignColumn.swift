/// A covariate of the design, as its table codes it.
public struct DesignColumn: Codable, Sendable, Equatable {
    /// Column of the table.
    public let name: String
    /// Levels in their order, the first of which is the baseline; nil for a number.
    public let levels: [String]?

    /// Creates a covariate.
    public init(name: String, levels: [String]? = nil) {
        self.name = name
        self.levels = levels
    }

    /// Names of the columns of the design: the covariate, or one for each level but the first.
    var coded: [String] { levels.map { $0.dropFirst().map { "\(name)=\($0)" } } ?? [name] }
}
