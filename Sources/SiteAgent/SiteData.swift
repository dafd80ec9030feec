import FoundationEssentials
import Logging
import StudyCore
import StudyProtocol
import Tables

/// The site's own files as the stages need them.
enum SiteData {
    /// Reads a table of the site.
    ///
    /// - Throws: `AgentError.unreadable` or `TableError`.
    static func table(_ path: String) throws -> CSVTable {
        let name = URL(filePath: path).lastPathComponent
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw AgentError.unreadable(file: name, reason: "cannot be read; check its path")
        }
        return try CSVTable(bytes: Array(bytes), file: name)
    }

    /// The data source of a run.
    static func source(
        configuration: SiteConfiguration, study: StudyProtocol, run: String, store: SiteStore, logger: Logger
    ) throws -> any SiteDataSource {
        let data = configuration.data
        var clinicalTable = try table(data.clinical)
        if let rows = data.rows { clinicalTable = try clinicalTable.filter(rows.column, equals: rows.value) }
        let clinical = try ClinicalRows(table: clinicalTable, caseColumn: data.caseColumn, study: study)
        let base: any SiteDataSource
        switch study.extraction.source {
        case .table:
            var features: FeatureColumns?
            if !study.extraction.columns.isEmpty {
                guard let path = data.features else {
                    throw AgentError.data("the protocol needs a feature table; set data.features in the site file")
                }
                features = try FeatureColumns(table: try table(path), caseColumn: data.caseColumn, study: study)
            }
            base = TableDataSource(
                site: configuration.site, study: study, clinical: clinical, features: features,
                readers: try readings(data.readings, "readings", study.agreement.readers, "reader", data, study),
                protocols: try readings(
                    data.protocolReadings, "protocol-readings", study.agreement.protocols ?? [], "protocol", data, study
                ))
        case .images:
            guard let path = data.manifest else {
                throw AgentError.data("the protocol needs images; set data.manifest in the site file")
            }
            base = ImageDataSource(
                site: configuration.site, study: study, clinical: clinical,
                manifest: try ImageManifest(
                    table: try table(path), folder: URL(filePath: path).deletingLastPathComponent()),
                store: store, logger: logger, worker: ImageWorker())
        }
        return CommittedSource(base: base, cases: clinical.cases, run: run, store: store)
    }
}

extension SiteData {
    /// The two readings of the site's cases that a protocol names, from a table with one row for each case and reading.
    ///
    /// - Throws: `AgentError.data` naming the key of the site file, `TableError`.
    private static func readings(
        _ path: String?, _ key: String, _ names: [String], _ column: String, _ data: SiteConfiguration.DataFiles,
        _ study: StudyProtocol
    ) throws -> [FeatureColumns] {
        guard names.count == 2, !study.extraction.columns.isEmpty else { return [] }
        guard let path else {
            throw AgentError.data(
                "the protocol needs features of the same cases in two readings; set data.\(key) in the site file")
        }
        return try TableDataSource.readings(
            try table(path), caseColumn: data.caseColumn, column: column, readings: names, study: study)
    }
}

/// A source whose cohort is frozen: the first extraction of a run commits to its list of cases.
struct CommittedSource: SiteDataSource {
    let base: any SiteDataSource
    let cases: [String]
    let run: String
    let store: SiteStore

    func census() throws -> CensusData { try base.census() }

    func extraction() throws -> ExtractionData {
        let data = try base.extraction()
        let commitment = try CohortCommitment.freeze(cases: cases, run: run, store: store)
        return data.committed(commitment)
    }
}
