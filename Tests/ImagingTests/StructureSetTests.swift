import Foundation
import Imaging
import Testing

@Suite("DICOM structure set") struct StructureSetTests {
    private static let geometry = Geometry(
        size: GridSize(20, 16, 9), spacing: Vector3(0.5, 2, 3), origin: Vector3(-10, 20, -7),
        direction: [Vector3(0.8, 0.6, 0), Vector3(-0.6, 0.8, 0), Vector3(0, 0, 1)])

    private static let image = Volume(
        geometry: geometry, voxels: [Float](repeating: 0, count: geometry.size.count))

    /// A rectangle with corners in voxel indices, between the borders of pixels.
    private static func rectangle(
        _ region: Int, x: ClosedRange<Int> = 3...7, y: ClosedRange<Int> = 2...5, depth: Double,
        type: String = "CLOSED_PLANAR"
    ) -> TestDICOM.Contour {
        let (left, right) = (Double(x.lowerBound) - 0.5, Double(x.upperBound) + 0.5)
        let (top, bottom) = (Double(y.lowerBound) - 0.5, Double(y.upperBound) + 0.5)
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return (region, type, corners.map { geometry.world(Vector3($0.0, $0.1, depth)) })
    }

    private static func read(
        _ bytes: [UInt8], label: Int? = nil, name: String? = nil, fill: PolygonFill = .centres
    ) throws -> LoadedMask {
        try TestData.withFile("mask.dcm") { path in
            try Data(bytes).write(to: URL(filePath: path))
            return try MaskReader.read(path: path, image: image, label: label, name: name, fill: fill)
        }
    }

    private static let regions = [(1, "GTV"), (2, "Bl\u{e4}schen"), (5, "marker")]

