import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import Tables
import TestKit
import Testing

/// The scripts of the documentation beside `apply`, for every variant of `StreamTests`.
struct ReplayTests {
    static func isInstalled(_ program: String) -> Bool {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    @Test(
        "The Python of the documentation replays every variant", .enabled(if: isInstalled("python3"), "no python3"),
        arguments: StreamTests.variants)
    func python(variant: Int) throws {
        try replay("python3", "\(SharedData.packageRoot)/docs/harmonisation-replay.py", StreamTests.variant(variant))
    }

    @Test(
        "The R of the documentation replays every variant", .enabled(if: isInstalled("Rscript"), "no R"),
        arguments: StreamTests.variants)
    func r(variant: Int) throws {
        try replay("Rscript", "\(SharedData.packageRoot)/docs/harmonisation-replay.R", StreamTests.variant(variant))
    }

    @Test(
        "The ten lines of Python in the documentation, as printed there, replay ComBat with covariates",
        .enabled(if: isInstalled("python3"), "no python3"))
    func tenLinesOfPython() throws { try replayExample("python3", "python") }

    @Test(
        "The ten lines of R in the documentation, as printed there, replay ComBat with covariates",
        .enabled(if: isInstalled("Rscript"), "no R"))
    func tenLinesOfR() throws { try replayExample("Rscript", "r") }

    /// Runs the first block of a language in the document.
    private func replayExample(_ program: String, _ language: String) throws {
        let page = try String(
            contentsOf: URL(filePath: "\(SharedData.packageRoot)/docs/harmonisation.md"), encoding: .utf8)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "```\(language)"))
        let example = lines[(start + 1)...].prefix { $0 != "```" }
        #expect(example.count == 10 && example.allSatisfy { $0.utf8.count <= 120 })
        let script = FileManager.default.temporaryDirectory.appending(path: "example-\(language)-\(getpid())")
        try Data((example.joined(separator: "\n") + "\n").utf8).write(to: script)
        defer { try? FileManager.default.removeItem(at: script) }
        let input = try StreamTests.input()
        let design = try input.design(numeric: ["age", "sex"], categorical: ["sex"])
        let rows = try input.loaded(batches: ["batch"], design: design)
        for (plan, rows) in [
            (try HarmonisationPlan(batchColumns: ["batch"], design: design), rows),
            (try HarmonisationPlan(batchColumns: ["batch"]), try input.loaded(batches: ["batch"], design: [])),
        ] {
            try replay(program, script.path(), (input, plan, rows))
        }
    }

    private func replay(
        _ program: String, _ script: String, _ variant: (HarmonisationInput, HarmonisationPlan, HarmonisationRows)
    ) throws {
        let (input, plan, rows) = variant
        let folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, harmonised) = try HarmonisationFile.fit(plan, sites: [rows])
        let paths = ["model.json", "features.csv", "meta.csv", "out.csv"].map { folder.appending(path: $0) }
        try file.json().write(to: paths[0])
        var cells: [[String]] = []
        try input.features.forEachRow { _, line in
            cells.append(try input.features.columns.indices.map { try line.text($0) })
        }
        let features = CSVTable(file: "features.csv", columns: input.features.columns, rows: cells)
        try Data(features.csv.utf8).write(to: paths[1])
        try Data(input.meta.csv.utf8).write(to: paths[2])
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program, script] + paths.map { $0.path() }
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let written = try CSVTable(bytes: Array(try Data(contentsOf: paths[3])), file: "out.csv")
        #expect(try written.texts("note") == features.texts("note"))
        let (names, table) = (input.featureNames, harmonised[0])
        #expect(table.features != rows.table.features)
        for (column, name) in names.enumerated() {
            var largest = 0.0
            for (row, value) in try written.numbers(name).enumerated() {
                let expected = table.features[row * names.count + column]
                #expect(value.isNaN == expected.isNaN)
                if !value.isNaN { largest = max(largest, (value - expected).magnitude / max(expected.magnitude, 1)) }
            }
            #expect(largest < 1e-12, "\(name)")
        }
    }
}
