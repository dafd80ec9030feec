/// The part of an ultrasound picture that is image, without the black around it and the text burnt into that.
///
/// In each box that the file calls image (the whole picture where it names none) the largest group of pixels that are
/// brighter than black and touch each other, corners included, and in each row what lies between its first and its last
/// pixel: cysts and shadows are dark and belong to the image.
enum UltrasoundFan {
    /// The brightest grey of 0...255 that counts as black: lossy compression leaves some beside edges.
    private static let black: Float = 8

    /// A part of a picture: rows and columns.
    struct Box {
        let rows: ClosedRange<Int>
        let columns: ClosedRange<Int>
    }

    /// The image in a picture; nil where all of it is black.
    static func mask(_ picture: Volume, boxes: [Box]) -> Mask? {
        let size = picture.geometry.size
        let all = Box(rows: 0...size.y - 1, columns: 0...size.x - 1)
        var inside = [UInt8](repeating: 0, count: size.count)
        for box in boxes.isEmpty ? [all] : boxes {
            for (row, columns) in largestGroup(picture.voxels, size.x, box) {
                for column in columns { inside[row * size.x + column] = 1 }
            }
        }
        return inside.contains(1) ? Mask(geometry: picture.geometry, voxels: inside) : nil
    }

    /// From the first to the last pixel in each row of the largest group.
    private static func largestGroup(_ greys: [Float], _ width: Int, _ box: Box) -> [Int: ClosedRange<Int>] {
        var visited = [Bool](repeating: false, count: greys.count)
        var largest: (count: Int, rows: [Int: ClosedRange<Int>]) = (0, [:])
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
                var group: (count: Int, rows: [Int: ClosedRange<Int>]) = (0, [:])
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
                if group.count > largest.count { largest = group }
            }
        }
        return largest.rows
    }
}
