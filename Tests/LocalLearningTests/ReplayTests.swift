import Federation
import Foundation
import Learning
import LocalLearning
import Testing

/// An algorithm that is run round by round against the sums of sites, as a coordinator does it.
@Suite("Replay of an algorithm in a study")
struct LearningReplayTests {
    /// 120 rows of 60 features at two sites.
    static func sites() -> [TrainingCases] {
        var state: UInt64 = 7
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        return (0..<2).map { site in
            let outcome = (0..<60).map { _ in uniform() < 0.5 ? 1.0 : 0 }
            return TrainingCases(
                table: CaseTable(
                    featureNames: (0..<60).map { "f\($0)" },
                    features: outcome.flatMap { y in (0..<60).map { column in uniform() + (column < 4 ? 0.4 * y : 0) }
                    },
                    outcome: outcome, batch: outcome.map { _ in "s\(site)" }),
                names: (0..<60).map { "s\(site)/\($0)" })
        }
    }

    static func program(_ methods: [String]) throws -> LearningProgram {
        var settings = LearnerSettings()
        (settings.folds.count, settings.trees.rounds, settings.forest.trees) = (3, 5, 10)
        return LearningProgram(
            method: "lasso", settings: settings,
            selection: [try SelectionStep("pearson:0.9"), try SelectionStep("t:8")],
            kept: [],
            comparison: methods.isEmpty
                ? nil : LearningProgram.Comparison(methods: methods, folds: 3, repetitions: 1, showsLeak: false),
            seed: "replay", sites: ["s0", "s1"])
    }

    /// Runs a program to its end; what is kept between two rounds is all that the next one knows.
    static func run(
        _ program: LearningProgram, _ sites: [TrainingCases], after: ([String: Data]) -> Void = { _ in }
    ) throws -> (outcome: LearningProgram.Outcome, rounds: Int) {
        var finished: [String: Data] = [:]
        var open: (round: LearningRound, sum: Contribution)?
        for rounds in 0..<2000 {
            let replay = try LearningReplay(finished: finished, open: open)
            do {
                let outcome = try program.run(on: Cohort(features: sites[0].table.featureNames, replay: replay))
                return (outcome, rounds)
            } catch let pending as LearningReplay.Pending {
                finished = replay.finished
                after(finished)
                let round = try pending.round.limited()
                var sum = Contribution.zero(try round.specifications())
                for site in sites { try sum.add(try round.contribute(site, floor: 5)) }
                open = (round, sum)
            }
        }
        throw LocalLearningError.options("the program does not end")
    }

    @Test(
        "Sums that led to a part's result are forgotten once it is there: a round reads what is open, not all that was")
    func forgets() throws {
        let sites = Self.sites()
        var (largest, memories): ([Int], [Int]) = ([], [])
        let (outcome, rounds) = try Self.run(try Self.program([]), sites) { finished in
            guard finished.keys.contains(where: { $0.hasSuffix("/selection") }) else { return }
            // What the sites are not told of the open computation is kept until its next round.
            let results = finished.filter { !$0.key.hasSuffix("+state") }
            largest.append(results.values.reduce(0) { $0 + $1.count })
            memories.append(finished.count - results.count)
        }
        // The correlations of 60 features are 1,830 numbers; names and moments of eight are left.
        #expect(rounds > 30 && largest.count > 20 && (largest.max() ?? .max) < 2_000)
        #expect(memories.contains(1) && memories.allSatisfy { $0 <= 1 })
        #expect(outcome.fitted.selection?.features.count == 8 && outcome.cases == 120)
    }

    @Test(
        "What is kept does not grow with the rounds of a comparison, and the result is that of one site with all rows")
    func comparison() throws {
        let sites = Self.sites()
        let program = try Self.program(["lr", "boosting"])
        let (outcome, _) = try Self.run(program, sites)
        let together = TrainingCases(
            table: CaseTable(
                featureNames: sites[0].table.featureNames, features: sites.flatMap(\.table.features),
                outcome: sites.flatMap(\.table.outcome), batch: sites.flatMap(\.table.batch)),
            names: sites.flatMap(\.names))
        let (pooled, _) = try Self.run(program, [together])
        #expect(outcome.fitted == pooled.fitted && outcome.comparison == pooled.comparison)
        #expect(outcome.comparison?.algorithms.count == 2)
    }
}
