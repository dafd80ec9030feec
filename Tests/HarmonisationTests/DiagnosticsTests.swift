import Federation
import Harmonisation
import Statistics
import TestKit
import Testing

/// Against scipy (`f_oneway`, `levene`, `ks_2samp`, `anderson_ksamp`); the calls are in the README of the fixtures.and
/// in `Fixtures/diagnostics.py`.
@Suite("Diagnostics of batches")
struct DiagnosticsTests {
    @Test(
        "F, Levene, Brown-Forsythe, Kolmogorov-Smirnov and Anderson-Darling are scipy's",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"),
        arguments: ["synth_main", "fcon_real", "nsclc_radiomics_manufacturer"])
    func peers(name: String) throws {
        let table = try HarmonisationCase(name).table
        let expected = try JSONFixture.shared("data/harmonisation/\(name)/expected_diagnostics.json")["per_feature"]
        let names = Set(table.batch).sorted()
        func near(_ found: Double?, _ wanted: Double, _ tolerance: Double) -> Bool {
            guard let found else { return false }
            return (found - wanted).magnitude <= tolerance * max(wanted.magnitude, 1e-3)
        }
        var compared = 0
        let all = try BatchDiagnostics(table).features
        let two = try BatchDiagnostics(
            table.selecting(rows: table.batch.indices.filter { names.prefix(2).contains(table.batch[$0]) })
        ).features
        for (column, wanted) in expected.list.enumerated() {
            #expect(wanted["feature"].text == table.featureNames[column])
            let found = all[column]
            #expect(near(found.anova?.statistic, wanted["anova"][0].number, 1e-9))
            #expect(near(found.anova?.p, wanted["anova"][1].number, 1e-8))
            #expect(near(found.levene?.statistic, wanted["levene_mean"][0].number, 1e-9))
            #expect(near(found.brownForsythe?.statistic, wanted["levene_median"][0].number, 1e-9))
            #expect(near(found.brownForsythe?.p, wanted["levene_median"][1].number, 1e-8))
            #expect(near(found.andersonDarling, wanted["ad_ksamp_stat"].number, 1e-8))
            #expect(near(two[column].kolmogorovSmirnov, wanted["ks_first_two"][0].number, 1e-12))
            compared += 1
        }
        #expect(compared > 5)
    }

