import Foundation
import Imaging
import TestKit
import Testing

/// What of an ultrasound picture is image.
struct UltrasoundFanTests {
    /// A sector of speckle in black, cut in two by a dark bladder, and text beside it.
    private static func picture() -> (volume: Volume, sector: [Bool], text: [Bool]) {
        let geometry = Geometry(size: GridSize(120, 100, 1), spacing: Vector3(0.5, 0.5, 1))
        var (sector, text): ([Bool], [Bool]) = ([], [])
        let voxels = (0..<geometry.size.count).map { index -> Float in
            let (x, y) = (Double(index % 120) - 60, Double(index / 120))
            let radius = (x * x + y * y).squareRoot()
            let isText = index % 120 > 110 && index / 120 % 10 < 5
            sector.append(radius < 80 && abs(x) < 0.8 * y)
            text.append(isText && !sector[index])
            if isText { return 255 }
            guard sector[index] else { return Float(index % 4) }
            return (30..<38).contains(y) ? 0 : Float(30 + (index * 7_919) % 200)
        }
        return (Volume(geometry: geometry, voxels: voxels), sector, text)
    }

    /// The picture as it comes back from a file.
    private static func read(_ picture: Volume) throws -> LoadedImage {
        let path = FileManager.default.temporaryDirectory.appending(path: "fan-\(UUID().uuidString).png").path
        try PNGWriter.write(picture, path: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try ImageReader.read(path: path)
    }

    @Test("The fan is the sector with what is dark in it, without text and noise in the black around it")
    func sector() throws {
        let (volume, sector, text) = Self.picture()
        let fan = try #require(try Self.read(volume).fanMask)
        #expect(sector.indices.allSatisfy { (fan.voxels[$0] != 0) == sector[$0] })
        #expect(text.indices.allSatisfy { !text[$0] || fan.voxels[$0] == 0 })
    }

    @Test("A black picture has no fan, and a bright one is all image")
    func extremes() throws {
        let geometry = Geometry(size: GridSize(9, 7, 1), spacing: Vector3(1, 1, 1))
        for (grey, count) in [(Float(0), nil), (200, 63)] as [(Float, Int?)] {
            let picture = Volume(geometry: geometry, voxels: [Float](repeating: grey, count: 63))
            #expect(try Self.read(picture).fanMask?.voxelCount == count)
        }
    }
}
