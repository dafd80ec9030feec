/// A JSON document as it is: settings of a module that this one does not know, and members that a type would pass over.
public enum JSONTree: Codable, Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// An array.
    case list([JSONTree])
    /// An object.
    case object([String: JSONTree])

    /// Deepest nesting that is read.
    private static let depthLimit = 64

    /// Reads any document.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard decoder.codingPath.count < Self.depthLimit else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "nested too deeply")
        }
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONTree].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    /// Writes the document.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }

    subscript(_ key: String) -> JSONTree? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// Path of the first member of an object that the other document does not have.
    func firstMember(notIn other: JSONTree, path: String = "") -> String? {
        switch (self, other) {
        case (.object(let own), .object(let others)):
            for key in own.keys.sorted() {
                guard let value = own[key], value != .null else { continue }
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let match = others[key] else { return "'\(place)'" }
                if let found = value.firstMember(notIn: match, path: place) { return found }
            }
        case (.list(let own), .list(let others)):
            for (place, pair) in zip(own, others).enumerated() {
                if let found = pair.0.firstMember(notIn: pair.1, path: "\(path)[\(place)]") { return found }
            }
        default: break
        }
        return nil
    }
}
