import Foundation
import Imaging
import Testing

@Suite("NRRD") struct NRRDTests {
    @Test("An image written and read again is the same")
    func roundTrip() throws {
        let volume = TestData.noise(TestData.obliqueGeometry)
        let again = try TestData.withFile("image.nrrd") { path in
            try NRRDWriter.write(volume, path: path)
            return try ImageReader.read(path: path).volume
        }
        #expect(again.voxels == volume.voxels)
        #expect(again.geometry.differences(from: volume.geometry, toleranceMM: 1e-9).isEmpty)
    }

    @Test("A picture without spacing stays without spacing")
    func unknownSpacing() throws {
        let geometry = Geometry(size: GridSize(4, 3, 1), spacing: Vector3(1, 1, 1), spacingKnown: false)
        let mask = Mask(geometry: geometry, voxels: (0..<12).map { UInt8($0 % 2) })
        let again = try TestData.withFile("mask.nrrd") { path in
            try NRRDWriter.write(mask, path: path)
            return try MaskReader.read(path: path)
        }
        #expect(again == mask)
    }

    private let header = """
        NRRD0005
        # comment
        type: short
        dimension: 3
        space: right-anterior-superior
        sizes: 2 1 2
        space directions: (0.5,0,0) (0,-2,0) (0,0,3)
        kinds: domain domain domain
        endian: big
        encoding: raw
        space origin: (1,2,3)
        name:=value


        """

    private let voxels: [UInt8] = [0, 1, 0xFF, 0xFF, 1, 0, 0, 2]

    @Test("Big-endian raw voxels and RAS coordinates are read")
    func raw() throws {
        let volume = try ImageReader.read(bytes: Array(header.utf8) + voxels, name: "a.nrrd").volume
        #expect(volume.voxels == [1, -1, 256, 2])
        #expect(volume.geometry.spacing == Vector3(0.5, 2, 3))
        #expect(volume.geometry.origin == Vector3(-1, -2, 3))
        #expect(volume.geometry.direction == [Vector3(-1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)])
    }

    @Test(
        "Fields that cannot be honoured are refused by name",
        arguments: [
            ("encoding: raw", "encoding: ascii", "encoding"), ("endian: big", "endian: middle", "endian"),
            ("type: short", "type: block", "type"), ("sizes: 2 1 2", "sizes: 2 -1 2", "sizes"),
            ("sizes: 2 1 2", "sizes: 99999 99999 99999", "sizes"), ("dimension: 3", "dimension: 4", "dimension"),
            ("(0.5,0,0)", "(nan,0,0)", "space directions"), ("(0.5,0,0)", "(0.5,0.4,0)", "space directions"),
            ("(0.5,0,0)", "none", "space directions"), ("(1,2,3)", "(1,2)", "space origin"),
            ("right-anterior-superior", "scanner-xyz", "space"), ("name:=value", "data file: b.raw", "data file"),
            ("name:=value", "byte skip: 16", "byte skip"), ("sizes: 2 1 2", "sizes: 20 10 20", "voxels"),
        ])
    func refusals(original: String, replacement: String, field: String) throws {
        let text = header.replacing(original, with: replacement)
        let error = #expect(throws: ImagingError.self) {
            try ImageReader.read(bytes: Array(text.utf8) + voxels, name: "a.nrrd")
        }
        #expect(try #require(error).description.contains(field))
    }

    @Test(
        "The PyRadiomics cases are read and their masks lie on the same grid",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"),
        arguments: [("brain1", 4_137), ("brain2", 453), ("breast1", 143), ("lung1", 837), ("lung2", 24_644)])
    func cases(name: String, voxels: Int) throws {
        let image = try ImageReader.read(path: TestData.image("pyradiomics/\(name)_image.nrrd")).volume
        let mask = try MaskReader.read(path: TestData.image("pyradiomics/\(name)_label.nrrd"), label: 1)
        try mask.check(against: image)
        #expect(mask.voxelCount == voxels)
    }
}
