extension Chart {
    private static let left = 62.0
    private static let top = 16.0
    private static let side = 380.0
    private static let rugHeight = 56.0
    private static let legendLine = 19.0

    private func horizontal(_ value: Double) -> Double {
        Self.left + min(1.02, max(-0.02, x.position(value))) * Self.side
    }

    private func vertical(_ value: Double) -> Double {
        Self.top + (1 - min(1.02, max(-0.02, y.position(value)))) * Self.side
    }

    /// One `svg` element: a square of axes, the legend with its notes below.
    public func svg(id: String) -> String {
        var body = axes()
        body.append(
            "<clipPath id=\"\(id)-c\"><rect x=\"\(SVGText.number(Self.left))\" y=\"\(SVGText.number(Self.top))\" "
                + "width=\"\(SVGText.number(Self.side))\" height=\"\(SVGText.number(Self.side))\"/></clipPath>")
        body.append("<g clip-path=\"url(#\(id)-c)\">")
        body += marks.map(drawn)
        body.append("</g>")
        var bottom = Self.top + Self.side + 62
        if let rug {
            body += drawn(rug, from: bottom)
            bottom += Self.rugHeight + 16
        }
        if let counts {
            body += drawn(counts, from: bottom)
            bottom += Double(2 * counts.rows.count + 1) * Self.legendLine + 8
        }
        for mark in marks {
            guard let entry = legend(mark, bottom) else { continue }
            body += entry
            bottom += Self.legendLine
        }
        for note in notes {
            body.append(SVGText.text(note, Self.left, bottom + 4, "soft"))
            bottom += Self.legendLine
        }
        return SVGText.document(id, Self.left + Self.side + 24, bottom + 4, self, body)
    }

    private func axes() -> [String] {
        let (right, bottom) = (Self.left + Self.side, Self.top + Self.side)
        var body: [String] = []
        for tick in x.ticks {
            let at = horizontal(tick)
            body.append(SVGText.line(at, Self.top, at, bottom, "grid"))
            body.append(SVGText.text(x.text(tick), at, bottom + 18, anchor: "middle", "soft"))
        }
        for tick in y.ticks {
            let at = vertical(tick)
            body.append(SVGText.line(Self.left, at, right, at, "grid"))
            body.append(SVGText.text(y.text(tick), Self.left - 8, at + 4, anchor: "end", "soft"))
        }
        body.append(
            SVGText.path([(Self.left, Self.top), (Self.left, bottom), (right, bottom)], "axis"))
        body.append(SVGText.text(x.label, (Self.left + right) / 2, bottom + 38, anchor: "middle"))
        body.append(SVGText.text(y.label, 15, (Self.top + bottom) / 2, anchor: "middle", "", turned: true))
        return body
    }

    private func place(_ points: [PlotPoint]) -> [(Double, Double)] {
        points.filter { $0.x.isFinite && $0.y.isFinite }.map { (horizontal($0.x), vertical($0.y)) }
    }

    private func drawn(_ mark: Mark) -> String {
        switch mark {
        case .line(let points, let look, _): return SVGText.path(place(points), "\(look.rawValue) line")
        case .band(let lower, let upper, let look, _):
            return SVGText.path(place(lower) + place(upper).reversed(), closed: true, "\(look.rawValue) band")
        case .boxes(let boxes, let look, _):
            let outlines = boxes.map { box in
                let (left, right) = (horizontal(box.lower.x), horizontal(box.upper.x))
                let (bottom, top) = (vertical(box.lower.y), vertical(box.upper.y))
                return "M\(SVGText.number(left)) \(SVGText.number(bottom))H\(SVGText.number(right))"
                    + "V\(SVGText.number(top))H\(SVGText.number(left))Z"
            }
            return "<path class=\"\(look.rawValue) band\" d=\"\(outlines.joined())\"/>"
        case .points(let points, let look, _):
            return place(points).map { Self.shape(look, $0.0, $0.1) }.joined()
        case .reference(let from, let to, _):
            return SVGText.line(horizontal(from.x), vertical(from.y), horizontal(to.x), vertical(to.y), "reference")
        case .intervals(let intervals, let look, _):
            return intervals.map { interval in
                let at = horizontal(interval.at.x)
                return SVGText.line(at, vertical(interval.lower), at, vertical(interval.upper), "whisker")
                    + Self.shape(look, at, vertical(interval.at.y))
            }.joined()
        }
    }

