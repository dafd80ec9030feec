import Federation
import Foundation
import Harmonisation
import TestKit
import Testing

/// CovBat, missing values, smooth terms and random intercepts against ComBatFamily 0.2.1, sva 3.46.0, neuroCombat (R) 1.0.14,
/// mgcv and longCombat; calls in the fixtures' README. Distances are in standard deviations of the feature.
@Suite("Variants of ComBat", .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
struct VariantTests {
    static func harmonised(_ name: String, shards: Int) throws -> (HarmonisationCase, ComBatModel, [CaseTable]) {
        let peer = try HarmonisationCase(name)
        let model = try peer.table.fitComBat(shards: shards).result
        return (peer, model, try peer.table.splitByBatch(shards).map { try model.harmonise($0).table })
    }

    static func joined(_ sites: [CaseTable], like whole: CaseTable, shards: Int) -> CaseTable {
        // Rows of a batch keep their order, batches lie whole in a site.
        var rows: [String: [[Double]]] = [:]
        for site in sites {
            let p = site.featureCount
            for row in 0..<site.count {
                rows[site.batch[row], default: []].append(Array(site.features[row * p..<(row + 1) * p]))
            }
        }
        var output = whole
        output.features = []
        for row in 0..<whole.count { output.features += rows[whole.batch[row]]?.removeFirst() ?? [] }
        return output
    }

    @Test(
        "CovBat takes covfam's number of components and gives its values",
        arguments: [
            "synth_main", "fcon_real", "neurocombat_testdata", "nsclc_radiomics_manufacturer", "synth_smallbatch",
        ])
    func covariance(name: String) throws {
        let (peer, model, sites) = try Self.harmonised(name, shards: 3)
        let fitted = try CovarianceModel.fit(after: model, to: sites.map(TableRows.init))
        let (covariance, estimates) = (fitted.model, fitted.estimates)
        let expected = try JSONFixture.shared("data/harmonisation/\(name)/covbat_npc.json")
        #expect(covariance.axes.count == Int(expected["n_pc_095"].number))
        let found = try sites.map { try covariance.apply(estimates, to: $0, after: model) }
        let whole = Self.joined(found, like: peer.table, shards: 3)
        // ComBatFamily stops its empirical Bayes early.
        #expect(HarmonisationCase.distance(whole, try peer.expected("cf_covbat"), reference: peer.table) < 1e-5)
        let pooled = try CovarianceModel.fit(after: model, to: [TableRows(model.harmonise(peer.table).table)])
        let one = try pooled.model.apply(pooled.estimates, to: model.harmonise(peer.table).table, after: model)
        #expect(whole.features == one.features)
    }

    static func fitIncomplete(
        _ peer: HarmonisationCase, _ method: ComBatMethod, _ missing: MissingValues, shards: Int
    ) throws -> ComputationRun<ComBatModel> {
        let sites = peer.table.splitByBatch(shards)
        let columns = peer.table.featureCount + peer.table.covariateNames.count
        let census = try ExponentCensus(columns: columns, allowsMissing: true).run(on: sites).result
        return try IncompleteComBatFit(
            features: peer.table.featureNames, covariates: peer.table.covariateNames, exponents: census, method: method,
            missing: missing
        ).run(on: sites)
    }

    @Test(
        "Features with missing values have sva's and neuroCombat's values, and what is missing stays missing",
        arguments: [
            (ComBatMethod.parametricSVA, MissingValues.valuesLessOne, "sva_param"),
            (.nonparametric, .valuesLessOne, "sva_nonparam"), (.parametricNeuroCombat, .values, "ncr_param"),
            (.nonparametric, .values, "ncr_nonparam"),
        ])
    func missing(method: ComBatMethod, rule: MissingValues, file: String) throws {
        let peer = try HarmonisationCase("synth_missing")
        let run = try Self.fitIncomplete(peer, method, rule, shards: 3)
        #expect(try Self.fitIncomplete(peer, method, rule, shards: 1).result == run.result)
        let found = try run.result.harmonise(peer.table).table
        let expected = try peer.expected(file)
        let p = peer.table.featureCount
        var count = 0
        for column in 0..<p {
            let values = (0..<found.count).map { peer.table.features[$0 * p + column] }.filter { !$0.isNaN }
            let mean = values.reduce(0, +) / Double(values.count)
            let sd = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
            for row in 0..<found.count {
                let (own, peers) = (found.features[row * p + column], expected[row * p + column])
                #expect(own.isNaN == peers.isNaN)
                if own.isNaN { count += 1 } else { #expect((own - peers).magnitude < 1e-11 * sd) }
            }
        }
        #expect(count > 100)
    }

    @Test("Without a missing value the sums for missing values give the usual model")
    func complete() throws {
        let peer = try HarmonisationCase("synth_main")
        let usual = try peer.table.fitComBat().result
        let other = try Self.fitIncomplete(peer, .parametric, .values, shards: 2).result
        let found = try other.harmonise(peer.table).table
        let expected = try usual.harmonise(peer.table).table.features
        #expect(HarmonisationCase.distance(found, expected, reference: peer.table) < 1e-12)
    }

    @Test("A feature without any value in a batch is refused by its name; infinity is no missing value")
    func absent() throws {
        let peer = try HarmonisationCase("synth_missing")
        var table = peer.table
        for row in 0..<table.count where table.batch[row] == "S02" { table.features[row * table.featureCount] = .nan }
        let columns = table.featureCount + table.covariateNames.count
        let census = try ExponentCensus(columns: columns, allowsMissing: true).run(on: [table]).result
        let fit = IncompleteComBatFit(
            features: table.featureNames, covariates: table.covariateNames, exponents: census)
        #expect(throws: HarmonisationError.absent(features: [table.featureNames[0]])) { try fit.run(on: [table]) }
        table.features[3] = .infinity
        #expect(throws: HarmonisationError.missingValues(features: [table.featureNames[3]])) {
            try fit.run(on: [table])
        }
    }

    @Test("A feature that is constant in a batch keeps neuroCombat's values by its rule")
    func constant() throws {
        let peer = try HarmonisationCase("synth_zerovar")
        let found = try peer.table.fitComBat(.parametricNeuroCombat, shards: 2).result.harmonise(peer.table).table
        #expect(HarmonisationCase.distance(found, try peer.expected("ncr_param"), reference: peer.table) < 1e-11)
    }

    /// Columns age (smooth) and sex of the first six features.
    static func smooth(_ name: String) throws -> (CaseTable, [[Int]]) {
        let peer = try HarmonisationCase(name)
        let table = try peer.table.selecting(features: Array(peer.table.featureNames.prefix(6)))
        #expect(table.covariateNames == ["age", "sex"])
        let ages = (0..<table.count).map { table.covariates[$0 * 2] }
        let spline = try ThinPlateSpline(places: ages, dimension: 5, name: "age")
        let covariates = (0..<table.count).flatMap { spline.columns(at: ages[$0]) + [table.covariates[$0 * 2 + 1]] }
        let expanded = CaseTable(
            featureNames: table.featureNames, features: table.features,
            covariateNames: ["age~1", "age~2", "age~3", "age~4", "sex"], covariates: covariates,
            outcome: table.outcome, batch: table.batch)
        return (expanded, [[1, 2, 3]])
    }

    /// Harmonises with a smooth covariate, over 1 and 3 sites with the same bits.
    static func smoothed(_ name: String, _ penalty: PenaltyChoice) throws -> (found: CaseTable, reference: CaseTable) {
        let (table, groups) = try Self.smooth(name)
        var models: [ComBatModel] = []
        for shards in [1, 3] {
            let sites = table.splitByBatch(shards)
            let census = try ExponentCensus(columns: 11).run(on: sites).result
            models.append(
                try ComBatFit(
                    features: table.featureNames, covariates: table.covariateNames, exponents: census,
                    method: .parametricSVA, smooth: groups, penalty: penalty
                ).run(on: sites).result)
        }
        #expect(models[0] == models[1])
        return (try models[0].harmonise(table).table, table)
    }

    @Test("A smooth covariate gives mgcv's curve where mgcv finds the lowest score")
    func smooth() throws {
        let (found, table) = try Self.smoothed("synth_main", .generalisedCrossValidation)
        let expected = try HarmonisationCase("synth_main").expected("cf_gam_first6")
        #expect(HarmonisationCase.distance(found, expected, reference: table) < 1e-4)
    }

    @Test("By mgcv's descent a smooth covariate gives ComBatFamily's values", arguments: ["synth_main", "fcon_real"])
    func descent(name: String) throws {
        let ages = try HarmonisationCase(name).table
        let start = try PenaltyDescent.start(
            of: [("age", (0..<ages.count).map { ages.covariates[$0 * 2] }, 5)])
        let (found, table) = try Self.smoothed(name, .descent(start: start))
        let expected = try HarmonisationCase(name).expected("cf_gam_first6")
        // Largest difference 6.0e-10, of the real table.
        #expect(HarmonisationCase.distance(found, expected, reference: table) < 1e-8)
    }

    @Test("mgcv's descent starts where initial.sp says")
    func descentStart() throws {
        // R mgcv 1.8.41: x <- (0:39)^2 %% 17; G <- gam(y ~ s(x, k = 5), data = data.frame(x, y = sin(x)), fit = FALSE);
        // log(mgcv:::initial.sp(G$X, G$S, G$off) / G$smooth[[1]]$S.scale / diff(range(x))^3)
        let x = (0..<40).map { Double($0 * $0 % 17) }
        let found = try PenaltyDescent.start(of: [("x", x, 5)])
        #expect(found.count == 1)
        #expect((found[0] + 3.84196581529422).magnitude < 1e-6)
    }

    @Test("The spline is straight beyond its ends, NaN at NaN, and refused with too few values")
    func spline() throws {
        let spline = try ThinPlateSpline(places: [3, 1, 4, 1, 5, 9, 2, 6], dimension: 5, name: "age")
        #expect(spline.columnCount == 4 && spline.lower == 1 && spline.upper == 9)
        for column in 0..<4 {
            let values = [10.0, 11, 12].map { spline.columns(at: $0)[column] }
            #expect((values[2] - 2 * values[1] + values[0]).magnitude < 1e-12)
            // Value and slope are continuous at the end.
            let near = [9 - 1e-6, 9, 9 + 1e-6].map { spline.columns(at: $0)[column] }
            #expect((near[2] - 2 * near[1] + near[0]).magnitude < 1e-10)
        }
        let missing = spline.columns(at: .nan)
        #expect(missing.count == 4 && missing.filter(\.isNaN).count == 4)
        #expect(throws: HarmonisationError.tooFewValues(covariate: "age", needed: 5)) {
            try ThinPlateSpline(places: [1, 2, 2, 3, 4], dimension: 5, name: "age")
        }
    }

    @Test("Random intercepts give longCombat's values, also over sites that hold whole patients")
    func randomIntercept() throws {
        let whole = try HarmonisationCase("synth_longitudinal")
        let meta = try CSVFixture.shared("data/harmonisation/synth_longitudinal/meta.csv")
        let shard = LongitudinalTable(table: whole.table, subject: meta.texts("subject"))
        let exponents = try ExponentCensus(columns: whole.table.featureCount + 1).run(on: [whole.table]).result
        let fit = RandomInterceptFit(
            features: whole.table.featureNames, covariates: whole.table.covariateNames, exponents: exponents)
        let run = try fit.run(on: [shard])
        let intercepts = try run.result.batchIntercepts(shard, exponents: exponents)
        let own = try run.result.subjectIntercepts(shard, batches: intercepts).values(of: Array(0..<whole.table.count))
        let found = try run.result.combat.harmonise(whole.table.adding(own, factor: -1)).table.adding(own, factor: 1)
        #expect(HarmonisationCase.distance(found, try whole.expected("longcombat"), reference: whole.table) < 1e-4)
        #expect(run.rounds < 20)
    }

    @Test("Random intercepts over sites with their own batches and patients have the bits of the pooled fit")
    func randomInterceptSites() throws {
        let whole = try HarmonisationCase("synth_longitudinal")
        let meta = try CSVFixture.shared("data/harmonisation/synth_longitudinal/meta.csv")
        let subjects = meta.texts("subject")
        let first = Set(Set(subjects).sorted().prefix(14))
        // The same scanners in two hospitals are batches of their own.
        var table = whole.table
        for row in 0..<table.count where !first.contains(subjects[row]) { table.batch[row] += " B" }
        let pooled = LongitudinalTable(table: table, subject: subjects)
        let exponents = try ExponentCensus(columns: table.featureCount + 1).run(on: [table]).result
        let fit = RandomInterceptFit(
            features: table.featureNames, covariates: table.covariateNames, exponents: exponents)
        let differences = try ShardProperty.differences(fit, shard: pooled) { whole, count in
            (0..<count).map { site in
                whole.selecting(
                    rows: subjects.indices.filter { (first.contains(subjects[$0]) ? 0 : count - 1) == site })
            }
        }
        #expect(differences == [])
        let run = try fit.run(on: [pooled]).result
        #expect(try fit.fit([pooled]) == run)
    }
}
