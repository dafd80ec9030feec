/// A nomogram: scales below each other, read by vertical lines.
public struct NomogramPlot: Plot, Equatable {
    /// A mark of a scale.
    public struct Tick: Sendable, Equatable {
        /// 0 at the left end of the picture, 1 at the right.
        public let position: Double
        /// What is written there.
        public let label: String

        /// Places a label.
        public init(position: Double, label: String) {
            self.position = position
            self.label = label
        }
    }

    /// One scale.
    public struct Scale: Sendable, Equatable {
        /// What it measures.
        public let name: String
        /// Its marks, from any end.
        public let ticks: [Tick]

        /// Names marks.
        public init(name: String, ticks: [Tick]) {
            self.name = name
            self.ticks = ticks
        }
    }

    /// What the model predicts.
    public let title: String
    /// The scales from above; the first one is that of the points.
    public let scales: [Scale]

    private static let (plotWidth, rowHeight) = (560.0, 44.0)

    /// Creates a picture.
    public init(title: String, scales: [Scale]) {
        self.title = title
        self.scales = scales
    }

    /// The ends of each scale in words.
    public var summary: String {
        scales.filter { !$0.ticks.isEmpty }.map { scale in
            let ordered = scale.ticks.sorted { $0.position < $1.position }
            return "\(scale.name): \(ordered.first?.label ?? "") at the left to \(ordered.last?.label ?? "")"
        }.joined(separator: "; ") + "."
    }

    /// One `svg` element.
    public func svg(id: String) -> String {
        let left = 24 + Double(scales.map(\.name.count).max() ?? 0) * SVGText.letter
        var body = [SVGText.text(title, 10, 22, "bold")]
        var y = 62.0
        for (row, scale) in scales.enumerated() {
            body.append(SVGText.text(scale.name, 10, y + 4, row == 0 ? "bold" : ""))
            let places = scale.ticks.map { left + $0.position * Self.plotWidth }
            if let first = places.min(), let last = places.max() {
                body.append(SVGText.line(first, y, last, y, "axis"))
            }
            // Labels that would touch the one before go to the other side of the line, then are left out.
            var ends = [-Double.infinity, -Double.infinity]
            for (tick, x) in zip(scale.ticks, places).sorted(by: { $0.1 < $1.1 }) {
                let half = Double(tick.label.count) * SVGText.letter / 2
                let side = ends[0] < x - half ? 0 : ends[1] < x - half ? 1 : 2
                body.append(SVGText.line(x, y, x, side == 1 ? y + 5 : y - 5, "axis"))
                guard side < 2 else { continue }
                body.append(SVGText.text(tick.label, x, side == 0 ? y - 9 : y + 18, anchor: "middle", "soft"))
                ends[side] = x + half + 3
            }
            y += Self.rowHeight
        }
        return SVGText.document(id, left + Self.plotWidth + 30, y - 12, self, body)
    }

    /// The scales as lines: marks above their labels.
    public func text(width: Int, style: TextStyle) -> String {
        let names = scales.map(\.name.count).max() ?? 0
        let room = max(20, width - names - 8)
        var lines = [title]
        for scale in scales {
            var rule = [Character](repeating: " ", count: room + 6)
            var labels = rule
            let places = scale.ticks.map { Int((min(1, max(0, $0.position)) * Double(room - 1)).rounded()) }
            if let first = places.min(), let last = places.max() {
                for place in first...last { rule[place] = style == .braille ? "─" : "-" }
            }
            var end = -1
            for (tick, place) in zip(scale.ticks, places).sorted(by: { $0.1 < $1.1 }) {
                rule[place] = style == .braille ? "┴" : "+"
                guard place > end, place + tick.label.count <= labels.count else { continue }
                for (offset, character) in tick.label.enumerated() { labels[place + offset] = character }
                end = place + tick.label.count
            }
            let name = scale.name + String(repeating: " ", count: names - scale.name.count)
            lines.append(String(repeating: " ", count: names) + "  " + String(labels))
            lines.append(name + "  " + String(rule))
        }
        return lines.map { line in
            var own = line
            while own.last == " " { own.removeLast() }
            return own
        }.joined(separator: "\n")
    }
}
