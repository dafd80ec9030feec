import Foundation
import Imaging
import Testing

@Suite("NIfTI") struct NIfTITests {
    @Test(
        "An image written and read again has the same voxels and lies at the same place", arguments: ["nii", "nii.gz"])
    func roundTrip(ending: String) throws {
        let volume = TestData.noise(TestData.obliqueGeometry)
        let image = try TestData.withFile("image.\(ending)") { path in
            try NIfTIWriter.write(volume, path: path)
            return try ImageReader.read(path: path)
        }
        #expect(image.volume.voxels == volume.voxels)
        #expect(image.volume.geometry.differences(from: volume.geometry, toleranceMM: 1e-4).isEmpty)
        #expect(image.spacingKnown && image.tags.isEmpty && image.fanMask == nil)
    }

    @Test("A mask written and read again has the same voxels")
    func maskRoundTrip() throws {
        let mask = TestData.sphere(radius: 4, pixel: 1, slice: 2, offset: Vector3(0, 0, 0), margin: 3)
        let again = try TestData.withFile("mask.nii.gz") { path in
            try NIfTIWriter.write(mask, path: path)
            return try MaskReader.read(path: path)
        }
        #expect(again.voxels == mask.voxels)
    }

    /// A NIfTI-1 file with three voxels in a row and slope 2, intercept -1.
    private func small(code: Int16, bigEndian: Bool, store: (inout Bytes, Int) -> Void) -> [UInt8] {
        var file = Bytes(count: 352 + 24, bigEndian: bigEndian)
        file.put(Int32(348), at: 0)
        for (index, extent) in [Int16(3), 3, 1, 1].enumerated() { file.put(extent, at: 40 + 2 * index) }
        file.put(code, at: 70)
        for index in 0..<4 { file.put(Float(index + 1), at: 76 + 4 * index) }
        file.put(Float(352), at: 108)
        file.put(Float(2), at: 112)
        file.put(Float(-1), at: 116)
        for (index, byte) in "n+1".utf8.enumerated() { file.content[344 + index] = byte }
        for index in 0..<3 { store(&file, index) }
        return file.content
    }

    @Test("Every integer and real voxel type is read in both byte orders and scaled", arguments: [false, true])
    func types(bigEndian: Bool) throws {
        let stores: [(Int16, (inout Bytes, Int) -> Void)] = [
            (2, { $0.put(UInt8(10 * $1), at: 352 + $1) }), (256, { $0.put(Int8(10 * $1), at: 352 + $1) }),
            (4, { $0.put(Int16(10 * $1), at: 352 + 2 * $1) }), (512, { $0.put(UInt16(10 * $1), at: 352 + 2 * $1) }),
            (8, { $0.put(Int32(10 * $1), at: 352 + 4 * $1) }), (768, { $0.put(UInt32(10 * $1), at: 352 + 4 * $1) }),
            (1_024, { $0.put(Int64(10 * $1), at: 352 + 8 * $1) }),
            (1_280, { $0.put(UInt64(10 * $1), at: 352 + 8 * $1) }),
            (16, { $0.put(Float(10 * $1), at: 352 + 4 * $1) }), (64, { $0.put(Double(10 * $1), at: 352 + 8 * $1) }),
        ]
        for (code, store) in stores {
            let bytes = small(code: code, bigEndian: bigEndian, store: store)
            let volume = try ImageReader.read(bytes: bytes, name: "a.nii").volume
            #expect(volume.voxels == [-1, 19, 39], "type \(code)")
            #expect(volume.geometry.spacing == Vector3(2, 3, 4))
        }
    }