    @Test(
        "Contours fill the voxels of their nearest slices, on an oblique grid too",
        arguments: PolygonFill.allCases, [false, true])
    func rectangles(fill: PolygonFill, unknown: Bool) throws {
        let contours = [
            Self.rectangle(1, depth: 3.3), Self.rectangle(1, depth: 4), Self.rectangle(1, depth: 4.6),
            Self.rectangle(1, x: 5...6, y: 3...3, depth: 4), Self.rectangle(2, x: 0...19, y: 0...15, depth: 4),
        ]
        let file = TestDICOM.structures(Self.regions, contours: contours, unknown: unknown)
        let loaded = try Self.read(file, label: 1, fill: fill)
        #expect(loaded.warnings.isEmpty && loaded.mask.geometry == Self.geometry)
        let size = Self.geometry.size
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x {
                    let hole = z == 4 && (5...6).contains(x) && y == 3
                    let inside = (3...5).contains(z) && (3...7).contains(x) && (2...5).contains(y) && !hole
                    #expect(loaded.mask.voxels[(z * size.y + y) * size.x + x] == (inside ? 1 : 0), "\(x) \(y) \(z)")
                }
            }
        }
        #expect(try Self.read(file, label: 2, fill: fill).mask.voxelCount == 20 * 16)
    }

    @Test("One of several regions must be chosen, by number or by name")
    func choice() throws {
        let file = TestDICOM.structures([(1, "GTV"), (2, "liver")], contours: [Self.rectangle(1, depth: 2)])
        #expect(try Self.read(file, name: "GTV").mask.voxelCount == 20)
        let error = #expect(throws: ImagingError.self) { try Self.read(file) }
        #expect(try #require(error).description.contains("1 (GTV), 2 (liver)"))
        #expect(throws: ImagingError.emptyMask(label: 2, present: [1])) { try Self.read(file, name: "liver") }
    }

    @Test("Slices between contours stay empty and are told")
    func everySecondSlice() throws {
        let contours = [1.0, 3, 5].map { Self.rectangle(1, depth: $0) }
        let loaded = try Self.read(TestDICOM.structures([(1, "GTV")], contours: contours))
        #expect(loaded.warnings == [.slicesWithoutContour([2, 4])])
        #expect(loaded.mask.voxelCount == 3 * 20)
    }

    @Test(
        "Contours that enclose nothing are refused by their type",
        arguments: ["POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"])
    func types(type: String) throws {
        let file = TestDICOM.structures(
            Self.regions, contours: [Self.rectangle(5, depth: 1, type: type), Self.rectangle(1, depth: 1)])
        let error = #expect(throws: ImagingError.self) { try Self.read(file, label: 5) }
        #expect(try #require(error).description.contains(type))
        // The other regions of the file are read all the same.
        #expect(try Self.read(file, label: 1).mask.voxelCount == 20)
    }

    @Test("Contours that are not on the slices of the image are refused")
    func misplaced() throws {
        var tilted = Self.rectangle(1, depth: 3)
        for corner in 0..<2 { tilted.points[corner].z += 3 }
        let cases: [[TestDICOM.Contour]] = [
            [Self.rectangle(1, depth: -0.6)], [Self.rectangle(1, depth: 8.6)], [tilted],
            [Self.rectangle(1, x: 3...21, depth: 3)],
            // Two planes in one slice would cut each other out.
            [Self.rectangle(1, depth: 3), Self.rectangle(1, depth: 3.4)],
        ]
        for contours in cases {
            #expect(throws: ImagingError.self) { try Self.read(TestDICOM.structures([(1, "GTV")], contours: contours)) }
        }
        #expect(
            try Self.read(TestDICOM.structures([(1, "GTV")], contours: [Self.rectangle(1, depth: 8.45)])).mask
                .voxelCount
                == 20)
    }

    @Test("A name is refused where there are none, and an image without spacing has no place for contours")
    func parameters() throws {
        let file = TestDICOM.structures([(1, "GTV")], contours: [Self.rectangle(1, depth: 3)])
        let picture = Volume(
            geometry: Geometry(size: GridSize(20, 16, 1), spacing: Vector3(1, 1, 1), spacingKnown: false),
            voxels: [Float](repeating: 1, count: 320))
        try TestData.withFile("mask") { path in
            try Data(file).write(to: URL(filePath: path))
            #expect(throws: ImagingError.self) { try MaskReader.read(path: path, image: picture) }
            try PNGWriter.write(picture, path: path)
            #expect(throws: ImagingError.self) { try MaskReader.read(path: path, image: picture, name: "GTV") }
            let mask = try MaskReader.read(path: path, image: picture, label: 1)
            #expect(mask.mask.voxelCount == 320 && mask.mask.geometry == picture.geometry)
        }
    }

    @Test(
        "Real structure sets fill exactly the voxels of their published masks",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"),
        arguments: [
            ("images/dicom/ibsi_ct_phantom", "ibsi/ct_phantom/mask.nii.gz", 125_256),
            ("images/dicom/sts_019_mr_t1", "images/sts/STS_019/MR_T1_mask.nii.gz", 3_856),
        ])
    func publishedMasks(folder: String, reference: String, count: Int) throws {
        func path(_ name: String) -> String { TestData.shared.appending(path: "data/" + name).path }
        let image = try ImageReader.read(path: path(folder + "/image"))
        // A folder with one file.
        let loaded = try MaskReader.read(path: path(folder + "/mask"), image: image.volume)
        let truth = try MaskReader.read(path: path(reference), image: image.volume)
        #expect(loaded.warnings.isEmpty)
        #expect(truth.mask.voxelCount == count)
        #expect(zip(loaded.mask.voxels, truth.mask.voxels).count { $0 != $1 } == 0)
        let covered = try MaskReader.read(path: path(folder + "/mask"), image: image.volume, fill: .coverage)
        let differing = zip(covered.mask.voxels, truth.mask.voxels).count { $0 != $1 }
        #expect(differing < count / 50, "\(differing)")
    }

    @Test(
        "A foreign structure set with isocentres gives its outline and names the type that encloses nothing",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func isocentre() throws {
        // The file of pydicom is a bare data set in implicit little endian.
        let bare = try bytes(of: TestData.image("dicom/pydicom/rtstruct.dcm"))
        let file =
            TestDICOM.header(
                sopClass: "1.2.840.10008.5.1.4.1.1.481.3", transferSyntax: "1.2.840.10008.1.2") + bare
        let geometry = Geometry(
            size: GridSize(41, 31, 3), spacing: Vector3(10, 10, 10), origin: Vector3(-200, -150, -200))
        let image = Volume(geometry: geometry, voxels: [Float](repeating: 0, count: geometry.size.count))
        try TestData.withFile("mask.dcm") { path in
            try Data(file).write(to: URL(filePath: path))
            // Three rectangles of 400 x 300 mm whose corners are voxel centres, the last corner repeating the first.
            #expect(try MaskReader.read(path: path, image: image, name: "patient").mask.voxelCount == 3 * 40 * 30)
            let error = #expect(throws: ImagingError.self) { try MaskReader.read(path: path, image: image) }
            #expect(try #require(error).description.contains("1 (patient), 2 (Isocenter 1), 3 (Isocenter 2)"))
            let point = #expect(throws: ImagingError.self) { try MaskReader.read(path: path, image: image, label: 2) }
            #expect(try #require(point).description.contains("POINT"))
        }
        // Without the header it is no DICOM file.
        #expect(throws: ImagingError.self) {
            try MaskReader.read(path: TestData.image("dicom/pydicom/rtstruct.dcm"), image: image)
        }
    }
}
