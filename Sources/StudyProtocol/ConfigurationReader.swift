import Yams

/// What is wrong in a YAML file, with the place of it.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Last path component of the file.
    public let file: String
    /// Line, 1-based; 0 where the parser gives none.
    public let line: Int
    /// Dotted path of the field, empty for the document.
    public let field: String
    /// The reason, and what to do about it.
    public let reason: String

    /// Creates an error.
    public init(file: String, line: Int, field: String, reason: String) {
        self.file = file
        self.line = line
        self.field = field
        self.reason = reason
    }

    /// `file:line: field: reason`
    public var description: String {
        let place = line > 0 ? "\(file):\(line)" : file
        return field.isEmpty ? "\(place): \(reason)" : "\(place): \(field): \(reason)"
    }
}

/// Reads one mapping of a YAML file field by field, and refuses the keys that nobody asked for.
///
/// Protocols and site files are written by hand: a misspelt key that is silently ignored would change a study.
public struct ConfigurationReader {
    let file: String
    let path: String
    let line: Int
    let mapping: Node.Mapping

    /// Parses a YAML document whose root is a mapping.
    ///
    /// - Parameters:
    ///   - text: the document; at most `Limits.documentBytes`.
    ///   - file: the file's name for messages.
    /// - Throws: `ConfigurationError`.
    public init(text: String, file: String) throws(ConfigurationError) {
        guard text.utf8.count <= Limits.documentBytes else {
            throw ConfigurationError(
                file: file, line: 0, field: "", reason: "larger than \(Limits.documentBytes) bytes")
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(file: file, line: 0, field: "", reason: "not YAML: \(error)")
        } catch {
            throw ConfigurationError(file: file, line: 0, field: "", reason: "not YAML")
        }
        guard let node, case .mapping(let mapping) = node else {
            throw ConfigurationError(file: file, line: 1, field: "", reason: "the document must be a mapping of keys")
        }
        self.file = file
        path = ""
        line = 1
        self.mapping = mapping
    }

    init(file: String, path: String, line: Int, mapping: Node.Mapping) {
        self.file = file
        self.path = path
        self.line = line
        self.mapping = mapping
    }

    /// Refuses keys other than these, and keys that appear twice.
    public func allow(_ keys: String...) throws(ConfigurationError) { try allow(keys) }

    /// Refuses keys other than these, and keys that appear twice.
    public func allow(_ keys: [String]) throws(ConfigurationError) {
        var seen: Set<String> = []
        for (key, _) in mapping {
            let name = key.string ?? ""
            if !keys.contains(name) {
                throw fault(
                    name, node: key, "unknown key; allowed here: \(keys.sorted().joined(separator: ", "))")
            }
            if !seen.insert(name).inserted { throw fault(name, node: key, "appears twice") }
        }
    }

    /// All keys of the mapping, in the order of the file.
    public var keys: [String] { mapping.map { $0.key.string ?? "" } }

    /// Whether the key is present.
    public func has(_ key: String) -> Bool { mapping[Node(key)] != nil }

    /// Whether the key is present without a value: `~`, `null` or nothing.
    public func isNull(_ key: String) -> Bool {
        guard case .scalar(let scalar)? = mapping[Node(key)], scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// The text of a required scalar.
    public func string(_ key: String) throws(ConfigurationError) -> String {
        let node = try required(key)
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
            throw fault(key, node: node, "must be a text that is not empty")
        }
        return scalar.string
    }

    /// The text of a scalar, or `fallback` if the key is absent.
    public func string(_ key: String, default fallback: String) throws(ConfigurationError) -> String {
        has(key) ? try string(key) : fallback
    }

