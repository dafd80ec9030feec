import FoundationEssentials
import Statistics
import Testing

@Suite("Estimate")
struct EstimateTests {
    static let value = Estimate.value(
        EstimateValue(
            value: 0.7017, standardError: 0.039, lower: 0.625, upper: 0.778, n: 211, events: 60, method: "DeLong"))

    @Test(
        "survives JSON unchanged",
        arguments: [
            value, .value(EstimateValue(value: 0, n: 3, method: "O:E")), .suppressed("fewer than 10 events"),
            .notEstimable("one category only was used"),
        ])
    func roundTrip(estimate: Estimate) throws {
        let data = try JSONEncoder().encode(estimate)
        #expect(try JSONDecoder().decode(Estimate.self, from: data) == estimate)
    }

    @Test("is one flat object with a status, and no number where there is none")
    func flat() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(Estimate.suppressed("few")), as: UTF8.self)
                == #"{"reason":"few","status":"suppressed"}"#)
        let text = String(decoding: try encoder.encode(Self.value), as: UTF8.self)
        #expect(text.contains(#""status":"ok""#) && text.contains(#""value":0.7017"#) && !text.contains("reason"))
    }

    @Test("an unknown status is refused")
    func unknownStatus() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Estimate.self, from: Data(#"{"status":"fine","value":1}"#.utf8))
        }
    }

    @Test("suppressed, not estimable and zero are three different things")
    func different() {
        let zero = Estimate.value(EstimateValue(value: 0, n: 1, method: ""))
        #expect(zero.number == 0 && zero.status == "ok" && zero.reason.isEmpty)
        #expect(Estimate.suppressed("x").number == nil && Estimate.suppressed("x").status == "suppressed")
        #expect(Estimate.notEstimable("x").number == nil && Estimate.notEstimable("x").status == "not_estimable")
        #expect(Estimate.suppressed("x") != .notEstimable("x"))
    }
}
