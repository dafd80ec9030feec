import Foundation
import Imaging
import Testing

@Suite("DICOM") struct DICOMTests {
    private static let picture = Volume(
        geometry: Geometry(size: GridSize(40, 30, 1), spacing: Vector3(0.2, 0.25, 1)),
        voxels: (0..<1_200).map { Float($0 % 256) })

    private static let acquisition: UltrasoundAcquisition = {
        var acquisition = UltrasoundAcquisition()
        acquisition.manufacturer = "Phantom"
        acquisition.model = "P1"
        acquisition.transducerType = "CURVED LINEAR"
        acquisition.frequencyKHz = 3_500
        acquisition.depthMM = 150
        acquisition.gainDB = 12.5
        acquisition.dynamicRangeDB = 60
        return acquisition
    }()

    @Test("An ultrasound picture written and read again keeps pixels, spacing and acquisition, and no identity")
    func ultrasoundRoundTrip() throws {
        let image = try TestData.withFile("picture.dcm") { path in
            try UltrasoundWriter.write(
                Self.picture, acquisition: Self.acquisition, patientID: "CASE-SECRET", path: path)
            return try ImageReader.read(path: path)
        }
        #expect(image.volume.voxels == Self.picture.voxels)
        #expect(image.volume.geometry.differences(from: Self.picture.geometry, toleranceMM: 1e-9).isEmpty)
        // All but dark corners.
        #expect((1_180...1_200).contains(image.fanMask?.voxelCount ?? 0))
        #expect(
            image.tags == [
                "Modality": "US", "Manufacturer": "Phantom", "ManufacturerModelName": "P1",
                "TransducerType": "CURVED LINEAR", "TransducerFrequency": "3500", "DepthOfScanField": "150",
                "TotalGain": "12.5", "DynamicRange": "60", "ImageType": "DERIVED\\SECONDARY",
                "PhotometricInterpretation": "MONOCHROME2",
            ])
    }

    @Test("A picture without spacing is written without calibration")
    func uncalibrated() throws {
        let geometry = Geometry(size: GridSize(40, 30, 1), spacing: Vector3(1, 1, 1), spacingKnown: false)
        let image = try TestData.withFile("picture.dcm") { path in
            try UltrasoundWriter.write(
                Volume(geometry: geometry, voxels: Self.picture.voxels), acquisition: Self.acquisition, patientID: "1",
                path: path)
            return try ImageReader.read(path: path)
        }
        #expect(!image.spacingKnown)
    }

    @Test("Equal content gives equal files, so that a study can be made again")
    func deterministic() throws {
        let files = try (0..<2).map { _ in
            try TestData.withFile("picture.dcm") { path in
                try UltrasoundWriter.write(Self.picture, acquisition: Self.acquisition, patientID: "1", path: path)
                return try bytes(of: path)
            }
        }
        #expect(files[0] == files[1])
    }

    @Test("A pseudonym that DICOM cannot hold is refused")
    func patientID() {
        #expect(throws: ImagingError.self) {
            try UltrasoundWriter.write(
                Self.picture, acquisition: Self.acquisition, patientID: "a\\b", path: "unused.dcm")
        }
    }

    /// Means of the pixels by pydicom 3.0.2 with pylibjpeg (`pixel_array`, `apply_modality_lut`, `apply_color_lut`).
    private static let means: [(path: String, mean: Double, tolerance: Double)] = [
        ("pydicom/CT_small.dcm", 904.9261474609375 - 1_024, 1e-6),
        ("pydicom/MR_small.dcm", 518.88134765625, 1e-6),
        ("pydicom/MR_small_RLE.dcm", 518.88134765625, 1e-6),
        ("pydicom/MR_small_bigendian.dcm", 518.88134765625, 1e-6),
        ("pydicom/MR_small_jpeg_ls_lossless.dcm", 518.88134765625, 1e-6),
        ("pydicom/JPEG2000.dcm", 13.458160400390625, 1e-6),
        // Another JPEG decoder: rounding of the chroma.
        ("pydicom/examples_ybr_color.dcm", 9.499947916666667, 0.05),
        ("pydicom_data/US1_J2KR.dcm", 35.598889973958336, 1e-6),
        ("pydicom_data/US1_J2KI.dcm", 35.718707682291665, 1e-6),
        ("pydicom_data/JPGLosslessP14SV1_1s_1f_8b.dcm", 17.25782648722331, 1e-6),
        ("pydicom_data/gdcm-US-ALOKA-16.dcm", 29.438024088541667, 1e-6),
        ("pydicom_data/eCT_Supplemental.dcm", 380.0380859375 - 1_024, 1e-6),
    ]

    @Test(
        "Every transfer syntax decodes to the values that pydicom finds",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"), arguments: means)
    func transferSyntaxes(path: String, mean: Double, tolerance: Double) throws {
        let clip = path.contains("ybr_color")
        let image = try ImageReader.read(path: TestData.image("dicom/" + path), frame: clip ? 1 : nil)
        let voxels = image.volume.voxels
        let found = voxels.reduce(0.0) { $0 + Double($1) } / Double(voxels.count)
        #expect(abs(found - mean) <= tolerance, "\(found)")
    }

    @Test(
        "The regions of an ultrasound file give spacing and fan",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func calibration() throws {
        let image = try ImageReader.read(path: TestData.image("dicom/pydicom_data/gdcm-US-ALOKA-16.dcm"))
        #expect(abs(image.volume.geometry.spacing.x - 0.3826530650258064) < 1e-12)
        // A split screen: columns 32...335 and 336...639, rows 24...415. Image is what is bright in it, without the text.
        let fan = try #require(image.fanMask)
        let places = fan.voxels.indices.filter { fan.voxels[$0] != 0 }.map { ($0 % 640, $0 / 640) }
        #expect(places.allSatisfy { (32...639).contains($0.0) && (24...415).contains($0.1) })
        #expect(places.contains { $0.0 < 336 } && places.contains { $0.0 >= 336 })
        let bright = fan.voxels.indices.count { fan.voxels[$0] != 0 && image.volume.voxels[$0] > 8 }
        #expect(bright * 2 > fan.voxelCount && fan.voxelCount < 2 * 304 * 392)
        #expect(image.tags["TransducerFrequency"] == "5000")
        #expect(image.tags["DepthOfScanField"] == "150")
        #expect(image.tags["Manufacturer"] == "ALOKA CO., LTD.")
    }

    @Test("A clip needs the choice of a frame", .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func clip() throws {
        let path = TestData.image("dicom/pydicom/examples_ybr_color.dcm")
        let error = #expect(throws: ImagingError.self) { try ImageReader.read(path: path) }
        #expect(try #require(error).description.contains("30 frames"))
        #expect(throws: ImagingError.self) { try ImageReader.read(path: path, frame: 31) }
        let frames = try [1, 30].map { try ImageReader.read(path: path, frame: $0).volume }
        #expect(frames[0] != frames[1])
    }

    @Test(
        "A series folder gives the volume that its NIfTI copy holds",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"),
        arguments: [
            ("images/dicom/sts_019_mr_t1/image", "images/sts/STS_019/MR_T1_image.nii.gz"),
            ("images/dicom/ibsi_ct_phantom/image", "ibsi/ct_phantom/image.nii.gz"),
        ])
    func series(folder: String, copy: String) throws {
        let image = try ImageReader.read(path: TestData.shared.appending(path: "data/" + folder).path)
        let truth = try ImageReader.read(path: TestData.shared.appending(path: "data/" + copy).path)
        #expect(image.volume.geometry.differences(from: truth.volume.geometry).isEmpty)
        let largest = zip(image.volume.voxels, truth.volume.voxels).map { abs($0 - $1) }.max()
        #expect(largest == 0)
        #expect(image.tags["SliceThickness"] != nil)
    }

    @Test("No identifying attribute is among the tags", .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func privacy() throws {
        let allowed = try ImageReader.read(path: TestData.image("dicom/pydicom/CT_small.dcm")).tags
        #expect(allowed["KVP"] == "120")
        for (keyword, value) in allowed {
            for word in ["Patient", "UID", "Date", "Time", "Name", "Institution", "Station", "Physician", "Serial"]
            where keyword != "ManufacturerModelName" && keyword != "ExposureTime" {
                #expect(!keyword.contains(word), "\(keyword)")
            }
            #expect(!value.contains("CompressedSamples"), "the name of the patient of this file")
        }
    }

    @Test(
        "What is no image is refused with a reason", .enabled(if: TestData.isPresent, "\(TestData.absence)"),
        arguments: [
            ("highdicom/seg_image_ct_binary.dcm", "segmentation"),
            ("pydicom_data/emri_small.dcm", "ImageOrientationPatient"),
            ("pydicom", "several series"), ("pydicom/missing.dcm", "missing.dcm"),
        ])
    func refusals(path: String, reason: String) throws {
        let error = #expect(throws: ImagingError.self) { try ImageReader.read(path: TestData.image("dicom/" + path)) }
        #expect(try #require(error).description.contains(reason))
    }

    @Test("A series with a missing slice is refused", .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func missingSlice() throws {
        let source = TestData.image("dicom/sts_019_mr_t1/image")
        let names = try FileManager.default.contentsOfDirectory(atPath: source).sorted()
        try TestData.withFile("series") { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in names where name != names[20] {
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/" + name, withDestinationPath: source + "/" + name)
            }
            let error = #expect(throws: ImagingError.self) { try ImageReader.read(path: folder) }
            #expect(try #require(error).description.contains("add the missing slices"))
        }
    }
}
