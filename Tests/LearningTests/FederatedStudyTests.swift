import Federation
import Harmonisation
import Learning
import Statistics
import Survival
import TestKit
import Testing

/// Real multi-centre tables, a site a centre: results, rounds and bytes as `docs/learning.md` gives them, and what was estimated
/// before the first round.
@Suite("Federated on real data", .enabled(if: Tables.hasShared, "no shared data"))
struct FederatedStudyTests {
    /// Pooled moments over the sites, and what they cost.
    private static func moments(_ sites: [CaseTable]) throws -> (Standardisation, rounds: Int, bytes: Int) {
        let census = try ExponentCensus(columns: sites[0].featureCount).run(on: sites)
        let run = try PooledMoments(exponents: census.result).run(on: sites)
        return (
            Standardisation(
                columns: sites[0].featureNames, means: run.result.means,
                standardDeviations: run.result.standardDeviations), census.rounds + run.rounds,
            census.payloadBytesPerSite + run.payloadBytesPerSite
        )
    }

    @Test("Heart disease at four centres: accuracy 0.795 of the held-out rows in 7 rounds of Newton, as estimated")
    func heart() throws {
        let sites = try Tables.heart("train").splitByCentre
        let (scale, rounds, bytes) = try Self.moments(sites)
        let computation = RidgeLogistic(
            columns: scale.columns, means: scale.means, standardDeviations: scale.standardDeviations, lambda: 1)
        let estimate = computation.communication(rounds: 8)
        let run = try computation.run(on: sites)
        let model = LogisticModel(
            columns: scale.columns, means: scale.means, standardDeviations: scale.standardDeviations,
            coefficients: run.result.coefficients, intercept: run.result.intercept, lambda: 1)
        let test = try Tables.heart("test")
        let hits = zip(try model.predict(test), test.outcome).filter { ($0 >= 0.5) == ($1 == 1) }.count
        #expect((Double(hits) / Double(test.count) - 0.795).magnitude < 0.0005)
        #expect(run.rounds == 7)
        #expect(run.payloadBytesPerSite == 13_664)
        #expect(run.rounds <= estimate.rounds)
        #expect(run.payloadBytesPerSite <= estimate.bytesPerSite)
        #expect(rounds == 3)
        #expect(bytes == 13_744)
    }

    /// The lists of `fed_tcga_brca` with `train_test_split.csv`, a site a region.
    private static func breast() throws -> (sites: [SurvivalTable], test: SurvivalTable) {
        let table = try CSVFixture.shared("data/multicentre/fed_tcga_brca/brca.csv")
        let split = try CSVFixture.shared("data/multicentre/fed_tcga_brca/train_test_split.csv")
        let columns = table.columns.filter { !["pid", "E", "T"].contains($0) }
        let values = columns.map { table.numbers($0) }
        let (times, events) = (table.numbers("T"), table.numbers("E"))
        let place = Dictionary(uniqueKeysWithValues: table.texts("pid").enumerated().map { ($1, $0) })
        func part(_ name: String, of column: String) -> SurvivalTable {
            let fold = split.texts(column)
            let rows = split.texts("pid").indices.filter { fold[$0] == name }
                .compactMap { place[split.texts("pid")[$0]] }
            return SurvivalTable(
                followUp: SurvivalTimes(times: rows.map { times[$0] }, events: rows.map { events[$0] == 1 }),
                names: columns, values: rows.flatMap { row in values.map { $0[row] } },
                stratum: rows.map { _ in name })
        }
        return ((0..<6).map { part("train_\($0)", of: "fold2") }, part("test", of: "fold"))
    }

    @Test(
        "Breast cancer in six regions: Cox stratified by region, C 0.863 of the held-out rows in 4 rounds, as estimated"
    )
    func breastCancer() throws {
        let (sites, test) = try Self.breast()
        #expect(sites.map(\.followUp.count) == [248, 156, 164, 129, 129, 40])
        let exponents = sites.map(\.exponents).reduce(sites[0].exponents) { zip($0, $1).map { max($0, $1) } }
        let computation = CoxFit(names: test.names, exponents: exponents, ties: .breslow, ridge: 10)
        let estimate = computation.communication(rounds: 6)
        let run = try computation.run(on: sites)
        let q = test.names.count
        let scores = test.stratum.indices.map { run.result.linearPredictor(Array(test.values[$0 * q..<($0 + 1) * q])) }
        let found = Concordance(test.followUp, scores: scores).estimate.number ?? .nan
        #expect(abs(found - 0.863) < 0.0005, "\(found)")
        #expect(run.rounds == 4)
        #expect(run.payloadBytesPerSite == 52_608)
        #expect(run.rounds <= estimate.rounds)
        #expect(run.payloadBytesPerSite <= estimate.bytesPerSite)
    }

