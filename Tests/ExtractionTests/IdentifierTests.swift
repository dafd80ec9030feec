import Extraction
import Foundation
import Imaging
import Radiomics
import TestKit
import Testing

/// What may travel after an extraction holds nothing that names a patient, a scan or a file. Needs the shared DICOM files.
struct IdentifierTests {
    /// Acquisition attributes that may come out of the reader: device, protocol, technique and quality, nobody's identity.
    static let allowed: Set<String> = [
        "Modality", "Manufacturer", "ManufacturerModelName", "SoftwareVersions", "BodyPartExamined", "ImageType",
        "PhotometricInterpretation", "LossyImageCompression", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices",
        "KVP", "XRayTubeCurrent", "Exposure", "ExposureTime", "ConvolutionKernel", "FilterType",
        "ReconstructionDiameter", "SpiralPitchFactor", "CTDIvol", "MagneticFieldStrength", "ScanningSequence",
        "SequenceVariant", "MRAcquisitionType", "RepetitionTime", "EchoTime", "InversionTime", "FlipAngle",
        "EchoTrainLength", "PixelBandwidth", "NumberOfAverages", "Units", "DecayCorrection", "ReconstructionMethod",
        "TransducerType", "TransducerFrequency", "DepthOfScanField", "FocusDepth", "TotalGain", "DynamicRange",
        "MechanicalIndex", "SoftTissueThermalIndex", "ProcessingFunction", "PostprocessingFunction",
        "PulseRepetitionFrequency", "TransducerData", "ProtocolName", "ContrastBolusAgent", "ContrastBolusVolume",
        "BurnedInAnnotation", "PatientIdentityRemoved",
    ]

    /// Values of the elements that name somebody or something, read from the bytes of a file by tag and VR.
    ///
    /// Little-endian files with explicit VR: names, patient's and accession numbers, dates of birth, UIDs, institutions.
    static func identifiers(_ bytes: [UInt8]) -> [String] {
        let tags: [(group: UInt16, element: UInt16)] = [
            (0x0010, 0x0010), (0x0010, 0x0020), (0x0010, 0x0030), (0x0008, 0x0050), (0x0008, 0x0018), (0x0020, 0x000D),
            (0x0020, 0x000E), (0x0020, 0x0052), (0x0008, 0x0080), (0x0008, 0x0081), (0x0008, 0x0090), (0x0008, 0x1050),
            (0x0008, 0x1070), (0x0008, 0x1010), (0x0018, 0x1000), (0x0020, 0x0010),
        ]
        let representations: Set<String> = ["PN", "LO", "SH", "UI", "DA", "ST"]
        var found: [String] = []
        guard bytes.count > 8 else { return [] }
        for place in 0..<bytes.count - 8 {
            let group = UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
            let element = UInt16(bytes[place + 2]) | UInt16(bytes[place + 3]) << 8
            guard tags.contains(where: { $0.group == group && $0.element == element }) else { continue }
            guard representations.contains(String(decoding: bytes[place + 4..<place + 6], as: UTF8.self)) else {
                continue
            }
            let length = Int(bytes[place + 6]) | Int(bytes[place + 7]) << 8
            guard length > 0, place + 8 + length <= bytes.count else { continue }
            let text = String(decoding: bytes[place + 8..<place + 8 + length], as: UTF8.self)
                .trimmingCharacters(in: CharacterSet(charactersIn: "\0 "))
            // Shorter texts, such as a study number of 1, occur in any number.
            if text.count >= 4 { found.append(text) }
        }
        return found
    }

