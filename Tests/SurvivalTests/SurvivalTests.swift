import Federation
import Foundation
import Statistics
import Survival
import TestKit
import Testing

/// Against R survival 3.5-3 and timeROC 0.4.1, lifelines 0.30 and scikit-survival 0.28 (`data/validation/README.md`).
@Suite("Survival", .enabled(if: SharedData.available("data/validation"), "no shared data"))
struct SurvivalTests {
    struct Lung {
        let json: JSONFixture
        let data: SurvivalTimes
        let scores: [Double]
        let sites: [String]

        init() throws {
            json = try JSONFixture.shared("data/validation/survival_lung.json")
            let input = json["input"]
            func numbers(_ name: String) -> [Double] { input[name].list.map(\.number) }
            data = SurvivalTimes(times: numbers("time"), events: numbers("status").map { $0 == 1 })
            let (age, sex, ecog) = (numbers("age"), numbers("sex"), numbers("ph.ecog"))
            // Scores that are equal on paper are equal here too.
            scores = age.indices.map { ((11 * age[$0] - 550 * sex[$0] + 460 * ecog[$0]).rounded()) / 1000 }
            sites = numbers("inst").map { "\(Int($0))" }
        }
    }

    static func isClose(_ estimate: Estimate, _ value: Double, variance: Double) -> Bool {
        guard case .value(let found) = estimate, let error = found.standardError else { return false }
        return abs(found.value - value) < 1e-10 && abs(error * error - variance) < 1e-10
    }

    @Test(
        "Concordances and their variances are R's to 1e-10",
        arguments: [
            ("harrell", Concordance.Weight.harrell, false), ("uno_n_over_G2", .uno, false),
            ("harrell_tau", .harrell, true), ("uno_tau", .uno, true),
        ])
    func concordance(key: String, weight: Concordance.Weight, isLimited: Bool) throws {
        let lung = try Lung()
        let expected = lung.json["expected"][key]
        let found = Concordance(lung.data, scores: lung.scores, weight: weight, limit: isLimited ? 365 : nil)
        let counts = expected["counts"]
        #expect(abs(found.concordant - counts["concordant"].number) < 1e-6)
        #expect(abs(found.discordant - counts["discordant"].number) < 1e-6)
        #expect(abs(found.tiedScore - counts["tied.x"].number) < 1e-6)
        #expect(Self.isClose(found.estimate, expected["c"].number, variance: expected["var"].number))
    }

