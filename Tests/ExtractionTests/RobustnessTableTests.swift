import Extraction
import Foundation
import Statistics
import Tables
import Testing

struct RobustnessTableTests {
    /// Shrout and Fleiss 1979, Psychol Bull 86:420, table 2: six targets, four judges.
    static let readings: [[Double]] = [
        [9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7],
    ]

    /// JSON lines as `extract --perturb` writes them.
    private static func lines(_ rows: [[Double?]], configuration: String = "c", seed: Int = 1) -> String {
        rows.enumerated().map { index, values in
            let texts = values.map { $0.map { "\($0)" } ?? "null" }.joined(separator: ",")
            return """
                {"case":"c\(index)","reader":"","roi":"intratumoral","warnings":[],"diagnostics":[],"provenance":{\
                "pixelsSHA256":"","maskSHA256":"","configuration":{"ibsi":\(settings)},"configurationSHA256":"\(configuration)",\
                "dialect":"ibsi","software":"","acquisition":{},"perturbation":{"failures":{},"settings":{"shift":0.5,"rotate":0,\
                "grow":0,"volume":0,"noise":0,"contour":0,"patch":10,"repeats":4,"seed":\(seed)}}},"features":[{"family":"",\
                "aggregation":"","name":"","ibsi":"","tag":"","column":"statistics_mean","value":1,"robustness":{"values":[\(texts)]}}]}
                """
        }.joined(separator: "\n")
    }

    private static let settings: String = {
        let bytes = try? JSONEncoder().encode(ProcessingSettings())
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }()

    @Test("ICC(1,1) over cases is that of Shrout and Fleiss's table, and an incomplete case is left out and counted")
    func icc() throws {
        let table = try RobustnessTable(jsonLines: [("a.jsonl", Self.lines(Self.readings))])
        let row = try #require(table.rows.first)
        // Table 4 of the paper gives .17; psych::ICC(sf) in R's documentation 0.17 with -0.13 to 0.72.
        #expect(abs(try #require(row.icc.number) - 0.166) < 0.001)
        guard case .value(let value) = row.icc else { return }
        #expect(abs(try #require(value.lower) + 0.13) < 0.005)
        #expect(abs(try #require(value.upper) - 0.72) < 0.005)
        #expect(value.n == 6 && row.grade == "poor" && row.incomplete == 0)
        let gap = try RobustnessTable(jsonLines: [("a.jsonl", Self.lines(Self.readings + [[1, nil, 2, 3]]))])
        #expect(gap.rows[0].icc == row.icc && gap.rows[0].incomplete == 1)
        #expect(
            gap.csv.hasPrefix(
                "roi,column,icc,lower,upper,cases,grade,median_cv,incomplete,reason\nintratumoral,statistics_mean,0.16")
        )
    }

    @Test("Reports that do not pool are refused by file and line")
    func refusals() throws {
        let one = Self.lines(Self.readings)
        #expect(throws: RobustnessError.otherConfiguration(file: "b", line: 1)) {
            try RobustnessTable(jsonLines: [("a", one), ("b", Self.lines(Self.readings, configuration: "d"))])
        }
        #expect(throws: RobustnessError.otherConfiguration(file: "b", line: 1)) {
            try RobustnessTable(jsonLines: [("a", one), ("b", Self.lines(Self.readings, seed: 2))])
        }
        #expect(throws: RobustnessError.twice(file: "b", line: 1)) {
            try RobustnessTable(jsonLines: [("a", one), ("b", one)])
        }
        #expect(throws: RobustnessError.notReport(file: "a", line: 1)) {
            try RobustnessTable(jsonLines: [("a", "{}")])
        }
        #expect(throws: RobustnessError.empty) { try RobustnessTable(jsonLines: [("a", "")]) }
    }

    @Test("Mean, deviation and both coefficients of variation are those of the values")
    func description() throws {
        let found = FeatureRobustness([1, 2, 4, nil, 9])
        #expect(found.mean == 4)
        #expect(abs(try #require(found.standardDeviation) - (38.0 / 3).squareRoot()) < 1e-12)
        #expect(abs(try #require(found.coefficientOfVariation) - (38.0 / 3).squareRoot() / 4) < 1e-12)
        // numpy.quantile([1, 2, 4, 9], [0.25, 0.75]) is 1.75 and 5.25.
        #expect(abs(try #require(found.quartileCoefficient) - 0.5) < 1e-12)
        #expect(FeatureRobustness([3, nil]).mean == nil)
        #expect(FeatureRobustness([-1, 1]).coefficientOfVariation == nil)
    }

    @Test("Lin's coefficient is that of the definition for every pair of protocols, from one table or from several")
    func protocols() throws {
        let csv =
            "insert,scanner,mean,kernel\n"
            + zip([1, 2, 3, 4, 5], [2, 3, 4, 5, 6]).map { "\($0),A,\($0),x\n\($0),B,\($1),y\n" }.joined()
        let found = try ProtocolConcordance(
            table: try CSVTable(text: csv, file: "p.csv"), subject: "insert", protocol: "scanner")
        let row = try #require(found.rows.first)
        // Means 3 and 4, variances 2, covariance 2: 4 / (4 + 1).
        #expect(found.rows.count == 1 && row.column == "mean" && row.first == "A" && row.second == "B")
        #expect(abs(try #require(row.ccc.number) - 0.8) < 1e-12)
        func table(_ values: [Double], _ name: String) throws -> CSVTable {
            let rows = values.enumerated().map { "c\($0),,\($1)\n" }.joined()
            return try CSVTable(text: "case,reader,mean\n" + rows, file: name)
        }
        let several = try ProtocolConcordance(tables: [
            ("thin", try table([1, 2, 3, 4, 5], "a")), ("thick", try table([2, 3, 4, 5, 6], "b")),
            ("other", try table([5, 4, 3, 2, 1], "c")),
        ])
        #expect(
            several.rows.map { [$0.first, $0.second] } == [["thin", "thick"], ["thin", "other"], ["thick", "other"]])
        #expect(several.rows[0].ccc == row.ccc && several.rows[1].ccc.number.map { abs($0 + 1) < 1e-12 } == true)
        #expect(throws: RobustnessError.oneProtocol) { try ProtocolConcordance(tables: [("a", try table([1], "a"))]) }
        #expect(throws: RobustnessError.repeatedSubject(file: "p.csv", row: 2)) {
            try ProtocolConcordance(
                table: try CSVTable(text: "s,p,x\n1,A,1\n1,A,2\n1,B,2\n", file: "p.csv"), subject: "s", protocol: "p")
        }
    }
}