    @Test(
        "Components, Mahalanobis distances, variance share and discriminant areas are those of numpy 2.4.6",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func joint() throws {
        // eigh of corrcoef; means, pooled covariance and pairwise comparisons of the scores written out in numpy.
        let found = try BatchDiagnostics(HarmonisationCase("synth_main").table)
        let squared = [
            17.44646120138687, 7.8863871237367, 14.345290153758395, 11.035490672309985, 15.009848421948869,
            13.768050020418512,
        ]
        #expect(found.components == 18)
        #expect((found.batchShare - 0.08953558262018635).magnitude < 1e-12)
        #expect((found.batchAUC - 0.9681525799492765).magnitude < 1e-12)
        #expect(found.distances.count == 6)
        for (distance, expected) in zip(found.distances, squared) {
            #expect((distance.squared - expected).magnitude < 1e-9 * expected)
        }
    }

    /// Sites that hold whole batches.
    static func sites(_ table: CaseTable, _ count: Int) -> [any RowSource] {
        table.splitByBatch(count).filter { $0.count > 0 }.map { TableRows($0) }
    }

    @Test("Sites that exchange sums get the bits of one site, and all but ranks those of the rows", arguments: [2, 3])
    func federated(count: Int) throws {
        for name in ["synth_main", "synth_newsites"] {
            let table = try HarmonisationCase(name).table
            let rows = try BatchDiagnostics(table)
            let one = try BatchDiagnostics(sites: [TableRows(table)], minimum: 5)
            let several = try BatchDiagnostics(sites: Self.sites(table, count), minimum: 5)
            #expect(several == one)
            #expect(several.scores == nil && several.components == rows.components)
            #expect(several.batchShare == rows.batchShare && several.distances == rows.distances)
            #expect(several.centroids == rows.centroids)
            for (sums, values) in zip(several.features, rows.features) {
                #expect(sums.anova == values.anova && sums.levene == values.levene)
                #expect(sums.brownForsythe == values.brownForsythe)
            }
        }
    }

    @Test("What comes from histograms lies in its interval with that of the rows", arguments: [1, 5, 12])
    func intervals(minimum: Int) throws {
        let table = try HarmonisationCase("synth_main").table
        let rows = try BatchDiagnostics(table)
        let sums = try BatchDiagnostics(sites: Self.sites(table, 3), minimum: minimum)
        let area = try #require(sums.batchAUCInterval)
        #expect(area[0] <= rows.batchAUC && rows.batchAUC <= area[1])
        #expect(area[0] <= sums.batchAUC && sums.batchAUC <= area[1])
        // Without a floor a row is known to within the empty cells below it.
        if minimum == 1 { #expect(area[1] - area[0] < 0.1) }
        for (found, exact) in zip(sums.features, rows.features) {
            let interval = try #require(found.kolmogorovSmirnovInterval)
            #expect(interval[0] <= exact.kolmogorovSmirnov && exact.kolmogorovSmirnov <= interval[1])
            #expect(interval[0] <= found.kolmogorovSmirnov && found.kolmogorovSmirnov <= interval[1])
            let histograms = try #require(found.histograms)
            #expect(histograms.counts.joined().allSatisfy { $0 == 0 || $0 >= minimum })
            #expect(histograms.counts.map { $0.reduce(0, +) } == rows.centroids.map(\.cases))
            for batch in histograms.batches.indices {
                let groups = histograms.groups(of: batch)
                #expect(groups.allSatisfy { $0.cases >= minimum } && groups.first?.cells.lowerBound == 0)
                #expect(groups.last?.cells.upperBound == histograms.edges.count)
                #expect(zip(groups, groups.dropFirst()).allSatisfy { $0.cells.upperBound + 1 == $1.cells.lowerBound })
            }
        }
    }

    @Test("Histograms of cells without a floor give scipy's statistic of the cells, and numpy's distance")
    func binned() throws {
        // scipy 1.17.1 anderson_ksamp of the cells' numbers (numpy 2.4.6 searchsorted, side left), and the largest difference
        // of the cells' cumulative shares.
        let expected: [(edges: [Double], andersonDarling: Double, distance: Double)] = [
            ([0.71, 0.95, 1.14, 1.233, 1.364, 1.575, 1.864], 3.550208605584813, 0.38676607642124894),
            ([-6.19, -4.387, -3.783, -3.138, -2.675, -1.563, -0.174], 9.16698235844365, 0.5301724137931034),
            ([-2.668, -2.177, -1.839, -1.685, -1.415, -0.879, -0.175], 3.747493850625725, 0.3297297297297297),
        ]
        let names = ["f000", "f001", "f002"]
        let table = try HarmonisationCase("synth_main").table.selecting(features: names)
        let found = try BatchHistograms(
            features: names, edges: expected.map(\.edges), batches: Set(table.batch).sorted(), minimum: 1
        ).run(on: table.splitByBatch(3)).result
        for (feature, wanted) in zip(found, expected) {
            #expect((try #require(feature.andersonDarling) - wanted.andersonDarling).magnitude < 1e-8)
            #expect((feature.kolmogorovSmirnov - wanted.distance).magnitude < 1e-12)
        }
    }

    @Test(
        "Whatever rounds of cuts tell of a batch, by subtraction too, is of no case or of a minimum", arguments: 0..<40)
    func cuts(seed: UInt64) {
        var state = seed &* 2_654_435_761 &+ 12345
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let cells = (0..<60).map { _ in random(4) == 0 ? random(9) : random(2) }
        let (minimum, total) = (2 + random(5), cells.reduce(0, +))
        let least = max(minimum, min(4 * minimum, (total + 3) / 4))
        var search = FlooredCuts(cells)
        for _ in 0..<4 { search.cut(at: (0..<59).filter { _ in random(3) == 0 }, minimum: least, allowsEmpty: true) }
        var final = FlooredCuts(cells)
        final.cut(at: (0..<59).filter { _ in random(2) == 0 }, minimum: minimum, told: search.edges, least: minimum)
        #expect(search.edges == search.edges.sorted() && final.edges == final.edges.sorted())
        func pieces(_ edges: [Int]) -> [Int] {
            var start = 0
            return (edges + [59]).map { edge in
                defer { start = edge + 1 }
                return cells[start...edge].reduce(0, +)
            }
        }
        #expect(pieces(search.edges).allSatisfy { $0 == 0 || $0 >= least } || search.edges.isEmpty)
        #expect(pieces(final.edges).allSatisfy { $0 >= minimum } || final.edges.isEmpty)
        let all = Set(search.edges + final.edges).sorted()
        #expect(pieces(all).allSatisfy { $0 == 0 || $0 >= minimum } || all.isEmpty)
        #expect(total < 4 * minimum || !all.isEmpty)
    }

    @Test("Edges of histograms divide a skewed feature into cells of about equal numbers")
    func skewed() throws {
        // The ninth powers of a uniform grid: three quarters of the values in one of the first cells.
        let values = (1...2000).map { row in
            (0..<2).reduce(Double(row) / 2000) { value, _ in value * value * value } * 1e6
        }
        let table = CaseTable(
            featureNames: ["f", "constant"], features: values.flatMap { [$0, 3] },
            outcome: values.map { _ in .nan }, batch: values.indices.map { "b\($0 % 2)" })
        let moments = try PooledMoments(exponents: [20, 4]).run(on: [table]).result
        let edges = try HistogramEdges(
            features: table.featureNames, means: moments.means, deviations: [moments.standardDeviations[0], 0],
            cells: 20, minimum: 5
        ).run(on: table.splitByBatch(2)).result.edges
        #expect(edges[1].isEmpty)
        var counts = [Int](repeating: 0, count: edges[0].count + 1)
        for value in values { counts[edges[0].firstIndex { value <= $0 } ?? edges[0].count] += 1 }
        #expect(counts.count >= 15 && counts.count <= 20)
        #expect(counts.allSatisfy { $0 >= 100 })
    }

    @Test("Centres and ellipses are those of the rows' scores")
    func centroids() throws {
        let table = try HarmonisationCase("synth_main").table
        let found = try BatchDiagnostics(table)
        let scores = try #require(found.scores)
        for centroid in found.centroids {
            let rows = table.batch.indices.filter { table.batch[$0] == centroid.batch }
            #expect(centroid.cases == rows.count)
            let mean = (0..<2).map { axis in rows.reduce(0) { $0 + scores[$1][axis] } / Double(rows.count) }
            var place = 0
            for i in 0..<2 {
                #expect((centroid.mean[i] - mean[i]).magnitude < 1e-12)
                for j in i..<2 {
                    let product = rows.reduce(0) { $0 + (scores[$1][i] - mean[i]) * (scores[$1][j] - mean[j]) }
                    #expect((centroid.covariance[place] - product / Double(rows.count - 1)).magnitude < 1e-11)
                    place += 1
                }
            }
        }
    }

    @Test("A batch below the floor, and one that the list does not have, are refused")
    func floors() throws {
        let table = try HarmonisationCase("synth_main").table
        #expect(throws: HarmonisationError.batchTooSmall(cases: 24, minimum: 25)) {
            try BatchDiagnostics(sites: Self.sites(table, 2), minimum: 25)
        }
        let histograms = BatchHistograms(
            features: table.featureNames, edges: table.featureNames.map { _ in [] }, batches: ["S00"], minimum: 5)
        #expect(throws: HarmonisationError.unknownBatch("S01")) { try histograms.run(on: [table]) }
    }

    @Test("Harmonisation takes the batches' differences away, and the diagnostics say so")
    func effect() throws {
        let table = FoldTests.table().selecting(rows: Array(0..<90))
        let narrow = try table.selecting(features: (0..<20).map { "f\($0)" })
        let model = try narrow.fitComBat().result
        let before = try BatchDiagnostics(narrow)
        let after = try BatchDiagnostics(model.harmonise(narrow).table)
        #expect(before.batchAUC > 0.9 && after.batchAUC < before.batchAUC)
        #expect(before.batchShare > 5 * after.batchShare)
        #expect(zip(before.features, after.features).allSatisfy { $0.kolmogorovSmirnov > $1.kolmogorovSmirnov })
    }

    @Test("A table with missing values, or with a feature beyond the limit, is refused by name")
    func refused() throws {
        var table = FoldTests.table()
        table.features[3] = .nan
        #expect(throws: HarmonisationError.missingValues(features: ["f3"])) { try BatchDiagnostics(table) }
        let p = BatchDiagnostics.featureLimit + 1
        let wide = CaseTable(
            featureNames: (0..<p).map { "f\($0)" }, features: [Double](repeating: 1, count: 2 * p),
            outcome: [.nan, .nan], batch: ["a", "b"])
        #expect(throws: HarmonisationError.tooManyFeatures(p, limit: p - 1)) { try BatchDiagnostics(wide) }
    }
}
