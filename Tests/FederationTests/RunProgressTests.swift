import Federation
import Harmonisation
import Synchronization
import Testing

/// What a command tells of long work.
@Suite("Progress of computations")
struct RunProgressTests {
    @Test("Each round is told to whoever asked, and nobody after that")
    func rounds() throws {
        let table = CaseTable(featureNames: ["a"], features: [1, 2, 4], outcome: [0, 1, 1], batch: ["s", "s", "s"])
        let computation = PooledMoments(exponents: [3])
        let told = Mutex<[String]>([])
        RunProgress.observe { text in told.withLock { $0.append(text) } }
        let watched = try computation.run(on: [table])
        RunProgress.observe(nil)
        // Other tests run beside this one.
        let own = told.withLock { $0 }.filter { $0.hasPrefix(PooledMoments.identifier) }
        #expect(Set(own).isSuperset(of: (1...watched.rounds).map { "\(PooledMoments.identifier), round \($0)" }))
        let count = told.withLock { $0.count }
        _ = try computation.run(on: [table])
        #expect(told.withLock { $0.count } == count)
    }
}
