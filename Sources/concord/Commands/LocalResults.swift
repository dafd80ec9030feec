import ArgumentParser
import Foundation
import LocalValidation
import Plots
import Reporting
import StudyProtocol
import Tables

/// What a local command found.
struct LocalResults {
    let title: String
    /// Name of the file that was read, without its folder.
    let file: String
    let records: [StatisticRecord]
    let plots: [any Plot]
}

/// Where pictures go.
struct PictureOptions: ParsableArguments {
    @Option(help: "Write one page with pictures and every number (HTML, needs nothing else).") var report: String?
    @Flag(help: "Draw the pictures in the terminal, on standard error.") var plot = false
    @Flag(help: "Draw with ASCII alone; else in braille where the locale is UTF-8.") var ascii = false

    var areWanted: Bool { report != nil || plot }

    private var style: TextStyle {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return !ascii && locale.uppercased().replacing("-", with: "").contains("UTF8") ? .braille : .ascii
    }

    /// Writes the page, draws in the terminal.
    func show(_ results: LocalResults) throws {
        if plot {
            let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 100
            for plot in results.plots { Terminal.message(plot.text(width: columns, style: style)) }
        }
        guard let report else { return }
        let page = StatisticReport.page(
            title: results.title, file: results.file, records: results.records, plots: results.plots)
        guard FileManager.default.createFile(atPath: report, contents: Data(page.html.utf8)) else {
            throw LocalValidationError.options(
                "--report: \(URL(filePath: report).lastPathComponent) cannot be written; check the folder")
        }
    }
}

/// Confidence sequences of records; none without a number of cases.
func sequences(of records: [StatisticRecord], tightestAt cases: Int?) throws -> [StatisticRecord] {
    guard let cases else { return [] }
    guard cases > 0 else { throw LocalValidationError.options("--sequential: give a number of cases above 0") }
    return StatisticRecord.sequences(records, tightestAt: cases)
}

/// Prints records, and draws; with a gate the exit code is that of the verdicts.
func localResults(
    _ format: OutputFormat, _ pictures: PictureOptions, _ found: () throws -> LocalResults
) throws {
    try guarded {
        let found = try found()
        try pictures.show(found)
        let results = StatisticResults(results: found.records)
        switch format {
        case .json: Terminal.data(String(decoding: try CanonicalForm.encode(results), as: UTF8.self) + "\n")
        case .jsonl:
            for record in results.results {
                Terminal.data(String(decoding: try CanonicalForm.encode(record), as: UTF8.self) + "\n")
            }
        case .table, .csv:
            let columns = [
                "statistic", "variant", "site", "estimate", "standardError", "lower", "upper", "pValue", "n", "events",
                "status",
                "method",
            ]
            func number(_ value: Double?) -> String {
                value.map { String(format: format == .csv ? "%.17g" : "%.4f", $0) } ?? ""
            }
            let rows = results.results.map { record in
                [
                    record.statistic, record.variant, record.site, number(record.estimate),
                    number(record.standardError),
                    number(record.lower), number(record.upper), number(record.pValue), record.n.map(String.init) ?? "",
                    record.events.map(String.init) ?? "",
                    record.reason.isEmpty ? record.status : "\(record.status): \(record.reason)", record.method,
                ]
            }
            if format == .csv {
                Terminal.data(CSVTable(file: "results", columns: columns, rows: rows).csv)
            } else {
                Terminal.data(TextTable(columns: columns, rows: rows).text)
            }
        }
        if let code = StatisticRecord.gateCode(of: found.records), code != 0 { throw ExitCode(code) }
    }
}
