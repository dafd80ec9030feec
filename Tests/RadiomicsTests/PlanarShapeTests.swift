import Foundation
import Imaging
import Radiomics
import Testing

struct PlanarShapeTests {
    /// One mask of the fixture and the values PyRadiomics 3.0.1 gives for it.
    struct Case {
        let name: String
        let mask: Mask
        let expected: [String: Double]
    }

    static func cases() throws -> [Case] {
        let url = TestData.fixtures.appendingPathComponent("pyradiomics_shape2D.csv")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        let names = lines[0].split(separator: ",").map(String.init)
        return lines.dropFirst().compactMap { line in
            let fields = line.split(separator: ",").map(String.init)
            guard let width = Int(fields[1]), let height = Int(fields[2]) else { return nil }
            var voxels: [UInt8] = []
            for (index, run) in fields[names.count - 1].split(separator: " ").enumerated() {
                voxels += [UInt8](repeating: UInt8(index % 2), count: Int(run) ?? 0)
            }
            let geometry = Geometry(size: GridSize(width, height, 1), spacing: Vector3(0.25, 0.25, 1))
            var expected: [String: Double] = [:]
            for column in 3..<names.count - 1 { expected[names[column]] = Double(fields[column]) }
            return Case(name: fields[0], mask: Mask(geometry: geometry, voxels: voxels), expected: expected)
        }
    }

    @Test("Planar shape of ultrasound masses equals PyRadiomics' shape2D")
    func pyradiomics() throws {
        let cases = try Self.cases()
        #expect(cases.count == 4)
        let pairs = [
            "planar_area_contour": "MeshSurface", "planar_area_pixel_counting": "PixelSurface",
            "planar_perimeter": "Perimeter", "planar_perimeter_to_area_ratio": "PerimeterSurfaceRatio",
            "planar_circularity": "Sphericity", "planar_maximum_2d_diameter": "MaximumDiameter",
            "planar_major_axis_length": "MajorAxisLength", "planar_minor_axis_length": "MinorAxisLength",
            "planar_elongation": "Elongation",
        ]
        for one in cases {
            let image = Volume(geometry: one.mask.geometry, voxels: one.mask.voxels.indices.map { Float($0 % 7) })
            let settings = ExtractionSettings(families: [.planarShape], aggregations: [.slicesMerged])
            let result = try extract(image: image, morphologicalMask: one.mask, settings: settings)
            for feature in result.features {
                guard let peer = pairs[feature.definition.column], let expected = one.expected[peer] else { continue }
                #expect(
                    abs(feature.value - expected) <= 1e-6 * abs(expected),
                    "\(one.name) \(feature.definition.column): \(feature.value), PyRadiomics \(expected)")
            }
        }
    }
}
