import Extraction
import Foundation
import SiteAgent
import Testing

/// Helpers that end, hang or talk nonsense: each is an error of the case, and the agent lives on.
struct ImageWorkerTests {
    static let request = ImageRequest.report(
        CaseExtraction(.ibsi(ProcessingSettings()), regions: [.intratumoral], wantsDiagnostics: false),
        CaseSource(image: "image.nii", mask: "mask.nii"))

    /// Programs that are started instead of the agent.
    static let helpers = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Helpers")

    @Test(
        "A helper that ends, hangs or answers nonsense costs the case",
        arguments: [
            ("ends", ImageWorkerError.crashed), ("killed", .crashed), ("hangs", .timedOut(seconds: 1)),
            ("nonsense", .crashed), ("other", .crashed),
        ])
    func broken(program: String, error: ImageWorkerError) throws {
        let worker = ImageWorker(executable: Self.helpers.appending(path: program + ".sh").path, seconds: 1)
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
