/// The table of two readers' categories: counts in squares that are the darker the more cases they hold.
public struct AgreementGrid: Plot, Equatable {
    /// What it shows.
    public let title: String
    /// Name of the reader of the rows.
    public let rowReader: String
    /// Name of the reader of the columns.
    public let columnReader: String
    /// Names of the categories.
    public let categories: [String]
    /// Counts, row-major.
    public let counts: [Int]
    /// What stands below: kappa with its interval.
    public let notes: [String]

    /// Creates a table.
    public init(
        title: String, rowReader: String, columnReader: String, categories: [String], counts: [Int],
        notes: [String] = []
    ) {
        precondition(counts.count == categories.count * categories.count, "a square table")
        (self.title, self.rowReader, self.columnReader) = (title, rowReader, columnReader)
        (self.categories, self.counts, self.notes) = (categories, counts, notes)
    }

    /// The share of agreement and the notes.
    public var summary: String {
        let total = counts.reduce(0, +)
        let same = categories.indices.reduce(0) { $0 + counts[$1 * categories.count + $1] }
        return
            "\(rowReader) in rows, \(columnReader) in columns. The same category in \(same) of \(total) cases. "
            + notes.map { $0 + "." }.joined(separator: " ")
    }

    /// One `svg` element.
    public func svg(id: String) -> String {
        let size = max(34.0, min(64, 420 / Double(categories.count)))
        let names = Double(categories.map(\.count).max() ?? 1) * 7.1 + 40
        let left = max(70, names)
        let top = 58.0
        let most = Double(max(1, counts.max() ?? 1))
        var body = [
            SVGText.text(columnReader, left + size * Double(categories.count) / 2, 18, anchor: "middle", "bold"),
            SVGText.text(
                rowReader, 16, top + size * Double(categories.count) / 2, anchor: "middle", "bold", turned: true),
        ]
        for (row, name) in categories.enumerated() {
            let y = top + Double(row) * size
            body.append(SVGText.text(name, left - 8, y + size / 2 + 4, anchor: "end"))
            body.append(SVGText.text(name, left + (Double(row) + 0.5) * size, top - 10, anchor: "middle"))
            for column in categories.indices {
                let count = counts[row * categories.count + column]
                let share = (Double(count) / most).squareRoot() * 0.55
                let x = left + Double(column) * size
                body.append(
                    "<rect class=\"cell\" fill-opacity=\"\(PlotNumber.fixed(share, decimals: 3))\" x=\"\(SVGText.number(x))\" "
                        + "y=\"\(SVGText.number(y))\" width=\"\(SVGText.number(size))\" height=\"\(SVGText.number(size))\"/>"
                )
                body.append(SVGText.text("\(count)", x + size / 2, y + size / 2 + 4, anchor: "middle"))
            }
        }
        for row in categories.indices {
            body.append(
                SVGText.rectangle(left + Double(row) * size, top + Double(row) * size, size, size, "diagonal"))
        }
        var bottom = top + size * Double(categories.count) + 24
        for note in notes {
            body.append(SVGText.text(note, 10, bottom, "soft"))
            bottom += 17
        }
        let width = max(left + size * Double(categories.count) + 12, Double(notes.map(\.count).max() ?? 0) * 6.8 + 20)
        return SVGText.document(id, width, bottom, self, body)
    }

    /// The table in columns; the diagonal is in brackets.
    public func text(width: Int, style: TextStyle) -> String {
        let cell = max(categories.map(\.count).max() ?? 1, "\(counts.max() ?? 0)".count + 2) + 2
        var lines = [
            title, "rows: \(rowReader); columns: \(columnReader)",
            "".padded(cell) + categories.map { $0.aligned(cell) }.joined(),
        ]
        for (row, name) in categories.enumerated() {
            let cells = categories.indices.map { column -> String in
                let count = counts[row * categories.count + column]
                return (row == column ? "[\(count)]" : "\(count) ").aligned(cell)
            }
            lines.append(name.padded(cell) + cells.joined())
        }
        return (lines + notes.map { "  \($0)" }).joined(separator: "\n") + "\n"
    }
}
