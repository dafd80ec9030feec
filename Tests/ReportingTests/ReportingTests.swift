import Disclosure
import Reporting
import Statistics
import StudyCore
import Testing

@Suite("Screens")
struct ReportingTests {
    @Test(
        "Numbers are rounded half away from zero, without an exponent",
        arguments: [
            (0.125, 2, "0.13"), (-0.125, 2, "-0.13"), (-0.001, 2, "0.00"), (1234.5, 0, "1235"), (.nan, 2, "n/e"),
            (0.0999, 3, "0.100"),
        ])
    func numbers(value: Double, decimals: Int, text: String) {
        #expect(NumberFormat.fixed(value, decimals) == text)
    }

    @Test("Columns are padded to their widest cell")
    func table() {
        #expect(TextTable(columns: ["a", "b"], rows: [["long", "x"]]).text == "a     b\nlong  x\n")
    }

    @Test("Suppressed and not estimable are shown as such, never as 0")
    func states() {
        var results = StudyResults()
        var site = SiteResults(site: "a", role: "external")
        site.releases = [
            Release(releaseClass: .counts, statistic: "cases", estimate: .suppressed("fewer than 5 cases")),
            Release(releaseClass: .counts, statistic: "events", estimate: .notEstimable("none")),
        ]
        results.sites = [site]
        let text = StudyScreen(study: "s", title: "t", results: results).text
        #expect(text.contains("suppr./n/e"))
    }
}
