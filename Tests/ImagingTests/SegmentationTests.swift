import Foundation
import Imaging
import Testing

@Suite("DICOM segmentation") struct SegmentationTests {
    /// 5 x 3 pixels: 15 bits a frame, so that frames begin within bytes.
    private static let geometry = Geometry(
        size: GridSize(5, 3, 4), spacing: Vector3(0.75, 1.25, 3.5), origin: Vector3(-10, 20, -7))

    private static let image = Volume(geometry: geometry, voxels: [Float](repeating: 0, count: 60))

    private static func position(_ slice: Int) -> Vector3 { Vector3(-10, 20, -7 + 3.5 * Double(slice)) }

    private static func read(
        _ bytes: [UInt8], on image: Volume = image, label: Int? = nil, name: String? = nil
    ) throws -> Mask {
        try TestData.withFile("mask.dcm") { path in
            try Data(bytes).write(to: URL(filePath: path))
            return try MaskReader.read(path: path, image: image, label: label, name: name).mask
        }
    }

    private static func binary(_ frames: [TestDICOM.Frame], axes: [Vector3]? = nil) -> [UInt8] {
        TestDICOM.segmentation(
            "BINARY", columns: 5, rows: 3, bits: 1, spacing: geometry.spacing,
            axes: axes ?? [Vector3(1, 0, 0), Vector3(0, 1, 0)], segments: [(1, "tumour"), (2, "organ")], frames: frames)
    }

    @Test("Bits run through frames without padding; segments may overlap, come in any order and lack slices")
    func binary() throws {
        var generator = SplitMix64(state: 5)
        let places = [(2, 3), (1, 0), (1, 2), (2, 0), (1, 1), (2, 2)]
        var frames: [TestDICOM.Frame] = []
        var expected = [1: [UInt8](repeating: 0, count: 60), 2: [UInt8](repeating: 0, count: 60)]
        for (segment, slice) in places {
            let values = (0..<15).map { _ in Int(generator.next() % 2) }
            frames.append((segment, Self.position(slice), values))
            expected[segment]?.replaceSubrange((15 * slice)..<(15 * slice + 15), with: values.map(UInt8.init))
        }
        let file = Self.binary(frames)
        for segment in 1...2 {
            let mask = try Self.read(file, label: segment)
            #expect(mask.voxels == expected[segment] && mask.geometry == Self.geometry)
        }
        #expect(try Self.read(file, name: "organ").voxels == expected[2])
    }

    @Test("One of several segments must be chosen, and the error lists them")
    func choice() throws {
        let file = Self.binary([(1, Self.position(0), [Int](repeating: 1, count: 15))])
        let available = [MaskRegion(number: 1, name: "tumour"), MaskRegion(number: 2, name: "organ")]
        for (label, name) in [(nil, nil), (3, nil), (nil, "Organ"), (1, "organ")] as [(Int?, String?)] {
            let error = #expect(throws: ImagingError.self) { try Self.read(file, label: label, name: name) }
            #expect(error == .regionNotChosen(file: "mask.dcm", available: available))
            #expect(try #require(error).description.contains("1 (tumour), 2 (organ)"))
        }
        #expect(throws: ImagingError.emptyMask(label: 2, present: [1])) { try Self.read(file, label: 2) }
    }

    @Test("A fractional value counts from half of the maximum on", arguments: [(255, 128), (100, 50), (1, 1)])
    func fractional(maximum: Int, least: Int) throws {
        let values = (0..<15).map { $0 % 3 == 0 ? least : $0 % 3 == 1 ? least - 1 : maximum }
        let file = TestDICOM.segmentation(
            "FRACTIONAL", columns: 5, rows: 3, bits: 8, maximum: maximum, spacing: Self.geometry.spacing,
            segments: [(7, "only")], frames: [(7, Self.position(1), values)])
        // A single segment needs no choice.
        let mask = try Self.read(file)
        #expect(Array(mask.voxels[15..<30]) == (0..<15).map { $0 % 3 == 1 ? 0 : 1 })
        #expect(mask.voxelCount == 10)
    }

