import Disclosure
import StudyProtocol
import Testing

@Suite("Site policy")
struct SitePolicyTests {
    static let hash = String(repeating: "ab", count: 32)
    static let floors = StudyProtocol.Disclosure(minimumCases: 10, minimumEvents: 5, minimumCell: 5)

    static func policy(approval: SitePolicy.Approval = .automatic) -> SitePolicy {
        SitePolicy(
            protocols: [hash], minimumCases: 20, minimumEvents: 10, minimumCell: 3, releases: [.counts],
            approval: approval)
    }

    @Test("A protocol that is not listed is refused, with the rule")
    func unknownProtocol() {
        let verdict = Self.policy().verdict(
            protocolHash: "00", disclosure: Self.floors, cases: 100, approved: true)
        guard case .refused(let rule, _) = verdict else {
            Issue.record("not refused")
            return
        }
        #expect(rule == .protocols)
    }

    @Test("The larger floor holds, whoever set it")
    func floors() {
        let floors = Self.policy().floors(with: Self.floors)
        #expect(floors == StudyProtocol.Disclosure(minimumCases: 20, minimumEvents: 10, minimumCell: 5))
        let verdict = Self.policy().verdict(
            protocolHash: Self.hash, disclosure: Self.floors, cases: 19, approved: true)
        guard case .refused(let rule, let message) = verdict else {
            Issue.record("not refused")
            return
        }
        #expect(rule == .minimumCases)
        #expect(!message.contains("19"))
    }

    @Test("A run waits for a person where the policy says so")
    func approval() {
        let policy = Self.policy(approval: .person)
        let waiting = policy.verdict(protocolHash: Self.hash, disclosure: Self.floors, cases: 30, approved: false)
        guard case .waiting = waiting else {
            Issue.record("does not wait")
            return
        }
        #expect(
            policy.verdict(protocolHash: Self.hash, disclosure: Self.floors, cases: 30, approved: true) == .allowed)
    }

    @Test("Unknown keys and words are refused")
    func unknownKey() throws {
        let reader = try ConfigurationReader(text: "policy: {protocols: [], relases: []}", file: "s.yaml")
        #expect(throws: ConfigurationError.self) { try SitePolicy(try reader.section("policy")) }
        let word = try ConfigurationReader(text: "policy: {protocols: [], releases: [rows]}", file: "s.yaml")
        #expect(throws: ConfigurationError.self) { try SitePolicy(try word.section("policy")) }
    }

    @Test("Without a word on approval a person must approve")
    func careful() throws {
        let reader = try ConfigurationReader(text: "policy: {protocols: []}", file: "s.yaml")
        #expect(try SitePolicy(try reader.section("policy")).approval == .person)
    }
}
