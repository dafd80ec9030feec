import Extraction
import Foundation
import SiteAgent
import Testing

/// Helpers that end, hang or talk nonsense: each is an error of the case, and the agent lives on.
struct ImageWorkerTests {
    static let request = ImageRequest.report(
        CaseExtraction(.ibsi(ProcessingSettings()), regions: [.intratumoral], wantsDiagnostics: false),
        CaseSource(image: "image.nii", mask: "mask.nii"))

    /// A program that is started instead of the agent.
    static func script(_ text: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "concord-helper-\(UUID().uuidString)")
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: file.path)
        return file.path
    }

    @Test(
        "A helper that ends, hangs or answers nonsense costs the case",
        arguments: [
            ("exit 0", ImageWorkerError.crashed), ("kill -9 $$", .crashed),
            ("sleep 20", .timedOut(seconds: 1)), ("printf 'not a message at all'; sleep 20", .crashed),
            ("printf '\\003\\000\\000\\000{}!'; sleep 20", .crashed),
        ])
    func broken(text: String, error: ImageWorkerError) throws {
        let program = try Self.script(text)
        defer { try? FileManager.default.removeItem(atPath: program) }
        let worker = ImageWorker(executable: program, seconds: 1)
        // Twice: the second request finds a helper that is gone.
        for _ in 0..<2 { #expect(throws: error) { try worker.ask(Self.request) } }
    }

    @Test("A program that is not there is named")
    func missing() {
        let worker = ImageWorker(executable: "/nowhere/concord-agent", seconds: 1)
        let error = #expect(throws: ImageWorkerError.self) { try worker.ask(Self.request) }
        #expect(error?.code == "reader_not_started")
    }
}