    /// scikit-learn 1.9.1 `LogisticRegression(penalty="elasticnet", solver="saga", l1_ratio=0.5, C=1/(395*0.03), tol=1e-10)` on z-scores of
    /// the two centres' rows: AUC of Maastro's rows, number of coefficients, first decisions.
    @Test(
        "Lung radiotherapy, elastic net of two centres: pooled bit by bit, and scikit-learn's AUC at the third centre")
    func elasticNet() throws {
        let names = try JSONFixture.shared("data/learning/07_xgboost.json")["features"].texts
        let table = try Tables.radiotherapy(names)
        let inside = table.rows(of: ["HarvardRT", "Radboud"])
        let outside = table.rows(of: ["Maastro"])
        let (scale, _, _) = try Self.moments(inside.splitByCentre)
        #expect(try Self.moments([inside]).0 == scale)
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = 0.5
        parameters.lambdas = [0.03]
        let computation = ElasticNetPath(scale, parameters: parameters)
        let estimate = computation.communication(features: 60)
        let run = try computation.run(on: inside.splitByCentre.map { FoldedTable($0) })
        #expect(try computation.run(on: [FoldedTable(inside)]).result == run.result)
        let point = run.result.path[0]
        let p = outside.featureCount
        let scores = (0..<outside.count).map { row in
            (0..<p).reduce(point.intercept) { $0 + point.coefficients[$1] * outside.features[row * p + $1] }
        }
        #expect(point.coefficients.filter { $0 != 0 }.count == 22)
        #expect(abs(areaUnderCurve(scores, outside.outcome) - 0.641_222_222) < 1e-4)
        for (own, wanted) in zip(scores, [-1.112_745_541, -0.268_562_644, -0.549_248_609]) {
            #expect(abs(own - wanted) < 1e-4)
        }
        #expect(run.rounds == 10)
        #expect(run.payloadBytesPerSite == 261_328)
        #expect(run.rounds <= estimate.rounds)
        #expect(run.payloadBytesPerSite <= estimate.bytesPerSite)
    }

    /// xgboost 3.2.0 `train({tree_method: hist, grow_policy: depthwise, max_bin: 64, base_score: 0.5, eta: 0.1, max_depth: 3,
    /// reg_lambda: 1}, 50 rounds)` on the two centres' codes: AUC of Maastro's rows, number of nodes, first margins.
    @Test("Lung radiotherapy, boosting of two centres: pooled byte by byte, and xgboost's margins at the third centre")
    func boosting() throws {
        let fixture = try TreeBoostingTests.Fixture()
        let centres = try CSVFixture.shared("data/learning/table.csv").texts("center")
        func rows(_ centre: String) -> CodedTable {
            fixture.table.selecting(centres.indices.filter { centres[$0] == centre })
        }
        var parameters = TreeBoosting.Parameters()
        parameters.rounds = 50
        parameters.eta = 0.1
        parameters.maxDepth = 3
        parameters.minimumCases = 0
        let free = TreeBoosting(features: fixture.table.features, binCounts: fixture.bins, parameters: parameters)
        let sites = [rows("HarvardRT"), rows("Radboud")]
        let outside = rows("Maastro")
        let run = try free.run(on: sites)
        let inside = fixture.table.selecting(centres.indices.filter { centres[$0] != "Maastro" })
        #expect(try free.fit(inside) == run.result)
        let margins = run.result.margins(outside)
        #expect(abs(areaUnderCurve(margins, outside.outcome) - 0.595_555_556) < 1e-8)
        #expect(run.result.trees.joined().count == 666)
        for (own, wanted) in zip(margins, [0.265_886_486, -1.319_002_390, -1.700_034_618]) {
            #expect(abs(own - wanted) < 1e-5)
        }
        // With the floor of five cases a leaf that a study asks for.
        parameters.minimumCases = 5
        let guarded = TreeBoosting(features: fixture.table.features, binCounts: fixture.bins, parameters: parameters)
        let estimate = guarded.communication(cases: inside.count)
        let kept = try guarded.run(on: sites)
        #expect(try guarded.fit(inside) == kept.result)
        let auc = areaUnderCurve(kept.result.margins(outside), outside.outcome)
        #expect(abs(auc - 0.6) < 0.02, "\(auc)")
        #expect(kept.rounds == 150)
        #expect(kept.payloadBytesPerSite == 29_534_400)
        #expect(kept.rounds <= estimate.rounds)
        #expect(kept.payloadBytesPerSite <= estimate.bytesPerSite)
        #expect(estimate.bytesPerSite < 2 * kept.payloadBytesPerSite)
    }

    @Test("Lung radiotherapy, forest of two centres: pooled byte by byte, all trees in the rounds of one")
    func forest() throws {
        let fixture = try RandomForestTests.Fixture()
        func rows(_ centres: [String]) -> CodedTable {
            fixture.table.selecting(fixture.centres.indices.filter { centres.contains(fixture.centres[$0]) })
        }
        let (sites, outside) = ([rows(["HarvardRT"]), rows(["Radboud"])], rows(["Maastro"]))
        let computation = fixture.computation(RandomForestTests.parameters(trees: 100))
        let estimate = computation.communication(cases: 395)
        let run = try computation.run(on: sites)
        #expect(try computation.fit(rows(["HarvardRT", "Radboud"])) == run.result)
        let auc = areaUnderCurve(run.result.probabilities(outside), outside.outcome)
        #expect(abs(auc - 0.6286) < 0.03, "\(auc)")
        #expect(run.rounds == 15)
        #expect(estimate.bytesPerSite < 3 * run.payloadBytesPerSite)
        #expect(run.payloadBytesPerSite == 26_557_584)
        #expect(run.rounds <= estimate.rounds)
        #expect(run.payloadBytesPerSite <= estimate.bytesPerSite)
    }
}
