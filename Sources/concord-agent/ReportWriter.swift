import Extraction
import Foundation
import LocalLearning
import StudyProtocol
import Tables

/// Writes reports as JSON, JSON lines or CSV, to standard output or to a file on which it can go on.
final class ReportWriter {
    private struct Document: Encodable {
        let cases: [CaseReport]
        let errors: [CaseFailure]
    }

    /// Identity of a line of JSON lines.
    private struct Line: Decodable {
        let `case`: String
        let reader: String
        let roi: String
    }

    private let format: Extract.Format
    private let regions: [String]
    private let file: FileHandle
    private var document: (cases: [CaseReport], errors: [CaseFailure]) = ([], [])
    /// Line of the columns of a CSV, once it is written.
    private var header: String?
    private var done: Set<[String]> = []

    /// - Throws: `ExitCode` if the file cannot be used.
    init(format: Extract.Format, output: String?, settings: CaseExtraction) throws {
        self.format = format
        regions = settings.regions
        guard let output else {
            file = .standardOutput
            return
        }
        let name = URL(filePath: output).lastPathComponent
        guard format != .json else {
            throw fail("--output goes on where it was interrupted, which needs --format csv or jsonl", code: 64)
        }
        let kept = FileManager.default.contents(atPath: output).map { String(decoding: $0, as: UTF8.self) } ?? ""
        // A line without its end was being written when the command was interrupted.
        var whole = kept.lastIndex(of: "\n").map { String(kept[...$0]) } ?? ""
        let lines = whole.split(separator: "\n").map(String.init)
        header = lines.first
        do {
            if format == .csv {
                done = try Self.finished(table: lines, file: name)
            } else {
                let finished = try Self.finished(
                    lines: lines, regions: settings.regions.compactMap { RegionRequest($0)?.description })
                done = finished.cases
                whole = finished.lines.map { $0 + "\n" }.joined()
            }
        } catch let error as TableError {
            throw fail("\(error); remove it or write to another file", code: 64)
        } catch {
            throw fail(
                "\(name): a line is no report of the regions asked for; remove it or write to another file", code: 64)
        }
        if kept.utf8.count != whole.utf8.count || kept.isEmpty {
            guard FileManager.default.createFile(atPath: output, contents: Data(whole.utf8)) else {
                throw fail("\(name): cannot be written", code: 73)
            }
        }
        if format == .csv { try settings.writeRecord(beside: output, isBegun: header != nil) }
        guard let handle = FileHandle(forWritingAtPath: output) else {
            throw fail("\(name): cannot be written", code: 73)
        }
        handle.seekToEndOfFile()
        file = handle
    }

    /// Cases of a table, a row each.
    private static func finished(table lines: [String], file: String) throws(TableError) -> Set<[String]> {
        guard !lines.isEmpty else { return [] }
        let table = try CSVTable(text: lines.joined(separator: "\n"), file: file)
        return Set(zip(try table.texts("case"), try table.texts("reader")).map { [$0, $1] })
    }

    /// Cases of which there is a line for every region, and their lines: a case of which the disk took a part only is done
    /// again.
    private static func finished(
        lines: [String], regions: [String]
    ) throws -> (cases: Set<[String]>, lines: [String]) {
        var found: [[String]: Set<String>] = [:]
        let names = try lines.map { text in
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            guard regions.contains(line.roi) else { throw UnknownRegion() }
            found[[line.case, line.reader], default: []].insert(line.roi)
            return [line.case, line.reader]
        }
        let cases = Set(found.filter { $0.value.count == Set(regions).count }.keys)
        return (cases, zip(names, lines).filter { cases.contains($0.0) }.map(\.1))
    }

    private struct UnknownRegion: Error {}

    func isDone(_ source: CaseSource) -> Bool { done.contains([source.caseID, source.reader]) }

