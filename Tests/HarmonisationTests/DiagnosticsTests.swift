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
        let p = table.featureCount
        func values(_ column: Int, _ batches: [String]) -> [[Double]] {
            batches.map { batch in
                table.batch.indices.filter { table.batch[$0] == batch }.map { table.features[$0 * p + column] }
            }
        }
        func near(_ found: Double?, _ wanted: Double, _ tolerance: Double) -> Bool {
            guard let found else { return false }
            return (found - wanted).magnitude <= tolerance * max(wanted.magnitude, 1e-3)
        }
        var compared = 0
        for (column, wanted) in expected.list.enumerated() {
            #expect(wanted["feature"].text == table.featureNames[column])
            let found = FeatureDiagnostics(feature: table.featureNames[column], groups: values(column, names))
            #expect(near(found.anova?.statistic, wanted["anova"][0].number, 1e-9))
            #expect(near(found.anova?.p, wanted["anova"][1].number, 1e-8))
            #expect(near(found.levene?.statistic, wanted["levene_mean"][0].number, 1e-9))
            #expect(near(found.brownForsythe?.statistic, wanted["levene_median"][0].number, 1e-9))
            #expect(near(found.brownForsythe?.p, wanted["levene_median"][1].number, 1e-8))
            #expect(near(found.andersonDarling, wanted["ad_ksamp_stat"].number, 1e-8))
            let pair = FeatureDiagnostics(feature: "", groups: values(column, Array(names.prefix(2))))
            #expect(near(pair.kolmogorovSmirnov, wanted["ks_first_two"][0].number, 1e-12))
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
