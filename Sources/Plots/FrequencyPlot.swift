/// Shares between 0 and 1, a bar each, such as how often each feature was selected over folds.
public struct FrequencyPlot: Plot, Equatable {
    /// One bar.
    public struct Row: Sendable, Equatable {
        /// Name of what is counted.
        public let name: String
        /// Its share, 0 to 1.
        public let share: Double

        /// Creates a bar.
        public init(name: String, share: Double) { (self.name, self.share) = (name, share) }
    }

    /// What it shows.
    public let title: String
    /// What the shares are of.
    public let measure: String
    /// The bars from above.
    public let rows: [Row]
    /// Short lines below.
    public let notes: [String]

    private static let (plotWidth, rowHeight) = (320.0, 21.0)

    /// Creates a picture; the bars are put in falling order, ties by name.
    public init(title: String, measure: String, rows: [Row], notes: [String] = []) {
        precondition(rows.allSatisfy { (0...1).contains($0.share) }, "shares of 0 to 1")
        (self.title, self.measure, self.notes) = (title, measure, notes)
        self.rows = rows.sorted { $0.share != $1.share ? $0.share > $1.share : $0.name < $1.name }
    }

    /// The shares in sentences.
    public var summary: String {
        "\(measure). "
            + (rows.map { "\($0.name): \(PlotNumber.fixed($0.share, decimals: 2))." } + notes.map { $0 + "." })
            .joined(separator: " ")
    }

    /// One `svg` element.
    public func svg(id: String) -> String {
        let axis = Axis(label: measure, from: 0, to: 1)
        let left = 24 + Double(max(8, rows.map(\.name.count).max() ?? 0)) * SVGText.letter
        let right = left + Self.plotWidth
        let (top, bottom) = (34.0, 34 + Double(rows.count) * Self.rowHeight + 8)
        func horizontal(_ share: Double) -> Double { left + axis.position(share) * Self.plotWidth }
        var body = [SVGText.text(title, 10, 22, "bold")]
        for tick in axis.ticks {
            body.append(SVGText.line(horizontal(tick), top, horizontal(tick), bottom, "grid"))
            body.append(SVGText.text(axis.text(tick), horizontal(tick), bottom + 18, anchor: "middle", "soft"))
        }
        for (place, row) in rows.enumerated() {
            let y = top + 4 + (Double(place) + 0.5) * Self.rowHeight
            body.append(SVGText.text(row.name, 10, y + 4))
            body.append(SVGText.rectangle(left, y - 7, horizontal(row.share) - left, 14, "a bar"))
            body.append(SVGText.text(PlotNumber.fixed(row.share, decimals: 2), right + 12, y + 4, "soft"))
        }
        body.append(SVGText.line(left, top, left, bottom, "axis"))
        body.append(SVGText.line(left, bottom, right, bottom, "axis"))
        body.append(SVGText.text(measure, (left + right) / 2, bottom + 36, anchor: "middle"))
        for (place, note) in notes.enumerated() {
            body.append(SVGText.text(note, 10, bottom + 58 + Double(place) * 17, "soft"))
        }
        return SVGText.document(id, right + 56, bottom + 44 + Double(notes.count) * 17 + 6, self, body)
    }

    /// One line a bar.
    public func text(width: Int, style: TextStyle) -> String {
        let names = min(40, max(8, rows.map(\.name.count).max() ?? 0))
        let columns = max(10, min(60, width - names - 8))
        let mark: Character = style == .braille ? "━" : "="
        let lines = rows.map { row in
            let bar = String(repeating: mark, count: Int((row.share * Double(columns)).rounded()))
            return "\(String(row.name.prefix(names)).padded(names)) \(bar.padded(columns))  "
                + PlotNumber.fixed(row.share, decimals: 2)
        }
        return ([title] + lines + notes).joined(separator: "\n")
    }
}
