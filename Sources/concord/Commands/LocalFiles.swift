import ArgumentParser
import Federation
import Foundation
import Tables

/// A file that a local command cannot read. The name only: paths are the user's business.
struct UnreadableFile: Error, CustomStringConvertible {
    let path: String

    var description: String {
        "\(URL(filePath: path).lastPathComponent): cannot be read; check the path and the permissions"
    }
}

/// The bytes of a file.
func contents(of path: String) throws -> Data {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw UnreadableFile(path: path) }
    return bytes
}

/// A CSV file.
func readTable(_ path: String) throws -> CSVTable {
    try CSVTable(bytes: [UInt8](try contents(of: path)), file: URL(filePath: path).lastPathComponent)
}

/// The rows of a CSV file, which need not fit in memory.
func readRows(_ path: String) throws -> CSVRows {
    try CSVRows(path: path, file: URL(filePath: path).lastPathComponent)
}

/// The words of a list with commas.
func words(_ list: String) -> [String] {
    list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
}

/// Runs a local command: every error is one line, and 64 for what the user gave; what takes longer tells how far it is.
func guarded(_ body: () throws -> Void) throws {
    do {
        let progress = Progress()
        RunProgress.observe { progress.tell($0) }
        try body()
    } catch let code as ExitCode {
        throw code
    } catch {
        throw Terminal.fail("\(error)", code: 64)
    }
}
