/// Dots in a rectangle of characters: eight a character in braille, one in ASCII.
struct TextCanvas {
    let columns: Int
    let rows: Int
    let style: TextStyle
    private var dots: [UInt8]
    private var letters: [Character?]

    /// The dot of column 0 or 1 and row 0 to 3 in a braille pattern (Unicode chart U+2800).
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    init(columns: Int, rows: Int, style: TextStyle) {
        (self.columns, self.rows, self.style) = (columns, rows, style)
        dots = [UInt8](repeating: 0, count: columns * rows)
        letters = [Character?](repeating: nil, count: columns * rows)
    }

    /// Dots across and down.
    var width: Int { style == .braille ? 2 * columns : columns }
    var height: Int { style == .braille ? 4 * rows : rows }

    /// Sets the dot at a position from 0 to 1 in both directions, 0 at the lower left; others are ignored.
    mutating func set(_ x: Double, _ y: Double, letter: Character = "*") {
        guard x >= -1e-9, x <= 1 + 1e-9, y >= -1e-9, y <= 1 + 1e-9 else { return }
        let column = min(width - 1, max(0, Int(x * Double(width))))
        let row = min(height - 1, max(0, Int((1 - y) * Double(height))))
        switch style {
        case .braille: dots[row / 4 * columns + column / 2] |= Self.bits[row % 4][column % 2]
        case .ascii: letters[row * columns + column] = letter
        }
    }

    /// Sets the dots of a straight line; `every` leaves gaps.
    mutating func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, every: Int = 1, letter: Character = "*"
    ) {
        guard [x1, y1, x2, y2].allSatisfy(\.isFinite) else { return }
        let length = max((x2 - x1).magnitude * Double(width), (y2 - y1).magnitude * Double(height))
        let steps = min(10_000, max(1, Int(length.rounded(.up))))
        for step in stride(from: 0, through: steps, by: every) {
            let share = Double(step) / Double(steps)
            set(x1 + share * (x2 - x1), y1 + share * (y2 - y1), letter: letter)
        }
    }

    /// The rows, top first.
    var lines: [String] {
        (0..<rows).map { row in
            String(
                (0..<columns).map { column -> Character in
                    let place = row * columns + column
                    if let letter = letters[place] { return letter }
                    guard dots[place] != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(dots[place])) else {
                        return " "
                    }
                    return Character(scalar)
                })
        }
    }
}

extension String {
    /// The text with spaces after it up to a width.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }

    /// The text with spaces before it up to a width.
    func aligned(_ width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
}
