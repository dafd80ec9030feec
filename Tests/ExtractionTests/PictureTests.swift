import Extraction
import Foundation
import Imaging
import TestKit
import Testing

/// Pictures of one slice, for which nobody chose settings.
struct PictureTests {
    /// A picture with a disc on it, as files.
    static func withPicture<Result>(_ body: (CaseSource) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "picture-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let geometry = Geometry(size: GridSize(48, 40, 1), spacing: Vector3(0.5, 0.5, 1))
        var state: UInt64 = 3
        let image = Volume(
            geometry: geometry,
            voxels: (0..<geometry.size.count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(state >> 57)
            })
        let disc = Mask(
            geometry: geometry,
            voxels: (0..<geometry.size.count).map { index in
                let (x, y) = (index % 48 - 24, index / 48 - 20)
                return x * x + y * y < 100 ? 1 : 0
            })
        let (picture, mask) = (folder.appending(path: "i.nii").path, folder.appending(path: "m.nii").path)
        try NIfTIWriter.write(image, path: picture)
        try NIfTIWriter.write(disc, path: mask)
        return try body(CaseSource(image: picture, mask: mask))
    }

    @Test("A picture has the planar settings where nobody chose others, and its provenance says so")
    func follows() throws {
        try Self.withPicture { source in
            let regions: [RegionRequest] = [.intratumoral, .ring(from: 0, to: 3)]
            let plain = CaseExtraction(.ibsi(ProcessingSettings()), regions: regions, wantsDiagnostics: false)
            #expect(throws: CaseFailure.self) { try plain.reports(source) }
            let following = try CaseExtraction(
                .ibsi(ProcessingSettings()), regions: regions, wantsDiagnostics: false, followsImage: true
            ).reports(source)
            let stated = try CaseExtraction(
                .ibsi(try ProcessingSettings(yaml: "planar: true", file: "s.yaml")), regions: regions,
                wantsDiagnostics: false
            ).reports(source)
            #expect(following == stated)
            #expect(following.count == 2)
        }
    }

    @Test("A ring of an ultrasound picture takes neither black nor text, and a mask outside of the image is told")
    func fan() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fan-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let size = GridSize(60, 50, 1)
        let geometry = Geometry(size: size, spacing: Vector3(0.5, 0.5, 1))
        // Image in columns 10 to 39, black beside it, and in it some letters.
        let picture = Volume(
            geometry: geometry,
            voxels: (0..<size.count).map { index in
                let (x, y) = (index % 60, index / 60)
                if (10..<40).contains(x) { return Float(60 + index % 31) }
                return (44..<48).contains(x) && y % 10 < 4 ? 255 : 0
            })
        func disc(_ x: Int) -> Volume {
            Volume(
                geometry: geometry,
                voxels: (0..<size.count).map { index in
                    let (dx, dy) = (index % 60 - x, index / 60 - 25)
                    return dx * dx + dy * dy < 36 ? 1 : 0
                })
        }
        let image = folder.appending(path: "us.png").path
        try PNGWriter.write(picture, path: image)
        func reports(_ x: Int) throws -> [CaseReport] {
            let mask = folder.appending(path: "m\(x).png").path
            try PNGWriter.write(disc(x), window: 0...1, path: mask)
            return try CaseExtraction(
                .ibsi(ProcessingSettings()), regions: [.intratumoral, .ring(from: 0, to: 5)], wantsDiagnostics: false,
                followsImage: true
            ).reports(CaseSource(image: image, mask: mask, spacingMM: 0.5))
        }
        func value(_ column: String, _ report: CaseReport) -> Double? {
            report.features.first { $0.column == column }?.value
        }
        let inside = try reports(33)
        #expect(inside.allSatisfy { $0.warnings.allSatisfy { $0.code != "outside_fan" } })
        #expect(value("statistics_minimum", inside[1]) ?? 0 >= 60)
        #expect(value("statistics_maximum", inside[1]) ?? 255 <= 90)
        #expect(try reports(38).allSatisfy { $0.warnings.contains { $0.code == "outside_fan" } })
    }

    @Test("A filter follows, too")
    func filter() throws {
        try Self.withPicture { source in
            let step = try FilterStep("log:sigma=1", planar: false)
            let reports = try CaseExtraction(
                .ibsi(ProcessingSettings(filter: step)), regions: [.intratumoral], wantsDiagnostics: false,
                followsImage: true
            ).reports(source)
            #expect(reports[0].features.contains { $0.column.hasPrefix("glcm") && $0.value != nil })
        }
    }
}
