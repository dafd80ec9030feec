import Foundation
import Imaging
import Testing

@Suite("Polygon fill") struct PolygonFillTests {
    typealias Point = SIMD2<Double>

    private static func square(_ lower: Double, _ upper: Double) -> [Point] {
        [Point(lower, lower), Point(upper, lower), Point(upper, upper), Point(lower, upper)]
    }

    private static func circle(_ centre: Point, _ radius: Double, corners: Int = 720) -> [Point] {
        (0..<corners).map { corner in
            let angle = 2 * Double.pi * Double(corner) / Double(corners)
            return centre + radius * Point(cos(angle), sin(angle))
        }
    }

    private static func area(_ polygons: [[Point]], _ fill: PolygonFill, size: Int = 120) -> Int {
        fill.fill(polygons, columns: size, rows: size).reduce(0) { $0 + Int($1) }
    }

    @Test("A square between pixel borders fills exactly its pixels", arguments: PolygonFill.allCases)
    func squareBetweenBorders(fill: PolygonFill) {
        let inside = fill.fill([Self.square(1.5, 4.5)], columns: 7, rows: 6)
        for y in 0..<6 {
            for x in 0..<7 {
                #expect(inside[y * 7 + x] == ((2...4).contains(x) && (2...4).contains(y) ? 1 : 0))
            }
        }
    }

    @Test("A square through pixel centres owns its sides of smaller index and not those of larger index")
    func halfOpen() {
        let inside = PolygonFill.centres.fill([Self.square(1, 3)], columns: 5, rows: 5)
        let expected: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(inside == expected)
        // Turned the other way round it is the same region.
        #expect(PolygonFill.centres.fill([Self.square(1, 3).reversed()], columns: 5, rows: 5) == expected)
    }

    @Test("A circle of 50 pixels radius has its area to within 1 %", arguments: PolygonFill.allCases)
    func circleArea(fill: PolygonFill) {
        let truth = Double.pi * 50 * 50
        for centre in [Point(60, 60), Point(59.5, 60.25), Point(60.123, 59.877)] {
            let area = Double(Self.area([Self.circle(centre, 50)], fill))
            #expect(abs(area - truth) < 0.01 * truth, "\(area) of \(truth)")
        }
    }

    @Test("A contour within another is a hole, and one within the hole an island", arguments: PolygonFill.allCases)
    func ring(fill: PolygonFill) {
        let centre = Point(60.2, 59.7)
        let radii = [50.0, 30.0, 10.0]
        let full = radii.map { Self.area([Self.circle(centre, $0)], fill) }
        #expect(Self.area(radii.prefix(2).map { Self.circle(centre, $0) }, fill) == full[0] - full[1])
        #expect(Self.area(radii.map { Self.circle(centre, $0) }, fill) == full[0] - full[1] + full[2])
    }

    @Test("A keyhole contour gives the same ring as two contours", arguments: PolygonFill.allCases)
    func keyhole(fill: PolygonFill) {
        let (outer, inner) = (Self.circle(Point(60, 60), 50), Self.circle(Point(60, 60), 30))
        // Out along the channel and back along the same points.
        let keyhole = outer + [outer[0]] + [inner[0]] + inner.reversed()
        let two = fill.fill([outer, inner], columns: 120, rows: 120)
        #expect(fill.fill([keyhole], columns: 120, rows: 120) == two)
    }

    @Test("Polygons that share their edges share no pixel and leave none out", arguments: [UInt64(1), 2, 3, 4])
    func partition(seed: UInt64) {
        var generator = SplitMix64(state: seed)
        // A sheet of triangles; a third of the corners are pixel centres, where the rule for boundaries decides.
        let cells = 8
        var corners: [[Point]] = []
        for row in 0...cells {
            corners.append(
                (0...cells).map { column in
                    let edge = row == 0 || column == 0 || row == cells || column == cells
                    let shift =
                        edge || generator.next() % 3 == 0
                        ? Point(0, 0)
                        : Point(
                            Double.random(in: -1...1, using: &generator), Double.random(in: -1...1, using: &generator))
                    return Point(Double(column) * 4, Double(row) * 4) + shift
                })
        }
        var count = [Int](repeating: 0, count: 40 * 40)
        for row in 0..<cells {
            for column in 0..<cells {
                let (a, b) = (corners[row][column], corners[row][column + 1])
                let (c, d) = (corners[row + 1][column + 1], corners[row + 1][column])
                for triangle in [[a, b, c], [c, d, a]] {
                    let inside = PolygonFill.centres.fill([triangle], columns: 40, rows: 40)
                    for pixel in count.indices { count[pixel] += Int(inside[pixel]) }
                }
            }
        }
        for y in 0..<40 {
            for x in 0..<40 { #expect(count[y * 40 + x] == (x < 4 * cells && y < 4 * cells ? 1 : 0), "\(x) \(y)") }
        }
    }

    @Test("Half a pixel counts by coverage, whatever its centre says")
    func coverage() {
        // Columns 2 to 4.4: of column 2 the right half, of column 4 nine tenths.
        let strip = [Point(2, -0.5), Point(4.4, -0.5), Point(4.4, 0.5), Point(2, 0.5)]
        #expect(PolygonFill.coverage.fill([strip], columns: 7, rows: 1) == [0, 0, 1, 1, 1, 0, 0])
        let thin = [Point(2.1, -0.5), Point(4.4, -0.5), Point(4.4, 0.5), Point(2.1, 0.5)]
        #expect(PolygonFill.coverage.fill([thin], columns: 7, rows: 1) == [0, 0, 0, 1, 1, 0, 0])
        #expect(PolygonFill.centres.fill([thin], columns: 7, rows: 1) == [0, 0, 0, 1, 1, 0, 0])
    }

    @Test("Polygons beyond the slice, without area or without numbers fill nothing wrong")
    func degenerate() {
        for fill in PolygonFill.allCases {
            #expect(Self.area([Self.square(-10, 200)], fill) == 120 * 120)
            #expect(Self.area([Self.square(200, 300)], fill) == 0)
            #expect(Self.area([Self.square(1e300, 2e300)], fill) == 0)
            #expect(Self.area([[], [Point(3, 3)], [Point(3, 3), Point(50, 70)]], fill) == 0)
            #expect(Self.area([[Point(.nan, 3), Point(50, 70), Point(0, 9)]], fill) == 0)
        }
    }
}
