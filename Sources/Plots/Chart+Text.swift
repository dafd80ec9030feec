extension Chart {
    /// The chart in characters: axes, dots, the legend below.
    public func text(width: Int, style: TextStyle) -> String {
        let margin = (y.ticks.map { y.text($0).count }.max() ?? 1) + 1
        let columns = max(20, min(72, width - margin - 2))
        let rows = max(8, columns * 2 / 5)
        var canvas = TextCanvas(columns: columns, rows: rows, style: style)
        for mark in marks { draw(mark, on: &canvas) }
        let (bar, corner, dash): (String, String, String) = style == .braille ? ("│", "└", "─") : ("|", "+", "-")
        var labels = [String](repeating: "", count: rows)
        for tick in y.ticks {
            let row = min(rows - 1, max(0, Int((1 - y.position(tick)) * Double(rows))))
            labels[row] = y.text(tick)
        }
        let indent = String(repeating: " ", count: margin + 1)
        var lines = [title, String(repeating: " ", count: margin) + y.label]
        lines += zip(labels, canvas.lines).map { "\($0.0.aligned(margin))\(bar)\($0.1)" }
        lines.append(
            String(repeating: " ", count: margin) + corner + String(repeating: dash, count: columns))
        lines.append(indent + under(x.ticks.map { ($0, x.text($0)) }, columns))
        lines.append(indent + x.label)
        if let counts {
            lines.append(indent + counts.title)
            for row in counts.rows {
                lines.append(indent + row.name)
                lines.append(indent + under(zip(counts.at, row.counts).map { ($0, "\($1)") }, columns))
            }
        }
        lines += marks.compactMap { mark in
            let (symbol, name) = Self.key(mark, style)
            return name.isEmpty ? nil : "  \(symbol) \(name)"
        }
        lines += notes.map { "  \($0)" }
        return lines.map(Self.withoutTrailingSpaces).joined(separator: "\n") + "\n"
    }

    /// A line of words below their positions; one that would touch another is left out.
    private func under(_ words: [(at: Double, text: String)], _ columns: Int) -> String {
        var line = [Character](repeating: " ", count: columns + 12)
        var free = 0
        for (at, text) in words {
            let start = max(0, Int(x.position(at) * Double(columns - 1)) - text.count / 2)
            guard start >= free, start + text.count <= line.count else { continue }
            for (offset, character) in text.enumerated() { line[start + offset] = character }
            free = start + text.count + 1
        }
        return String(line)
    }

    private static func withoutTrailingSpaces(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }

    private static func letter(_ look: SeriesLook) -> Character {
        switch look {
        case .a: "*"
        case .b: "+"
        case .c: "o"
        case .d: "x"
        }
    }

    /// Every how many dots of a line are set in braille.
    private static func gap(_ look: SeriesLook) -> Int {
        switch look {
        case .a: 1
        case .b: 2
        case .c: 4
        case .d: 3
        }
    }

    private static func key(_ mark: Mark, _ style: TextStyle) -> (String, String) {
        switch mark {
        case .line(_, let look, let name):
            let lines: [SeriesLook: String] = [.a: "⠒⠒⠒", .b: "⠂⠂⠂", .c: "⠂ ⠂", .d: "⠐ ⠂"]
            return (style == .ascii ? "\(letter(look))\(letter(look))\(letter(look))" : lines[look] ?? "⠒⠒⠒", name)
        case .band(_, _, _, let name), .boxes(_, _, let name): return (style == .ascii ? ":::" : "⠤⠤⠤", name)
        case .points(_, let look, let name): return (style == .ascii ? " \(letter(look)) " : " ⠂ ", name)
        case .reference(_, _, let name): return (style == .ascii ? "..." : "⠁⠁⠁", name)
        case .intervals(_, let look, let name): return (style == .ascii ? " \(letter(look)) " : " ⡇ ", name)
        }
    }

    private func draw(_ mark: Mark, on canvas: inout TextCanvas) {
        func path(_ points: [PlotPoint], every: Int, letter: Character) {
            for (from, to) in zip(points, points.dropFirst()) {
                canvas.line(
                    x.position(from.x), y.position(from.y), x.position(to.x), y.position(to.y), every: every,
                    letter: letter)
            }
        }
        switch mark {
        case .line(let points, let look, _): path(points, every: Self.gap(look), letter: Self.letter(look))
        case .band(let lower, let upper, _, _):
            path(lower, every: 3, letter: ":")
            path(upper, every: 3, letter: ":")
        case .boxes(let boxes, _, _):
            for box in boxes {
                path(
                    [box.lower, PlotPoint(box.lower.x, box.upper.y), box.upper], every: 3, letter: ":")
                path([box.lower, PlotPoint(box.upper.x, box.lower.y), box.upper], every: 3, letter: ":")
            }
        case .points(let points, let look, _):
            for point in points { canvas.set(x.position(point.x), y.position(point.y), letter: Self.letter(look)) }
        case .reference(let from, let to, _): path([from, to], every: 4, letter: ".")
        case .intervals(let intervals, let look, _):
            for interval in intervals {
                path(
                    [PlotPoint(interval.at.x, interval.lower), PlotPoint(interval.at.x, interval.upper)], every: 1,
                    letter: "|")
                canvas.set(x.position(interval.at.x), y.position(interval.at.y), letter: Self.letter(look))
            }
        }
    }
}
