import Agreement
import Federation
import Statistics
import TestKit
import Testing

/// Agreement over sites that send sums against the plain functions on all cases, and against irr, irrCAC, psych and epiR.
@Suite("Agreement from sums")
struct AgreementFromSumsTests {
    static let observers = "data/validation/gwet_krippendorff_missing_cac5.json"

    /// Value, standard error and interval are the same to 1e-10, or the reason is.
    static func agrees(_ found: Estimate, _ expected: Estimate) -> Bool {
        guard case .value(let a) = found, case .value(let b) = expected else { return found == expected }
        return Tolerance.agrees(a.value, b.value, 1e-10) && Tolerance.agrees(a.standardError, b.standardError, 1e-10)
            && Tolerance.agrees(a.lower, b.lower, 1e-10) && Tolerance.agrees(a.upper, b.upper, 1e-10) && a.n == b.n
            && a.method == b.method
    }

    /// The rows of three sites, the second without a case.
    static func sites<Row>(_ rows: [Row]) -> [[Row]] { [Array(rows[..<4]), [], Array(rows[4...])] }

    /// Every coefficient against the plain function on all cases.
    static func check(
        _ found: PooledRatingAgreement.Result, _ ratings: [[Int?]], categories: Int,
        weights: WeightedAgreement.Weights, level: KrippendorffAlpha.Level
    ) {
        let plain = WeightedAgreement(ratings: ratings, categories: categories, weights: weights)
        #expect(agrees(found.fleiss, plain.fleiss))
        #expect(agrees(found.conger, plain.conger))
        #expect(agrees(found.gwet, plain.gwet))
        #expect(agrees(found.brennanPrediger, plain.brennanPrediger))
        #expect(agrees(found.krippendorff, plain.krippendorff))
        let values = ratings.map { $0.map { $0.map(Double.init) } }
        #expect(agrees(found.alpha, KrippendorffAlpha.estimate(values, level: level)))
        let readers = ratings[0].count
        var cohen: [Estimate] = []
        for first in 0..<readers {
            for second in (first + 1)..<readers {
                var table = [Int](repeating: 0, count: categories * categories)
                for row in ratings {
                    if let a = row[first], let b = row[second] { table[a * categories + b] += 1 }
                }
                cohen.append(CohenKappa.estimate(table: table, weights: weights.cohen))
            }
        }
        #expect(found.cohen == cohen)
        #expect(found.light == CohenKappa.light(cohen, cases: found.cases))
    }

    @Test(
        "five readers with missing ratings at three sites: two rounds give the plain coefficients, and irrCAC's five decimals",
        .enabled(if: SharedData.available(observers), "the shared fixture is not here"),
        arguments: [("none", "unweighted"), ("linear", "linear"), ("quadratic", "quadratic")])
    func missingRatings(weights: String, name: String) throws {
        let json = try JSONFixture.shared(Self.observers)
        let columns = (1...5).map { json["input"]["Observer\($0)"].list.map(\.optionalNumber) }
        let ratings = columns[0].indices.map { row in columns.map { $0[row].map { Int($0) } } }
        let rule = try #require(WeightedAgreement.Weights(rawValue: weights))
        for level in KrippendorffAlpha.Level.allCases {
            let run = try PooledRatingAgreement(readers: 5, categories: 4, weights: rule, level: level)
                .run(on: Self.sites(ratings))
            #expect(run.rounds == 2)
            Self.check(run.result, ratings, categories: 4, weights: rule, level: level)
            #expect(run.result.byCategory.isEmpty)
            for (estimate, key) in [
                (run.result.fleiss, "fleiss"), (run.result.conger, "conger"), (run.result.gwet, "gwet"),
                (run.result.brennanPrediger, "bp"), (run.result.krippendorff, "krippen"),
            ] {
                let suffix = ["gwet": ".ac1.raw", "bp": ".coeff.raw", "krippen": ".alpha.raw"][key] ?? ".kappa.raw"
                let expected = json["expected"][name][key + suffix]
                guard case .value(let value) = estimate else {
                    Issue.record("no \(key)")
                    continue
                }
                #expect(Tolerance.agrees(value.value, expected["est"].number, 5.1e-6), "\(key)")
                #expect(Tolerance.agrees(value.standardError, expected["se"].number, 5.1e-6), "\(key)")
            }
        }
    }

