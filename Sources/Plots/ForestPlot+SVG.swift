extension ForestPlot {
    private static let rowHeight = 25.0
    private static let plotWidth = 320.0

    private var nameWidth: Double {
        max(110, Double(rows.map(\.name.count).max() ?? 0) * SVGText.letter + 14)
    }

    private var sizeWidth: Double {
        let longest = rows.map(\.size.count).max() ?? 0
        return longest == 0 ? 0 : Double(max(longest, 12)) * SVGText.letter + 10
    }

    private var left: Double { 10 + nameWidth + sizeWidth }

    private func horizontal(_ value: Double) -> Double { left + min(1, max(0, axis.position(value))) * Self.plotWidth }

    /// One `svg` element: name, size, interval, numbers and weight of each site; summary and prediction below.
    public func svg(id: String) -> String {
        let right = left + Self.plotWidth
        let numbers = right + 16
        var body: [String] = []
        var y = 22.0
        body.append(SVGText.text(kind == .sites ? "Site" : "Statistic", 10, y, "bold"))
        if sizeWidth > 0 {
            body.append(SVGText.text(kind == .sites ? "Events / cases" : "n", 10 + nameWidth, y, "bold"))
        }
        body.append(SVGText.text("\(axis.label) (95% CI)", numbers, y, "bold"))
        let hasWeights = rows.contains { $0.weight != nil }
        if hasWeights { body.append(SVGText.text("Weight", numbers + 212, y, anchor: "end", "bold")) }
        let top = y + 10
        body.append(SVGText.line(10, top, numbers + 212, top, "axis"))
        let summaryRows = (kind == .sites ? 1 : 0) + (prediction == nil ? 0 : 1)
        let bottom = top + Double(rows.count + summaryRows) * Self.rowHeight + 10
        for tick in axis.ticks {
            body.append(SVGText.line(horizontal(tick), top, horizontal(tick), bottom, "grid"))
            body.append(SVGText.text(axis.text(tick), horizontal(tick), bottom + 18, anchor: "middle", "soft"))
        }
        if let neutral {
            body.append(SVGText.line(horizontal(neutral), top, horizontal(neutral), bottom, "axis"))
        }
        if let summaryInterval {
            let at = horizontal(summaryInterval.value)
            body.append(SVGText.line(at, top, at, bottom, "reference"))
        }
        y = top + Self.rowHeight / 2 + 3
        for row in rows {
            body += drawn(row, y, numbers)
            y += Self.rowHeight
        }
        guard kind == .sites else { return finished(id, body, left, right, bottom, numbers) }
        body.append(SVGText.line(10, y - Self.rowHeight / 2 + 1, numbers + 212, y - Self.rowHeight / 2 + 1, "grid"))
        y += 4
        body += drawnSummary(y, numbers)
        return finished(id, body, left, right, bottom, numbers)
    }

    /// The axis and the notes below, and the element around all.
    private func finished(
        _ id: String, _ rows: [String], _ left: Double, _ right: Double, _ bottom: Double, _ numbers: Double
    ) -> String {
        var body = rows
        body.append(SVGText.line(left, bottom, right, bottom, "axis"))
        body.append(SVGText.text(axis.label, (left + right) / 2, bottom + 36, anchor: "middle"))
        var under = bottom + 58
        for note in ([method] + notes).filter({ !$0.isEmpty }) {
            body.append(SVGText.text(note, 10, under, "soft"))
            under += 17
        }
        return SVGText.document(id, numbers + 222, under - 4, self, body)
    }

    private func drawn(_ row: Row, _ y: Double, _ numbers: Double) -> [String] {
        var body = [SVGText.text(row.name, 10, y + 4)]
        if !row.size.isEmpty { body.append(SVGText.text(row.size, 10 + nameWidth, y + 4, "soft")) }
        guard let value = row.value else {
            return body + [SVGText.text(row.reason, left + 6, y + 4, "soft reason")]
        }
        if let lower = row.lower, let upper = row.upper {
            body.append(SVGText.line(horizontal(lower), y, horizontal(upper), y, "whisker"))
            for (end, isOut) in [(lower, lower < axis.lower), (upper, upper > axis.upper)] {
                let at = horizontal(end)
                if isOut {
                    let tip = end == lower ? -6.0 : 6.0
                    body.append(
                        SVGText.path([(at - tip, y - 4), (at, y), (at - tip, y + 4)], "whisker"))
                } else {
                    body.append(SVGText.line(at, y - 4, at, y + 4, "whisker"))
                }
            }
        }
        let half = 3 + 5 * (row.weight ?? 0.1).squareRoot()
        body.append(SVGText.rectangle(horizontal(value) - half, y - half, 2 * half, 2 * half, "square"))
        body.append(SVGText.text(PlotNumber.interval(value, row.lower, row.upper), numbers, y + 4))
        if let weight = row.weight {
            body.append(
                SVGText.text(
                    "\(PlotNumber.fixed(100 * weight, decimals: 1))%", numbers + 212, y + 4, anchor: "end", "soft"))
        }
        return body
    }

    private func drawnSummary(_ start: Double, _ numbers: Double) -> [String] {
        var y = start
        guard let summaryInterval else {
            return [SVGText.text("Not pooled", 10, y + 4, "bold")]
        }
        let (low, middle, high) = (
            horizontal(summaryInterval.lower), horizontal(summaryInterval.value), horizontal(summaryInterval.upper)
        )
        var body = [
            SVGText.text("Summary", 10, y + 4, "bold"),
            SVGText.path([(low, y), (middle, y - 8), (high, y), (middle, y + 8)], closed: true, "diamond"),
            SVGText.text(
                PlotNumber.interval(summaryInterval.value, summaryInterval.lower, summaryInterval.upper), numbers,
                y + 4,
                "bold"),
        ]
        if let prediction {
            y += Self.rowHeight
            let (low, high) = (horizontal(prediction.lower), horizontal(prediction.upper))
            body += [
                SVGText.text("New site (95% PI)", 10, y + 4, "bold"),
                SVGText.rectangle(low, y - 4, high - low, 8, "prediction"),
                SVGText.text(
                    "(\(PlotNumber.fixed(prediction.lower, decimals: 2)) to \(PlotNumber.fixed(prediction.upper, decimals: 2)))",
                    numbers, y + 4),
            ]
        }
        return body
    }
}
