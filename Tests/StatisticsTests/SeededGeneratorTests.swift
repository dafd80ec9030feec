import Statistics
import TestKit
import Testing

@Suite("Seeded generator")
struct SeededGeneratorTests {
    @Test("gives the published sequence of SplitMix64 for seed 1234567")
    func sequence() {
        var generator = SeededGenerator(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect((0..<5).map { _ in generator.next() } == expected)
    }

    @Test("uniform numbers stay in [0, 1) and normal numbers have the moments of the normal distribution")
    func moments() {
        var generator = SeededGenerator(seed: 3)
        let n = 200_000
        let uniform = (0..<n).map { _ in generator.uniform() }
        #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect((uniform.reduce(0, +) / Double(n) - 0.5).magnitude < 0.003)
        let normal = (0..<n).map { _ in generator.normal() }
        let mean = normal.reduce(0, +) / Double(n)
        let variance = normal.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
        let fourth = normal.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(n)
        // Four standard errors: 0.009, 0.013, 0.088.
        #expect(mean.magnitude < 0.009 && (variance - 1).magnitude < 0.013 && (fourth - 3).magnitude < 0.088)
    }

    @Test("the same seed gives the same normal numbers")
    func repeats() {
        var first = SeededGenerator(seed: 9)
        var second = SeededGenerator(seed: 9)
        #expect((0..<101).map { _ in first.normal() } == (0..<101).map { _ in second.normal() })
    }
}
