extension ForestPlot {
    /// One line a site: name, interval, numbers.
    public func text(width: Int, style: TextStyle) -> String {
        let names = min(28, max(17, rows.map(\.name.count).max() ?? 0))
        let numbers = 24
        let columns = max(20, min(60, width - names - numbers - 3))
        let (dash, left, right, mark, thick): (Character, Character, Character, Character, Character) =
            style == .braille ? ("─", "├", "┤", "■", "═") : ("-", "|", "|", "#", "=")
        func column(_ value: Double) -> Int {
            min(columns - 1, max(0, Int(axis.position(value) * Double(columns - 1) + 0.5)))
        }
        func drawn(
            _ value: Double?, _ lower: Double?, _ upper: Double?, _ fill: Character, _ point: Character
        ) -> String {
            var cells = [Character](repeating: " ", count: columns)
            if let neutral { cells[column(neutral)] = style == .braille ? "┊" : ":" }
            if let lower, let upper {
                for index in column(lower)...max(column(lower), column(upper)) { cells[index] = fill }
                cells[column(lower)] = lower < axis.lower ? "<" : left
                cells[column(upper)] = upper > axis.upper ? ">" : right
            }
            if let value { cells[column(value)] = point }
            return String(cells)
        }
        func line(_ name: String, _ picture: String, _ numbers: String) -> String {
            "\(String(name.prefix(names)).padded(names)) \(picture)  \(numbers)"
        }
        var lines = [title]
        for row in rows {
            guard let value = row.value else {
                lines.append(line(row.name, row.reason, ""))
                continue
            }
            lines.append(
                line(
                    row.name, drawn(value, row.lower, row.upper, dash, mark),
                    PlotNumber.interval(value, row.lower, row.upper)))
        }
        if let all = summaryInterval {
            lines.append(
                line(
                    "Summary", drawn(all.value, all.lower, all.upper, dash, style == .braille ? "◆" : "@"),
                    PlotNumber.interval(all.value, all.lower, all.upper)))
        } else if kind == .sites {
            lines.append("Not pooled")
        }
        if let prediction {
            lines.append(
                line(
                    "New site (95% PI)", drawn(nil, prediction.lower, prediction.upper, thick, " "),
                    "(\(PlotNumber.fixed(prediction.lower, decimals: 2)) to \(PlotNumber.fixed(prediction.upper, decimals: 2)))"
                ))
        }
        var scale = [Character](repeating: " ", count: columns + 8)
        var free = 0
        for tick in axis.ticks {
            let word = axis.text(tick)
            let start = max(0, column(tick) - word.count / 2)
            guard start >= free, start + word.count <= scale.count else { continue }
            for (offset, character) in word.enumerated() { scale[start + offset] = character }
            free = start + word.count + 1
        }
        lines.append(line("", String(scale), axis.label))
        lines += ([method] + notes).filter { !$0.isEmpty }.map { "  \($0)" }
        return lines.map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n") + "\n"
    }
}
