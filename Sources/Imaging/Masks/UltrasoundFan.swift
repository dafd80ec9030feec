/// The part of an ultrasound picture that is image, without the black around it and the text burnt into that.
///
/// In each box that the file calls image (the whole picture where it names none): the convex hull of the largest group of
/// pixels that are brighter than black and touch each other, corners included, and of those with a tenth of its pixels.
/// Cysts and shadows are dark, can cut the image in two, and belong to it; text, scales and marks are small.
enum UltrasoundFan {
    /// The brightest grey of 0...255 that counts as black: lossy compression leaves some beside edges.
    private static let black: Float = 8

    /// A part of a picture: rows and columns.
    struct Box {
        let rows: ClosedRange<Int>
        let columns: ClosedRange<Int>
    }

    /// Groups of fewer pixels, of the largest's, are text and marks.
    private static let share = 0.1

    /// The image in a picture; nil where all of it is black.
    static func mask(_ picture: Volume, boxes: [Box]) -> Mask? {
        let size = picture.geometry.size
        let all = Box(rows: 0...size.y - 1, columns: 0...size.x - 1)
        var inside = [UInt8](repeating: 0, count: size.count)
        for box in boxes.isEmpty ? [all] : boxes {
            let groups = groups(picture.voxels, size.x, box)
            let least = share * Double(groups.map(\.count).max() ?? 0)
            var ends: [Int: ClosedRange<Int>] = [:]
            for group in groups where Double(group.count) >= least {
                ends.merge(group.rows) { min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound) }
            }
            var outline = PlaneOutline()
            for (row, columns) in ends.sorted(by: { $0.key < $1.key }) {
                outline.add(row, columns.lowerBound, columns.upperBound)
            }
            for (row, columns) in outline.rows { for column in columns { inside[row * size.x + column] = 1 } }
        }
        return inside.contains(1) ? Mask(geometry: picture.geometry, voxels: inside) : nil
    }

    /// Pixels that touch each other: how many, and the first and the last in each row.
    private struct Group {
        var count = 0
        var rows: [Int: ClosedRange<Int>] = [:]
    }

    private static func groups(_ greys: [Float], _ width: Int, _ box: Box) -> [Group] {
        var visited = [Bool](repeating: false, count: greys.count)
        var groups: [Group] = []
        var waiting: [Int] = []
        func visit(_ row: Int, _ column: Int) {
            let index = row * width + column
            guard !visited[index], greys[index] > black else { return }
            visited[index] = true
            waiting.append(index)
        }
        for row in box.rows {
            for column in box.columns {
                visit(row, column)
                if waiting.isEmpty { continue }
                var group = Group()
                while let index = waiting.popLast() {
                    let (y, x) = (index / width, index % width)
                    group.count += 1
                    let known = group.rows[y] ?? x...x
                    group.rows[y] = min(known.lowerBound, x)...max(known.upperBound, x)
                    for nextRow in max(y - 1, box.rows.lowerBound)...min(y + 1, box.rows.upperBound) {
                        for next in max(x - 1, box.columns.lowerBound)...min(x + 1, box.columns.upperBound) {
                            visit(nextRow, next)
                        }
                    }
                }
                groups.append(group)
            }
        }
        return groups
    }
}
