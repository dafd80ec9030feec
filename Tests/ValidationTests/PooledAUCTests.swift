import Federation
import FoundationEssentials
import Statistics
import TestKit
import Testing
import Validation

@Suite("Pooled AUC from histograms")
struct PooledAUCTests {
    @Test("class histograms of three centres give the recorded AUC, variance and half-width to 1e-12", arguments: 0..<5)
    func histograms(index: Int) throws {
        let fixture = try JSONFixture.beside("federated_auc_nsclc_rt.json")
        let binning = fixture["cases"][index]
        let sites = binning["per_site_counts_class0_class1"]
        let bins = binning["edges"].list.count - 1
        var counts = [[Int](repeating: 0, count: bins), [Int](repeating: 0, count: bins)]
        for site in sites.keys {
            for outcome in 0..<2 {
                counts[outcome] = zip(counts[outcome], sites[site][outcome].integers).map { $0 + $1 }
            }
        }
        let binned = try #require(BinnedAUC(nonEvents: counts[0], events: counts[1]))
        #expect(Tolerance.agrees(binned.auc, binning["auc_binned"].number, 1e-12))
        #expect(Tolerance.isRelativelyClose(binned.variance, binning["var_delong_binned"].number, 1e-12))
        #expect(Tolerance.agrees(binned.certifiedHalfWidth, binning["certified_half_width"].number, 1e-12))
        let truth = fixture["pooled_auc"].number
        #expect(binned.certified.lower <= truth && truth <= binned.certified.upper)
    }

    @Test(
        "three real centres: the certified interval of 120 quantile bins of five cases holds the pooled AUC 0.61893",
        .enabled(if: SharedData.available(RadiotherapyCohorts.path), Comment(rawValue: RadiotherapyCohorts.reason)))
    func radiotherapy() throws {
        let cohorts = try RadiotherapyCohorts.load()
        let sites = RadiotherapyCohorts.centres.compactMap { cohorts[$0] }
        let run = try PooledAUC(score: "cnn", bins: 120, minimumPerBin: 5).run(on: sites)
        let pooled = RadiotherapyCohorts.pooled(cohorts)
        let truth = try #require(DeLong(scores: pooled.scores, outcome: pooled.outcome))
        let certified = try #require(run.result.certified)
        guard case .value(let value) = run.result.estimate else {
            Issue.record("no pooled AUC")
            return
        }
        #expect(certified.lower <= truth.auc && truth.auc <= certified.upper)
        #expect((certified.upper - certified.lower) / 2 < 0.0045)
        #expect((value.value - truth.auc).magnitude < 0.001)
        let error = try #require(value.standardError)
        #expect(Tolerance.isRelativelyClose(error, truth.variance.squareRoot(), 0.005))
        #expect(run.result.bins > 90 && run.rounds <= 20)
        let stratified = try #require(
            StratifiedAUC.estimate(sites.compactMap { DeLong(scores: $0.scores, outcome: $0.outcome) }).number)
        #expect(Tolerance.agrees(stratified, 0.6179602388133194, 1e-12))
    }

    @Test("the certified interval holds the pooled AUC in every one of 300 simulated studies, with ties and any scale")
    func certified() throws {
        var generator = SeededGenerator(seed: 20_241)
        for study in 0..<300 {
            let scale = [1.0, 1e-6, 1e6, 1e30][study % 4]
            let isTied = study % 3 == 0
            let sites = (0..<4).map { site in
                let outcome = (0..<(30 + site * 20)).map { _ in generator.uniform() < 0.35 ? 1.0 : 0 }
                let scores = outcome.map { event in
                    let score = event + generator.normal() + Double(site) * 0.3
                    return (isTied ? (score * 3).rounded() / 3 : score) * scale
                }
                return ScoredCases(scores: scores, outcome: outcome)
            }
            let result = try PooledAUC(score: "s", bins: 10, minimumPerBin: 5).run(on: sites).result
            let truth = try #require(
                DeLong(scores: sites.flatMap(\.scores), outcome: sites.flatMap(\.outcome)))
            let certified = try #require(result.certified)
            #expect(certified.lower <= truth.auc + 1e-12 && truth.auc <= certified.upper + 1e-12, "study \(study)")
            #expect((certified.upper - certified.lower) / 2 < (isTied ? 0.2 : 0.06), "study \(study)")
        }
    }

    @Test(
        "three real centres: the rectangles of the bins hold every point of the exact ROC curve, and their areas are the certified AUC",
        .enabled(if: SharedData.available(RadiotherapyCohorts.path), Comment(rawValue: RadiotherapyCohorts.reason)))
    func certifiedCurve() throws {
        let cohorts = try RadiotherapyCohorts.load()
        let found = try CertifiedAUC.search(Array(cohorts.values), minimumPerBin: 5)
        let (curve, certified) = (try #require(found.curve), try #require(found.certified))
        let pooled = RadiotherapyCohorts.pooled(cohorts)
        let exact = try #require(Discrimination(scores: pooled.scores, outcome: pooled.outcome).curve)
        for point in exact.points {
            let falsePositives = 1 - point.specificity
            let bounds = curve.sensitivity(at: falsePositives)
            let upper = exact.sensitivity(at: falsePositives)
            #expect(bounds.lower <= upper + 1e-12 && point.sensitivity <= bounds.upper + 1e-12)
        }
        for step in 0...200 {
            let bounds = curve.sensitivity(at: Double(step) / 200)
            let value = exact.sensitivity(at: Double(step) / 200)
            #expect(bounds.lower <= value + 1e-12 && value <= bounds.upper + 1e-12)
        }
        var (lower, upper) = (0.0, 0.0)
        for (from, to) in zip(curve.points, curve.points.dropFirst()) {
            lower += (to.falsePositives - from.falsePositives) * from.truePositives
            upper += (to.falsePositives - from.falsePositives) * to.truePositives
        }
        #expect(Tolerance.agrees(lower, certified.lower, 1e-12) && Tolerance.agrees(upper, certified.upper, 1e-12))
        #expect(CertifiedCurve(nonEvents: [3, 4], events: [0, 0]) == nil)
    }

    @Test("too few cases are suppressed, one outcome is not estimable, tied scores give 0.5 with the interval 0...1")
    func edgeCases() throws {
        func run(_ scores: [Double], _ outcome: [Double]) throws -> PooledAUC.Result {
            try PooledAUC(score: "s", bins: 4, minimumPerBin: 5).run(
                on: [ScoredCases(scores: scores, outcome: outcome)]
            ).result
        }
        #expect(try run([1, 2, 3], [0, 1, 1]).estimate == .suppressed("too few pooled cases for two bins"))
        let scores = (0..<20).map { Double($0) }
        #expect(try run(scores, scores.map { _ in 1 }).estimate.status == "not_estimable")
        let tied = try run(scores.map { _ in 0.3 }, scores.map { $0 < 10 ? 0 : 1 })
        #expect(tied.estimate.number == 0.5 && tied.certified == CertifiedInterval(lower: 0, upper: 1))
    }

    @Test("a score of NaN and an unknown outcome are refused by name")
    func refused() {
        let computation = PooledAUC(score: "s", bins: 4, minimumPerBin: 1)
        #expect(throws: ValidationError.scoreNotFinite) {
            try computation.run(on: [ScoredCases(scores: [.nan], outcome: [1])])
        }
        #expect(throws: ValidationError.outcomeNotBinary) {
            try computation.run(on: [ScoredCases(scores: [1], outcome: [.nan])])
        }
    }
}

