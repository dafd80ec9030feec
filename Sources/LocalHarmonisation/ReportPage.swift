public import Federation
import Harmonisation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension HarmonisationReport {
    /// The report as one HTML page with its plots inside: scores and densities of batches, before and after.
    ///
    /// - Parameter plotted: number of features, those that differ most before, with densities.
    public func page(before: CaseTable, after: CaseTable, plotted: Int = 6) -> String {
        let names = Set(before.batch).sorted()
        var text = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Harmonisation</title><style>
            body{font:14px sans-serif;max-width:60em;margin:2em auto}td,th{padding:.2em .8em;text-align:right}
            td:first-child,th:first-child{text-align:left}figure{display:inline-block;margin:0 1em 1em 0}
            </style></head><body><h1>Harmonisation</h1>
            <p>\(before.count) rows, \(before.featureCount) features, \(names.count) batches.</p>

            """
        text += summaryTable()
        text += "<h2>First two principal components</h2>\n<p>\(legend(names))</p>\n"
        text += figure("before", scatter(self.before.scores, before.batch, names))
        text += figure("after", scatter(self.after.scores, after.batch, names))
        text += "<h2>Densities of the batches</h2>\n"
        let order = self.before.features.indices.sorted {
            (self.before.features[$0].anova?.statistic ?? 0) > (self.before.features[$1].anova?.statistic ?? 0)
        }
        for column in order.prefix(plotted) {
            text += "<h3>\(escaped(before.featureNames[column]))</h3>\n"
            text += figure("before", densities(before, column, names))
            text += figure("after", densities(after, column, names))
        }
        return text + featureTable() + "</body></html>\n"
    }

    private func summaryTable() -> String {
        func row(_ name: String, _ before: String, _ after: String) -> String {
            "<tr><td>\(name)</td><td>\(before)</td><td>\(after)</td></tr>\n"
        }
        func differing(_ features: [FeatureDiagnostics], _ test: (FeatureDiagnostics) -> FeatureDiagnostics.Test?)
            -> String
        {
            String(features.count { (test($0)?.p ?? 1) < 0.05 })
        }
        func largest(_ diagnostics: BatchDiagnostics) -> String {
            shown(diagnostics.distances.map(\.squared).max()?.squareRoot() ?? 0)
        }
        let effect = effectChange.map { row("largest change of a covariate's effect, SD", "", shown($0)) } ?? ""
        return "<table><tr><th></th><th>before</th><th>after</th></tr>\n"
            + row(
                "features whose means differ (F, p &lt; 0.05)", differing(before.features) { $0.anova },
                differing(after.features) { $0.anova })
            + row(
                "features whose spreads differ (Brown-Forsythe, p &lt; 0.05)",
                differing(before.features) { $0.brownForsythe }, differing(after.features) { $0.brownForsythe })
            + row("share of variance with the batch", shown(before.batchShare), shown(after.batchShare))
            + row("area under the curve of telling batches", shown(before.batchAUC), shown(after.batchAUC))
            + row("largest Mahalanobis distance of two batches", largest(before), largest(after)) + effect
            + "</table>\n"
    }

    private func featureTable() -> String {
        var text =
            "<h2>Features</h2><table><tr><th>feature</th><th>F before</th><th>after</th><th>Brown-Forsythe before</th>"
            + "<th>after</th><th>KS before</th><th>after</th></tr>\n"
        for (old, new) in zip(before.features, after.features) {
            let cells = [
                old.anova?.statistic, new.anova?.statistic, old.brownForsythe?.statistic, new.brownForsythe?.statistic,
                old.kolmogorovSmirnov, new.kolmogorovSmirnov,
            ]
            text += "<tr><td>\(escaped(old.feature))</td>"
            text += cells.map { "<td>\($0.map(shown) ?? "")</td>" }.joined() + "</tr>\n"
        }
        return text + "</table>\n"
    }
}

private let size = (width: 360.0, height: 240.0)
private let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31"]
private let dashes = ["", "6 3", "2 2", "8 2 2 2"]

/// Three significant digits.
private func shown(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    let places = max(0, 2 - Int(floor(log10(value.magnitude))))
    let factor = pow(10, Double(min(places, 12)))
    return "\((value * factor).rounded() / factor)"
}

private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default: result.append(character)
        }
    }
}

private func figure(_ caption: String, _ content: String) -> String {
    "<figure><svg role=\"img\" width=\"\(Int(size.width))\" height=\"\(Int(size.height))\"><title>\(caption)</title>"
        + "<rect width=\"100%\" height=\"100%\" fill=\"none\" stroke=\"#888\"/>\(content)</svg>"
        + "<figcaption>\(caption)</figcaption></figure>\n"
}

private func legend(_ names: [String]) -> String {
    names.enumerated().map { place, name in
        "<svg width=\"30\" height=\"10\"><path d=\"M0 5H30\" \(stroke(place))/></svg> \(escaped(name))"
    }.joined(separator: " ")
}

private func stroke(_ place: Int) -> String {
    let dash = dashes[place / colours.count % dashes.count]
    return "fill=\"none\" stroke=\"\(colours[place % colours.count])\" stroke-width=\"2\" stroke-dasharray=\"\(dash)\""
}

/// Position in a figure of a value between two others, to a tenth of a pixel.
private func position(_ value: Double, _ range: ClosedRange<Double>, _ length: Double) -> Double {
    let span = range.upperBound - range.lowerBound
    let place = span > 0 ? 10 + (length - 20) * (value - range.lowerBound) / span : length / 2
    return (place * 10).rounded() / 10
}

private func scatter(_ scores: [[Double]], _ batch: [String], _ names: [String]) -> String {
    let x = scores.map { $0[0] }
    let y = scores.map { $0.count > 1 ? $0[1] : 0 }
    let (horizontal, vertical) = ((x.min() ?? 0)...(x.max() ?? 0), (y.min() ?? 0)...(y.max() ?? 0))
    var text = ""
    for row in scores.indices {
        let place = names.firstIndex(of: batch[row]) ?? 0
        let (left, top) = (
            position(x[row], horizontal, size.width), size.height - position(y[row], vertical, size.height)
        )
        text +=
            "<circle cx=\"\(left)\" cy=\"\(top)\" r=\"2.5\" fill=\"\(colours[place % colours.count])\" fill-opacity=\"0.6\"/>"
    }
    return text
}

/// Gaussian kernel densities with Silverman's bandwidth.
private func densities(_ table: CaseTable, _ column: Int, _ names: [String]) -> String {
    let p = table.featureCount
    let groups = names.map { name in
        table.batch.indices.filter { table.batch[$0] == name }.map { table.features[$0 * p + column] }
    }
    let all = groups.joined()
    let range = (all.min() ?? 0)...(all.max() ?? 0)
    let grid = (0...100).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / 100 }
    let curves = groups.map { values -> [Double] in
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(n - 1, 1)).squareRoot()
        let bandwidth = 0.9 * deviation * pow(n, -0.2)
        guard bandwidth > 0 else { return grid.map { _ in 0 } }
        return grid.map { point in
            values.reduce(0) { sum, value in
                let z = (point - value) / bandwidth
                return sum + exp(-z * z / 2)
            } / (n * bandwidth * (2 * Double.pi).squareRoot())
        }
    }
    let top = curves.joined().max() ?? 0
    var text = ""
    for (place, curve) in curves.enumerated() {
        let points = zip(grid, curve).map { point, density in
            "\(position(point, range, size.width)) \(size.height - position(density, 0...top, size.height))"
        }
        text += "<path d=\"M\(points.joined(separator: "L"))\" \(stroke(place))/>"
    }
    return text
}
