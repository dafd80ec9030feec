/// Pieces of SVG.
enum SVGText {
    /// Mean width of a character of the plots' font.
    static let letter = 7.1

    /// Text with the characters of XML replaced.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default:
                // Control characters have no place in XML 1.0.
                if character.value >= 32 || character == "\n" || character == "\t" {
                    result.unicodeScalars.append(character)
                }
            }
        }
        return result
    }

    /// A coordinate in pixels, to a hundredth.
    static func number(_ value: Double) -> String {
        var text = PlotNumber.fixed(value, decimals: 2)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ kind: String) -> String {
        "<line class=\"\(kind)\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\"/>"
    }

    static func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ kind: String) -> String {
        "<rect class=\"\(kind)\" x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(max(0, width)))\" "
            + "height=\"\(number(max(0, height)))\"/>"
    }

    /// - Parameter anchor: `start`, `middle` or `end`.
    static func text(
        _ content: String, _ x: Double, _ y: Double, anchor: String = "start", _ kind: String = "", turned: Bool = false
    ) -> String {
        let classes = kind.isEmpty ? "" : " class=\"\(kind)\""
        let turn = turned ? " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" : ""
        return
            "<text\(classes) x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\"\(turn)>\(escaped(content))</text>"
    }

    static func path(_ points: [(Double, Double)], closed: Bool = false, _ kind: String) -> String {
        guard let first = points.first else { return "" }
        let rest = points.dropFirst().map { "L\(number($0.0)) \(number($0.1))" }.joined()
        return "<path class=\"\(kind)\" d=\"M\(number(first.0)) \(number(first.1))\(rest)\(closed ? "Z" : "")\"/>"
    }

    /// The element around a picture, with what a screen reader says.
    static func document(_ id: String, _ width: Double, _ height: Double, _ plot: some Plot, _ body: [String]) -> String
    {
        "<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"\(id)-t \(id)-d\" "
            + "width=\"\(number(width))\" height=\"\(number(height))\" viewBox=\"0 0 \(number(width)) \(number(height))\">"
            + "<title id=\"\(id)-t\">\(escaped(plot.title))</title><desc id=\"\(id)-d\">\(escaped(plot.summary))</desc>"
            + body.joined(separator: "\n") + "</svg>"
    }
}
