import Foundation
import Plots
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Counts the elements of a picture; fails on XML that is not well formed.
private final class Elements: NSObject, XMLParserDelegate {
    var names: [String: Int] = [:]
    var texts: [String] = []
    var identifiers: [String] = []

    init?(_ xml: String) {
        super.init()
        let parser = XMLParser(data: Data(xml.utf8))
        parser.delegate = self
        guard parser.parse() else { return nil }
    }

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        names[element, default: 0] += 1
        if let id = attributes["id"] { identifiers.append(id) }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { texts.append(string) }
}

struct PlotsTests {
    static let forest = ForestPlot(
        title: "AUC <by> site & \"year\"", measure: "AUC",
        rows: [
            ForestPlot.Row(name: "A & B", size: "10 / 30", value: 0.8, lower: 0.7, upper: 0.9, weight: 0.6),
            ForestPlot.Row(name: "C", size: "5 / 40", value: 0.7, lower: 0.4, upper: 1.2, weight: 0.4),
            ForestPlot.Row(name: "D", size: "0 / 9", value: nil, lower: nil, upper: nil, reason: "one class only"),
        ],
        summary: ForestPlot.Interval(value: 0.75, lower: 0.65, upper: 0.83),
        prediction: ForestPlot.Interval(value: 0.75, lower: 0.5, upper: 0.9), method: "REML", neutral: 0.5, range: 0...1
    )

    static let roc = Chart.roc(
        title: "ROC",
        curves: [Chart.Curve(name: "s", points: [PlotPoint(0, 0), PlotPoint(0.2, 0.7), PlotPoint(1, 1)])],
        certified: [(PlotPoint(0, 0), PlotPoint(0.2, 0.7)), (PlotPoint(0.2, 0.7), PlotPoint(1, 1))])

    static let plots: [any Plot] = [
        forest, roc,
        AgreementGrid(
            title: "t", rowReader: "r<1>", columnReader: "r2", categories: ["no", "yes"], counts: [5, 1, 2, 9]),
        Chart.decision(
            title: "d", thresholds: [0.1, 0.2, 0.3], models: [("m", [0.2, 0.15, 0.1])], treatAll: [0.18, 0.1, -2]),
        Chart.blandAltman(
            title: "b", first: [1, 2, 4], second: [1.5, 2, 3], firstName: "x", secondName: "y",
            bias: ForestPlot.Interval(value: -0.2, lower: -1, upper: 0.7),
            lowerLimit: ForestPlot.Interval(value: -1.7, lower: -3, upper: 0),
            upperLimit: ForestPlot.Interval(value: 1.3, lower: 0, upper: 3)),
        survival,
        Chart.timeAUC(
            title: "t", axis: Axis(label: "Time", from: 0, to: 10),
            curves: [("s", [(PlotPoint(2, 0.7), 0.6, 0.8), (PlotPoint(5, 0.65), 0.5, 0.9)])]),
        Chart.contourDistances(title: "c", distances: [0, 0, 1, 2.5], lines: [("HD95", 2.3)]),
        Chart.contourDistances(title: "same contours", distances: [0, 0], lines: [("HD95", 0)]),
        Chart.diceBySlice(title: "s", slices: [(3, 0.8), (4, 0), (5, 0.9)], overall: 0.7),
    ]

    static let survival = Chart.survival(
        title: "Survival <by> score", axis: Axis(label: "Months", from: 0, to: 10),
        curves: [
            Chart.SurvivalCurve(
                name: "low", steps: [PlotPoint(0, 1), PlotPoint(4, 1), PlotPoint(4, 0.6)],
                lower: [PlotPoint(0, 1), PlotPoint(4, 0.4)], upper: [PlotPoint(0, 1), PlotPoint(4, 0.9)],
                atRisk: [1234, 56, 7]),
            Chart.SurvivalCurve(
                name: "high", steps: [PlotPoint(0, 1), PlotPoint(9, 0)], lower: [], upper: [], atRisk: [99, 8, 0]),
        ], riskTimes: [0, 5, 10], bandName: "95% CI")

