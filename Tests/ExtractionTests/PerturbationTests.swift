import Extraction
import Foundation
import Imaging
import Radiomics
import Statistics
import TestKit
import Testing

struct PerturbationTests {
    static let regions: [RegionRequest] = [
        .intratumoral, .ring(from: 0, to: 3), RegionRequest("habitat:otsu-2:1")!,
    ]

    /// Values of the regions by column after each disturbance; with `cut`, of an image that ends so many slices earlier.
    private static func values(
        _ text: String, settings: ProcessingSettings = ProcessingSettings(), cut: Int = 0
    ) throws -> [[[String: Double]]] {
        let size = ChainTests.size
        let box = GridBox(lower: GridSize(0, 0, 0), upper: GridSize(size.x - 1, size.y - 1, size.z - 1 - cut))
        let perturbation = try Perturbation(text)
        let disturbed = try PerturbedCase(
            image: ChainTests.image.cropped(to: box), tumour: ChainTests.ball.cropped(to: box), organ: nil,
            excluded: nil,
            second: nil, regions: regions, settings: settings, perturbation: perturbation, content: 5)
        return try (0..<perturbation.repeats).map { try disturbed.features($0).map { try $0.get() } }
    }

    private static func plain(_ settings: ProcessingSettings = ProcessingSettings()) throws -> [[String: Double]] {
        let chain = try ProcessingChain(
            image: ChainTests.image, tumour: ChainTests.ball, regions: regions, settings: settings,
            wantsDiagnostics: false)
        return try regions.map { request in
            let values = try chain.features(of: request).result.features.filter { !$0.value.isNaN }
            return Dictionary(uniqueKeysWithValues: values.map { ($0.definition.column, $0.value) })
        }
    }

    @Test("A disturbance too small to move anything gives the plain values, on the image's own grid to the last bit")
    func identity() throws {
        for found in try Self.values("grow=1e-9,repeats=2") {
            for (index, values) in try Self.plain().enumerated() {
                #expect(values.allSatisfy { found[index][$0.key] == $0.value })
                // A habitat has its share besides.
                #expect(found[index].count == values.count + (index == 2 ? 1 : 0))
            }
        }
        // On another grid both sum the same weights in another order.
        let settings = ProcessingSettings(spacingMM: [1, 1, 1])
        let (found, values) = (try Self.values("grow=1e-9", settings: settings), try Self.plain(settings))
        for index in values.indices {
            for column in ["morphology_volume_mesh", "statistics_mean", "statistics_variance"] {
                let value = try #require(values[index][column])
                #expect(abs(try #require(found[0][index][column]) - value) <= 1e-5 * abs(value), "\(column)")
            }
        }
    }

    @Test(
        "The same seed gives the same values, another seed others; where the image ends far away changes nothing",
        arguments: [nil, [1.0, 1.0, 1.0]] as [[Double]?])
    func reproducible(spacing: [Double]?) throws {
        // The ball's ring ends 3 slices before the image does; noise is left out, since it is estimated from whole slices.
        let settings = ProcessingSettings(spacingMM: spacing)
        let text = "rotate=5,grow=0.3,volume=0.05,contour=0.1,repeats=3,seed="
        let first = try Self.values(text + "1", settings: settings)
        let again = try Self.values(text + "1", settings: settings)
        #expect(again == first)
        let other = try Self.values(text + "2", settings: settings)
        #expect(other != first)
        if spacing == nil {
            let shorter = try Self.values(text + "1", settings: settings, cut: 1)
            #expect(shorter == first)
        }
        #expect(first[0] != first[1] && first[1] != first[2])
    }

