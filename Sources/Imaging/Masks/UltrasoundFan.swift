/// The part of an ultrasound picture that is image, without the black around it and the text burnt into that.
///
/// In each box that the file calls image (the whole picture where it names none): the convex hull of the largest group of
/// pixels that are brighter than black and touch each other, corners included, and of those with a tenth of its pixels.
/// Cysts and shadows are dark, can cut the image in two, and belong to it; text, scales and marks are small.
enum UltrasoundFan {
    /// The brightest grey of 0...255 that counts as black: lossy compression leaves some beside edges.
    private static let black: Float = 8

    /// A part of a picture: rows and columns.
    struct Box: Sendable, Equatable {
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
                for (row, pixels) in Dictionary(grouping: group, by: { $0 / size.x }) {
                    let columns = pixels.map { $0 % size.x }
                    let low = min(columns.min() ?? 0, ends[row]?.lowerBound ?? .max)
                    ends[row] = low...max(columns.max() ?? 0, ends[row]?.upperBound ?? low)
                }
            }
            var outline = PlaneOutline()
            for (row, columns) in ends.sorted(by: { $0.key < $1.key }) {
                outline.add(row, columns.lowerBound, columns.upperBound)
            }
            for (row, columns) in outline.rows { for column in columns { inside[row * size.x + column] = 1 } }
        }
        return inside.contains(1) ? Mask(geometry: picture.geometry, voxels: inside) : nil
    }

    /// Pixels brighter than black, by groups that touch each other.
    private static func groups(_ greys: [Float], _ width: Int, _ box: Box) -> [[Int]] {
        var visited = [Bool](repeating: false, count: greys.count)
        var groups: [[Int]] = []
        for row in box.rows {
            for column in box.columns {
                var group: [Int] = []
                func visit(_ row: Int, _ column: Int) {
                    let index = row * width + column
                    guard !visited[index], greys[index] > black else { return }
                    visited[index] = true
                    group.append(index)
                }
                visit(row, column)
                var next = 0
                while next < group.count {
                    let (y, x) = (group[next] / width, group[next] % width)
                    next += 1
                    for row in max(y - 1, box.rows.lowerBound)...min(y + 1, box.rows.upperBound) {
                        for column in max(x - 1, box.columns.lowerBound)...min(x + 1, box.columns.upperBound) {
                            visit(row, column)
                        }
                    }
                }
                if !group.isEmpty { groups.append(group) }
            }
        }
        return groups
    }
}
