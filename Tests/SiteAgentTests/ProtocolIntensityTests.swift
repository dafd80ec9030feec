import Extraction
import Foundation
import Imaging
import Radiomics
import SiteAgent
import StudyProtocol
import Testing

/// `extraction.intensity` of a protocol does what the settings of an extraction without a study do.
@Suite("Intensities of a protocol")
struct ProtocolIntensityTests {
    static func study(_ modality: String, _ intensity: String) throws -> StudyProtocol {
        try StudyProtocol(
            yaml: """
                concord: 1
                study: intensities
                version: 1
                title: Intensities
                outcome: {column: mvi, event: "1"}
                sites: {training: [north]}
                imaging: {modality: \(modality)}
                regions: [{name: tumour}]
                extraction:
                  source: images
                  dimension: 3D
                  families: [statistics]
                  bin-number: 32
                  intensity: \(intensity)
                """, file: "p.yaml")
    }

    /// Image and mask of a case whose intensities are sums of hashes of the places, and the folder they lie in.
    static func makeCase() throws -> (source: CaseSource, image: Volume, folder: URL) {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let geometry = Geometry(size: GridSize(12, 11, 10), spacing: Vector3(1, 1, 1))
        var state: UInt64 = 20_261_127
        let image = Volume(
            geometry: geometry,
            voxels: (0..<geometry.size.count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(state >> 54)
            })
        var mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: geometry.size.count))
        for z in 3..<8 { for y in 3..<8 { for x in 3..<8 { mask.voxels[(z * 11 + y) * 12 + x] = 1 } } }
        let (imagePath, maskPath) = (folder.appending(path: "i.nii").path, folder.appending(path: "m.nii").path)
        try NIfTIWriter.write(image, path: imagePath)
        try NIfTIWriter.write(mask, path: maskPath)
        return (CaseSource(image: imagePath, mask: maskPath), image, folder)
    }

    static func mean(_ study: StudyProtocol, _ source: CaseSource) throws -> Double {
        let report = try CaseExtraction(study: study, wantsDiagnostics: false).reports(source)[0]
        return try #require(report.features.first { $0.ibsi == "Q4LE" }?.value)
    }

    @Test("z-scores over the image, clipped and scaled as the protocol says")
    func normalised() throws {
        let (source, image, folder) = try Self.makeCase()
        defer { try? FileManager.default.removeItem(at: folder) }
        let raw = try Self.mean(try Self.study("MR", "{normalise: foreground}"), source)
        let scaled = try Self.mean(try Self.study("MR", "{normalise: image, scale: 100}"), source)
        let clipped = try Self.mean(try Self.study("MR", "{normalise: image, clip: 0.5, scale: 100}"), source)
        let count = Double(image.voxels.count)
        let mean = image.voxels.reduce(0) { $0 + Double($1) } / count
        let deviation = (image.voxels.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (count - 1))
            .squareRoot()
        var (sum, clippedSum) = (0.0, 0.0)
        for z in 3..<8 {
            for y in 3..<8 {
                for x in 3..<8 {
                    let score = (Double(image.voxels[(z * 11 + y) * 12 + x]) - mean) / deviation
                    sum += 100 * score
                    clippedSum += 100 * min(max(score, -0.5), 0.5)
                }
            }
        }
        #expect(abs(scaled - sum / 125) < 1e-4)
        #expect(abs(clipped - clippedSum / 125) < 1e-4)
        #expect(abs(raw - scaled / 100) > 0.01)
    }

    @Test("Standardised uptake needs PET slices, and says so")
    func uptake() throws {
        let (source, _, folder) = try Self.makeCase()
        defer { try? FileManager.default.removeItem(at: folder) }
        let study = try Self.study("PT", "{suv: lbm-james}")
        #expect(study.extraction.intensity?.uptake == .leanJames)
        let error = #expect(throws: CaseFailure.self) { try Self.mean(study, source) }
        #expect(error.map { "\($0)" }?.contains("SUV") == true)
    }

    @Test("Words of a protocol are those of an extraction")
    func words() {
        #expect(StudyProtocol.Uptake.allCases.map(\.rawValue) == UptakeMeasure.allCases.map(\.rawValue))
        #expect(
            StudyProtocol.Reference.allCases.map(\.rawValue)
                == IntensityNormalisation.Reference.allCases.map(\.rawValue))
    }

    @Test(
        "Faults name the field",
        arguments: [
            ("CT", "{suv: bw}", "intensity.suv"), ("PT", "{suv: kg}", "intensity.suv"),
            ("MR", "{clip: 3}", "intensity.suv"), ("PT", "{suv: bw, scale: 2}", "intensity.scale"),
            ("MR", "{normalise: liver}", "intensity.normalise"),
            ("MR", "{normalise: image, clip: 0}", "intensity.clip"),
            ("MR", "{normalize: image}", "intensity.normalize"),
        ])
    func faults(modality: String, intensity: String, field: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.study(modality, intensity) }
        #expect(error.map { "\($0)" }?.contains(field) == true)
    }
}
