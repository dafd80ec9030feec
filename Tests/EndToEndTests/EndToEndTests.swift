import Foundation
import Testing

/// Real processes on a small cohort: PostgreSQL, coordinator, five agents over mutual TLS.
@Suite("A study on real processes", .serialized)
struct EndToEndTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let shared = ProcessInfo.processInfo.environment["CONCORD_SHARED"] ?? root.appending(path: "../shared").path
    static let nsclc = shared + "/data/multicentre/nsclc_ct_radiotherapy_3centres"

    /// Runs a script and returns its exit code and what it wrote.
    static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> (code: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["bash"] + arguments
        process.currentDirectoryURL = root
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let log = FileManager.default.temporaryDirectory.appending(path: "concord-\(UUID().uuidString).log")
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try handle.close()
        defer { try? FileManager.default.removeItem(at: log) }
        return (process.terminationStatus, try String(contentsOf: log, encoding: .utf8))
    }

    static func results(_ folder: String) throws -> [String: Any] {
        let bytes = try Data(contentsOf: root.appending(path: folder).appending(path: "results.json"))
        return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }

    static func demo(_ folder: String, chaos: Bool) throws -> [String: Any] {
        var environment = ["CASES": "32", "SEED": "11", "WORK": root.appending(path: folder).path]
        if chaos { environment["CHAOS"] = "1" }
        let run = try run(["deploy/demo.sh", "ultrasound"], environment: environment)
        try #require(run.code == 0, Comment(rawValue: run.text))
        #expect(run.text.contains("verified: "))
        return try results(folder)
    }

    @Test("Five hospitals finish a study; killed processes change nothing in the model")
    func fiveHospitals() throws {
        let quiet = try Self.demo(".demo/test-quiet", chaos: false)
        let model = try #require(quiet["model"] as? [String: Any])
        let selection = try #require(quiet["selection"] as? [String: Any])
        #expect((selection["extracted"] as? Int ?? 0) > 200)
        let sites = try #require(quiet["sites"] as? [[String: Any]])
        #expect(sites.count == 5)
        for site in sites {
            #expect((site["commitment"] as? String)?.count == 64)
            let releases = try #require(site["releases"] as? [[String: Any]])
            let kappa = releases.first { $0["statistic"] as? String == "kappa" && $0["subject"] as? String == "ring3" }
            let value = try #require((kappa?["estimate"] as? [String: Any])?["value"] as? Double)
            #expect(value > 0.5 && value < 0.8)
        }
        let disturbed = try Self.demo(".demo/test-chaos", chaos: true)
        let again = try #require(disturbed["model"] as? [String: Any])
        #expect(again["sha256"] as? String == model["sha256"] as? String)
    }

    @Test(
        "Three real centres: the supplied score gives the published external AUC",
        .enabled(if: FileManager.default.fileExists(atPath: nsclc), "the shared data are not beside the repository"))
    func radiotherapy() throws {
        let run = try Self.run(["deploy/study-nsclc.sh", Self.nsclc])
        try #require(run.code == 0, Comment(rawValue: run.text))
        let results = try Self.results(".demo/nsclc")
        let sites = try #require(results["sites"] as? [[String: Any]])
        // pROC 1.18.0, DeLong (external_validation_nsclc_ct_radiotherapy_3centres.json).
        let expected = [
            "harvardrt": [0.574392189993429, 0.50839642696303, 0.640387953023828],
            "radboud": [0.697838345864662, 0.597728799075107, 0.797947892654217],
            "maastro": [0.701655629139073, 0.625355018839972, 0.777956239438174],
        ]
        for site in sites {
            let name = try #require(site["site"] as? String)
            let releases = try #require(site["releases"] as? [[String: Any]])
            let auc = releases.first {
                $0["statistic"] as? String == "auc" && $0["subject"] as? String == "cnn_p_surv2yr"
            }
            let estimate = try #require(auc?["estimate"] as? [String: Any])
            let values = try ["value", "lower", "upper"].map { try #require(estimate[$0] as? Double) }
            for (value, peer) in zip(values, try #require(expected[name])) {
                #expect((value - peer).magnitude < 1e-10)
            }
        }
    }

    @Test("A folder that is not there is a sentence, not a stack trace")
    func missingData() throws {
        let run = try Self.run(["deploy/study-nsclc.sh", "no-such-folder"])
        #expect(run.code == 66)
        #expect(run.text.contains("is not there"))
        #expect(run.text.split(separator: "\n").count == 1)
    }
}