    @Test("A label map gives the voxels with the number of the segment", arguments: [8, 16])
    func labelMap(bits: Int) throws {
        let high = bits == 8 ? 200 : 700
        let values = (0..<15).map { [0, 1, high][$0 % 3] }
        let file = TestDICOM.segmentation(
            "LABELMAP", columns: 5, rows: 3, bits: bits, spacing: Self.geometry.spacing,
            segments: [(1, "a"), (high, "b")],
            frames: [(0, Self.position(3), values), (0, Self.position(0), values.reversed())])
        let mask = try Self.read(file, name: "b")
        #expect(Array(mask.voxels[45...]) == values.map { $0 == high ? 1 : 0 })
        #expect(Array(mask.voxels[..<15]) == values.reversed().map { $0 == high ? 1 : 0 })
        #expect(mask.voxelCount == 10)
    }

    @Test("A frame that runs the other way and covers a part of the slice finds its voxels")
    func flippedPart() throws {
        // From the last voxel of row 2 backwards: columns 4, 3 and rows 2, 1.
        let start = Self.geometry.world(Vector3(4, 2, 2))
        let file = TestDICOM.segmentation(
            "BINARY", columns: 2, rows: 2, bits: 1, spacing: Self.geometry.spacing,
            axes: [Vector3(-1, 0, 0), Vector3(0, -1, 0)], segments: [(1, "")], frames: [(1, start, [1, 0, 0, 1])])
        let mask = try Self.read(file)
        #expect(mask.voxels.indices.filter { mask.voxels[$0] == 1 } == [30 + 5 + 3, 30 + 10 + 4])
    }

