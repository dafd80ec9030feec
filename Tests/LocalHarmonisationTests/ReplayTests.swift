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
        arguments: 0..<11)
    func python(variant: Int) throws { try replay("python3", "harmonisation-replay.py", variant) }

    @Test(
        "The R of the documentation replays every variant", .enabled(if: isInstalled("Rscript"), "no R"),
        arguments: 0..<11)
    func r(variant: Int) throws { try replay("Rscript", "harmonisation-replay.R", variant) }

    private func replay(_ program: String, _ script: String, _ variant: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(program)-\(variant)-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, plan, rows) = try StreamTests.variant(variant)
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
        process.arguments = [program, "\(SharedData.packageRoot)/docs/\(script)"] + paths.map { $0.path() }
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
