import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import Tables
import Testing

/// The report on tables that are read in chunks, and on sites.
struct ReportTests {
    private static func rows(_ input: HarmonisationInput) throws -> SpooledRows {
        try input.spooled(
            batches: ["batch"], design: try input.design(numeric: ["age", "sex"], categorical: ["sex"]))
    }

    @Test("Read in chunks, the report has the bits of the tables in memory")
    func streamed() throws {
        let rows = try Self.rows(StreamTests.input())
        let memory = TableRows(try rows.loaded())
        let report = try HarmonisationReport(before: rows, after: rows)
        #expect(try HarmonisationReport(before: memory, after: memory) == report)
        #expect(try report.page(before: rows, after: rows) == report.page(before: memory, after: memory))
        #expect(report.effectChange == 0)
    }

    @Test("Sites get the report of the whole table but for ranks; its page shows ellipses and no row")
    func sites() throws {
        let input = try StreamTests.input(siteByBatch: true)
        let rows = try Self.rows(input)
        let sites = try input.sites(rows, column: "site")
        #expect(sites.map { $0.batches.map(\.name) } == [["b0", "b9"], ["b1", "b2"]])
        let report = try HarmonisationReport(sitesBefore: sites, sitesAfter: sites, minimum: 5)
        #expect(try HarmonisationReport(sitesBefore: [rows], sitesAfter: [rows], minimum: 5) == report)
        let whole = try HarmonisationReport(before: rows, after: rows)
        #expect(report.before.batchShare == whole.before.batchShare)
        #expect(report.before.features.map(\.anova) == whole.before.features.map(\.anova))
        #expect(report.effectChange == whole.effectChange && report.priors.isEmpty && report.before.scores == nil)
        let page = try report.page()
        // Two of components, two densities of each of five features.
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.components(separatedBy: "<figure>").count == 13)
        #expect(page.contains("ellipses") && !page.contains("nan"))
    }

    @Test("A batch of two sites, one site, and tables with other rows are refused")
    func refused() throws {
        let shared = try StreamTests.input()
        let rows = try Self.rows(shared)
        #expect(throws: LocalHarmonisationError.sharedBatch("b0")) { try shared.sites(rows, column: "site") }
        let sited = try StreamTests.input(siteByBatch: true)
        let other = try Self.rows(sited)
        #expect(throws: LocalHarmonisationError.oneSite) {
            try sited.sites(other, column: "one")
        }
        let table = try rows.loaded()
        let reversed = table.selecting(rows: (0..<table.count).reversed())
        #expect(throws: LocalHarmonisationError.self) {
            try HarmonisationReport(before: rows, after: TableRows(reversed))
        }
    }
}
