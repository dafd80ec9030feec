import Filters
import Foundation
import Imaging
import TestKit
import Testing

/// Local binary patterns against scikit-image (`Fixtures/README.md`).
struct LocalBinaryPatternTests {
    static func fixture() throws -> [String: [[Int]]] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/lbp.json")
        let text = try Data(contentsOf: path)
        return try JSONSerialization.jsonObject(with: text) as? [String: [[Int]]] ?? [:]
    }

    @Test(
        "Every pattern is scikit-image's",
        arguments: BinaryPatternMethod.allCases, [(8, 1.0, "1"), (9, 1.0, "1"), (12, 1.5, "1.5")])
    func reference(method: BinaryPatternMethod, form: (samples: Int, radius: Double, text: String)) throws {
        let fixture = try Self.fixture()
        let image = try #require(fixture["image"])
        let expected = try #require(fixture["\(method.rawValue) \(form.samples) \(form.text)"])
        // The same slice twice: slices do not see each other.
        let volume = TestImage.volume(GridSize(11, 9, 2)) { x, y, _ in Float(image[y][x]) }
        let response = try apply(
            .localBinaryPattern(radius: form.radius, samples: form.samples, method: method), to: volume,
            dimensionality: .slices, boundary: .mirror, threads: 2)
        for z in 0..<2 {
            for y in 0..<9 {
                for x in 0..<11 { #expect(response.value(x, y, z) == Float(expected[y][x]), "\(x) \(y)") }
            }
        }
    }

    @Test("By volume, no neighbours and no radius are refused by name")
    func refused() {
        let volume = TestImage.noise(GridSize(5, 5, 3))
        for (filter, dimensionality) in [
            (Filter.localBinaryPattern(radius: 1, samples: 8, method: .uniform), Dimensionality.volume),
            (.localBinaryPattern(radius: 0, samples: 8, method: .uniform), .slices),
            (.localBinaryPattern(radius: .nan, samples: 8, method: .uniform), .slices),
            (.localBinaryPattern(radius: 1, samples: 99, method: .uniform), .slices),
        ] {
            #expect(throws: FilterError.self) {
                try apply(filter, to: volume, dimensionality: dimensionality, boundary: .mirror)
            }
        }
    }
}
