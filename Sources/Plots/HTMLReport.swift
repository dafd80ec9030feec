/// A page that needs nothing but itself: pictures, tables and text, no script, nothing fetched.
public struct HTMLReport: Sendable {
    /// A part of the page.
    public enum Section: Sendable {
        /// A heading.
        case heading(String)
        /// A paragraph.
        case paragraph(String)
        /// Pictures that stand beside each other where there is room.
        case plots([any Plot])
        /// A table; columns whose cells are numbers are aligned to the right.
        case table(caption: String, columns: [String], rows: [[String]])
    }

    private let title: String
    private let subtitle: String
    private let sections: [Section]

    /// Creates a page.
    public init(title: String, subtitle: String, sections: [Section]) {
        (self.title, self.subtitle, self.sections) = (title, subtitle, sections)
    }

    /// The page.
    public var html: String {
        var body: [String] = []
        var (figure, table) = (0, 0)
        for section in sections {
            switch section {
            case .heading(let text): body.append("<h2>\(SVGText.escaped(text))</h2>")
            case .paragraph(let text): body.append("<p>\(SVGText.escaped(text))</p>")
            case .plots(let plots):
                body.append("<div class=\"figures\">")
                for plot in plots {
                    figure += 1
                    body.append(
                        "<figure>\(plot.svg(id: "figure-\(figure)"))<figcaption><b>Figure \(figure).</b> "
                            + "\(SVGText.escaped(plot.title))</figcaption></figure>")
                }
                body.append("</div>")
            case .table(let caption, let columns, let rows):
                table += 1
                body.append(Self.table("<b>Table \(table).</b> \(SVGText.escaped(caption))", columns, rows))
            }
        }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark"><title>\(SVGText.escaped(title))</title>
            <style>\(Self.css)\(PlotStyle.css)</style></head>
            <body><main><header><h1>\(SVGText.escaped(title))</h1><p class="lead">\(SVGText.escaped(subtitle))</p></header>
            \(body.joined(separator: "\n"))
            </main></body></html>

            """
    }

    private static func table(_ caption: String, _ columns: [String], _ rows: [[String]]) -> String {
        let isNumeric = columns.indices.map { column in
            let cells = rows.compactMap { $0[column].isEmpty ? nil : $0[column] }
            return !cells.isEmpty
                && cells.allSatisfy { $0.first.map { $0.isNumber || $0 == "-" || $0 == "<" } ?? false }
        }
        func cell(_ text: String, _ column: Int, _ tag: String, _ scope: String = "") -> String {
            "<\(tag)\(scope)\(isNumeric[column] ? " class=\"number\"" : "")>\(SVGText.escaped(text))</\(tag)>"
        }
        let head = columns.indices.map { cell(columns[$0], $0, "th", " scope=\"col\"") }.joined()
        let lines = rows.map { row in "<tr>\(columns.indices.map { cell(row[$0], $0, "td") }.joined())</tr>" }
        return
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"table\"><table><caption>\(caption)</caption><thead><tr>\(head)</tr></thead><tbody>\n\(lines.joined(separator: "\n"))\n</tbody></table></div>"
    }

    private static let css = """
        :root{color-scheme:light dark;--page:#fff;--text:#1b1f24;--quiet:#5b6470;--line:#d5dae1}
        @media (prefers-color-scheme:dark){:root{--page:#14181d;--text:#e8ebef;--quiet:#a3adb9;--line:#3a424d}}
        *{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);\
        font:16px/1.55 Charter,"Bitstream Charter","Source Serif 4",Georgia,serif}
        main{max-width:1080px;margin:0 auto;padding:40px 28px 64px}h1{font-size:30px;line-height:1.2;margin:0 0 6px}
        h2{font-size:20px;margin:40px 0 10px;padding-top:14px;border-top:1px solid var(--line)}
        p{max-width:72ch;margin:8px 0}.lead{color:var(--quiet)}
        .figures{display:flex;flex-wrap:wrap;gap:20px 40px;align-items:flex-start}figure{margin:12px 0;max-width:100%;overflow-x:auto}
        figcaption,caption{font-size:14px;color:var(--quiet);text-align:left;margin-top:6px}
        figcaption b,caption b{color:var(--text)}caption{padding:0 0 8px}
        .wide{overflow-x:auto;margin:16px 0}table{border-collapse:collapse;font:13px/1.4 "Helvetica Neue",Helvetica,Arial,\
        "Liberation Sans",sans-serif;font-variant-numeric:tabular-nums;border-bottom:1.5px solid var(--text)}
        th,td{padding:4px 12px 4px 0;text-align:left;vertical-align:top}th{border-top:1.5px solid var(--text);\
        border-bottom:1px solid var(--text);font-weight:600}td{border-bottom:1px solid var(--line)}
        .number{text-align:right;white-space:nowrap}
        @media print{body{font-size:11pt}figure,tr{break-inside:avoid}}

        """
}
