import ArgumentParser
import Extraction
import Foundation
import LocalLearning
import StudyProtocol

/// What of an extraction decides the values of a table: dialect and settings, and whether pictures have settings of their own.
private struct RecordedSettings: Codable {
    let dialect: Dialect
    let followsImage: Bool
}

extension CaseExtraction {
    /// The record that stands beside a table of features.
    ///
    /// - Throws: `EncodingError`.
    func record() throws -> ExtractionRecord {
        try ExtractionRecord(
            settings: try CanonicalForm.encode(RecordedSettings(dialect: dialect, followsImage: followsImage)),
            regions: regions, software: Self.software)
    }

    /// The extraction of a record, of the regions that columns of features need.
    ///
    /// - Throws: `ExitCode` for a record of another version.
    init(_ record: ExtractionRecord, columns: [String]) throws {
        guard record.software == Self.software else {
            throw fail(
                "the model's features are of \(record.software), this is \(Self.software); use that version, or fit the "
                    + "model again", code: 65)
        }
        let settings: RecordedSettings
        do {
            settings = try JSONDecoder().decode(RecordedSettings.self, from: try record.settingsJSON())
        } catch {
            throw fail(
                "the model's settings of extraction cannot be read by this version; fit the model again", code: 65)
        }
        let wanted = record.regions.filter { region in
            columns.contains { $0.hasPrefix(ReportWriter.prefix(region) + "_") }
        }
        let regions = try wanted.map { word in
            guard let region = RegionRequest(word) else {
                throw fail("the model's region '\(word)' is not known to this version", code: 65)
            }
            return region
        }
        guard !regions.isEmpty else {
            throw fail(
                "none of the model's features is of a region of its extraction; use `concord model apply`", code: 65)
        }
        self.init(settings.dialect, regions: regions, wantsDiagnostics: false, followsImage: settings.followsImage)
    }

    /// Writes the record beside a table; a table that was begun with other settings is not gone on with.
    ///
    /// - Throws: `ExitCode`.
    func writeRecord(beside table: String, isBegun: Bool) throws {
        let path = table + ExtractionRecord.suffix
        let name = URL(filePath: path).lastPathComponent
        let record = try record()
        if isBegun, let bytes = FileManager.default.contents(atPath: path) {
            do {
                let begun = try ExtractionRecord(json: bytes, file: name)
                guard begun.sha256 == record.sha256 else {
                    throw fail("\(name): the table was begun with other settings; write to another file", code: 64)
                }
            } catch let error as LocalLearningError {
                throw fail("\(error)", code: 64)
            }
        }
        guard FileManager.default.createFile(atPath: path, contents: try record.json()) else {
            throw fail("\(name): cannot be written", code: 73)
        }
    }
}
