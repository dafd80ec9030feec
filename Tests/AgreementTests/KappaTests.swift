import Agreement
import Federation
import Statistics
import TestKit
import Testing

@Suite("Kappa")
struct KappaTests {
    @Test(
        "three weightings of 7,477 eyes agree with irr, vcd and psych to 1e-10",
        .enabled(if: SharedData.available(SharedFixtures.vision), "the shared vision fixture is not here"),
        arguments: CohenKappa.Weights.allCases)
    func vision(weights: CohenKappa.Weights) throws {
        let expected = try JSONFixture.shared(SharedFixtures.vision)["expected"]
        let table = expected["confusion"].list.flatMap(\.integers)
        let name = weights == .none ? "unweighted" : weights.rawValue
        guard case .value(let kappa) = CohenKappa.estimate(table: table, weights: weights) else {
            Issue.record("no kappa")
            return
        }
        #expect(Tolerance.agrees(kappa.value, expected["irr_\(name)"]["kappa"].number, 1e-10))
        #expect(Tolerance.agrees(kappa.value, expected["vcd_\(name)"]["kappa"].number, 1e-10))
        #expect(
            Tolerance.isRelativelyClose(try #require(kappa.standardError), expected["vcd_\(name)"]["ase"].number, 1e-10)
        )
        if weights == .none {
            let variance = try #require(kappa.standardError.map { $0 * $0 })
            #expect(Tolerance.isRelativelyClose(variance, expected["psych"]["var_kappa"].number, 1e-10))
        }
        #expect(kappa.n == 7477)
    }

    @Test(
        "readers of ten sites: kappa, its error and AC1 agree with irr, vcd and irrCAC; one category has no kappa",
        .enabled(if: SharedData.available(SharedFixtures.readers), "the shared reader fixture is not here"))
    func sites() throws {
        let expected = try JSONFixture.shared(SharedFixtures.readers)["expected"]["r1_vs_func3"]
        let sites = expected["per_site"].keys.map { expected["per_site"][$0] } + [expected["pooled"]]
        var notEstimable = 0
        for site in sites {
            let table = site["table"].list.flatMap(\.integers)
            let kappa = CohenKappa.estimate(table: table)
            #expect(Tolerance.agrees(kappa.number, site["kappa"].optionalNumber, 1e-10))
            if case .value(let value) = kappa {
                #expect(Tolerance.agrees(value.standardError, site["ase"].optionalNumber, 1e-8))
            } else {
                #expect(kappa == .notEstimable("one category only was used"))
                notEstimable += 1
            }
            let ac1 = MultiReaderAgreement.gwetAC1(RatingProfile.profiles(table: table))
            guard case .value(let value) = ac1 else {
                Issue.record("no AC1")
                continue
            }
            // irrCAC prints five decimals.
            #expect(Tolerance.agrees(value.value, site["ac1"].number, 5.1e-6))
            if let error = site["ac1_se"].optionalNumber {
                #expect(Tolerance.agrees(value.standardError, error, 5.1e-6))
            }
        }
        #expect(notEstimable == 1)
        var pooledTable = [0, 0, 0, 0]
        for site in sites.dropLast() { pooledTable = zip(pooledTable, site["table"].list.flatMap(\.integers)).map(+) }
        #expect(pooledTable == expected["pooled"]["table"].list.flatMap(\.integers))
        #expect(Tolerance.agrees(CohenKappa.estimate(table: pooledTable).number, 0.776, 5e-4))
    }

    @Test(
        "ten sites send tables, and the pooled kappa is 0.776 while three other pairs of readers are at chance",
        .enabled(
            if: SharedData.available(SharedFixtures.readings) && SharedData.available(SharedFixtures.readers),
            "the shared reader table is not here"))
    func pooled() throws {
        let expected = try JSONFixture.shared(SharedFixtures.readers)["expected"]
        let table = try CSVFixture.shared(SharedFixtures.readings)
        func shards(_ first: String, _ second: String, _ code: (String) -> Int) -> [PairedRatings] {
            Set(table.texts("site_id")).sorted().map { site in
                let rows = table.filtered("site_id", is: site)
                // Complete rows only: every reader rated the case.
                let readers = ["qc_rater_1", "qc_anat_rater_2", "qc_anat_rater_3", "qc_func_rater_3"]
                let complete = rows.rows.indices.filter { row in
                    readers.allSatisfy { !rows.texts($0)[row].isEmpty }
                }
                return PairedRatings(
                    first: complete.map { code(rows.texts(first)[$0]) },
                    second: complete.map { code(rows.texts(second)[$0]) })
            }
        }
        let failed: (String) -> Int = { $0 == "fail" ? 1 : 0 }
        let sites = shards("qc_rater_1", "qc_func_rater_3", failed)
        #expect(sites.count == 10)
        let run = try PooledKappa(categories: 2).run(on: sites)
        #expect(run.rounds == 1)
        let pooled = expected["r1_vs_func3"]["pooled"]
        #expect(run.result.table == pooled["table"].list.flatMap(\.integers))
        #expect(Tolerance.agrees(run.result.kappa.number, pooled["kappa"].number, 1e-10))
        #expect(Tolerance.agrees(run.result.ac1.number, pooled["ac1"].number, 5.1e-6))
        let chance = try PooledKappa(categories: 2).run(
            on: shards("qc_anat_rater_2", "qc_anat_rater_3", failed)
        ).result
        #expect(Tolerance.agrees(chance.kappa.number, expected["pooled"]["kappa"].number, 1e-10))
        let levels = ["OK": 0, "maybe": 1, "fail": 2]
        let graded = try PooledKappa(categories: 3).run(
            on: shards("qc_anat_rater_2", "qc_rater_1", { levels[$0] ?? -1 })
        ).result
        let threeLevels = expected["pooled_3level"]
        #expect(graded.table == threeLevels["table"].list.flatMap(\.integers))
        for (estimate, name) in [(graded.kappa, "kappa"), (graded.linear, "linear"), (graded.quadratic, "quadratic")] {
            #expect(Tolerance.agrees(estimate.number, threeLevels[name][0].number, 1e-10))
            guard case .value(let value) = estimate else { continue }
            #expect(Tolerance.agrees(value.standardError, threeLevels[name][1].number, 1e-8))
        }
    }

