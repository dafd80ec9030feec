import ArgumentParser
import Foundation

/// Output of the command: data on standard output, messages on standard error.
enum Terminal {
    static func data(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    static func message(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// Prints the reason and ends with the code.
    static func fail(_ reason: String, code: Int32 = 1) -> ExitCode {
        message("error: \(reason)")
        return ExitCode(code)
    }
}

/// How data are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv, jsonl
}
