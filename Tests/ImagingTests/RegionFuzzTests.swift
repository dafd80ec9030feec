import Foundation
import Imaging
import Testing

@Suite("Damaged files of regions") struct RegionFuzzTests {
    private static let geometry = Geometry(
        size: GridSize(24, 20, 6), spacing: Vector3(0.5, 0.75, 2), origin: Vector3(-6, -7, 11))

    private static let image = Volume(
        geometry: geometry, voxels: [Float](repeating: 0, count: geometry.size.count))

    /// Sound files of every kind, made here, with the regions 1 and 2.
    private static let sources: [(name: String, bytes: [UInt8])] = {
        func segmentation(_ type: String, bits: Int) -> [UInt8] {
            let frames: [TestDICOM.Frame] = (0..<6).map { slice in
                let values = (0..<480).map { $0 % 7 < 3 ? (type == "FRACTIONAL" ? 200 : 1) : 0 }
                return (slice % 2 + 1, geometry.world(Vector3(0, 0, Double(slice))), values)
            }
            return TestDICOM.segmentation(
                type, columns: 24, rows: 20, bits: bits, spacing: geometry.spacing,
                segments: [(1, "a"), (2, "b")], frames: frames)
        }
        let contours: [TestDICOM.Contour] = (0..<12).map { index in
            let corners = (0..<40).map { corner in
                let angle = 2 * Double.pi * Double(corner) / 40
                return geometry.world(Vector3(12 + 8 * cos(angle), 10 + 7 * sin(angle), Double(index / 2)))
            }
            return (index % 2 + 1, "CLOSED_PLANAR", corners)
        }
        return [
            ("binary.dcm", segmentation("BINARY", bits: 1)), ("share.dcm", segmentation("FRACTIONAL", bits: 8)),
            ("labels.dcm", segmentation("LABELMAP", bits: 16)),
            ("contours.dcm", TestDICOM.structures([(1, "a"), (2, "b")], contours: contours)),
            ("unknown.dcm", TestDICOM.structures([(1, "a"), (2, "b")], contours: contours, unknown: true)),
        ]
    }()

    /// Whether the bytes give a mask; else they must give a typed error.
    private static func attempt(_ name: String, _ bytes: [UInt8], on image: Volume = image) throws -> Bool {
        try TestData.withFile(name) { path in
            try Data(bytes).write(to: URL(filePath: path))
            do {
                let mask = try MaskReader.read(path: path, image: image, label: 1).mask
                #expect(mask.geometry == image.geometry && mask.voxelCount > 0)
                return true
            } catch let error as ImagingError {
                #expect(!error.description.isEmpty)
                return false
            }
        }
    }

    private static func damaged(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            // Half of the changes flip a bit, half replace a byte.
            let place = Int.random(in: 128..<bytes.count, using: &generator)
            if Bool.random(using: &generator) {
                bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            } else {
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
        }
        return bytes
    }

    @Test("The sound files are read")
    func sound() throws {
        for (name, bytes) in Self.sources { #expect(try Self.attempt(name, bytes), "\(name)") }
    }

    @Test("A file cut short anywhere is refused with a typed error")
    func truncation() throws {
        var generator = SplitMix64(state: 6)
        for (name, bytes) in Self.sources {
            for _ in 0..<300 {
                let length = Int.random(in: 0..<bytes.count - 2, using: &generator)
                #expect(try !Self.attempt(name, Array(bytes.prefix(length))), "\(name) cut to \(length)")
            }
        }
    }

    @Test("A file with changed bytes gives a mask or a typed error")
    func corruption() throws {
        var generator = SplitMix64(state: 7)
        for (name, bytes) in Self.sources {
            var refused = 0
            for _ in 0..<300 { refused += try Self.attempt(name, Self.damaged(bytes, &generator)) ? 0 : 1 }
            #expect(refused > 0, "\(name)")
        }
    }

    @Test(
        "Real files with changed bytes give a mask or a typed error",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"),
        arguments: ["highdicom/seg_image_ct_binary_overlap.dcm", "sts_019_mr_t1/mask/RS.dcm"])
    func realFiles(path: String) throws {
        let source = try bytes(of: TestData.image("dicom/" + path))
        let series = TestData.image("dicom/sts_019_mr_t1/image")
        let image = path.hasPrefix("sts") ? try ImageReader.read(path: series).volume : Self.image
        var generator = SplitMix64(state: 8)
        for turn in 0..<300 {
            let changed = Self.damaged(source, &generator)
            let length = turn % 2 == 0 ? changed.count : Int.random(in: 0..<changed.count, using: &generator)
            _ = try Self.attempt("mask.dcm", Array(changed.prefix(length)), on: image)
        }
    }
}
