public import Harmonisation

/// A covariate of the design, as its table codes it.
public struct DesignColumn: Codable, Sendable, Equatable {
    /// Column of the table.
    public let name: String
    /// Levels in their order, the first of which is the baseline; nil for a number.
    public let levels: [String]?
    /// The functions that a number is expanded into; nil for a straight line or levels.
    public let smooth: ThinPlateSpline?

    /// Creates a covariate.
    public init(name: String, levels: [String]? = nil, smooth: ThinPlateSpline? = nil) {
        self.name = name
        self.levels = levels
        self.smooth = smooth
    }

    /// Names of the columns of the design: the covariate, one for each level but the first, or one for each function.
    public var coded: [String] {
        if let levels { return levels.dropFirst().map { "\(name)=\($0)" } }
        if let smooth { return (1...smooth.columnCount).map { "\(name)~\($0)" } }
        return [name]
    }
}

extension [DesignColumn] {
    /// For each smooth covariate the positions of its bends among the coded columns; the straight line is not penalised.
    public var smoothGroups: [[Int]] {
        var groups: [[Int]] = []
        var position = 0
        for column in self {
            let width = column.coded.count
            if column.smooth != nil { groups.append(Array<Int>(position + 1..<position + width)) }
            position += width
        }
        return groups
    }
}