    @Test("A frame beside the slices of the image is refused with its distance; rounded decimals are not")
    func misplaced() throws {
        let full = [Int](repeating: 1, count: 15)
        let near = Vector3(-10.004, 20, -6.996)
        #expect(try Self.read(Self.binary([(1, near, full)]), label: 1).voxelCount == 15)
        for (place, amount) in [(Vector3(-10, 20, -5.5), 1.5), (Vector3(-10.02, 20, -7), 0.02)] {
            let error = #expect(throws: ImagingError.self) {
                try Self.read(Self.binary([(1, place, full)]), label: 1)
            }
            guard case .geometryMismatch(let differences) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(differences.map(\.property) == [.origin] && abs(differences[0].amount - amount) < 1e-6)
        }
        // Behind the last slice, and a millionth of the coordinates that an integer holds.
        for depth in [7.0, 3.5e6] {
            #expect(throws: ImagingError.self) {
                try Self.read(Self.binary([(1, Vector3(-10, 20, depth), full)]), label: 1)
            }
        }
        let turned = [Vector3(0.96, 0.28, 0), Vector3(-0.28, 0.96, 0)]
        #expect(throws: ImagingError.self) {
            try Self.read(Self.binary([(1, Self.position(0), full)], axes: turned), label: 1)
        }
        // One column to the right: the last column of the segment leaves the image.
        let beside = Vector3(-9.25, 20, -7)
        #expect(throws: ImagingError.self) { try Self.read(Self.binary([(1, beside, full)]), label: 1) }
        let without = (0..<15).map { $0 % 5 == 4 ? 0 : 1 }
        #expect(try Self.read(Self.binary([(1, beside, without)]), label: 1).voxelCount == 12)
    }

    @Test("A frame without a place fits a picture of its size, and nothing else")
    func unplaced() throws {
        let file = Self.binary([(1, nil, [Int](repeating: 1, count: 15))])
        let picture = Volume(
            geometry: Geometry(size: GridSize(5, 3, 1), spacing: Vector3(1, 1, 1), spacingKnown: false),
            voxels: [Float](repeating: 0, count: 15))
        #expect(try Self.read(file, on: picture, label: 1).voxelCount == 15)
        #expect(throws: ImagingError.self) { try Self.read(file, label: 1) }
        let placed = Self.binary([(1, Self.position(0), [Int](repeating: 1, count: 15))])
        let error = #expect(throws: ImagingError.self) { try Self.read(placed, on: picture, label: 1) }
        #expect(error == .spacingUnknown(operation: "Placing the frames of mask.dcm"))
    }

    @Test("More frames than the limit are refused with the limit")
    func limit() throws {
        let frames = [TestDICOM.Frame](repeating: (1, nil, [1]), count: Limits.segmentationFrames + 1)
        let file = TestDICOM.segmentation(
            "BINARY", columns: 1, rows: 1, bits: 1, spacing: Self.geometry.spacing, segments: [(1, "")], frames: frames)
        #expect(
            throws: ImagingError.tooLarge(file: "mask.dcm", field: "NumberOfFrames", limit: Limits.segmentationFrames)
        ) { try Self.read(file) }
    }

    /// Voxels of each frame by pydicom 3.0.2 (`pixel_array`), on the grid that the frames span.
    private static let samples: [(file: String, label: Int, origin: Vector3, geometry: Geometry, counts: [Int: Int])] =
        {
            let small = Vector3(0.488281, 0.488281, 1.25)
            func grid(_ size: GridSize, _ spacing: Vector3, _ origin: Vector3) -> Geometry {
                Geometry(size: size, spacing: spacing, origin: origin)
            }
            let (near, far) = (Vector3(-125, -128.100006, 103.019997), Vector3(-125, -128.100006, -99.480003))
            let three = grid(GridSize(16, 16, 3), small, near)
            let many = grid(GridSize(16, 16, 165), small, far)
            let liver = grid(GridSize(512, 512, 3), Vector3(0.810547, 0.810547, 1), Vector3(-235.2, -226.8, -128.69))
            return [
                ("highdicom/seg_image_ct_binary.dcm", 1, near, three, [0: 127, 1: 256, 2: 255]),
                ("highdicom/seg_image_ct_binary_overlap.dcm", 1, far, many, [0: 16, 162: 16, 163: 16, 164: 16]),
                ("highdicom/seg_image_ct_binary_overlap.dcm", 2, far, many, [0: 4, 162: 4, 163: 4, 164: 4]),
                // 2 x value >= 255: 128 counts, 64 does not.
                ("highdicom/seg_image_ct_true_fractional.dcm", 1, near, three, [0: 127, 1: 256, 2: 255]),
                ("pydicom_data/liver.dcm", 1, liver.origin, liver, [0: 36_233, 1: 35_645, 2: 35_220]),
            ]
        }()

    @Test(
        "Files of highdicom and of a segmentation tool give the voxels that pydicom finds",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"), arguments: samples.indices)
    func foreignFiles(index: Int) throws {
        let sample = Self.samples[index]
        let image = Volume(
            geometry: sample.geometry, voxels: [Float](repeating: 0, count: sample.geometry.size.count))
        let mask = try MaskReader.read(
            path: TestData.image("dicom/" + sample.file), image: image, label: sample.label
        ).mask
        let count = sample.geometry.size.x * sample.geometry.size.y
        for slice in 0..<sample.geometry.size.z {
            let found = mask.voxels[(slice * count)..<((slice + 1) * count)].reduce(0) { $0 + Int($1) }
            #expect(found == sample.counts[slice, default: 0], "slice \(slice)")
        }
    }

    @Test(
        "A segmentation lies on the CT image that it was made from",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func onItsImage() throws {
        let image = try ImageReader.read(path: TestData.image("dicom/highdicom/ct_image.dcm"))
        let path = TestData.image("dicom/highdicom/seg_image_ct_binary_single_frame.dcm")
        // 1832 by pydicom 3.0.2.
        #expect(try MaskReader.read(path: path, image: image.volume).mask.voxelCount == 1_832)
        let other = TestData.image("dicom/highdicom/seg_image_ct_binary.dcm")
        #expect(throws: ImagingError.self) { try MaskReader.read(path: other, image: image.volume) }
        // Without its image it is no mask yet.
        #expect(throws: ImagingError.self) { try MaskReader.read(path: path) }
    }
}
