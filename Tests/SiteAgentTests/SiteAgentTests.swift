import Disclosure
import Foundation
import SiteAgent
import StudyCore
import StudyProtocol
import Testing

@Suite("Site files and the agent's store")
struct SiteAgentTests {
    static let yaml = """
        site: tours
        coordinator: https://localhost:8443
        store: store
        data: {clinical: clinical.csv}
        policy: {protocols: []}
        """

    @Test("Paths count from the folder of the site file")
    func paths() throws {
        let site = try SiteConfiguration(yaml: Self.yaml, file: "s.yaml", folder: "/a/b")
        #expect(site.data.clinical == "/a/b/clinical.csv")
        #expect(site.store == "/a/b/store")
        #expect(site.data.caseColumn == "case")
    }

    @Test("The example file is valid")
    func example() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "sites/example.yaml").path
        #expect(try SiteConfiguration(path: path).policy.approval == .person)
    }

    @Test(
        "Faults name file and field",
        arguments: [
            ("https://localhost:8443", "http://localhost", "coordinator"), ("site: tours", "site: Tours", "site"),
            ("store: store", "stor: store", "stor"), ("clinical: clinical.csv", "clinica: c.csv", "data.clinica"),
        ])
    func faults(old: String, new: String, field: String) {
        let text = Self.yaml.replacingOccurrences(of: old, with: new)
        let error = #expect(throws: ConfigurationError.self) {
            try SiteConfiguration(yaml: text, file: "s.yaml", folder: "/")
        }
        #expect(error?.field == field)
        #expect(error?.file == "s.yaml")
    }

    @Test("The journal keeps the first bytes of a round, and survives a second process")
    func journal() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "concord-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "agent.sqlite").path
        let first = Submission(run: "r", round: 1, computation: "c", body: Data([1, 2, 3]), items: ["a", "b"])
        let second = Submission(run: "r", round: 1, computation: "c", body: Data([9]), items: ["a"])
        let store = try SiteStore(path: path)
        #expect(try store.journal(first, rule: "policy.protocols", at: Date()) == first)
        #expect(try store.journal(second, rule: "policy.protocols", at: Date()) == first)
        let again = try SiteStore(path: path)
        #expect(try again.unacknowledged() == [first])
        let receipt = Receipt(run: "r", round: 1, site: "s", bodySHA256: "x", receivedAtMilliseconds: 1)
        try again.acknowledge(first, receipt: receipt)
        #expect(try store.unacknowledged().isEmpty)
        let ledger = try store.ledger()
        #expect(ledger.count == 1)
        #expect(ledger.first?.state == "counted")
        #expect(ledger.first?.entry.items == ["a", "b"])
        #expect(ledger.first?.entry.sha256 == CanonicalForm.sha256(Data([1, 2, 3])))
    }
}