    static func shape(_ look: SeriesLook, _ x: Double, _ y: Double) -> String {
        let kind = "\(look.rawValue) dot"
        switch look {
        case .a: return "<circle class=\"\(kind)\" cx=\"\(SVGText.number(x))\" cy=\"\(SVGText.number(y))\" r=\"3.2\"/>"
        case .b: return SVGText.rectangle(x - 3, y - 3, 6, 6, kind)
        case .c: return SVGText.path([(x, y - 4), (x + 3.6, y + 3), (x - 3.6, y + 3)], closed: true, kind)
        case .d:
            return SVGText.path([(x - 3, y - 3), (x + 3, y + 3)], "d thin")
                + SVGText.path([(x - 3, y + 3), (x + 3, y - 3)], "d thin")
        }
    }

    private func legend(_ mark: Mark, _ y: Double) -> [String]? {
        let (from, to) = (Self.left, Self.left + 26)
        let (sample, name): (String, String)
        switch mark {
        case .line(_, let look, let text):
            (sample, name) = (SVGText.line(from, y, to, y, "\(look.rawValue) line"), text)
        case .band(_, _, let look, let text), .boxes(_, let look, let text):
            (sample, name) = (SVGText.rectangle(from, y - 6, 26, 12, "\(look.rawValue) band"), text)
        case .points(_, let look, let text): (sample, name) = (Self.shape(look, from + 13, y), text)
        case .reference(_, _, let text): (sample, name) = (SVGText.line(from, y, to, y, "reference"), text)
        case .intervals(_, let look, let text):
            (sample, name) = (
                SVGText.line(from + 13, y - 7, from + 13, y + 7, "whisker") + Self.shape(look, from + 13, y), text
            )
        }
        return name.isEmpty ? nil : [sample, SVGText.text(name, to + 8, y + 4)]
    }

    private func drawn(_ rug: Rug, from top: Double) -> [String] {
        let most = Double(max(1, (rug.events + rug.nonEvents).max() ?? 1))
        let middle = top + Self.rugHeight / 2
        let part = Self.side / Double(rug.events.count)
        var body: [String] = []
        for (index, (events, nonEvents)) in zip(rug.events, rug.nonEvents).enumerated() {
            let at = Self.left + Double(index) * part
            let (up, down) = (
                Double(events) / most * Self.rugHeight / 2, Double(nonEvents) / most * Self.rugHeight / 2
            )
            if events > 0 { body.append(SVGText.rectangle(at + 0.5, middle - up, part - 1, up, "b bar")) }
            if nonEvents > 0 { body.append(SVGText.rectangle(at + 0.5, middle, part - 1, down, "a bar")) }
        }
        body.append(SVGText.line(Self.left, middle, Self.left + Self.side, middle, "axis"))
        body.append(SVGText.text("event", Self.left - 8, middle - 6, anchor: "end", "soft"))
        body.append(SVGText.text("none", Self.left - 8, middle + 15, anchor: "end", "soft"))
        return body
    }

    /// Each row's name on a line of its own, its counts below the positions.
    private func drawn(_ counts: Counts, from top: Double) -> [String] {
        var body = [SVGText.text(counts.title, Self.left, top, "soft")]
        for (index, row) in counts.rows.enumerated() {
            let line = top + Double(2 * index + 1) * Self.legendLine
            body.append(SVGText.text(row.name, Self.left, line))
            for (at, count) in zip(counts.at, row.counts) {
                body.append(SVGText.text("\(count)", horizontal(at), line + Self.legendLine - 2, anchor: "middle"))
            }
        }
        return body
    }
}