    @Test("Within sites, and of each site, the concordance is R's")
    func sites() throws {
        let lung = try Lung()
        let expected = lung.json["expected"]
        var parts: [Concordance] = []
        for site in Set(lung.sites).sorted() {
            let rows = lung.sites.indices.filter { lung.sites[$0] == site }
            let part = Concordance(lung.data.selecting(rows), scores: rows.map { lung.scores[$0] })
            let own = expected["per_site"][site]
            #expect(part.cases == Int(own["n"].number))
            #expect(Self.isClose(part.estimate, own["c"].number, variance: own["var"].number), "site \(site)")
            parts.append(part)
        }
        let whole = expected["stratified_by_site"]
        #expect(
            Self.isClose(Concordance.stratified(parts).estimate, whole["c"].number, variance: whole["var"].number))
    }

    @Test("Survival, numbers at risk and Greenwood's errors are survfit's to 1e-10")
    func kaplanMeier() throws {
        let lung = try Lung()
        let expected = lung.json["expected"]["km"]
        let steps = KaplanMeier(lung.data).steps
        #expect(steps.map(\.time) == expected["time"].list.map(\.number))
        #expect(steps.map(\.atRisk) == expected["n_risk"].list.map { Int($0.number) })
        #expect(steps.map(\.events) == expected["n_event"].list.map { Int($0.number) })
        #expect(steps.map(\.censored) == expected["n_censor"].list.map { Int($0.number) })
        for (step, value) in zip(steps, expected["surv"].list) { #expect(abs(step.survival - value.number) < 1e-10) }
        for (step, value) in zip(steps, expected["se_greenwood"].list) {
            #expect(abs((step.standardError ?? .nan) - value.number) < 1e-10)
        }
        let horizon = lung.json["expected"]["km_at_horizon"]
        guard case .value(let found) = KaplanMeier(lung.data).survival(at: 365) else {
            Issue.record("no survival")
            return
        }
        #expect(abs(found.value - horizon["s"].number) < 1e-10)
        #expect(abs((found.lower ?? .nan) - horizon["lower"].number) < 1e-10)
        #expect(abs((found.upper ?? .nan) - horizon["upper"].number) < 1e-10)
        #expect(KaplanMeier(lung.data).survival(at: 5000).number == nil)
    }

    @Test("The AUC at a horizon is timeROC's to 1e-10, its standard error to 1e-4 of itself")
    func timeDependent() throws {
        let lung = try Lung()
        let expected = lung.json["expected"]["timeROC_marginal"]
        guard case .value(let found) = TimeDependentAUC.estimate(lung.data, scores: lung.scores, horizon: 365) else {
            Issue.record("no AUC")
            return
        }
        #expect(abs(found.value - expected["auc"].number) < 1e-10)
        // timeROC takes a slightly different influence of the estimated censoring.
        #expect(abs((found.standardError ?? .nan) / expected["se"].number - 1) < 1e-4)
    }

    @Test("lifelines and scikit-survival on kidney transplants: C to 1e-12, weighted by censoring to 5e-5")
    func kidney() throws {
        let json = try JSONFixture.shared("data/validation/survival_kidney.json")
        let input = json["input"]
        let data = SurvivalTimes(
            times: input["time"].list.map(\.number), events: input["death"].list.map { $0.number == 1 })
        let age = input["age"].list.map(\.number)
        let expected = json["expected"]
        let plain = Concordance(data, scores: age)
        #expect(abs((plain.estimate.number ?? .nan) - expected["lifelines_c"].number) < 1e-12)
        #expect(plain.concordant == expected["sksurv_harrell"]["concordant"].number)
        // scikit-survival takes the censoring at the event, not just before it.
        let uno = Concordance(data, scores: age, weight: .uno, limit: 1825)
        #expect(abs((uno.estimate.number ?? .nan) - expected["sksurv_uno"]["c"].number) < 5e-5)
        let areas = expected["cumulative_dynamic_auc"]
        for (time, value) in zip(areas["times"].list, areas["auc"].list) {
            let found = TimeDependentAUC.estimate(data, scores: age, horizon: time.number)
            #expect(abs((found.number ?? .nan) - value.number) < 5e-5)
        }
        for time in ["365.0", "1095.0", "1825.0"] {
            let found = KaplanMeier(data).survival(at: Double(time) ?? .nan)
            #expect(abs((found.number ?? .nan) - expected["km_at"][time].number) < 1e-10)
        }
    }

    static func lungTable(strata: Bool) throws -> (Lung, SurvivalTable) {
        let lung = try Lung()
        let input = lung.json["input"]
        let names = ["age", "sex", "ph.ecog"]
        let columns = names.map { input[$0].list.map(\.number) }
        let values = lung.data.times.indices.flatMap { row in columns.map { $0[row] } }
        return (
            lung,
            SurvivalTable(
                followUp: lung.data, names: names, values: values,
                stratum: strata ? lung.sites : lung.sites.map { _ in "" })
        )
    }

    static func compare(_ model: CoxModel, _ expected: JSONFixture) {
        for (place, name) in model.names.enumerated() {
            #expect(abs(model.coefficients[place] - expected["coef"][name].number) < 1e-6)
            #expect(abs(model.standardErrors[place] - expected["se"][name].number) < 1e-6)
        }
        #expect(abs(model.null.logLikelihood - expected["loglik"].list[0].number) < 1e-6)
        #expect(abs(model.logLikelihood - expected["loglik"].list[1].number) < 1e-6)
        #expect(abs((model.null.score ?? .nan) - expected["score"].number) < 1e-6)
    }

    @Test(
        "Cox models are coxph's to 1e-6",
        arguments: [
            ("cox_breslow", CoxFit.Ties.breslow, false), ("cox_efron", .efron, false),
            ("cox_strata_inst", .efron, true),
        ])
    func cox(key: String, ties: CoxFit.Ties, strata: Bool) throws {
        let (lung, table) = try Self.lungTable(strata: strata)
        let model = try CoxFit(names: table.names, exponents: table.exponents, ties: ties).run(on: [table]).result
        Self.compare(model, lung.json["expected"][key])
    }

    @Test("Strata over 1, 2, 3 and 7 sites give the same bits; so does another order of the rows")
    func shards() throws {
        let (_, table) = try Self.lungTable(strata: true)
        let names = Set(table.stratum).sorted()
        let fit = CoxFit(names: table.names, exponents: table.exponents)
        let differences = try ShardProperty.differences(
            fit, shard: table,
            split: { whole, count in
                (0..<count).map { shard in
                    let own = Set(names.enumerated().filter { $0.offset % count == shard }.map(\.element))
                    return whole.selecting(whole.stratum.indices.filter { own.contains(whole.stratum[$0]) })
                }
            })
        #expect(differences == [])
        let reversed = table.selecting(table.stratum.indices.reversed())
        #expect(try fit.run(on: [reversed]).result == fit.run(on: [table]).result)
    }

    struct Breast {
        let train: SurvivalTable
        let test: SurvivalTable
        let regions: [String]

        init(names: [String]? = nil) throws {
            let table = try CSVFixture.shared("data/multicentre/fed_tcga_brca/brca.csv")
            let split = try CSVFixture.shared("data/multicentre/fed_tcga_brca/train_test_split.csv")
            let (ids, folds, regions) = (split.texts("pid"), split.texts("fold"), split.texts("fold2"))
            var place: [String: Int] = [:]
            for (row, id) in ids.enumerated() { place[id] = row }
            let columns = names ?? table.columns.filter { !["pid", "E", "T"].contains($0) }
            let values = columns.map { table.numbers($0) }
            let (times, events) = (table.numbers("T"), table.numbers("E"))
            let rows = table.texts("pid").enumerated().compactMap { row, id in place[id].map { (row, $0) } }
            func part(_ fold: String) -> SurvivalTable {
                let own = rows.filter { folds[$0.1] == fold }
                return SurvivalTable(
                    followUp: SurvivalTimes(
                        times: own.map { times[$0.0] }, events: own.map { events[$0.0] == 1 }), names: columns,
                    values: own.flatMap { pair in values.map { $0[pair.0] } },
                    stratum: own.map { String(regions[$0.1].suffix(1)) })
            }
            train = part("train")
            test = part("test")
            self.regions = Set(train.stratum).sorted()
        }
    }

    @Test(
        "Six regions: Cox is coxph's, also stratified over the regions' own sums, and so is the C-index of the test rows",
        .enabled(if: SharedData.available("data/multicentre/fed_tcga_brca/brca.csv"), "no shared data"))
    func breast() throws {
        let json = try JSONFixture.shared("data/validation/cox_tcga_brca_6regions.json")["expected"]
        let breast = try Breast(names: [
            "age_at_index", "race_white", "ajcc_pathologic_n_N1", "ajcc_pathologic_n_N2", "ajcc_pathologic_t_T2",
            "ajcc_pathologic_t_T3", "prior_malignancy_yes",
        ])
        let (train, test) = (breast.train, breast.test)
        #expect(
            train.followUp.count == Int(json["n_train"].number) && test.followUp.count == Int(json["n_test"].number))
        let one = SurvivalTable(
            followUp: train.followUp, names: train.names, values: train.values, stratum: train.stratum.map { _ in "" })
        let pooled = try CoxFit(names: train.names, exponents: train.exponents, ties: .breslow).run(on: [one]).result
        Self.compare(pooled, json["cox"])
        let sites = breast.regions.map { region in
            train.selecting(train.stratum.indices.filter { train.stratum[$0] == region })
        }
        let run = try CoxFit(names: train.names, exponents: train.exponents, ties: .breslow).run(on: sites)
        Self.compare(run.result, json["cox_strata_region"])
        #expect(run.rounds <= 6)
        let q = test.names.count
        let scores = test.stratum.indices.map { pooled.linearPredictor(Array(test.values[$0 * q..<($0 + 1) * q])) }
        let found = Concordance(test.followUp, scores: scores).estimate
        #expect(Self.isClose(found, json["test"]["c"].number, variance: json["test"]["var"].number))
        let parts = breast.regions.map { region in
            let rows = test.stratum.indices.filter { test.stratum[$0] == region }
            return Concordance(test.followUp.selecting(rows), scores: rows.map { scores[$0] })
        }
        for (region, part) in zip(breast.regions, parts) {
            let own = json["test"]["per_region"][region]
            #expect(part.cases == own["n"].integer)
            #expect(Self.isClose(part.estimate, own["c"].number, variance: own["var"].number), "region \(region)")
        }
        let within = try #require(Concordance.stratified(parts).estimate.number)
        #expect(Tolerance.agrees(within, json["test"]["c_stratified"].number, 1e-10))
    }

    @Test(
        "All covariates with a ridge of 10: C 0.863 on the test rows in at most 6 rounds",
        .enabled(if: SharedData.available("data/multicentre/fed_tcga_brca/brca.csv"), "no shared data"))
    func breastRidge() throws {
        let breast = try Breast()
        let sites = breast.regions.map { region in
            breast.train.selecting(breast.train.stratum.indices.filter { breast.train.stratum[$0] == region })
        }
        let run = try CoxFit(
            names: breast.train.names, exponents: breast.train.exponents, ties: .breslow, ridge: 10
        ).run(on: sites)
        let (test, q) = (breast.test, breast.test.names.count)
        let scores = test.stratum.indices.map { run.result.linearPredictor(Array(test.values[$0 * q..<($0 + 1) * q])) }
        let found = Concordance(test.followUp, scores: scores).estimate.number ?? .nan
        #expect(abs(found - 0.863) < 0.0005, "\(found)")
        #expect(run.rounds <= 6, "\(run.rounds)")
    }

    @Test("No event, no pair, a constant covariate and one beyond all: an answer with a reason, never NaN")
    func degenerate() throws {
        let none = SurvivalTimes(times: [1, 2, 3], events: [false, false, false])
        #expect(Concordance(none, scores: [1, 2, 3]).estimate == .notEstimable("no pair can be compared"))
        #expect(TimeDependentAUC.estimate(none, scores: [1, 2, 3], horizon: 2).number == nil)
        #expect(KaplanMeier(none).survival(at: 2).number == 1)
        let empty = SurvivalTimes(times: [], events: [])
        #expect(Concordance(empty, scores: []).estimate.number == nil)
        #expect(KaplanMeier(empty).survival(at: 1).number == nil)
        func fit(_ events: [Bool], _ values: [Double]) throws -> CoxModel {
            let table = SurvivalTable(
                followUp: SurvivalTimes(times: [1, 2, 3, 4], events: events), names: ["x"], values: values,
                stratum: ["", "", "", ""])
            return try CoxFit(names: ["x"], exponents: table.exponents).run(on: [table]).result
        }
        let all = [true, true, true, true]
        #expect(throws: SurvivalError.noEvents) { try fit([false, false, false, false], [1, 2, 3, 4]) }
        #expect(throws: SurvivalError.noMaximum) { try fit(all, [5, 5, 5, 5]) }
        #expect(throws: SurvivalError.noMaximum) { try fit(all, [4, 3, 2, 1]) }
        #expect(throws: SurvivalError.notFinite(covariate: "x")) { try fit(all, [4, .nan, 2, 1]) }
        // With a ridge a constant covariate has a maximum, at 0, and every broadcast can be written.
        let flat = SurvivalTable(
            followUp: SurvivalTimes(times: [1, 2, 3, 4], events: all), names: ["x"], values: [5, 5, 5, 5],
            stratum: ["", "", "", ""])
        let ridge = CoxFit(names: ["x"], exponents: flat.exponents, ridge: 1)
        #expect(try ridge.run(on: [flat]).result.coefficients == [0])
        #expect(try JSONEncoder().encode(ridge.run(on: [flat]).result.null).isEmpty == false)
    }
}
