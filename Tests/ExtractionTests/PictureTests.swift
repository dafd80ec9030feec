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