    @Test("The qform of a NIfTI-2 file places the voxels, a negative pixdim[0] turning the slices")
    func qform() throws {
        var file = Bytes(count: 544 + 8)
        file.put(Int32(540), at: 0)
        for (index, byte) in "n+2".utf8.enumerated() { file.content[4 + index] = byte }
        file.put(Int16(2), at: 12)
        for (index, extent) in [Int64(3), 2, 2, 2].enumerated() { file.put(extent, at: 16 + 8 * index) }
        for (index, value) in [-1.0, 0.5, 0.6, 2].enumerated() { file.put(value, at: 104 + 8 * index) }
        file.put(Int64(544), at: 168)
        file.put(Int32(1), at: 344)
        // A quarter turn about z: b = c = 0, d = sqrt(1/2).
        file.put(0.5.squareRoot(), at: 368)
        for (index, value) in [10.0, 20, 30].enumerated() { file.put(value, at: 376 + 8 * index) }
        let geometry = try ImageReader.read(bytes: file.content, name: "a.nii").volume.geometry
        // In RAS: x to +y, y to -x, z to -z; in LPS the first two components change sign.
        let expected = [Vector3(0, -1, 0), Vector3(1, 0, 0), Vector3(0, 0, -1)]
        for axis in 0..<3 {
            let (found, wanted) = (geometry.direction[axis], expected[axis])
            #expect(abs(found.x - wanted.x) + abs(found.y - wanted.y) + abs(found.z - wanted.z) < 1e-12)
        }
        #expect(geometry.origin == Vector3(-10, -20, 30))
        #expect(geometry.spacing == Vector3(0.5, 0.6, 2))
    }

    @Test("A slope of NaN means no scaling")
    func slopeOfNaN() throws {
        var bytes = small(code: 2, bigEndian: false) { $0.put(UInt8($1), at: 352 + $1) }
        for (index, byte) in [UInt8(0), 0, 0xC0, 0x7F].enumerated() { bytes[112 + index] = byte }
        #expect(try ImageReader.read(bytes: bytes, name: "a.nii").volume.voxels == [0, 1, 2])
    }

    @Test(
        "Impossible header fields are refused by name",
        arguments: [
            ("dim[0]", 40, [UInt8(9), 0]), ("dim[1]", 42, [0, 0]), ("datatype", 70, [128, 0]),
            ("pixdim[1]", 80, [0, 0, 0xC0, 0x7F]), ("pixdim[2]", 84, [0, 0, 0, 0]),
            ("vox_offset", 108, [0, 0, 0xC0, 0x7F]),
            ("scl_slope", 112, [0, 0, 0x80, 0x7F]), ("magic", 344, [0x6E, 0x69]), ("xyzt_units", 123, [7]),
        ])
    func refusals(field: String, offset: Int, replacement: [UInt8]) throws {
        var bytes = small(code: 2, bigEndian: false) { $0.put(UInt8($1), at: 352 + $1) }
        for (index, byte) in replacement.enumerated() { bytes[offset + index] = byte }
        let error = #expect(throws: ImagingError.self) { try ImageReader.read(bytes: bytes, name: "a.nii") }
        #expect(try #require(error).description.contains(field))
        #expect(try #require(error).description.hasPrefix("a.nii"))
    }

    @Test("A header that asks for more voxels than the file can hold is refused before memory is taken")
    func forgedSize() throws {
        var bytes = small(code: 64, bigEndian: false) { $0.put(Double($1), at: 352 + 8 * $1) }
        for axis in 1...3 { (bytes[40 + 2 * axis], bytes[41 + 2 * axis]) = (0xFF, 0x7F) }
        #expect(throws: ImagingError.tooLarge(file: "a.nii", field: "number of voxels", limit: Limits.voxels)) {
            try ImageReader.read(bytes: bytes, name: "a.nii")
        }
        for axis in 1...3 { (bytes[40 + 2 * axis], bytes[41 + 2 * axis]) = (0xFF, 0) }
        #expect(
            throws: ImagingError.truncated(
                file: "a.nii", field: "voxels", expectedBytes: 352 + 255 * 255 * 255 * 8, foundBytes: bytes.count)
        ) { try ImageReader.read(bytes: bytes, name: "a.nii") }
    }

    @Test("The IBSI CT phantom has the published mean", .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func phantom() throws {
        let path = TestData.shared.appending(path: "data/ibsi/ct_phantom/image.nii.gz").path
        let volume = try ImageReader.read(path: path).volume
        #expect(volume.geometry.size == GridSize(204, 201, 60))
        let mean = volume.voxels.reduce(0.0) { $0 + Double($1) } / Double(volume.voxels.count)
        #expect(abs(mean + 266.4704) < 5e-5)
    }
}
