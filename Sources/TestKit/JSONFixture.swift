import FoundationEssentials

/// A JSON document of a fixture, read by position: `fixture["expected"]["auc"].number`.
///
/// Reading a member that is absent, or of another kind, stops the test run with the path that was asked for.
public struct JSONFixture: Sendable {
    enum Value: Sendable {
        case null
        case boolean(Bool)
        case number(Double)
        case text(String)
        case list([Value])
        case object([String: Value])
    }

    let value: Value
    let path: String

    init(value: Value, path: String) {
        self.value = value
        self.path = path
    }

    /// Parses a document.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - name: the file's name, for messages.
    public init(bytes: [UInt8], name: String) throws {
        self.init(value: try JSONDecoder().decode(Value.self, from: Data(bytes)), path: name)
    }

    /// Reads a document of the shared data.
    public static func shared(_ path: String) throws -> JSONFixture {
        try JSONFixture(bytes: SharedData.bytes(path), name: path)
    }

    /// Reads `Fixtures/<name>` beside the test file that calls it.
    public static func beside(_ name: String, testFile: String = #filePath) throws -> JSONFixture {
        let parts = testFile.split(separator: "/", omittingEmptySubsequences: false)
        let file = parts.dropLast().joined(separator: "/") + "/Fixtures/" + name
        return try JSONFixture(bytes: SharedData.read(file), name: name)
    }

    /// The member of an object.
    public subscript(_ key: String) -> JSONFixture {
        guard case .object(let members) = value, let member = members[key] else {
            preconditionFailure("\(path) has no member '\(key)'")
        }
        return JSONFixture(value: member, path: "\(path).\(key)")
    }

    /// The element of a list.
    public subscript(_ index: Int) -> JSONFixture {
        let elements = list
        precondition(elements.indices.contains(index), "\(path) has no element \(index)")
        return elements[index]
    }

    /// The elements of a list.
    public var list: [JSONFixture] {
        guard case .list(let elements) = value else { preconditionFailure("\(path) is not a list") }
        return elements.enumerated().map { JSONFixture(value: $1, path: "\(path)[\($0)]") }
    }

    /// Names of the members of an object, sorted.
    public var keys: [String] {
        guard case .object(let members) = value else { preconditionFailure("\(path) is not an object") }
        return members.keys.sorted()
    }

    /// A number.
    public var number: Double {
        guard case .number(let number) = value else { preconditionFailure("\(path) is not a number") }
        return number
    }

    /// A number, or `nil` for null.
    public var optionalNumber: Double? { isNull ? nil : number }

    /// A whole number.
    public var integer: Int {
        guard let integer = Int(exactly: number) else { preconditionFailure("\(path) is not a whole number") }
        return integer
    }

    /// True or false.
    public var boolean: Bool {
        guard case .boolean(let boolean) = value else { preconditionFailure("\(path) is not true or false") }
        return boolean
    }

    /// A text.
    public var text: String {
        guard case .text(let text) = value else { preconditionFailure("\(path) is not a text") }
        return text
    }

    /// A list of numbers, null as NaN.
    public var numbers: [Double] { list.map { $0.optionalNumber ?? .nan } }

    /// A list of whole numbers.
    public var integers: [Int] { list.map(\.integer) }

    /// A list of texts.
    public var texts: [String] { list.map(\.text) }

    /// Whether the value is null.
    public var isNull: Bool {
        if case .null = value { return true }
        return false
    }
}

extension JSONFixture.Value: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONFixture.Value].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONFixture.Value].self))
        }
    }
}