    /// A required number within a range.
    public func number(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double {
        let node = try required(key)
        guard case .scalar(let scalar) = node, let value = Double(scalar.string), value.isFinite else {
            throw fault(key, node: node, "must be a finite number")
        }
        guard range.contains(value) else {
            throw fault(key, node: node, "is \(value); must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A number within a range, or `fallback` if the key is absent.
    public func number(
        _ key: String, in range: ClosedRange<Double>, default fallback: Double
    ) throws(ConfigurationError) -> Double {
        has(key) ? try number(key, in: range) : fallback
    }

    /// A required whole number within a range.
    public func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        let node = try required(key)
        guard case .scalar(let scalar) = node, let value = Int(scalar.string) else {
            throw fault(key, node: node, "must be a whole number")
        }
        guard range.contains(value) else {
            throw fault(key, node: node, "is \(value); must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A whole number within a range, or `fallback` if the key is absent.
    public func integer(
        _ key: String, in range: ClosedRange<Int>, default fallback: Int
    ) throws(ConfigurationError) -> Int {
        has(key) ? try integer(key, in: range) : fallback
    }

    /// `true` or `false`, or `fallback` if the key is absent.
    public func boolean(_ key: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard has(key) else { return fallback }
        let node = try required(key)
        guard case .scalar(let scalar) = node, let value = ["true": true, "false": false][scalar.string] else {
            throw fault(key, node: node, "must be true or false")
        }
        return value
    }

    /// One of a closed list of words.
    public func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String, as type: Value.Type, default fallback: Value? = nil
    ) throws(ConfigurationError) -> Value where Value.RawValue == String {
        if !has(key), let fallback { return fallback }
        let text = try string(key)
        guard let value = Value(rawValue: text) else {
            let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault(key, node: try required(key), "'\(text)' is not one of: \(words)")
        }
        return value
    }

    /// A list of texts, empty if the key is absent.
    public func strings(_ key: String) throws(ConfigurationError) -> [String] {
        guard has(key) else { return [] }
        let node = try required(key)
        guard case .sequence(let sequence) = node else { throw fault(key, node: node, "must be a list") }
        var values: [String] = []
        for element in sequence {
            guard case .scalar(let scalar) = element, !scalar.string.isEmpty else {
                throw fault(key, node: element, "every element must be a text that is not empty")
            }
            values.append(scalar.string)
        }
        guard Set(values).count == values.count else { throw fault(key, node: node, "has an element twice") }
        return values
    }

    /// A list of numbers within a range, empty if the key is absent.
    public func numbers(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> [Double] {
        guard has(key) else { return [] }
        let node = try required(key)
        guard case .sequence(let sequence) = node else { throw fault(key, node: node, "must be a list") }
        var values: [Double] = []
        for element in sequence {
            guard case .scalar(let scalar) = element, let value = Double(scalar.string), range.contains(value) else {
                throw fault(
                    key, node: element,
                    "every element must be a number from \(range.lowerBound) to \(range.upperBound)")
            }
            values.append(value)
        }
        return values
    }

    /// A required mapping.
    public func section(_ key: String) throws(ConfigurationError) -> ConfigurationReader {
        try section(of: try required(key), key)
    }

    /// A mapping, or `nil` if the key is absent.
    public func optionalSection(_ key: String) throws(ConfigurationError) -> ConfigurationReader? {
        has(key) ? try section(key) : nil
    }

    /// A list of mappings, empty if the key is absent.
    public func sections(_ key: String) throws(ConfigurationError) -> [ConfigurationReader] {
        guard has(key) else { return [] }
        let node = try required(key)
        guard case .sequence(let sequence) = node else { throw fault(key, node: node, "must be a list") }
        var readers: [ConfigurationReader] = []
        for (index, element) in sequence.enumerated() { readers.append(try section(of: element, "\(key)[\(index)]")) }
        return readers
    }

    /// An error at the place of a key.
    public func fault(_ key: String, _ reason: String) -> ConfigurationError {
        fault(key, node: mapping[Node(key)], reason)
    }

    private func required(_ key: String) throws(ConfigurationError) -> Node {
        guard let node = mapping[Node(key)] else { throw fault(key, node: nil, "is missing") }
        return node
    }

    private func section(of node: Node, _ key: String) throws(ConfigurationError) -> ConfigurationReader {
        guard case .mapping(let mapping) = node else { throw fault(key, node: node, "must be a mapping of keys") }
        return ConfigurationReader(
            file: file, path: path.isEmpty ? key : "\(path).\(key)", line: node.mark?.line ?? line, mapping: mapping)
    }

    private func fault(_ key: String, node: Node?, _ reason: String) -> ConfigurationError {
        ConfigurationError(
            file: file, line: node?.mark?.line ?? line, field: path.isEmpty ? key : "\(path).\(key)", reason: reason)
    }
}
