import Federation
import Statistics
import TestKit
import Testing
import Validation

@Suite("Paired DeLong from sums")
struct PairedPooledAUCTests {
    private static func run(_ shards: [PairedPooledAUC.Shard], bins: Int) throws -> PairedPooledAUC.Result {
        let edges = PooledQuantileEdges(bins: bins, minimumPerBin: 1)
        return try PairedPooledAUC(
            first: edges.run(on: shards.map(\.first)).result, second: edges.run(on: shards.map(\.second)).result
        ).run(on: shards).result
    }

    @Test(
        "with a bin for each score the difference, covariance and z are those of pROC 1.18.0 to 1e-10",
        .enabled(if: SharedData.available(SharedFixtures.asah), "the shared aSAH fixture is not here"))
    func asah() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.asah)
        let input = fixture["input"]
        let expected = fixture["expected"]["paired_s100b_wfns"]
        let (first, second, outcome) = (input["s100b"].numbers, input["wfns"].numbers, input["outcome"].numbers)
        let plain = try #require(PairedDeLong(first: first, second: second, outcome: outcome))
        let shards = ShardProperty.unevenRanges(outcome.count, into: 4).map {
            PairedPooledAUC.Shard(first: Array(first[$0]), second: Array(second[$0]), outcome: Array(outcome[$0]))
        }
        let found = try Self.run(shards, bins: 1000)
        #expect(Tolerance.agrees(found.first?.auc, plain.first.auc, 1e-12))
        #expect(Tolerance.agrees(found.second?.variance, plain.second.variance, 1e-12))
        #expect(Tolerance.isRelativelyClose(try #require(found.covariance), expected["cov"].number, 1e-10))
        guard case .value(let difference) = found.difference, let error = difference.standardError else {
            Issue.record("no difference")
            return
        }
        #expect(Tolerance.agrees(difference.value / error, expected["z"].number, 1e-10))
        #expect(Tolerance.agrees(difference.lower, expected["diff_ci95"][0].number, 1e-10))
        let coarse = try Self.run(shards, bins: 10)
        let certified = try #require(coarse.certified)
        #expect(certified.lower <= difference.value && difference.value <= certified.upper)
    }

    @Test(
        "in bins z is as near to that of the scores as it was measured, and the difference within its interval",
        arguments: [(20, 0.097), (100, 0.017)])
    func binned(bins: Int, error: Double) throws {
        var total = 0.0
        let studies = 40
        for seed in 0..<studies {
            let shard = Self.simulated(seed: UInt64(seed), count: 320)
            let plain = try #require(
                PairedDeLong(first: shard.first, second: shard.second, outcome: shard.outcome))
            let found = try Self.run([shard], bins: bins)
            guard case .value(let difference) = found.difference, let certified = found.certified else {
                Issue.record("no difference")
                return
            }
            let exact = plain.first.auc - plain.second.auc
            #expect(certified.lower <= exact && exact <= certified.upper)
            total += abs(difference.value / (difference.standardError ?? .nan) - (plain.z ?? .nan))
        }
        #expect(total / Double(studies) <= error)
    }

    @Test("one class, or one event, has no difference; an empty site adds nothing")
    func notEstimable() throws {
        var shard = Self.simulated(seed: 1, count: 30)
        let whole = try Self.run([shard], bins: 5)
        #expect(try Self.run([shard, PairedPooledAUC.Shard(first: [], second: [], outcome: [])], bins: 5) == whole)
        for events in [0, 1] {
            shard = PairedPooledAUC.Shard(
                first: shard.first, second: shard.second, outcome: (0..<30).map { $0 < events ? 1 : 0 })
            let found = try Self.run([shard], bins: 5)
            #expect(found.difference == .notEstimable("needs two events and two non-events"))
            #expect(found.certified == nil && found.first == nil)
        }
        let same = PairedPooledAUC.Shard(
            first: shard.first, second: shard.first, outcome: (0..<30).map { Double($0 % 2) })
        #expect(try Self.run([same], bins: 5).difference.status == "not_estimable")
    }

    @Test("what is wrong with a site's cases is said")
    func badInput() throws {
        let good = Self.simulated(seed: 2, count: 20)
        let edges = try PooledQuantileEdges(bins: 4, minimumPerBin: 1).run(on: [good.first]).result
        let computation = PairedPooledAUC(first: edges, second: edges)
        #expect(throws: FederationError.wrongShape(block: "second", expected: 2, found: 1)) {
            try computation.run(on: [PairedPooledAUC.Shard(first: [1, 2], second: [1], outcome: [0, 1])])
        }
        #expect(throws: ValidationError.scoreNotFinite) {
            try computation.run(on: [PairedPooledAUC.Shard(first: [1, 2], second: [1, .nan], outcome: [0, 1])])
        }
        #expect(throws: ValidationError.outcomeNotBinary) {
            try computation.run(on: [PairedPooledAUC.Shard(first: [1, 2], second: [1, 2], outcome: [0, 2])])
        }
    }

    private static func simulated(seed: UInt64, count: Int) -> PairedPooledAUC.Shard {
        var generator = SeededGenerator(seed: 700 + seed)
        let outcome = (0..<count).map { _ in generator.uniform() < 0.3 ? 1.0 : 0 }
        let common = outcome.map { $0 + generator.normal() }
        return PairedPooledAUC.Shard(
            first: common.map { $0 + 0.5 * generator.normal() }, second: common.map { $0 + generator.normal() },
            outcome: outcome)
    }
}