    static func files(_ folder: String) -> [String] {
        let names =
            FileManager.default.enumerator(atPath: SharedData.location(folder))?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".dcm") }.sorted().map { folder + "/" + $0 }
    }

    @Test(
        "Attributes of every DICOM file are acquisition attributes, and none holds an identifier or a UID",
        .enabled(if: SharedData.available("data/images/dicom/pydicom/CT_small.dcm"), "needs ../shared"))
    func attributes() throws {
        let uid = /[0-9]+(\.[0-9]+){4,}/
        var (read, withIdentifiers) = (0, 0)
        for file in Self.files("data/images/dicom") {
            guard let image = try? ImageReader.read(path: SharedData.location(file)) else { continue }
            read += 1
            let named = Self.identifiers(try SharedData.bytes(file))
            if !named.isEmpty { withIdentifiers += 1 }
            for (keyword, value) in image.tags {
                #expect(Self.allowed.contains(keyword), "\(keyword) of \(file)")
                #expect(value.firstMatch(of: uid) == nil, "\(keyword) of \(file)")
                // The makers' own samples give the maker as the institution.
                for text in named where image.tags["Manufacturer"]?.contains(text) != true {
                    #expect(!value.contains(text), "\(keyword) of \(file)")
                }
            }
        }
        #expect(read > 100)
        #expect(withIdentifiers > 50)
    }

    @Test(
        "Reports, their failures and their messages hold no name, number, UID or path of the files",
        .enabled(if: SharedData.available("data/images/dicom/sts_019_mr_t1/mask/RS.dcm"), "needs ../shared"))
    func reports() throws {
        let folder = "data/images/dicom/sts_019_mr_t1"
        let path = SharedData.location(folder + "/image")
        let named = Set(try Self.files(folder).flatMap { try Self.identifiers(SharedData.bytes($0)) })
        #expect(named.count > 3)
        let extraction = CaseExtraction(
            .ibsi(ProcessingSettings()), regions: [.intratumoral, .ring(from: 0, to: 5)], wantsDiagnostics: true)
        let source = CaseSource(image: path, mask: SharedData.location(folder + "/mask/RS.dcm"), name: "GTV_Mass_MR_T1")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let text = String(decoding: try encoder.encode(extraction.reports(source)), as: UTF8.self)
        #expect(text.count > 10_000)
        for secret in named { #expect(!text.contains(secret)) }
        #expect(!text.contains(SharedData.root))
        #expect(!text.contains(".dcm"))
        // A failure names the case and the reason; the folder stays at home.
        let broken = CaseSource(image: path, mask: SharedData.location(folder + "/nothing.nii"))
        let failure = #expect(throws: CaseFailure.self) { try extraction.reports(broken) }
        #expect(failure?.message.contains(SharedData.root) == false)
        for secret in named { #expect(failure?.message.contains(secret) == false) }
    }

    /// Everything that `extract` can write about the MR series with its structure set.
    static func outputs() throws -> [(name: String, text: String)] {
        let folder = "data/images/dicom/sts_019_mr_t1"
        let source = CaseSource(
            image: SharedData.location(folder + "/image"), mask: SharedData.location(folder + "/mask/RS.dcm"),
            name: "GTV_Mass_MR_T1")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        func text(_ value: some Encodable) throws -> String {
            String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let settings = ProcessingSettings(features: ExtractionSettings(spatialAutocorrelation: false))
        let disturbed = try CaseExtraction(
            .ibsi(settings), regions: [.intratumoral], wantsDiagnostics: false,
            perturbation: try Perturbation("rotate=5,grow=1,noise=1,repeats=2")
        ).reports(source)
        let lines = try disturbed.map { try text($0) }.joined(separator: "\n")
        let table = try RobustnessTable(jsonLines: [
            ("a.jsonl", lines), ("b.jsonl", lines.replacing("\"case\":\"case\"", with: "\"case\":\"d\"")),
        ])
        let peer = try CaseExtraction(
            .pyradiomics(PyRadiomicsParameters()), regions: [.intratumoral], wantsDiagnostics: false
        ).reports(source)
        let explanations = try source.explanations(
            regions: [.intratumoral], settings: settings, parameters: PyRadiomicsParameters(nearestTo: settings))
        return [
            ("JSON lines", lines), ("robustness", try text(table)), ("robustness as CSV", table.csv),
            ("PyRadiomics", try text(peer)), ("explanation", try text(explanations)),
        ]
    }

    @Test(
        "Lines, robustness, explanations and the other dialect hold no identifier either",
        .enabled(if: SharedData.available("data/images/dicom/sts_019_mr_t1/mask/RS.dcm"), "needs ../shared"))
    func allOutputs() throws {
        let folder = "data/images/dicom/sts_019_mr_t1"
        let named = Set(try Self.files(folder).flatMap { try Self.identifiers(SharedData.bytes($0)) })
        let uid = /[0-9]+(\.[0-9]+){5,}/
        for (name, text) in try Self.outputs() {
            #expect(text.count > 500, "\(name)")
            for secret in named { #expect(!text.contains(secret), "\(name)") }
            for word in [SharedData.root, ".dcm", "GTV_Mass"] { #expect(!text.contains(word), "\(name): \(word)") }
            #expect(text.firstMatch(of: uid) == nil, "\(name)")
        }
    }

    @Test(
        "A failure that travels names no file, no folder and no region, and still says why",
        .enabled(if: SharedData.available("data/images/dicom/sts_019_mr_t1/mask/RS.dcm"), "needs ../shared"))
    func failures() throws {
        let series = SharedData.location("data/images/dicom/sts_019_mr_t1")
        let folder = FileManager.default.temporaryDirectory.appending(path: "Mustermann-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let broken = folder.appending(path: "1.2.840.113619.77.dcm")
        try Data([UInt8](repeating: 0, count: 128) + Array("DICM and no more".utf8)).write(to: broken)
        let text = folder.appending(path: "Erika.nii")
        try Data("no image".utf8).write(to: text)
        let extraction = CaseExtraction(
            .ibsi(ProcessingSettings()), regions: [.intratumoral], wantsDiagnostics: false)
        let contours = series + "/mask/RS.dcm"
        for (source, word) in [
            (CaseSource(image: text.path, mask: contours), "the image"),
            (CaseSource(image: broken.path, mask: contours), "the image"),
            (CaseSource(image: folder.path, mask: contours), "a file of the image"),
            (CaseSource(image: series + "/image", mask: text.path), "the mask"),
            (CaseSource(image: series + "/image", mask: folder.path + "/gone.nii"), "the mask"),
            (CaseSource(image: series + "/image", mask: contours, name: "Leber"), "it holds several"),
            (CaseSource(image: series + "/image", mask: contours, name: "GTV_Mass_MR_T1", organ: text.path), "organ"),
        ] {
            let failure = try #require(throws: CaseFailure.self) { try extraction.reports(source) }
            let message = failure.travelling(source).message
            #expect(message.contains(word), "\(message)")
            for secret in ["Mustermann", "Erika", "1.2.840", ".dcm", ".nii", "GTV", "/"] {
                #expect(!message.contains(secret), "\(message)")
            }
            #expect(failure.travelling(source).code == failure.code)
        }
    }

    @Test("Uptake values come with measure and units, and without weight, dose, dates and names")
    func uptake() throws {
        let conversion = UptakeConversion(
            measure: .leanJames, units: "BQML", decayCorrection: "START", referenceTime: "SeriesTime")
        let keys = Mirror(reflecting: conversion).children.compactMap(\.label)
        #expect(keys == ["measure", "units", "decayCorrection", "referenceTime"])
    }

    /// A CT slice of two by two voxels, explicit VR, little endian.
    static func slice(protocolName: String) -> [UInt8] {
        func element(_ group: UInt16, _ element: UInt16, _ representation: String, _ value: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = [
                UInt8(group & 255), UInt8(group >> 8), UInt8(element & 255), UInt8(element >> 8),
            ]
            bytes += Array(representation.utf8)
            let value = value.count % 2 == 0 ? value : value + [representation == "UI" ? 0 : 32]
            let long = representation == "OW" || representation == "OB"
            let length = withUnsafeBytes(of: UInt32(value.count).littleEndian, Array.init)
            return bytes + (long ? [0, 0] + length : Array(length.prefix(2))) + value
        }
        func text(_ group: UInt16, _ number: UInt16, _ representation: String, _ value: String) -> [UInt8] {
            element(group, number, representation, Array(value.utf8))
        }
        func short(_ number: UInt16, _ value: UInt8) -> [UInt8] { element(0x0028, number, "US", [value, 0]) }
        let meta =
            element(0x0002, 0x0001, "OB", [0, 1]) + text(0x0002, 0x0002, "UI", "1.2.840.10008.5.1.4.1.1.2")
            + text(0x0002, 0x0003, "UI", "1.2.3.4.5.6") + text(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1")
        let length = withUnsafeBytes(of: UInt32(meta.count).littleEndian, Array.init)
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + element(0x0002, 0x0000, "UL", length) + meta
            + text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2") + text(0x0008, 0x0018, "UI", "1.2.3.4.5.6")
            + text(0x0008, 0x0060, "CS", "CT") + text(0x0010, 0x0010, "PN", "Mustermann^Erika")
            + text(0x0010, 0x0020, "LO", "HCC-20481") + text(0x0018, 0x0010, "LO", "Iomeron 400")
            + text(0x0018, 0x0050, "DS", "2") + text(0x0018, 0x1030, "LO", protocolName)
            + text(0x0020, 0x000D, "UI", "1.2.3.4") + text(0x0020, 0x000E, "UI", "1.2.3.4.5")
            + text(0x0020, 0x0032, "DS", "0\\0\\0") + text(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0")
            + short(0x0002, 1) + text(0x0028, 0x0004, "CS", "MONOCHROME2") + short(0x0010, 2) + short(0x0011, 2)
            + text(0x0028, 0x0030, "DS", "1\\1") + short(0x0100, 16) + short(0x0101, 16) + short(0x0102, 15)
            + short(0x0103, 0) + element(0x7FE0, 0x0010, "OW", [1, 0, 2, 0, 3, 0, 4, 0])
    }

    @Test(
        "The name of a protocol leaves the reader unless it holds a part of the patient's name or number",
        arguments: [
            ("Leber 3 Phasen", "Leber 3 Phasen"), ("Leber MUSTERMANN 3 Phasen", nil), ("hcc-20481 liver", nil),
            ("Liver, erika", nil),
        ] as [(String, String?)])
    func protocolNames(name: String, shown: String?) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).dcm")
        try Data(Self.slice(protocolName: name)).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let tags = try ImageReader.read(path: file.path).tags
        #expect(tags["ProtocolName"] == shown)
        #expect(tags["ContrastBolusAgent"] == "Iomeron 400")
        #expect(tags["SliceThickness"] == "2")
    }
}
