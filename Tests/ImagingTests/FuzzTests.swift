import Foundation
import Imaging
import Testing

@Suite("Damaged files") struct FuzzTests {
    /// Sound files of every format, made here.
    private static func sources() throws -> [(name: String, bytes: [UInt8])] {
        let volume = TestData.noise(TestData.obliqueGeometry)
        let picture = Volume(
            geometry: Geometry(size: GridSize(20, 10, 1), spacing: Vector3(0.2, 0.2, 1)),
            voxels: (0..<200).map { Float($0) })
        func made(_ name: String, _ write: (String) throws -> Void) throws -> (name: String, bytes: [UInt8]) {
            try TestData.withFile(name) { path in
                try write(path)
                return (name, try bytes(of: path))
            }
        }
        return [
            try made("a.nii") { try NIfTIWriter.write(volume, path: $0) },
            try made("a.nii.gz") { try NIfTIWriter.write(volume, path: $0) },
            try made("a.nrrd") { try NRRDWriter.write(volume, path: $0) },
            try made("a.png") { try PNGWriter.write(picture, path: $0) },
            try made("a.dcm") {
                try UltrasoundWriter.write(picture, acquisition: UltrasoundAcquisition(), patientID: "1", path: $0)
            },
        ]
    }

    private static func attempt(_ name: String, _ bytes: [UInt8]) throws -> Bool {
        do {
            let image: LoadedImage
            if name.hasSuffix(".dcm") {
                image = try TestData.withFile(name) { path in
                    try Data(bytes).write(to: URL(filePath: path))
                    return try ImageReader.read(path: path)
                }
            } else {
                image = try ImageReader.read(bytes: bytes, name: name)
            }
            #expect(image.volume.voxels.count == image.volume.geometry.size.count)
            return true
        } catch let error as ImagingError {
            #expect(!error.description.isEmpty)
            return false
        }
    }

    @Test("A file cut short anywhere is refused with a typed error")
    func truncation() throws {
        var generator = SplitMix64(state: 3)
        for (name, bytes) in try Self.sources() {
            // The last bytes of a compressed stream are a check sum behind the voxels.
            let needed = name.hasSuffix("gz") || name.hasSuffix("nrrd") ? bytes.count - 8 : bytes.count
            for _ in 0..<(name.hasSuffix("dcm") ? 100 : 400) {
                let length = Int.random(in: 0..<needed - 8, using: &generator)
                #expect(try !Self.attempt(name, Array(bytes.prefix(length))), "\(name) cut to \(length)")
            }
        }
    }

    @Test("A file with changed bytes gives an image or a typed error", arguments: [UInt64(1), 2, 3])
    func corruption(seed: UInt64) throws {
        var generator = SplitMix64(state: seed)
        for (name, bytes) in try Self.sources() {
            var refused = 0
            for _ in 0..<(name.hasSuffix("dcm") ? 200 : 1_500) {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    // Half of the changes hit the header.
                    let end = Bool.random(using: &generator) ? min(bytes.count, 400) : bytes.count
                    damaged[Int.random(in: 0..<end, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
                refused += try Self.attempt(name, damaged) ? 0 : 1
            }
            #expect(refused > 0, "\(name)")
        }
    }

    @Test("Bytes without meaning are refused")
    func noise() throws {
        var generator = SplitMix64(state: 4)
        for length in [0, 1, 2, 8, 100, 348, 540, 2_000] {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try !Self.attempt("noise", bytes))
        }
    }
}