    /// Writes what became of a case.
    ///
    /// - Returns: The same, or a failure where the case has other columns than the table.
    @discardableResult
    func write(_ outcome: ExtractionOutcome, of source: CaseSource) throws -> ExtractionOutcome {
        switch (format, outcome) {
        case (.json, .success(let reports)): document.cases += reports
        case (.json, .failure(let failure)): document.errors.append(failure.travelling(source))
        case (.jsonl, .success(let reports)):
            // All regions in one write, so that an interruption leaves a case out or in.
            put(try reports.map { try Self.text($0) + "\n" }.joined())
        case (.csv, .success(let reports)):
            guard let row = row(reports) else {
                return .failure(
                    CaseFailure(
                        source, code: "other_columns",
                        message: "it has other features than the cases before (a picture among volumes?); "
                            + "extract it into a table of its own, or as jsonl"))
            }
            put(row)
        case (_, .failure): break
        }
        return outcome
    }

    /// A line, with the one of the columns if it is the first; nil if the table has other columns.
    private func row(_ reports: [CaseReport]) -> String? {
        let columns = Self.columns(reports)
        let own = "case,reader," + columns.joined(separator: ",")
        guard header == nil || header == own else { return nil }
        let text = header == nil ? own + "\n" : ""
        header = own
        guard let first = reports.first else { return text }
        let values = reports.flatMap { $0.features.map { $0.value.map { "\($0)" } ?? "" } }
        let names = CSVTable(file: "", columns: [first.case, first.reader], rows: []).csv.dropLast()
        return text + "\(names)," + values.joined(separator: ",") + "\n"
    }

    /// Columns of a row: the region, then the feature.
    static func columns(_ reports: [CaseReport]) -> [String] {
        reports.flatMap { report in report.features.map { "\(prefix(report.roi))_\($0.column)" } }
    }

    /// `ring:0-3` is `ring_0_3` in a column's name.
    static func prefix(_ roi: String) -> String {
        String(roi.map { $0.isLetter || $0.isNumber ? $0 : "_" })
    }

    private static func text<Value: Encodable>(_ value: Value) throws -> String {
        String(decoding: try CanonicalForm.encode(value), as: UTF8.self)
    }

    private func put(_ text: String) { file.write(Data(text.utf8)) }

    func finish() throws {
        if format == .json {
            put(try Self.text(Document(cases: document.cases, errors: document.errors)) + "\n")
        }
        if file !== FileHandle.standardOutput { try file.close() }
    }

    /// The lines of several parts in the order of one run.
    ///
    /// - Throws: an error that names the file.
    static func merge(_ files: [String]) throws -> [String] {
        var header: String?
        var lines: [(key: [String], text: String)] = []
        for path in files {
            let name = URL(filePath: path).lastPathComponent
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw CSVMergeError(file: name, reason: "cannot be read")
            }
            let texts = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            guard let first = texts.first else { continue }
            guard (first.hasPrefix("{") ? header == nil : lines.isEmpty || header != nil) else {
                throw CSVMergeError(
                    file: name, reason: "is of another format than the first file: give csv or jsonl alone")
            }
            if first.hasPrefix("{") {
                for text in texts {
                    guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else {
                        throw CSVMergeError(file: name, reason: "is not JSON lines of `extract`")
                    }
                    lines.append(([line.case, line.reader], text))
                }
            } else {
                guard header == nil || header == first else {
                    throw CSVMergeError(file: name, reason: "has other columns than the first file")
                }
                header = first
                let table = try CSVTable(bytes: Array(bytes), file: name)
                let keys = zip(try table.texts("case"), try table.texts("reader"))
                for (key, text) in zip(keys, texts.dropFirst()) { lines.append(([key.0, key.1], text)) }
            }
        }
        let ordered = lines.enumerated().sorted { left, right in
            left.element.key == right.element.key
                ? left.offset < right.offset : left.element.key.lexicographicallyPrecedes(right.element.key)
        }
        return (header.map { [$0] } ?? []) + ordered.map(\.element.text)
    }
}

/// Why parts cannot be merged.
struct CSVMergeError: Error, CustomStringConvertible {
    let file: String
    let reason: String
    var description: String { "\(file): \(reason)" }
}

/// What became of a case.
typealias ExtractionOutcome = Result<[CaseReport], CaseFailure>