    @Test(
        "three readers of ten sites: Fleiss' kappa of failed or not is irr's to 1e-10",
        .enabled(
            if: SharedData.available(SharedFixtures.readings) && SharedData.available(SharedFixtures.readers),
            "the shared reader table is not here"))
    func threeReaders() throws {
        let expected = try JSONFixture.shared(SharedFixtures.readers)["expected"]
        let table = try CSVFixture.shared(SharedFixtures.readings)
        let readers = ["qc_rater_1", "qc_anat_rater_2", "qc_anat_rater_3"].map { table.texts($0) }
        let complete = table.rows.indices.filter { row in readers.allSatisfy { !$0[row].isEmpty } }
        #expect(complete.count == expected["n"].integer)
        let ratings = complete.map { row in readers.map { $0[row] == "fail" ? 1 : 0 } }
        let found = MultiReaderAgreement.fleissKappa(try RatingProfile.profiles(ratings: ratings, categories: 2))
        #expect(Tolerance.agrees(found.number, expected["fleiss_3raters_fail"].number, 1e-10))
    }

    @Test(
        "six readers of 30 patients: Fleiss agrees with irr to 1e-10, AC1 and errors with irrCAC's five decimals",
        .enabled(if: SharedData.available(SharedFixtures.diagnoses), "the shared diagnoses fixture is not here"))
    func fleiss() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.diagnoses)
        let readers = fixture["input"].keys.map { fixture["input"][$0].texts }
        let labels = Set(readers.flatMap { $0 }).sorted()
        let ratings = readers[0].indices.map { row in readers.map { labels.firstIndex(of: $0[row]) ?? -1 } }
        let profiles = try RatingProfile.profiles(ratings: ratings, categories: labels.count)
        let expected = fixture["expected"]
        guard case .value(let fleiss) = MultiReaderAgreement.fleissKappa(profiles),
            case .value(let ac1) = MultiReaderAgreement.gwetAC1(profiles)
        else {
            Issue.record("no agreement")
            return
        }
        #expect(Tolerance.agrees(fleiss.value, expected["fleiss"]["kappa"].number, 1e-10))
        for (estimate, name, lower, upper) in [
            (fleiss, "fleiss.kappa.raw", 0.319, 0.541), (ac1, "gwet.ac1.raw", 0.334, 0.562),
        ] {
            #expect(Tolerance.agrees(estimate.value, expected["irrCAC"][name]["est"].number, 5.1e-6))
            #expect(Tolerance.agrees(estimate.standardError, expected["irrCAC"][name]["se"].number, 5.1e-6))
            #expect(Tolerance.agrees(estimate.lower, lower, 5.1e-4) && Tolerance.agrees(estimate.upper, upper, 5.1e-4))
        }
        // irr prints three decimals of each category's kappa, z and p.
        let categories = MultiReaderAgreement.fleissByCategory(profiles)
        #expect(categories.count == 5)
        for (found, row) in zip(categories, expected["fleiss_per_category"].list) {
            #expect(Tolerance.agrees(found.kappa.number, row[0].number, 5.1e-4))
            #expect(Tolerance.agrees(found.pValue, row[2].number, 5.1e-4))
        }
    }

    @Test("perfect agreement is 1, agreement by chance 0, none with one category, no case or unequal readings")
    func limits() throws {
        #expect(CohenKappa.estimate(table: [10, 0, 0, 10]).number == 1)
        #expect(CohenKappa.estimate(table: [25, 25, 25, 25]).number == 0)
        #expect(CohenKappa.estimate(table: [38, 0, 0, 0]) == .notEstimable("one category only was used"))
        #expect(CohenKappa.estimate(table: [0, 0, 0, 0]).status == "not_estimable")
        let same = [RatingProfile(counts: [3, 0], cases: 9)]
        #expect(MultiReaderAgreement.fleissKappa(same) == .notEstimable("one category only was used"))
        #expect(MultiReaderAgreement.gwetAC1(same).number == 1)
        let unequal = [RatingProfile(counts: [3, 0]), RatingProfile(counts: [1, 1])]
        #expect(MultiReaderAgreement.gwetAC1(unequal).status == "not_estimable")
    }

    @Test("a category that was not declared is refused with its position")
    func undeclared() {
        #expect(throws: AgreementError.unknownCategory(position: 1, categories: 2)) {
            try PooledKappa(categories: 2).run(on: [PairedRatings(first: [0, 2], second: [0, 1])])
        }
        #expect(throws: AgreementError.unknownCategory(position: 0, categories: 3)) {
            try RatingProfile.profiles(ratings: [[0, -1]], categories: 3)
        }
    }
}
