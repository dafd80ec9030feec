import Foundation
import Imaging
import Statistics
import TestKit
import Testing

@testable import Extraction

struct PerturbationTests {
    static let regions: [RegionRequest] = [
        .intratumoral, .ring(from: 0, to: 3), RegionRequest("habitat:otsu-2:1")!,
    ]

    private static func reports(
        _ text: String?, settings: ProcessingSettings = ProcessingSettings(), margin: Int = 0
    ) throws -> [[String: CaseReport.Feature]] {
        // A frame around image and mask, to be cut off again.
        var (image, ball) = (ChainTests.image, ChainTests.ball)
        if margin > 0 {
            let size = ChainTests.size
            let box = GridBox(lower: GridSize(0, 0, 0), upper: GridSize(size.x - 1, size.y - 1, size.z - 1 - margin))
            (image, ball) = (image.cropped(to: box), ball.cropped(to: box))
        }
        let chain = try ProcessingChain(
            image: image, tumour: ball, regions: regions, settings: settings, wantsDiagnostics: false)
        let provenance = CaseReport.Provenance(
            pixelsSHA256: "", phase2SHA256: nil, maskSHA256: "", organSHA256: nil, excludedSHA256: nil,
            configuration: .ibsi(settings), configurationSHA256: "", dialect: "ibsi", software: "", statedSpacingMM: nil,
            acquisition: [:], perturbation: nil)
        var reports = try regions.map { request in
            CaseReport(
                case: "case", reader: "", roi: request.description, provenance: provenance, warnings: [],
                features: try chain.features(of: request).result.features.map { value in
                    CaseReport.Feature(
                        family: "", aggregation: "", name: "", ibsi: "", tag: "", column: value.definition.column,
                        value: value.value.isNaN ? nil : value.value)
                }, diagnostics: [], habitat: nil)
        }
        if let text {
            reports = try PerturbedCase(
                image: image, tumour: ball, organ: nil, excluded: nil, second: nil, regions: regions, settings: settings,
                perturbation: try Perturbation(text), content: 5
            ).completing(reports, requests: regions)
        }
        return reports.map { Dictionary(uniqueKeysWithValues: $0.features.map { ($0.column, $0) }) }
    }

    @Test("A disturbance too small to move anything gives the plain values, on the image's own grid to the last bit")
    func identity() throws {
        for found in try Self.reports("grow=1e-9,repeats=2") {
            for feature in found.values {
                #expect(feature.robustness?.values == [feature.value, feature.value], "\(feature.column)")
            }
        }
        // On another grid both sum the same weights in another order.
        let settings = ProcessingSettings(spacingMM: [1, 1, 1])
        for found in try Self.reports("grow=1e-9,repeats=2", settings: settings) {
            for column in ["morphology_volume_mesh", "statistics_mean", "statistics_p90"] {
                guard let feature = found[column] else { continue }
                let value = try #require(feature.value)
                for other in try #require(feature.robustness).values {
                    #expect(abs(try #require(other) - value) <= 1e-4 * abs(value))
                }
            }
        }
    }

    @Test("The same seed gives the same values, another seed others; where the image ends far away changes nothing")
    func reproducible() throws {
        let text = "shift=0.5,rotate=5,grow=1,volume=0.1,contour=0.5,repeats=3,seed="
        let first = try Self.reports(text + "1")
        #expect(try Self.reports(text + "1") == first)
        #expect(try Self.reports(text + "2") != first)
        #expect(try Self.reports(text + "1", margin: 2) == first)
        #expect(first.allSatisfy { $0.values.contains { ($0.robustness?.standardDeviation ?? 0) > 0 } })
    }

    @Test("Plain values stay as they are")
    func plain() throws {
        let with = try Self.reports("noise=1,rotate=10,repeats=2").map { $0.mapValues(\.value) }
        #expect(with == (try Self.reports(nil).map { $0.mapValues(\.value) }))
    }

    @Test("Noise is estimated as the coiflet's median in NumPy and PyWavelets, and added with that deviation at each place")
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
                    let (x, y, z) = (Double(index % 60) - 29.5, Double(index / 60 % 60) - 29.5, Double(index / 3600) - 29.5)
                    return x * x + y * y + z * z <= radius * radius ? 1 : 0
                })
        }
        let mask = ball(15)
        let distance = try SignedDistance(of: mask, reachMM: 6, planar: false)
        #expect(distance.moved { _, _, _ in 0 } == mask)
        for move in [-3.0, -1.5, 1.5, 3] {
            let moved = distance.moved { _, _, _ in move }
            #expect(abs(Double(moved.voxelCount) / Double(ball(15 + move).voxelCount) - 1) < 0.05, "\(move)")
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
