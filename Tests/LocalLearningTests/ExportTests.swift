import Federation
import Foundation
import Learning
import LocalLearning
import Tables
import TestKit
import Testing

/// The readers in docs/, which are run where their language is there.
@Suite("Readers of exported models")
struct ExportTests {
    static func program(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static func output(_ program: String, _ arguments: [String]) throws -> [[Double?]] {
        let process = Process()
        let pipe = Pipe()
        (process.executableURL, process.arguments, process.standardOutput) = (URL(filePath: program), arguments, pipe)
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) } }
    }

    static func check(_ program: String, reader: String, method: String) throws {
        let hasGaps = method != "boosting" && method != "forest"
        let file =
            method == "isotonic"
            ? try isotonic()
            : method == "stacked"
                ? try stacked()
                : method == "transformed"
                    ? try TransformTests.file()
                    : method == "offset"
                        ? try OffsetTests.file("lr") : try ModelFileTests.file(method, missing: hasGaps)
        let folder = FileManager.default.temporaryDirectory.appending(path: "concord-export-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (model, table) = (folder.appending(path: "m.json"), folder.appending(path: "t.csv"))
        try JSONEncoder().encode(try FlatModel(file.fitted)).write(to: model)
        let source = try ModelFileTests.table(missing: !["isotonic", "stacked", "offset"].contains(method))
        try Data(source.csv.utf8).write(to: table)
        let horizon = method.hasPrefix("cox") ? 50.0 : nil
        let found = try output(
            program,
            ["\(SharedData.packageRoot)/docs/\(reader)", model.path, table.path] + (horizon.map { ["\($0)"] } ?? []))
        let wanted = try file.predictions(try LearningInput(source, features: file.features), horizon: horizon)
        #expect(found.count == wanted.count)
        for (row, prediction) in zip(found, wanted) {
            #expect(Tolerance.agrees(row[0], prediction.score, 1e-12))
            if prediction.probability != nil { #expect(Tolerance.agrees(row[1], prediction.probability, 1e-12)) }
        }
    }

    static func isotonic() throws -> ModelFile {
        let cases = try ModelFileTests.input("svm").cases
        var learner = SupportVectorLearner()
        learner.calibration = .isotonic
        return try ModelFile(
            outcome: OutcomeColumns(event: "y"), method: "svm", parts: [cases],
            fitted: try ModelPipeline(learner: learner).fit([cases]))
    }

    static func stacked() throws -> ModelFile {
        let cases = try ModelFileTests.input("lr").cases
        let learner = try StackedLearner(
            blocks: [
                StackedLearner.Block(name: "first", features: ["a", "c"]),
                StackedLearner.Block(name: "second", features: ["b"]),
            ], direct: ["d"], lower: ModelPipeline(learner: LogisticLearner()), upper: LogisticLearner(),
            folds: InnerFolds())
        return try ModelFile(
            outcome: OutcomeColumns(event: "y"), method: "lr", parts: [cases],
            fitted: try ModelPipeline(learner: learner).fit([cases]))
    }

    static let methods = [
        "lr", "svm", "isotonic", "boosting", "forest", "cox-ridge", "coxph", "stacked", "transformed",
        "offset",
    ]

    @Test(
        "docs/apply-model.py predicts the same to 1e-12", .enabled(if: program("python3") != nil, "no python3"),
        arguments: methods)
    func python(method: String) throws {
        try Self.check(try #require(Self.program("python3")), reader: "apply-model.py", method: method)
    }

    /// R with the package that reads JSON.
    static var hasR: Bool {
        guard let program = program("Rscript") else { return false }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-e", "quit(status = !requireNamespace('jsonlite', quietly = TRUE))"]
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test(
        "docs/apply-model.R predicts the same to 1e-12", .enabled(if: hasR, "no R with jsonlite"),
        arguments: methods)
    func r(method: String) throws {
        try Self.check(try #require(Self.program("Rscript")), reader: "apply-model.R", method: method)
    }

    @Test(
        "A column that is not there, or a value without which there is no score, ends the readers with its name",
        arguments: [("python3", "apply-model.py"), ("Rscript", "apply-model.R")])
    func missing(program: String, reader: String) throws {
        guard let found = Self.program(program), program != "Rscript" || Self.hasR else { return }
        let folder = FileManager.default.temporaryDirectory.appending(path: "concord-gap-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (model, table) = (folder.appending(path: "m.json"), folder.appending(path: "t.csv"))
        try JSONEncoder().encode(try FlatModel(try OffsetTests.file("lr").fitted)).write(to: model)
        for (text, reason) in [
            ("a,b,c\n0.5,0.5,0.5\n", "there is no column d"), ("a,b,c,d\n0.5,0.5,0.5,\n", "a value of d is missing"),
        ] {
            try Data(text.utf8).write(to: table)
            let (process, pipe) = (Process(), Pipe())
            process.executableURL = URL(filePath: found)
            process.arguments = ["\(SharedData.packageRoot)/docs/\(reader)", model.path, table.path]
            (process.standardOutput, process.standardError) = (Pipe(), pipe)
            try process.run()
            let message = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus != 0 && message.contains(reason))
        }
    }

    /// The block of a language in docs/learning.md.
    static func printed(_ language: String) throws -> String {
        let text = try String(contentsOf: URL(filePath: "\(SharedData.packageRoot)/docs/learning.md"), encoding: .utf8)
        let start = try #require(text.range(of: "```\(language)\n"))
        let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
        return String(text[start.upperBound..<end.lowerBound])
    }

    @Test(
        "The readers of ten lines are run as docs/learning.md prints them, and predict a logistic model to 1e-12",
        arguments: [("python", "python3", "py"), ("r", "Rscript", "R")])
    func tenLines(language: String, program: String, suffix: String) throws {
        let text = try Self.printed(language)
        #expect(text.split(separator: "\n").count <= 10)
        guard let found = Self.program(program) else { return }
        let folder = FileManager.default.temporaryDirectory.appending(path: "concord-ten-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = ["reader.\(suffix)", "m.json", "t.csv"].map { folder.appending(path: $0) }
        let file = try ModelFileTests.file("lr", missing: false)
        let source = try ModelFileTests.table(missing: false)
        try Data(text.utf8).write(to: paths[0])
        try JSONEncoder().encode(try FlatModel(file.fitted)).write(to: paths[1])
        try Data(source.csv.utf8).write(to: paths[2])
        let rows = try Self.output(found, paths.map(\.path))
        let wanted = try file.predictions(try LearningInput(source, features: file.features), horizon: nil)
        #expect(rows.count == wanted.count && !rows.isEmpty)
        for (row, prediction) in zip(rows, wanted) {
            #expect(Tolerance.agrees(row[0], prediction.score, 1e-12))
            #expect(Tolerance.agrees(row[1], prediction.probability, 1e-12))
        }
    }
}
