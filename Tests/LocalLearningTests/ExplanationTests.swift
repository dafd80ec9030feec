import Federation
import Foundation
import Learning
import LocalLearning
import Plots
import TestKit
import Testing

/// What features do to a model's score, over sites.
@Suite("Explanation of models")
struct ExplanationTests {
    @Test("Over sites the same bits as of all cases", arguments: ["lasso", "svm", "boosting", "forest", "coxph"])
    func sites(name: String) throws {
        let cases = try ModelFileTests.input(name).cases
        let fitted = try ModelFileTests.file(name).fitted
        let whole = try ModelExplanation(fitted, [cases], grouping: .feature)
        #expect(try ModelExplanation(fitted, cases.bySite(), grouping: .feature) == whole)
        #expect(Tolerance.agrees(whole.groups.reduce(0) { $0 + $1.share }, 1, 1e-12))
    }

    @Test("A linear feature adds its coefficient times the mean distance of the range's cases, straight from the rows")
    func linear() throws {
        let cases = try ModelFileTests.input("lr").cases
        let fitted = try ModelFileTests.file("lr").fitted
        let linear = try #require(fitted.linear)
        let found = try ModelExplanation(fitted, cases.bySite(), grouping: .feature, bins: 4)
        let own = found.bins.filter { $0.feature == "a" }
        #expect(own.count == 4 && own.reduce(0) { $0 + ($1.cases ?? 0) } == 240)
        let place = try #require(linear.standardisation.columns.firstIndex(of: "a"))
        let values = (0..<240).map { cases.table.features[$0 * 4] }
        for bin in own {
            let inside = values.filter { $0 > bin.lower ?? -.infinity && $0 <= bin.upper ?? .infinity }
            let mean = inside.reduce(0, +) / Double(inside.count)
            let wanted =
                linear.coefficients[place] * (mean - linear.standardisation.means[place])
                / linear.standardisation.standardDeviations[place]
            #expect(bin.cases == inside.count)
            #expect(Tolerance.agrees(bin.effect, wanted, 1e-10))
        }
    }

    @Test("Ranges of fewer than 5 pooled cases have neither a number of cases nor an effect")
    func floor() throws {
        let cases = try ModelFileTests.input("lr").cases.selecting(rows: Array(0..<22))
        let fitted = try ModelFileTests.file("lr").fitted
        let found = try ModelExplanation(fitted, cases.bySite(), grouping: .feature, bins: 5)
        #expect(found.bins.contains { $0.cases == nil })
        for bin in found.bins {
            #expect((bin.cases == nil) == (bin.effect == nil))
            #expect((bin.cases ?? 5) >= 5)
        }
    }

    @Test("Cases without a value are a range of their own of trees; a network is refused")
    func missing() throws {
        let cases = try ModelFileTests.input("boosting", missing: true).cases
        let fitted = try ModelFileTests.file("boosting", missing: true).fitted
        let found = try ModelExplanation(fitted, [cases], grouping: .family)
        #expect(found.bins.first { $0.feature == "d" && $0.isMissing }?.cases == 48)
        #expect(found.bins.allSatisfy { $0.feature == "d" || !$0.isMissing })
        #expect(found.groups.map(\.name) == ["other"])
        let network = try ModelFileTests.file("mlp").fitted
        let complete = try ModelFileTests.input("mlp").cases
        #expect(throws: LocalLearningError.self) { try ModelExplanation(network, [complete], grouping: .feature) }
        #expect(throws: LocalLearningError.self) { try ModelExplanation(fitted, [cases], grouping: .feature, bins: 1) }
    }

    @Test("The plot of selection has every frequency, falling, names escaped, and says what it leaves out")
    func stability() {
        let plot = ModelFile.Stability(fits: 10, frequencies: ["b<": 0.3, "a": 0.3, "c": 1, "d": 0.1], index: 0.25)
            .plot(of: "lasso", limit: 3)
        #expect(plot.rows.map(\.name) == ["c", "a", "b<"])
        let svg = plot.standaloneSVG()
        #expect(svg.contains("b&lt;") && !svg.contains("b<"))
        #expect(svg.components(separatedBy: "class=\"a bar\"").count == 4)
        #expect(svg.contains("width=\"320\"") && svg.contains("width=\"96\""))
        #expect(svg.contains("index: 0.250") && svg.contains("1 less frequent ones"))
        let text = plot.text(width: 80, style: .ascii)
        #expect(text.contains("c") && text.contains("===") && text.contains("0.30"))
    }
}