    @Test(
        "six readers of 30 patients at three sites: Fleiss, Light and Conger are irr's to 1e-10, categories those of all cases",
        .enabled(if: SharedData.available(SharedFixtures.diagnoses), "the shared diagnoses fixture is not here"))
    func complete() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.diagnoses)
        let readers = (1...6).map { fixture["input"]["rater\($0)"].texts }
        let labels = Set(readers.flatMap { $0 }).sorted()
        let ratings = readers[0].indices.map { row in readers.map { labels.firstIndex(of: $0[row]) } }
        let found = try PooledRatingAgreement(readers: 6, categories: labels.count, weights: .none)
            .run(on: Self.sites(ratings)).result
        Self.check(found, ratings, categories: labels.count, weights: .none, level: .nominal)
        #expect(Tolerance.agrees(found.fleiss.number, 0.430244520060141, 1e-10))
        #expect(Tolerance.agrees(found.conger.number, 0.441808540329333, 1e-10))
        #expect(Tolerance.agrees(found.light.number, 0.459412144434595, 1e-10))
        let profiles = try RatingProfile.profiles(
            ratings: ratings.map { $0.compactMap(\.self) }, categories: labels.count)
        let plain = MultiReaderAgreement.fleissByCategory(profiles)
        #expect(found.byCategory == plain.map(\.kappa))
        #expect(found.byCategoryPValues == plain.map(\.pValue))
        for (kappa, row) in zip(found.byCategory, fixture["expected"]["fleiss_per_category"].list) {
            #expect(Tolerance.agrees(kappa.number, row[0].number, 5.1e-4))
        }
    }

    @Test(
        "two readers of ten sites: one round gives the coefficients of the single cases, and irrCAC's AC1",
        .enabled(if: SharedData.available(SharedFixtures.readers), "the shared reader fixture is not here"),
        arguments: WeightedAgreement.Weights.allCases)
    func twoReaders(weights: WeightedAgreement.Weights) throws {
        let expected = try JSONFixture.shared(SharedFixtures.readers)["expected"]
        let pair = expected["r1_vs_func3"]
        let tables = [
            pair["per_site"].keys.map { pair["per_site"][$0]["table"].list.flatMap(\.integers) },
            [expected["pooled_3level"]["table"].list.flatMap(\.integers)],
        ]
        for (tables, categories) in zip(tables, [2, 3]) {
            // The single cases of each site.
            let sites = tables.map { table in
                let cells = table.indices.flatMap { [Int](repeating: $0, count: table[$0]) }
                return PairedRatings(first: cells.map { $0 / categories }, second: cells.map { $0 % categories })
            }
            let run = try PooledPairAgreement(categories: categories, weights: weights).run(on: sites)
            #expect(run.rounds == 1)
            let ratings = sites.flatMap { site in zip(site.first, site.second).map { [$0, $1] as [Int?] } }
            let plain = WeightedAgreement(ratings: ratings, categories: categories, weights: weights)
            #expect(Self.agrees(run.result.scott, plain.fleiss))
            #expect(Self.agrees(run.result.brennanPrediger, plain.brennanPrediger))
            #expect(Self.agrees(run.result.gwet, plain.gwet))
            #expect(Self.agrees(run.result.krippendorff, plain.krippendorff))
            // Conger's of two readers is Cohen's; its standard error is another estimator.
            #expect(Tolerance.agrees(run.result.cohen.number, plain.conger.number, 1e-10))
            let rounds = try PooledRatingAgreement(readers: 2, categories: categories, weights: weights)
                .run(on: [ratings]).result
            #expect(rounds.cohen == [run.result.cohen])
            #expect(Self.agrees(rounds.gwet, run.result.gwet))
        }
        if weights == .none {
            let run = try PooledPairAgreement(categories: 2, weights: .none).run(
                on: tables[0].map { table in
                    let cells = table.indices.flatMap { [Int](repeating: $0, count: table[$0]) }
                    return PairedRatings(first: cells.map { $0 / 2 }, second: cells.map { $0 % 2 })
                })
            #expect(Tolerance.agrees(run.result.gwet.number, pair["pooled"]["ac1"].number, 5.1e-6))
            #expect(Tolerance.agrees(run.result.cohen.number, pair["pooled"]["kappa"].number, 1e-10))
        }
    }

    @Test("one category, one rating a case, no case: not estimable with the reason of the plain function, never 0")
    func degenerate() throws {
        let cases: [[[Int?]]] = [
            [[0, 0, 0], [0, 0, nil]], [[0, nil, nil], [nil, 1, nil], [nil, nil, nil]], [],
        ]
        for ratings in cases {
            let found = try PooledRatingAgreement(readers: 3, categories: 2, weights: .none).run(on: [ratings]).result
            let plain = WeightedAgreement(ratings: ratings, categories: 2, weights: .none)
            for (estimate, expected) in [
                (found.fleiss, plain.fleiss), (found.conger, plain.conger), (found.gwet, plain.gwet),
                (found.brennanPrediger, plain.brennanPrediger), (found.krippendorff, plain.krippendorff),
                (
                    found.alpha,
                    KrippendorffAlpha.estimate(ratings.map { $0.map { $0.map(Double.init) } }, level: .nominal)
                ),
            ] {
                #expect(estimate == expected && estimate.status == "not_estimable")
            }
            #expect(found.light.status == "not_estimable" && found.byCategory.isEmpty)
        }
        let one = try PooledPairAgreement(categories: 2, weights: .linear).run(
            on: [PairedRatings(first: [1, 1], second: [1, 1]), PairedRatings(first: [], second: [])]
        ).result
        for estimate in [one.cohen, one.scott, one.gwet, one.brennanPrediger, one.krippendorff] {
            #expect(estimate == .notEstimable("one category only was used"))
        }
    }

    @Test("undeclared categories, other numbers of readers, tables too large and unordered values are refused by name")
    func refused() throws {
        let rated = try PooledRatingAgreement(readers: 2, categories: 2, weights: .none)
        #expect(throws: AgreementError.unknownCategory(position: 1, categories: 2)) {
            try rated.run(on: [[[0, 1], [nil, 2]]])
        }
        #expect(throws: AgreementError.wrongReaders(expected: 2, found: 3)) { try rated.run(on: [[[0, 1, 1]]]) }
        #expect(throws: AgreementError.tooManyCells(readers: 40, categories: 64, limit: 1 << 20)) {
            try PooledRatingAgreement(readers: 40, categories: 64, weights: .none)
        }
        for values in [[1, 0], [0, .nan], [1]] {
            #expect(throws: AgreementError.wrongValues(categories: 2)) {
                try PooledRatingAgreement(readers: 2, categories: 2, weights: .none, values: values)
            }
        }
        let measured = PooledMeasurementAgreement(readers: 2, exponent: 0)
        #expect(throws: AgreementError.notFinite(reader: 1)) { try measured.run(on: [[[1, .nan]]]) }
        #expect(throws: AgreementError.notFinite(reader: 0)) { try measured.run(on: [[[.infinity, 1]]]) }
        #expect(throws: AgreementError.wrongReaders(expected: 2, found: 1)) { try measured.run(on: [[[1]]]) }
    }
}
