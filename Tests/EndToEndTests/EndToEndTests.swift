import Foundation
import Testing

/// Real processes on a small cohort: PostgreSQL, coordinator, five agents over mutual TLS.
@Suite("A study on real processes", .serialized)
struct EndToEndTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let shared = ProcessInfo.processInfo.environment["CONCORD_SHARED"] ?? root.appending(path: "../shared").path
    static let heart = shared + "/data/multicentre/fed_heart_disease"
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

    @Test("A scanner that the protocol does not expect opens a batch of its own, and the study says so")
    func drift() throws {
        let run = try Self.run(["Tests/EndToEndTests/drift.sh"])
        try #require(run.code == 0, Comment(rawValue: run.text))
        let results = try Self.results(".demo/test-drift")
        let sites = try #require(results["sites"] as? [[String: Any]])
        func batches(_ name: String) throws -> [String: Double] {
            let site = try #require(sites.first { $0["site"] as? String == name })
            var cases: [String: Double] = [:]
            for release in try #require(site["releases"] as? [[String: Any]]) {
                guard release["statistic"] as? String == "batch", let subject = release["subject"] as? String else {
                    continue
                }
                cases[subject] = try #require((release["estimate"] as? [String: Any])?["value"] as? Double)
            }
            return cases
        }
        // Ten of the forty cases of the first hospital came from the scanner of the second.
        let (first, second) = (try batches("tours"), try batches("essen"))
        #expect(first.values.sorted() == [10, 30] && second.count == 1)
        #expect(first[try #require(second.keys.first)] == 10)
        let site = try #require(sites.first { $0["site"] as? String == "tours" })
        let deviation = try #require(
            (site["deviations"] as? [[String: Any]])?.first { $0["field"] as? String == "batch" })
        #expect(deviation["observed"] as? String == second.keys.first && deviation["share"] as? Double == 0.25)
        // On the screen beside the site.
        #expect(run.text.contains("batch 25%"))
    }

    static let hasNumpy = (try? run(["-c", "python3 -c 'import numpy'"]))?.code == 0

    @Test("ComBat over three hospitals equals numpy's on the pooled table", .enabled(if: hasNumpy, "no numpy here"))
    func pooledComBat() throws {
        let folder = ".demo/test-quiet"
        if !FileManager.default.fileExists(atPath: Self.root.appending(path: folder + "/results.json").path) {
            _ = try Self.demo(folder, chaos: false)
        }
        // Least squares on all rows at once; within 1e-11 of a feature's standard deviation.
        let check = try Self.run(
            ["-c", "python3 Tests/EndToEndTests/pooled-combat.py \(folder) tours essen gdansk"])
        #expect(check.code == 0, Comment(rawValue: check.text))
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

    @Test(
        "Heart disease at four centres reaches the accuracy of pooled training on the published split",
        .enabled(if: FileManager.default.fileExists(atPath: heart), "the shared data are not beside the repository"))
    func heartDisease() throws {
        let run = try Self.run(["deploy/study-heart.sh", Self.heart])
        try #require(run.code == 0, Comment(rawValue: run.text))
        // FLamby's pooled training and scikit-learn on the pooled rows: 202 of 254.
        #expect(run.text.contains("accuracy on the held-out rows of all centres: 0.7953 (202 of 254)"))
    }

    @Test(
        "Refits and the drop as stages give the numbers of the local commands on the pooled rows",
        .enabled(if: FileManager.default.fileExists(atPath: heart), "the shared data are not beside the repository"))
    func validationStages() throws {
        let run = try Self.run(["deploy/study-validation.sh", Self.heart])
        try #require(run.code == 0, Comment(rawValue: run.text))
        #expect(run.text.contains("stages of the study against the pooled rows: "))
    }

    @Test(
        "Non-parametric ComBat with CovBat and a report, fusion of blocks: the agents' model file is that of the pooled rows",
        .enabled(if: FileManager.default.fileExists(atPath: nsclc), "the shared data are not beside the repository"),
        arguments: ["nsclc-harmonisation", "nsclc-fusion"])
    func tables(study: String) throws {
        let run = try Self.run(
            [
                "deploy/study-table.sh", "protocols/\(study).yaml", Self.nsclc + "/outcome_and_cnn_score.csv", "center",
                "id",
                Self.nsclc + "/radiomics.csv",
            ], environment: ["WORK": Self.root.appending(path: ".demo/\(study)").path])
        try #require(run.code == 0, Comment(rawValue: run.text))
        #expect(run.text.contains("the model of the agents is that of the pooled rows: sha256 "))
    }

    @Test(
        "Gaps of the published heart disease tables are imputed by real agents as on the pooled rows",
        .enabled(if: FileManager.default.fileExists(atPath: heart), "the shared data are not beside the repository"))
    func gaps() throws {
        let work = Self.root.appending(path: ".demo/heart-learning")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        let table = work.deletingLastPathComponent().appending(path: "heart-learning.csv")
        let names = "age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal"
        var lines = ["case,centre,disease,\(names)"]
        for centre in ["cleveland", "hungarian", "switzerland", "va"] {
            let text = try String(contentsOfFile: Self.heart + "/processed.\(centre).data", encoding: .utf8)
            for (row, line) in text.split(whereSeparator: \.isNewline).enumerated() {
                let cells = line.split(separator: ",", omittingEmptySubsequences: false).map {
                    $0 == "?" || $0 == "-9" || $0 == "-9.0" ? "" : String($0)
                }
                guard cells.count == 14 else { continue }
                let disease = cells[13] == "0" ? "0" : "1"
                lines.append("\(centre)-\(row + 1),\(centre),\(disease)," + cells.prefix(13).joined(separator: ","))
            }
        }
        try (lines.joined(separator: "\n") + "\n").write(to: table, atomically: true, encoding: .utf8)
        let run = try Self.run(
            ["deploy/study-table.sh", "protocols/heart-learning.yaml", table.path, "centre", "case"],
            environment: ["WORK": work.path])
        try #require(run.code == 0, Comment(rawValue: run.text))
        #expect(run.text.contains("the model of the agents is that of the pooled rows: sha256 "))
    }

    @Test("A folder that is not there is a sentence, not a stack trace")
    func missingData() throws {
        let run = try Self.run(["deploy/study-nsclc.sh", "no-such-folder"])
        #expect(run.code == 66)
        #expect(run.text.contains("is not there"))
        #expect(run.text.split(separator: "\n").count == 1)
    }

    /// Name, exit code or HTTP status, and a part of what must be said.
    static let refusals: [(name: String, code: Int, says: String)] = [
        ("protocol-unknown-key", 64, "unknown-key.yaml:17: modell: unknown key"),
        ("protocol-unknown-key-sent", 64, "unknown-key.yaml:17: modell: unknown key"),
        ("protocol-trained-external", 64, "a site that trained cannot be external"),
        ("protocol-outcome-covariate", 64, "'outcome' is the outcome; preserving it would leak it"),
        ("table-missing-batch", 64, "both.csv: there is no column 'scaner'"),
        ("table-missing-column", 64, "missing-column.csv: there is no column 'f2'"),
        ("table-text", 64, "text.csv: row 7, column 'f1': not a finite number"),
        ("table-nan", 64, "nan.csv: row 10, column 'f1': not a finite number"),
        ("table-infinite", 64, "infinite.csv: row 8, column 'f2': not a finite number"),
        ("table-truncated", 64, "no row of site 'beta'"),
        ("table-utf16", 64, "utf16.csv:1: not UTF-8"),
        ("table-no-rows", 64, "no row of site 'alpha'"),
        ("table-empty", 64, "empty.csv: the file is empty"),
        ("mask-good", 0, ""),
        ("mask-empty", 1, "mask-empty.nii.gz: The mask has no voxel"),
        ("mask-spacing", 1, "mask-spacing.nii.gz: Image and mask are not on the same grid"),
        ("mask-size", 1, "mask-size.nii.gz: Image and mask are not on the same grid"),
        ("mask-truncated", 1, "mask-truncated.nii.gz ends early"),
        ("mask-missing", 1, "no-such-mask.nii.gz cannot be read"),
        ("manifest-survives", 1, "case a d  b: reader_timed_out c: unreadable_file"),
        ("images-confined", 0, "ok   images: parsed in a process without network"),
        ("certificate-good", 204, ""),
        ("certificate-none", 403, "a site's certificate is needed"),
        ("certificate-foreign", 0, "unknown ca"),
        ("certificate-expired", 0, "certificate expired"),
        ("certificate-of-operator", 403, "a site's certificate is needed"),
        ("body-over-limit", 413, "over the limit of 67108864 bytes"),
        ("body-over-limit-chunked", 413, "over the limit of 67108864 bytes"),
        ("certificate-good-after", 204, ""),
        ("doctor-expired", 1, "the client certificate has expired"),
        ("doctor-foreign-authority", 1, "does not come from the study's authority"),
        ("site-one-class", 1, "site beta refused (data): all cases of the site have the same outcome"),
        ("site-mended", 0, "finished"),
        ("certificate-revoked", 403, "the certificate is revoked"),
        ("run-awaits", 0, "beta"),
        ("run-stopped", 1, "stopped by the coordinating centre: beta has left"),
        ("run-stopped-twice", 1, "the run has failed"),
        ("audit-verifies", 0, ""),
    ]

    @Test("Bad input is refused in a line that names it, and nothing is lost")
    func badInput() throws {
        let run = try Self.run(["Tests/EndToEndTests/refusals.sh"])
        try #require(run.code == 0, Comment(rawValue: run.text))
        var told: [String: [Substring]] = [:]
        for line in run.text.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            if fields.count == 4 { told[String(fields[0])] = fields }
        }
        #expect(told.count == Self.refusals.count, Comment(rawValue: run.text))
        for refusal in Self.refusals {
            let fields = try #require(told[refusal.name], Comment(rawValue: "\(refusal.name): \(run.text)"))
            #expect(Int(fields[1]) == refusal.code, "\(refusal.name)")
            #expect(fields[3].contains(refusal.says) || refusal.says.isEmpty, "\(refusal.name): \(fields[3])")
            // One line, but for `run watch`, which also tells the stages, and `doctor`, which checks every hop.
            let isOneLine = ["protocol", "table", "mask"].contains { refusal.name.hasPrefix($0) } && refusal.code != 0
            if isOneLine { #expect(fields[2] == "1", "\(refusal.name)") }
        }
    }
}
