import Foundation
import Imaging
import Testing

@Suite("PNG") struct PNGTests {
    @Test("A grey picture written and read again is the same and has no spacing")
    func roundTrip() throws {
        let grey = (0..<77).map { UInt8(3 * $0) }
        let image = try TestData.withFile("picture.png") { path in
            try PNGWriter.write(grey: grey, columns: 11, rows: 7, path: path)
            return try ImageReader.read(path: path)
        }
        #expect(image.volume.voxels == grey.map { Float($0) })
        #expect(image.volume.geometry.size == GridSize(11, 7, 1))
        #expect(!image.spacingKnown)
        #expect(try image.stating(spacing: Vector3(0.25, 0.25, 1)).spacingKnown)
    }

    @Test("A slice of an image is written with its window")
    func window() throws {
        let geometry = Geometry(size: GridSize(4, 1, 2), spacing: Vector3(1, 1, 1))
        let volume = Volume(geometry: geometry, voxels: [0, 0, 0, 0, -200, -50, 100, .nan])
        let read = try TestData.withFile("slice.png") { path in
            try PNGWriter.write(volume, slice: 1, window: -100...100, path: path)
            return try ImageReader.read(path: path).volume.voxels
        }
        #expect(read == [0, 64, 255, 0])
    }

    /// Three pixels, (10,20,30), (200,100,50) and (0,255,1), in the forms that a PNG file can have.
    private static let colour: [(String, String)] = [
        (
            "RGB",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAIAAACUgoPjAAAAEklEQVR4nGPgEpE7kWLE8J8RAAtBApvpikeXAAAA"
                + "AElFTkSuQmCC"
        ),
        (
            "RGBA",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAYAAAAb4BS0AAAAFUlEQVR4nGPgEpFjOJFi1MDwn/E/ABMzBBqdGRFY"
                + "AAAAAElFTkSuQmCC"
        ),
        (
            "palette",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAMAAAAsPuSGAAAACVBMVEUKFB7IZDIA/wH2VQuGAAAADElEQVR4nGNg"
                + "YGQCAAAIAAQ24LCmAAAAAElFTkSuQmCC"
        ),
        (
            "palette with transparency",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAMAAAAsPuSGAAAACVBMVEUKFB7IZDIA/wH2VQuGAAAAA3RSTlMACf8G"
                + "tpAaAAAADElEQVR4nGNgYGQCAAAIAAQ24LCmAAAAAElFTkSuQmCC"
        ),
        (
            "RGB with gamma 1",
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAIAAACUgoPjAAAABGdBTUEAAYagMeiWXwAAABJJREFUeJxj4BKRO5Fi"
                + "xPCfEQALQQKb6YpHlwAAAABJRU5ErkJggg=="
        ),
    ]

    @Test("Colour becomes grey by the stated rule, whatever the form, alpha and gamma of the file", arguments: colour)
    func greyRule(form: String, file: String) throws {
        let bytes = [UInt8](try #require(Data(base64Encoded: file)))
        let volume = try ImageReader.read(bytes: bytes, name: "a.png").volume
        // (299 R + 587 G + 114 B + 500) div 1000
        #expect(volume.voxels == [18, 124, 150], "\(form)")
    }

    @Test("Ultrasound pictures with their masks are read", .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func ultrasound() throws {
        let table = try String(contentsOfFile: TestData.image("us_liver/labels.csv"), encoding: .utf8)
        var count = 0
        for line in table.split(whereSeparator: \.isNewline).dropFirst() {
            let cells = line.split(separator: ",")
            let image = try ImageReader.read(path: TestData.image("us_liver/\(cells[0]).png")).volume
            let mask = try MaskReader.read(path: TestData.image("us_liver/\(cells[0])_mask.png"))
            try mask.check(against: image)
            #expect(image.geometry.size == GridSize(Int(cells[2])!, Int(cells[3])!, 1))
            #expect(mask.voxelCount == Int(cells[4])!, "\(cells[0])")
            count += 1
        }
        #expect(count == 24)
    }
}