@Suite("Pooled quantile edges")
struct PooledQuantileEdgesTests {
    @Test("bins are equal to a twentieth and a case, on any scale and sign", arguments: [1.0, 1e-20, 1e12, -5e3])
    func balanced(scale: Double) throws {
        var generator = SeededGenerator(seed: 5)
        let numbers = (0..<5000).map { _ in generator.normal() * scale }
        let run = try PooledQuantileEdges(bins: 20, minimumPerBin: 5).run(
            on: [Array(numbers[..<1000]), Array(numbers[1000...])])
        #expect(run.result.casesPerBin.count == 20 && run.result.casesPerBin.reduce(0, +) == 5000)
        #expect(run.result.casesPerBin.allSatisfy { $0 >= 237 && $0 <= 263 })
        // The counts are those of the edges.
        var counts = [Int](repeating: 0, count: 20)
        for number in numbers { counts[run.result.bin(of: number)] += 1 }
        #expect(counts == run.result.casesPerBin)
        #expect(run.result.edges == run.result.edges.sorted())
        #expect(run.rounds <= 12)
    }

    @Test(
        "no bin has fewer pooled cases than the floor, whatever the ties", arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func floor(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let numbers = (0..<200).map { _ in (generator.normal() * 2).rounded() }
        let result = try PooledQuantileEdges(bins: 30, minimumPerBin: 7).run(on: [numbers]).result
        #expect(result.casesPerBin.allSatisfy { $0 >= 7 } && result.casesPerBin.count >= 3)
        #expect(result.casesPerBin.reduce(0, +) == 200)
    }

    @Test("fewer cases than two bins need gives no edge; so do equal numbers; zero has one sign")
    func degenerate() throws {
        let few = try PooledQuantileEdges(bins: 5, minimumPerBin: 5).run(on: [[1, 2, 3], []]).result
        #expect(few.edges.isEmpty && few.casesPerBin == [3])
        let equal = try PooledQuantileEdges(bins: 5, minimumPerBin: 1).run(on: [[Double](repeating: 2, count: 50)])
        #expect(equal.result.edges.isEmpty && equal.result.casesPerBin == [50])
        let zeros = try PooledQuantileEdges(bins: 2, minimumPerBin: 1).run(on: [[-0.0, 0, -0.0, 0, 1, 1, 1, 1]])
        #expect(zeros.result.casesPerBin == [4, 4])
    }

    @Test("the numbers at or below each edge are those that were counted, though edges have single precision")
    func exact() throws {
        var generator = SeededGenerator(seed: 9)
        let numbers = (0..<600).map { _ in 1000 + generator.normal() }
        let result = try PooledQuantileEdges(bins: 120, minimumPerBin: 5).run(on: [numbers]).result
        var upTo = 0
        for (edge, count) in zip(result.edges, result.casesPerBin) {
            upTo += count
            #expect(numbers.count { $0 <= edge } == upTo)
        }
        #expect(result.casesPerBin.allSatisfy { $0 >= 5 } && result.casesPerBin.count > 100)
    }

    @Test(
        "a number that many cases have gets a bin of its own, and no bin falls below the floor",
        arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func ties(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        // A heap of zeros above negative numbers, one in the middle, one at the top.
        let numbers = (0..<300).map { _ in
            let value = generator.normal()
            return value < -1 ? value : value < -0.5 ? 0 : value > 1 ? 9 : value > 0 && value < 0.4 ? 2 : 3 + value
        }
        let search = PooledQuantileEdges(bins: 40, minimumPerBin: 5, isolatesTies: true)
        let run = try search.run(on: [Array(numbers[..<50]), Array(numbers[50...])])
        let result = run.result
        #expect(result.casesPerBin.allSatisfy { $0 >= 5 } && result.casesPerBin.reduce(0, +) == 300)
        let own = Dictionary(grouping: numbers, by: result.bin)
        #expect(result.casesPerBin.indices.allSatisfy { own[$0]?.count == result.casesPerBin[$0] })
        let ties = try #require(result.ties)
        #expect(ties.allSatisfy { Set(own[$0] ?? []).count == 1 })
        for heap in [0.0, 2, 9] {
            #expect(ties.contains(result.bin(of: heap)), "\(heap)")
        }
        #expect(result.top == 9)
        #expect(try search.run(on: [numbers]).result == result)
    }

    @Test("finer bins are found between coarse ones in fewer rounds, and hold their floor")
    func finer() throws {
        var generator = SeededGenerator(seed: 11)
        let numbers = (0..<4000).map { $0 % 8 == 0 ? 100 : 100 + 10 * generator.normal() }
        let coarse = try PooledQuantileEdges(bins: 64, minimumPerBin: 5, isolatesTies: true).run(on: [numbers]).result
        let run = try PooledQuantileEdges(bins: 256, minimumPerBin: 5, within: coarse).run(on: [numbers])
        let whole = try PooledQuantileEdges(bins: 256, minimumPerBin: 5, isolatesTies: true).run(on: [numbers])
        #expect(run.result.casesPerBin.allSatisfy { $0 >= 5 } && run.result.casesPerBin.count > 200)
        #expect(run.result.casesPerBin.count { $0 > 24 } == 1)
        #expect(run.result.ties?.count == 1)
        #expect(run.rounds < whole.rounds)
        let again = PooledQuantileEdges(bins: 256, minimumPerBin: 5, within: run.result)
        let state = try JSONDecoder().decode(
            PooledQuantileEdges.State.self, from: JSONEncoder().encode(again.initialState()))
        #expect(state == again.initialState())
    }

    @Test("a broadcast survives JSON, so that a run can be resumed")
    func resumable() throws {
        let computation = PooledQuantileEdges(bins: 8, minimumPerBin: 2)
        let numbers = (0..<100).map { Double($0 * $0) }
        var state = computation.initialState()
        for _ in 0..<40 {
            let copy = try JSONDecoder().decode(PooledQuantileEdges.State.self, from: JSONEncoder().encode(state))
            #expect(copy == state)
            switch try computation.next(after: copy, sum: computation.contribute(numbers, to: copy)) {
            case .broadcast(let following): state = following
            case .done(let result):
                #expect(result == (try computation.run(on: [numbers]).result))
                return
            }
        }
        Issue.record("the search did not end")
    }
}
