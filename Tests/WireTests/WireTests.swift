import Disclosure
import Federation
import Foundation
import Statistics
import StudyCore
import StudyProtocol
import Testing
import Wire

@Suite("Messages")
struct WireTests {
    static let block = BlockSpecification.unitScale("g", shape: [31], meaning: "m", discloses: "d")

    static func answer() throws -> Answer {
        var sum = ExactSum(block)
        for index in 0..<31 { sum.add(Double(index) / 3 - 5, at: index) }
        return Answer(
            contribution: Contribution(blocks: [try sum.block()]),
            releases: [
                Release(
                    releaseClass: .validation, statistic: "auc", subject: "model",
                    estimate: .value(
                        EstimateValue(
                            value: 0.7, standardError: 0.03, lower: 0.6, upper: 0.8, n: 90, events: 30, method: "DeLong"
                        ))),
                Release(releaseClass: .counts, statistic: "events", estimate: .suppressed("fewer than 5 cases")),
                Release(releaseClass: .agreement, statistic: "kappa", estimate: .notEstimable("one category")),
            ], columns: ["a", "b"], commitment: String(repeating: "0a", count: 32))
    }

    @Test("An answer comes back as it was, in the same bytes each time, and small")
    func answers() throws {
        let answer = try Self.answer()
        let bytes = try WireCodec.encode(answer, run: "r", round: 3)
        #expect(try WireCodec.encode(answer, run: "r", round: 3) == bytes)
        #expect(try WireCodec.answer(bytes, run: "r", round: 3, specifications: [Self.block]) == answer)
        let plain = try WireCodec.encode(Answer(contribution: answer.contribution), run: "r", round: 3)
        #expect(plain.count < 600)
    }

    @Test("An answer to another round, run or catalogue is refused")
    func mismatch() throws {
        let bytes = try WireCodec.encode(try Self.answer(), run: "r", round: 3)
        #expect(throws: WireError.self) {
            try WireCodec.answer(bytes, run: "r", round: 4, specifications: [Self.block])
        }
        #expect(throws: WireError.self) {
            try WireCodec.answer(bytes, run: "x", round: 3, specifications: [Self.block])
        }
        #expect(throws: WireError.self) { try WireCodec.answer(bytes, run: "r", round: 3, specifications: []) }
    }

    @Test("Tasks, receipts and faults come back as they were")
    func others() throws {
        let task = StudyTask(
            run: "r", round: 2, stage: .training, computation: "learning.ridge-logistic", state: Data("{}".utf8),
            protocolHash: String(repeating: "1f", count: 32), artefacts: ["model": String(repeating: "2e", count: 32)])
        #expect(try WireCodec.task(try WireCodec.encode(task)) == task)
        let receipt = Receipt(
            run: "r", round: 2, site: "a", bodySHA256: String(repeating: "3d", count: 32), receivedAtMilliseconds: 7)
        #expect(try WireCodec.receipt(try WireCodec.encode(receipt)) == receipt)
        #expect(WireCodec.fault(try WireCodec.encode(.gone)) == .gone)
        #expect(WireCodec.fault(Data("<html>".utf8)) == nil)
    }

    @Test("Damaged bytes throw and never crash; what is accepted has finite numbers")
    func fuzz() throws {
        let bytes = try WireCodec.encode(try Self.answer(), run: "r", round: 3)
        var state: UInt64 = 9
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        for _ in 0..<4000 {
            var damaged = bytes
            for _ in 0..<2 { damaged[Int(next()) % damaged.count] = UInt8(truncatingIfNeeded: next()) }
            if next() % 3 == 0 { damaged = damaged.prefix(Int(next()) % damaged.count) }
            guard let answer = try? WireCodec.answer(damaged, run: "r", round: 3, specifications: [Self.block]) else {
                continue
            }
            for release in answer.releases {
                if let number = release.estimate.number { #expect(number.isFinite) }
            }
        }
    }
}
