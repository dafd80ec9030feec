import Agreement
import LocalValidation
import Statistics
import Tables
import TestKit
import Testing
import Validation

/// Readers of ten acquisition sites, against irr and vcd.
@Suite(
    "Agreement by site",
    .enabled(
        if: SharedData.available("data/multicentre/abide_10sites_readers/phenotypic_qc.csv"),
        "the shared data are not here"))
struct AgreementBySiteTests {
    @Test(
        "Kappa of each site and of the sites' tables together is vcd's to 1e-12; a site with one category has none, never 0"
    )
    func abide() throws {
        let peer = try JSONFixture.shared("data/validation/reader_agreement_abide_10sites.json")["expected"][
            "r1_vs_func3"]
        let source = try CSVFixture.shared("data/multicentre/abide_10sites_readers/phenotypic_qc.csv")
        let (sites, first) = (source.texts("site_id"), source.texts("qc_rater_1"))
        let third = source.texts("qc_func_rater_3")
        let all = ["qc_anat_rater_2", "qc_func_rater_2", "qc_anat_rater_3"].map { source.texts($0) }
        func fails(_ text: String) -> String { text == "fail" ? "fail" : "no" }
        // The peer's rows are those that all readers rated.
        let rows = sites.indices.filter { row in
            !first[row].isEmpty && !third[row].isEmpty && !all.contains { $0[row].isEmpty }
        }
        let table = CSVTable(
            file: "qc.csv", columns: ["site", "r1", "r3"],
            rows: rows.map { [sites[$0], fails(first[$0]), fails(third[$0])] })
        let records = try RatingAnalysis(table, raters: ["r1", "r3"], level: .nominal, weights: .none, site: "site")
            .results()
        let pooled = try LocalValidationTests.find(records, .kappa, "Cohen")
        #expect(Tolerance.agrees(pooled.estimate, peer["pooled"]["kappa"].number, 1e-12))
        var effects: [Estimate] = []
        for site in peer["per_site"].keys.sorted() {
            let own = peer["per_site"][site]
            let record = try LocalValidationTests.find(records, .kappa, "Cohen", site: site)
            effects.append(
                record.estimate.map {
                    .value(EstimateValue(value: $0, standardError: record.standardError, n: 1, method: ""))
                } ?? .notEstimable(record.reason))
            if let kappa = own["kappa"].optionalNumber {
                #expect(Tolerance.agrees(record.estimate, kappa, 1e-12), "\(site)")
                #expect(Tolerance.agrees(record.standardError ?? 0, own["ase"].number, 1e-9), "\(site)")
            } else {
                #expect(record.status == "not_estimable" && record.estimate == nil)
                let reason = try LocalValidationTests.find(records, .mean, "kappa, Cohen, site", site: site).reason
                #expect(reason.hasPrefix("left out"))
            }
            let coefficient = try LocalValidationTests.find(records, .ac, "AC1", site: site)
            // irrCAC has an AC1 of 1 without a standard error where one category only was used; here it is not estimable.
            if own["ac1_se"].optionalNumber == nil {
                #expect(coefficient.status == "not_estimable" && own["ac1"].number == 1)
            } else {
                #expect(Tolerance.agrees(coefficient.estimate, own["ac1"].number, 1e-5))
            }
        }
        let mean = try LocalValidationTests.find(records, .mean, "kappa, Cohen")
        #expect(mean.estimate == SiteSummary(effects, scale: .identity).mean.number)
        #expect((mean.n ?? 0) >= 3)
    }
}
