public import Disclosure
import FoundationEssentials
public import StudyProtocol

/// A site file: who the site is, where its data are, and what it allows to leave (`sites/*.yaml`).
public struct SiteConfiguration: Sendable, Equatable {
    /// Identifier of the site.
    public let site: String
    /// Address of the coordinator, `https://host:port`.
    public let coordinator: String
    /// Address of a proxy, or `nil` for the environment's.
    public let proxy: String?
    /// Folder of the agent's own store (keys, SQLite, journal).
    public let store: String
    /// Where the data are.
    public let data: DataFiles
    /// What may leave.
    public let policy: SitePolicy

    /// Where a site's data are; paths are absolute.
    public struct DataFiles: Sendable, Equatable {
        /// Table of images and masks, or `nil`.
        public let manifest: String?
        /// Clinical table.
        public let clinical: String
        /// Table of features, or `nil`.
        public let features: String?
        /// Table of features by case and `reader`, or `nil`.
        public let readings: String?
        /// Table of features by case and acquisition `protocol`, or `nil`.
        public let protocolReadings: String?
        /// Column that identifies a case in every table.
        public let caseColumn: String
        /// Only rows whose column has this value belong to the site, or `nil` for all.
        public let rows: RowFilter?
    }

    /// Which rows of a common table belong to the site.
    public struct RowFilter: Sendable, Equatable {
        /// The column.
        public let column: String
        /// The value that it must have.
        public let value: String
    }

    /// Reads a site file; relative paths count from the folder of the file.
    ///
    /// - Throws: `ConfigurationError` naming file, line, field and remedy.
    public init(path: String) throws(ConfigurationError) {
        let url = URL(filePath: path)
        let name = url.lastPathComponent
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw ConfigurationError(
                file: name, line: 0, field: "", reason: "cannot be read; give the path of a site file in UTF-8")
        }
        try self.init(yaml: text, file: name, folder: url.deletingLastPathComponent().path)
    }

    /// Reads a site file from its text.
    public init(yaml: String, file: String, folder: String) throws(ConfigurationError) {
        let root = try ConfigurationReader(text: yaml, file: file)
        try root.allow("site", "coordinator", "proxy", "store", "data", "policy")
        func resolve(_ path: String) -> String {
            path.hasPrefix("/") ? path : URL(filePath: folder).appending(path: path).standardizedFileURL.path
        }
        site = try root.identifier("site")
        coordinator = try root.string("coordinator")
        guard coordinator.hasPrefix("https://"), URL(string: coordinator)?.host() != nil else {
            throw root.fault("coordinator", "must be an address such as https://coordinator.example:8443")
        }
        proxy = root.has("proxy") ? try root.string("proxy") : nil
        store = resolve(try root.string("store"))
        let section = try root.section("data")
        try section.allow(
            "manifest", "clinical", "features", "readings", "protocol-readings", "case-column", "rows")
        var rows: RowFilter?
        if let filter = try section.optionalSection("rows") {
            try filter.allow("column", "value")
            rows = RowFilter(column: try filter.string("column"), value: try filter.string("value"))
        }
        data = DataFiles(
            manifest: section.has("manifest") ? resolve(try section.string("manifest")) : nil,
            clinical: resolve(try section.string("clinical")),
            features: section.has("features") ? resolve(try section.string("features")) : nil,
            readings: section.has("readings") ? resolve(try section.string("readings")) : nil,
            protocolReadings: section.has("protocol-readings")
                ? resolve(try section.string("protocol-readings")) : nil,
            caseColumn: try section.string("case-column", default: "case"), rows: rows)
        policy = try SitePolicy(root.section("policy"))
    }
}
