#if canImport(Glibc)
    import Glibc
#endif

/// Which voxels of a slice belong to the region inside polygons.
///
/// Coordinates are continuous voxel indices: the centre of pixel (i, j) lies at (i, j). A point is inside by the
/// even-odd rule over all polygons together, so a polygon within another is a hole, and the two coinciding edges of a
/// keyhole cut nothing out. A point on a boundary belongs to the polygon on its side of larger x, then of larger y
/// (half-open edges): polygons that share the points of their common edge never share a pixel, and leave none out.
public enum PolygonFill: String, Sendable, Hashable, CaseIterable {
    /// A pixel belongs to the region when its centre is inside.
    case centres
    /// A pixel belongs to the region when at least half of its 8 x 8 evenly spaced sample points are inside.
    case coverage

    /// Sample points along each side of a pixel for `coverage`.
    static let samples = 8

    /// Fills polygons, given by their corners in order; the last corner is joined to the first. Fewer than three
    /// corners enclose nothing.
    ///
    /// - Returns: 1 inside and 0 outside, `columns * rows` values, x fastest. Parts beyond the slice are left out.
    public func fill(_ polygons: [[SIMD2<Double>]], columns: Int, rows: Int) -> [UInt8] {
        var slice = [UInt8](repeating: 0, count: columns * rows)
        guard let window = Window(around: polygons, columns: columns, rows: rows) else { return slice }
        var inside: [UInt8]
        switch self {
        case .centres: inside = Self.parity(polygons, offset: .zero, in: window)
        case .coverage:
            inside = [UInt8](repeating: 0, count: window.x.count * window.y.count)
            for y in 0..<Self.samples {
                for x in 0..<Self.samples {
                    let sample = SIMD2(Double(x), Double(y))
                    let points = Self.parity(
                        polygons, offset: (sample + 0.5) / Double(Self.samples) - 0.5, in: window)
                    for pixel in inside.indices { inside[pixel] += points[pixel] }
                }
            }
            let half = UInt8(Self.samples * Self.samples / 2)
            for pixel in inside.indices { inside[pixel] = inside[pixel] >= half ? 1 : 0 }
        }
        for (line, row) in window.y.enumerated() {
            let start = row * columns + window.x.lowerBound
            slice.replaceSubrange(
                start..<(start + window.x.count), with: inside[(line * window.x.count)..<((line + 1) * window.x.count)])
        }
        return slice
    }

    /// The pixels of a slice around polygons.
    private struct Window {
        let x: Range<Int>
        let y: Range<Int>

        /// Nil when no pixel is near the polygons, or a corner is no number.
        init?(around polygons: [[SIMD2<Double>]], columns: Int, rows: Int) {
            var lower = SIMD2(repeating: Double.infinity)
            var upper = -lower
            for corner in polygons.joined() {
                guard corner.x.isFinite, corner.y.isFinite else { return nil }
                lower = pointwiseMin(lower, corner)
                upper = pointwiseMax(upper, corner)
            }
            // One more pixel on each side, for sample points beside the centres.
            let end = SIMD2(Double(columns), Double(rows))
            let first = pointwiseMax(lower.rounded(.down) - 1, .zero)
            let last = pointwiseMin(upper.rounded(.up) + 2, end)
            guard first.x < last.x, first.y < last.y else { return nil }
            x = Int(first.x)..<Int(last.x)
            y = Int(first.y)..<Int(last.y)
        }
    }

    /// Parity of the crossings left of the points that lie at an offset from the pixel centres.
    private static func parity(
        _ polygons: [[SIMD2<Double>]], offset: SIMD2<Double>, in window: Window
    ) -> [UInt8] {
        var toggles = [UInt8](repeating: 0, count: window.x.count * window.y.count)
        for polygon in polygons {
            guard var previous = polygon.last else { continue }
            for corner in polygon {
                toggle(&toggles, from: previous - offset, to: corner - offset, in: window)
                previous = corner
            }
        }
        // Each crossing has changed the first pixel at or behind it; the sum along the row is the parity.
        for row in 0..<window.y.count {
            var inside: UInt8 = 0
            for pixel in (row * window.x.count)..<((row + 1) * window.x.count) {
                inside ^= toggles[pixel]
                toggles[pixel] = inside
            }
        }
        return toggles
    }

    private static func toggle(
        _ toggles: inout [UInt8], from start: SIMD2<Double>, to end: SIMD2<Double>, in window: Window
    ) {
        // From the upper end, so that both polygons at an edge find the same crossings to the last bit.
        let (upper, lower) = (start.y, start.x) < (end.y, end.x) ? (start, end) : (end, start)
        let first = max(ceil(upper.y), Double(window.y.lowerBound))
        let last = min(ceil(lower.y), Double(window.y.upperBound))
        guard first < last else { return }
        let slope = (lower.x - upper.x) / (lower.y - upper.y)
        for row in Int(first)..<Int(last) {
            let column = max(ceil(upper.x + (Double(row) - upper.y) * slope), Double(window.x.lowerBound))
            guard column < Double(window.x.upperBound) else { continue }
            toggles[(row - window.y.lowerBound) * window.x.count + Int(column) - window.x.lowerBound] ^= 1
        }
    }
}
