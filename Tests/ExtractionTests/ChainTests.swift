import Extraction
import Foundation
import Imaging
import Radiomics
import Testing

/// Properties of the chain on a synthetic image that nobody has to have.
struct ChainTests {
    static let size = GridSize(40, 36, 20)
    static let geometry = Geometry(size: size, spacing: Vector3(0.9, 0.9, 2.5), origin: Vector3(-11, 7, 3))

    static var image: Volume {
        var state: UInt64 = 7
        return Volume(
            geometry: geometry,
            voxels: (0..<size.count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(state >> 40) / 65_536
            })
    }

    static var ball: Mask {
        var mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: size.count))
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x {
                    let (dx, dy, dz) = (0.9 * Double(x - 17), 0.9 * Double(y - 20), 2.5 * Double(z - 9))
                    if dx * dx + dy * dy + dz * dz < 49 { mask.voxels[(z * size.y + y) * size.x + x] = 1 }
                }
            }
        }
        return mask
    }

    @Test(
        "Where the image is cropped changes no value",
        arguments: [nil, [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [0.7, 1.3, 2.1]] as [[Double]?], [false, true])
    func cropped(spacing: [Double]?, planar: Bool) throws {
        let settings = ProcessingSettings(
            planar: planar, spacingMM: spacing,
            features: ExtractionSettings(aggregations: planar ? [.slicesMerged] : [.volumeMerged]))
        let regions: [RegionRequest] = [.intratumoral, .ring(from: 0, to: 3), .ring(from: 1, to: 5)]
        let chains = try [true, false].map { diagnostics in
            try ProcessingChain(
                image: Self.image, tumour: Self.ball, regions: regions, settings: settings,
                wantsDiagnostics: diagnostics)
        }
        for region in regions {
            let (whole, part) = (try chains[0].features(of: region), try chains[1].features(of: region))
            #expect(whole.result == part.result)
            #expect(whole.diagnostics.count == 60 && part.diagnostics.isEmpty)
        }
    }

    /// Everything on one side of a plane through the ball, in two overlapping masks.
    static var excluded: [Mask] {
        [17..<30, 25..<40].map { columns in
            var mask = Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: size.count))
            for z in 0..<size.z {
                for y in 0..<size.y {
                    for x in columns { mask.voxels[(z * size.y + y) * size.x + x] = 1 }
                }
            }
            return mask
        }
    }

    @Test("Rings stay out of what is excluded, the tumour does not; cropping changes nothing; nothing left is refused")
    func exclusion() throws {
        let settings = ProcessingSettings(features: ExtractionSettings(aggregations: [.volumeMerged]))
        let regions: [RegionRequest] = [.intratumoral, .ring(from: 0, to: 3)]
        func chain(_ excluded: Mask?, diagnostics: Bool) throws -> ProcessingChain {
            try ProcessingChain(
                image: Self.image, tumour: Self.ball, excluded: excluded, regions: regions, settings: settings,
                wantsDiagnostics: diagnostics)
        }
        let plain = try chain(nil, diagnostics: false)
        let half = try chain(Mask.union(Self.excluded), diagnostics: false)
        let whole = try chain(Mask.union(Self.excluded), diagnostics: true)
        #expect(try half.features(of: regions[0]).result == plain.features(of: regions[0]).result)
        #expect(try half.features(of: regions[1]).result != plain.features(of: regions[1]).result)
        #expect(try half.features(of: regions[1]).result == whole.features(of: regions[1]).result)
        let everything = Mask(geometry: Self.geometry, voxels: [UInt8](repeating: 1, count: Self.size.count))
        #expect(throws: ImagingError.self) { try chain(everything, diagnostics: false).features(of: regions[1]) }
        #expect(Mask.union([]) == nil)
    }

    @Test("A settings file means what a preset means; every fault is named with its line")
    func settingsFile() throws {
        let yaml = """
            spacing-mm: [2, 2, 2]
            interpolation: cubic-spline
            rounding: true
            aggregations: [3D_avg, 3D_comb]
            levels: {number: 32}
            range: [-1000, 400]
            outlier-sigma: 3
            ivh: {number: 1000}
            """
        #expect(try ProcessingSettings(yaml: yaml, file: "e.yaml") == Preset.configurationE.settings)
        for (text, says) in [
            ("planer: true", "e.yaml:1: planer: unknown key"), ("spacing-mm: [1, 2]", "spacing-mm: give three numbers"),
            ("levels: {}", "levels.number: give number, width or as-they-are"),
            ("families: [shape]", "families: 'shape' is not one of"), ("range: [5, 1]", "range: give two numbers"),
            ("interpolation: magic", "interpolation: 'magic' is not one of"),
            ("spacing-mm: [nan, 1, 1]", "spacing-mm:"),
        ] {
            let error = #expect(throws: (any Error).self) { try ProcessingSettings(yaml: text, file: "e.yaml") }
            #expect("\(error.map { "\($0)" } ?? "")".contains(says), "\(error.map { "\($0)" } ?? "")")
        }
    }
}