    @Test("Values of the files of a case do not change by a bit, and carry how they stood the disturbances")
    func plainValues() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "concord-perturbation-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (image, mask) = (folder.appending(path: "i.nii").path, folder.appending(path: "m.nii").path)
        try NIfTIWriter.write(ChainTests.image, path: image)
        try NIfTIWriter.write(
            Volume(geometry: ChainTests.geometry, voxels: ChainTests.ball.voxels.map(Float.init)), path: mask)
        func reports(_ perturbation: Perturbation?) throws -> [CaseReport] {
            try CaseExtraction(
                .ibsi(ProcessingSettings()), regions: Self.regions, wantsDiagnostics: false, perturbation: perturbation
            ).reports(CaseSource(image: image, mask: mask))
        }
        let with = try reports(try Perturbation("shift=0.5,noise=1,rotate=10,repeats=3"))
        for (one, other) in zip(with, try reports(nil)) {
            #expect(one.features.map(\.value) == other.features.map(\.value))
            #expect(one.provenance.configurationSHA256 == other.provenance.configurationSHA256)
            #expect(one.features.allSatisfy { $0.robustness?.values.count == 3 })
            #expect(other.features.allSatisfy { $0.robustness == nil } && other.provenance.perturbation == nil)
            #expect((one.provenance.perturbation?.noiseSD ?? 0) > 0)
            try Self.packs(one)
            try Self.packs(other)
        }
    }

    /// What comes out of the pipe is what went in, and columns that do not belong together are refused.
    static func packs(_ report: CaseReport) throws {
        let bytes = try JSONEncoder().encode(CompactReport(report))
        #expect(try JSONDecoder().decode(CompactReport.self, from: bytes).report() == report)
        let text = String(decoding: bytes, as: UTF8.self)
        for torn in [text.replacing(#"\n"#, with: ""), text.replacing(#"\t"#, with: " ")] {
            #expect(torn != text)
            let packed = try JSONDecoder().decode(CompactReport.self, from: Data(torn.utf8))
            #expect(throws: DecodingError.self) { try packed.report() }
        }
    }

    @Test(
        "Noise is estimated as the coiflet's median in NumPy and PyWavelets, and added with that deviation at each place"
    )
    func noise() throws {
        let fixture = try JSONFixture.beside("habitats.json")["noise"]
        let size = fixture["size"].list.map { Int($0.number) }
        let image = Volume(
            geometry: Geometry(size: GridSize(size[0], size[1], size[2]), spacing: Vector3(1, 1, 1)),
            voxels: fixture["voxels"].list.map { Float($0.number) })
        let estimate = try NoiseEstimate.standardDeviation(image, slices: 0...2)
        #expect(abs(estimate - fixture["deviation"].number) < 1e-5 * estimate)
        // The estimate takes no trend for noise: the image was made with a deviation of 12.
        #expect(abs(estimate - 12) < 2)

        // A frame around the picture, wider than the picture, does not count; with it the median would be 0.
        let framed = Volume(
            geometry: Geometry(size: GridSize(64, 20, 3), spacing: Vector3(1, 1, 1)),
            voxels: (0..<3 * 20 * 64).map { $0 % 64 < 24 ? image.voxels[$0 / 64 * 24 + $0 % 64] : -1024 })
        // At worst the 5 of 24 columns that touch it are all below the median: the 37th percentile, 0.71 of the estimate.
        let inFrame = try NoiseEstimate.standardDeviation(framed, slices: 0...2)
        #expect(inFrame > 0.65 * estimate && inFrame < 1.35 * estimate)
        let frame = Volume(geometry: framed.geometry, voxels: framed.voxels.map { _ in -1024 })
        #expect(try NoiseEstimate.standardDeviation(frame, slices: 0...2) == 0)

        let flat = Volume(
            geometry: ChainTests.geometry, voxels: [Float](repeating: 0, count: ChainTests.size.count))
        let draw = PerturbationDraw(try Perturbation("noise=1"), index: 3, content: 9, planar: false)
        let noisy = draw.noisy(flat, deviation: 12, field: .noise, lower: GridSize(0, 0, 0))
        let n = Double(noisy.voxels.count)
        let mean = noisy.voxels.reduce(0) { $0 + Double($1) } / n
        let square = noisy.voxels.reduce(0) { $0 + Double($1) * Double($1) } / n
        // Five standard errors of the mean and of the variance of 28,800 normal numbers.
        #expect(abs(mean) < 5 * 12 / n.squareRoot())
        #expect(abs(square / 144 - 1) < 5 * (2 / n).squareRoot())
        let box = GridBox(lower: GridSize(3, 4, 5), upper: GridSize(20, 19, 12))
        #expect(
            draw.noisy(flat.cropped(to: box), deviation: 12, field: .noise, lower: box.lower) == noisy.cropped(to: box))
    }

    @Test("The contour's field has unit variance and is smooth")
    func field() throws {
        let draw = PerturbationDraw(try Perturbation("contour=1"), index: 0, content: 1, planar: false)
        let smooth = SmoothField(draw: draw, spacing: Vector3(1, 1, 1), patchMM: 4, planar: false)
        var (sum, product, count) = (0.0, 0.0, 0.0)
        for x in stride(from: 0, to: 400, by: 20) {
            for y in stride(from: 0, to: 400, by: 20) {
                let value = smooth.value(x, y, 0)
                sum += value * value
                product += value * smooth.value(x + 1, y, 0)
                count += 1
            }
        }
        // Fields 20 mm apart share no node: 400 independent numbers.
        #expect(abs(sum / count - 1) < 5 * (2 / count).squareRoot())
        #expect(product / sum > 0.9)
    }

    @Test("A ball grown by a distance has the ball's volume, and a fraction changes the number of voxels by it")
    func contour() throws {
        let geometry = Geometry(size: GridSize(60, 60, 60), spacing: Vector3(1, 1, 1))
        func ball(_ radius: Double) -> Mask {
            Mask(
                geometry: geometry,
                voxels: (0..<geometry.size.count).map { index in
                    let (x, y, z) = (
                        Double(index % 60) - 29.5, Double(index / 60 % 60) - 29.5, Double(index / 3600) - 29.5
                    )
                    return x * x + y * y + z * z <= radius * radius ? 1 : 0
                })
        }
        let mask = ball(15)
        let distance = try SignedDistance(of: mask, reachMM: 6, planar: false)
        let still = distance.moved { _, _, _ in 0 }
        #expect(still == mask)
        for move in [-3.0, -1.5, 1.5, 3] {
            let moved = distance.moved { _, _, _ in move }
            let radius = cbrt(Double(moved.voxelCount) * 3 / (4 * .pi))
            // A staircase tells a border to half a voxel.
            #expect(abs(radius - (15 + move)) < 0.5, "\(move)")
        }
        for fraction in [-0.3, -0.1, 0.1, 0.3] {
            let moved = distance.moved(volumeFraction: fraction) { _, _, _ in 0 }
            #expect(moved.voxelCount == Int((Double(mask.voxelCount) * (1 + fraction)).rounded()))
        }
        // Never less than a fifth.
        #expect(distance.moved { _, _, _ in -100 }.voxelCount == (mask.voxelCount + 4) / 5)
    }

    @Test("Text and settings file say the same; every fault is named")
    func text() throws {
        let text = "shift=0.5,rotate=5,grow=1,noise=1,contour=1,repeats=10,seed=1"
        let found = try Perturbation(text)
        #expect(found.shift == 0.5 && found.rotate == 5 && found.grow == 1 && found.noise == 1 && found.contour == 1)
        #expect(found.repeats == 10 && found.seed == 1 && found.volume == 0)
        let yaml = "planar: false\nperturb: \(text)"
        #expect(try Perturbation.read(yaml: yaml, file: "s.yaml") == found)
        #expect(try ProcessingSettings(yaml: yaml, file: "s.yaml") == ProcessingSettings())
        for (text, says) in [
            ("shift=2", "shift: give a number"), ("repeats=1,shift=1", "repeats:"), ("magic=1", "'magic' is not known"),
            ("shift=1,shift=1", "given twice"), ("seed=4", "nothing is disturbed"), ("shift", "is not KEY=VALUE"),
            ("rotate=nan", "rotate: give a number"),
        ] {
            let error = #expect(throws: PerturbationTextError.self) { try Perturbation(text) }
            #expect(error?.description.contains(says) == true, "\(text)")
        }
    }
}
