/// A picture of results: a value that knows how to draw itself as SVG and as lines of text.
public protocol Plot: Sendable {
    /// What it shows, in a few words.
    var title: String { get }
    /// What a person who cannot see it should know: the numbers that it shows, in sentences.
    var summary: String { get }
    /// One `svg` element with `title` and `desc`; the colours come from `PlotStyle.css`.
    ///
    /// - Parameter id: unique in the page, letters, digits and hyphens.
    func svg(id: String) -> String
    /// Lines for a terminal of `width` columns.
    func text(width: Int, style: TextStyle) -> String
}

/// Which characters a terminal can show.
public enum TextStyle: Sendable, Equatable, CaseIterable {
    /// Braille patterns (eight dots a character) and box drawing.
    case braille
    /// Printable ASCII alone.
    case ascii
}

extension Plot {
    /// The SVG as a file of its own, with its style.
    public func standaloneSVG() -> String {
        let body = svg(id: "plot")
        guard let end = body.firstIndex(of: ">") else { return body }
        return body[...end] + "<style>\(PlotStyle.css)</style>" + body[body.index(after: end)...] + "\n"
    }
}
