import Foundation
import StudyProtocol
import Testing

@Suite("Protocol files")
struct StudyProtocolTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "protocols")

    static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    static let names = [
        "hcc-mvi-ultrasound.yaml", "hcc-mvi-ct.yaml", "nsclc-radiotherapy.yaml", "heart-disease.yaml",
        "heart-validation.yaml", "heart-drop.yaml",
        "nsclc-statistics.yaml", "image-description.yaml", "ultrasound-description.yaml",
    ]

    @Test("Every protocol in the repository is valid and reads back from its canonical form", arguments: names)
    func repository(name: String) throws {
        let study = try StudyProtocol(yaml: try Self.text(name), file: name)
        let again = try CanonicalForm.decode(StudyProtocol.self, from: try study.canonicalForm())
        #expect(again == study)
        #expect(try again.hash() == study.hash())
        #expect(try study.hash().count == 64)
    }

    @Test("Comments and the order of keys do not change the identity; a number does")
    func identity() throws {
        let text = try Self.text("nsclc-radiotherapy.yaml")
        let hash = try StudyProtocol(yaml: text, file: "p").hash()
        let commented =
            "# another comment\n"
            + text.replacingOccurrences(
                of: "  kind: ridge-logistic\n  lambda: 1", with: "  lambda: 1.0\n  kind: ridge-logistic")
        #expect(try StudyProtocol(yaml: commented, file: "p").hash() == hash)
        let changed = text.replacingOccurrences(of: "lambda: 1", with: "lambda: 2")
        #expect(try StudyProtocol(yaml: changed, file: "p").hash() != hash)
    }

    @Test(
        "Faults name file, line and field",
        arguments: [
            ("lambda: 1", "lamda: 1", "model.lamda"), ("lambda: 1", "lambda: x", "model.lambda"),
            ("lambda: 1", "lambda: -1", "model.lambda"), ("lambda: 1", "lambda: .nan", "model.lambda"),
            ("external: [maastro]", "external: [radboud]", "sites.external"),
            ("kind: ridge-logistic", "kind: sorcery", "model.kind"), ("study: nsclc", "study: NSCLC", "study"),
            ("  event: \"1\"", "", "outcome.event"), ("version: 1", "version: one", "version"),
        ])
    func faults(old: String, new: String, field: String) throws {
        let text = try Self.text("nsclc-radiotherapy.yaml").replacingOccurrences(of: old, with: new)
        let error = #expect(throws: ConfigurationError.self) { try StudyProtocol(yaml: text, file: "p.yaml") }
        #expect(error?.field == field)
        #expect((error?.line ?? 0) > 0)
        #expect(error?.description.hasPrefix("p.yaml:") == true)
    }

    @Test("The outcome is refused as a covariate of harmonisation")
    func leakage() throws {
        let text = try Self.text("hcc-mvi-ultrasound.yaml").replacingOccurrences(of: "- name: age", with: "- name: mvi")
        let error = #expect(throws: ConfigurationError.self) { try StudyProtocol(yaml: text, file: "p.yaml") }
        #expect(error?.reason.contains("leak") == true)
    }

    @Test("Batches by acquisition need images and fields to group by")
    func acquisitionBatches() throws {
        let text = try Self.text("hcc-mvi-ultrasound.yaml").replacingOccurrences(
            of: "batch: site", with: "batch: acquisition")
        #expect(try StudyProtocol(yaml: text, file: "p.yaml").harmonisation.groupsByAcquisition)
        let table = try Self.text("nsclc-radiotherapy.yaml").replacingOccurrences(
            of: "batch: site", with: "batch: acquisition")
        let error = #expect(throws: ConfigurationError.self) { try StudyProtocol(yaml: table, file: "p.yaml") }
        #expect(error?.field == "harmonisation.batch")
    }

    @Test("Damaged documents throw and never crash")
    func fuzz() throws {
        let text = Array(try Self.text("hcc-mvi-ultrasound.yaml").utf8)
        var state: UInt64 = 3
        for _ in 0..<400 {
            var bytes = text
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 40)
            }
            let damaged = String(decoding: bytes, as: UTF8.self)
            if let study = try? StudyProtocol(yaml: damaged, file: "p") { #expect(try study.hash().count == 64) }
        }
    }
}