    @Test("Numbers at risk stand below the axis, in the picture and in the terminal")
    func atRisk() throws {
        let found = try #require(Elements(Self.survival.standaloneSVG()))
        let text = found.texts.joined(separator: "|")
        for word in ["At risk", "1234", "56", "99"] { #expect(text.contains(word)) }
        let lines = Self.survival.text(width: 80, style: .ascii).split(separator: "\n").map(String.init)
        let place = try #require(lines.firstIndex { $0.contains("At risk") })
        #expect(lines[place + 1].contains("low"))
        let words = lines[place + 2].split(separator: " ").map(String.init)
        #expect(words == ["1234", "56", "7"])
    }

    @Test("Every picture is well-formed XML with a title and a description that a screen reader finds")
    func wellFormed() throws {
        for plot in Self.plots {
            let found = try #require(Elements(plot.standaloneSVG()), "\(plot.title) is not well formed")
            #expect(found.names["svg"] == 1 && found.names["desc"] == 1 && found.names["title"] == 1)
            #expect(Set(found.identifiers).count == found.identifiers.count)
            #expect(!plot.summary.isEmpty)
        }
    }

    @Test("A forest plot has a square a site with a value, a diamond, a bar of prediction and the reason of the rest")
    func forest() {
        let svg = Self.forest.svg(id: "f")
        #expect(svg.components(separatedBy: "class=\"square\"").count == 3)
        #expect(svg.components(separatedBy: "class=\"diamond\"").count == 2)
        #expect(svg.components(separatedBy: "class=\"prediction\"").count == 2)
        #expect(svg.contains("one class only") && svg.contains("A &amp; B") && !svg.contains("<by>"))
        #expect(svg.contains("0.80 (0.70 to 0.90)") && svg.contains("60.0%"))
        #expect(Self.forest.summary.contains("A new site is expected between 0.50 and 0.90."))
    }

    @Test("An interval is clipped to the range, and a site whose value is outside of it is held whole")
    func rangeOfForest() {
        let plot = ForestPlot(
            title: "O:E by site", measure: "O:E",
            rows: [
                ForestPlot.Row(name: "A", size: "", value: 12.8, lower: 11.5, upper: 14.2),
                ForestPlot.Row(name: "B", size: "", value: 4.8, lower: 0.01, upper: 40),
            ], method: "REML", isLogarithmic: true, range: 0.1...10)
        #expect(plot.axis.upper > 14.2 && plot.axis.upper < 20)
        #expect(plot.axis.lower < 0.1 && plot.axis.lower > 0.05)
    }

    @Test("Positions are those of the axes: a point half way is in the middle of the picture")
    func positions() {
        let axis = Axis(label: "x", from: 0, to: 4)
        #expect(axis.position(2) == 0.5 && axis.ticks == [0, 1, 2, 3, 4])
        let logarithmic = Axis(label: "x", from: 0.25, to: 4, isLogarithmic: true)
        #expect(abs(logarithmic.position(1) - 0.5) < 1e-12)
        let chart = Chart(
            title: "", summary: "", x: axis, y: axis, marks: [.points([PlotPoint(2, 1)], .a, name: "")])
        // The square of the axes is 380 wide, from 62 to the right and from 16 down.
        #expect(chart.svg(id: "p").contains("<circle class=\"a dot\" cx=\"252\" cy=\"301\""))
    }

    @Test("In ASCII no other character appears, and no line is wider than the terminal", arguments: TextStyle.allCases)
    func terminal(style: TextStyle) {
        for plot in Self.plots {
            for width in [60, 100] {
                let text = plot.text(width: width, style: style)
                if style == .ascii { #expect(text.utf8.allSatisfy { $0 == 10 || (32..<127).contains($0) }) }
                for line in text.split(separator: "\n") where !line.hasPrefix("  ") || line.contains("|") {
                    #expect(line.count <= max(width, 80), "\(plot.title): \(line)")
                }
            }
        }
    }

    @Test("A line from corner to corner sets the corner dots of a braille canvas")
    func braille() {
        let chart = Chart(
            title: "t", summary: "", x: Axis(label: "x", from: 0, to: 1), y: Axis(label: "y", from: 0, to: 1),
            marks: [.line([PlotPoint(0, 0), PlotPoint(1, 1)], .a, name: "")])
        let rows = chart.text(width: 60, style: .braille).split(separator: "\n").filter { $0.contains("│") }
        // Dot 7 is the lower left of a cell (U+2840), dot 4 its upper right (U+2808).
        func dots(_ character: Character?) -> UInt32 { (character?.unicodeScalars.first?.value ?? 0) & 0xFF }
        #expect(dots(rows.first?.last) & 0x08 != 0)
        let last = rows.last.map(String.init) ?? ""
        let start = last.firstIndex(of: "│").map { last.index(after: $0) }
        #expect(dots(start.map { last[$0] }) & 0x40 != 0)
    }

    @Test("Numbers are written half away from zero, without a sign before zero")
    func numbers() {
        #expect(PlotNumber.fixed(0.125, decimals: 2) == "0.13" && PlotNumber.fixed(-0.125, decimals: 2) == "-0.13")
        #expect(PlotNumber.fixed(-0.001, decimals: 2) == "0.00" && PlotNumber.fixed(12, decimals: 0) == "12")
        #expect(PlotNumber.short(0.05) == "0.05" && PlotNumber.short(1234.5) == "1235" && PlotNumber.short(2) == "2")
    }

    @Test("A page is well formed, loads nothing, runs nothing, and numbers its figures")
    func page() throws {
        let page = HTMLReport(
            title: "A & B", subtitle: "<i>",
            sections: [
                .heading("h"), .plots(Self.plots),
                .table(caption: "c", columns: ["a", "b"], rows: [["x<y", "1.5"], ["z", "-2"]]),
            ]
        ).html
        for word in ["<script", "http-equiv", "@import", "url(http", "<link", "<img", " src="] {
            #expect(!page.contains(word), "\(word)")
        }
        // The only address is the name of the SVG namespace.
        #expect(page.components(separatedBy: "http").count - 1 == Self.plots.count)
        #expect(page.contains("Figure \(Self.plots.count).") && page.contains("x&lt;y"))
        #expect(page.contains("<td class=\"number\">1.5</td>") && page.contains("prefers-color-scheme:dark"))
        for index in 1...Self.plots.count {
            #expect(page.components(separatedBy: "id=\"figure-\(index)-t\"").count == 2)
        }
    }
}
