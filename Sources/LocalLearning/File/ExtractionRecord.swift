public import FoundationEssentials
import StudyProtocol

/// How the features of a table were extracted: what `concord-agent extract --output` writes beside the table, and what a
/// model file holds of its training features.
///
/// Two tables can stand for each other exactly if their `sha256` are equal: it covers dialect, settings and version of the
/// software. The regions are not in it: they decide which columns there are, and no value.
public struct ExtractionRecord: Codable, Sendable, Equatable {
    /// Format of the document.
    public static let currentFormat = "concord-extraction-1"
    /// What the name of the file beside a table ends with: `features.csv.extraction.json`.
    public static let suffix = ".extraction.json"

    /// Format of the document.
    public let format: String
    /// Dialect and settings in full, as `concord-agent extract` reads them back.
    public let settings: JSONTree
    /// The regions by their words, `intratumoral`, `ring:0-3`.
    public let regions: [String]
    /// Name and version of the software.
    public let software: String
    /// Hash of settings and software, in hexadecimal.
    public let sha256: String

    /// Describes an extraction.
    ///
    /// - Parameter settings: dialect and settings, encoded as JSON.
    /// - Throws: `EncodingError`.
    public init(settings: Data, regions: [String], software: String) throws {
        format = Self.currentFormat
        self.settings = try JSONDecoder().decode(JSONTree.self, from: settings)
        self.regions = regions
        self.software = software
        sha256 = try Self.digest(self.settings, software)
    }

    /// Reads a document and checks its hash.
    ///
    /// - Throws: `LocalLearningError.options` naming the file.
    public init(json: Data, file: String) throws {
        do {
            self = try JSONDecoder().decode(ExtractionRecord.self, from: json)
            try check()
        } catch {
            throw LocalLearningError.options(
                "\(file): is no unchanged record of format \(Self.currentFormat); extract again with `concord-agent "
                    + "extract --output`, which writes it beside the table")
        }
    }

    /// The document.
    public func json() throws -> Data { try CanonicalForm.encode(self) }

    /// The settings, to be read by the module that they are of.
    public func settingsJSON() throws -> Data { try CanonicalForm.encode(settings) }

    func check() throws {
        guard format == Self.currentFormat, try Self.digest(settings, software) == sha256 else {
            throw LocalLearningError.badModel("its record of the extraction does not have the hash of its settings")
        }
    }

    private struct Hashed: Encodable {
        let settings: JSONTree
        let software: String
    }

    private static func digest(_ settings: JSONTree, _ software: String) throws -> String {
        CanonicalForm.sha256(try CanonicalForm.encode(Hashed(settings: settings, software: software)))
    }

    /// Dialect, regions and hash.
    var facts: [String] {
        var dialect = "settings"
        if case .object(let members) = settings["dialect"] ?? settings, let name = members.keys.sorted().first {
            dialect = "dialect \(name)"
        }
        return [
            "features by \(software), \(dialect), regions \(regions.joined(separator: ", ")), extraction sha256 \(sha256)"
        ]
    }
}
