import Foundation
import Imaging
import Testing

@Suite("Rings") struct RingTests {
    static let cases: [String] = {
        let folder = TestData.image("peers/ring_bands")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".nii.gz") }.map { String($0.dropLast(7)) }.sorted()
    }()

    private func mask(_ name: String) throws -> Mask {
        guard name.hasPrefix("STS") else {
            return try MaskReader.read(path: TestData.image("pyradiomics/\(name)_label.nrrd"), label: 1)
        }
        let (patient, series) = (name.prefix(7), name.dropFirst(8))
        return try MaskReader.read(path: TestData.image("sts/\(patient)/\(series)_mask.nii.gz"))
    }

    @Test(
        "voxelCentre gives the peer's 3, 4 and 5 mm rings voxel by voxel",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"), arguments: cases)
    func peers(name: String) throws {
        let bands = try ImageReader.read(path: TestData.image("peers/ring_bands/\(name).nii.gz")).volume.voxels
        let field = try RingField(around: mask(name), reachMM: 5, definition: .voxelCentre)
        for band in 1...3 {
            for first in 1...band {
                let from = first == 1 ? 0 : Double(first + 1)
                let expected: [UInt8] = bands.map { Int($0) >= first && Int($0) <= band ? 1 : 0 }
                if expected.contains(1) {
                    let ring = try field.ring(from: from, to: Double(band + 2), minimumVoxels: 1)
                    #expect(ring.mask.voxels == expected, "(\(from), \(band + 2)] mm")
                } else {
                    let error = #expect(throws: ImagingError.self) { try field.ring(from: from, to: Double(band + 2)) }
                    #expect(try #require(error).description.contains("has no voxel on a grid of"))
                }
            }
        }
    }

    @Test(
        "Dilation has the volume of the peer's 3D cross dilation",
        .enabled(if: TestData.isPresent, "\(TestData.absence)"))
    func dilation() throws {
        // alt_dilate3D_cross_ml and alt_dilate_in_slice_ml of peers/ring_volumes.csv.
        let mask = try mask("STS_001_CT")
        let ring = try RingField(around: mask, reachMM: 3, definition: .dilation).ring(to: 3)
        #expect(abs(ring.volumeMM3 / 1_000 - 142.4536) < 1e-3)
        let planar = try RingField(around: mask, reachMM: 3, definition: .dilation, planar: true).ring(to: 3)
        #expect(abs(planar.volumeMM3 / 1_000 - 58.3536) < 1e-3)
    }

    @Test(
        "The surface ring of a sphere has the analytic volume within 1 % from 0.5 to 5 mm slices",
        arguments: [5.0, 7.5, 10, 15, 20], [0.5, 1, 2, 3, 5])
    func sphere(radius: Double, slice: Double) throws {
        let mask = TestData.sphere(
            radius: radius, pixel: 0.5, slice: slice, offset: Vector3(0.31, 0.17, 0.43), margin: 7)
        let field = try RingField(around: mask, reachMM: 5)
        for (from, to) in [(0.0, 3.0), (0, 4), (0, 5), (3, 5)] {
            let ring = try field.ring(from: from, to: to)
            let (inner, outer) = (radius + from, radius + to)
            let truth = 4.0 / 3 * .pi * (outer * outer * outer - inner * inner * inner)
            #expect(abs(ring.volumeMM3 / truth - 1) < 0.01, "(\(from), \(to)]: \(ring.volumeMM3 / truth - 1)")
            let overlap = zip(ring.mask.voxels, mask.voxels).contains { $0 != 0 && $1 != 0 }
            #expect(!overlap)
        }
    }

    @Test("The planar surface ring of a disc has the analytic area within 1 %", arguments: [4.0, 8, 16], [0.25, 0.5])
    func disc(radius: Double, pixel: Double) throws {
        let whole = TestData.sphere(
            radius: radius, pixel: pixel, slice: 1, offset: Vector3(0.31, 0.17, 0), margin: 6)
        let middle = (whole.geometry.size.z - 1) / 2
        let box = GridBox(
            lower: GridSize(0, 0, middle), upper: GridSize(whole.geometry.size.x - 1, whole.geometry.size.y - 1, middle)
        )
        let ring = try RingField(around: whole.cropped(to: box), reachMM: 5).ring(to: 5)
        let truth = Double.pi * ((radius + 5) * (radius + 5) - radius * radius)
        #expect(abs(ring.volumeMM3 / truth - 1) < 0.01, "\(ring.volumeMM3 / truth - 1)")
    }

    @Test("A cylinder ends halfway between its last slice and the first empty one")
    func cylinder() throws {
        let (radius, pixel, slice) = (10.0, 0.5, 3.0)
        let size = GridSize(72, 72, 14)
        let geometry = Geometry(size: size, spacing: Vector3(pixel, pixel, slice))
        var voxels = [UInt8](repeating: 0, count: size.count)
        for z in 4...9 {
            for y in 0..<72 {
                for x in 0..<72 {
                    let (dx, dy) = ((Double(x) - 35.3) * pixel, (Double(y) - 35.6) * pixel)
                    if dx * dx + dy * dy <= radius * radius { voxels[(z * 72 + y) * 72 + x] = 1 }
                }
            }
        }
        let ring = try RingField(around: Mask(geometry: geometry, voxels: voxels), reachMM: 3).ring(to: 3)
        // Steiner: side, both ends, and a quarter torus at both edges.
        let (height, width) = (6 * slice, 3.0)
        let side = Double.pi * ((radius + width) * (radius + width) - radius * radius) * height
        let ends = 2 * Double.pi * radius * radius * width
        let edges = 2 * (Double.pi * Double.pi * width * width / 2 * radius + 2 * Double.pi * width * width * width / 3)
        let truth = side + ends + edges
        #expect(abs(ring.volumeMM3 / truth - 1) < 0.03, "\(ring.volumeMM3 / truth - 1)")
    }

    @Test("Adjoining rings add up, and the parts of a ring are disjoint")
    func additive() throws {
        let mask = TestData.sphere(radius: 6, pixel: 0.8, slice: 2.5, offset: Vector3(0.2, 0.4, 0.1), margin: 7)
        for definition in RingDefinition.allCases where definition != .dilation {
            let field = try RingField(around: mask, reachMM: 5, definition: definition)
            let whole = try field.ring(to: 5)
            let parts = try [field.ring(to: 3), field.ring(from: 3, to: 5)]
            #expect(abs(parts[0].volumeMM3 + parts[1].volumeMM3 - whole.volumeMM3) < 1e-3 * whole.volumeMM3)
            let both = zip(parts[0].mask.voxels, parts[1].mask.voxels).count { $0 != 0 && $1 != 0 }
            #expect(definition == .surface ? both < 20 : both == 0)
        }
    }

    @Test("A ring stays within the organ and out of what is excluded")
    func organ() throws {
        let mask = TestData.sphere(radius: 6, pixel: 1, slice: 1, offset: Vector3(0, 0, 0), margin: 7)
        let half = Mask(geometry: mask.geometry, voxels: mask.voxels.indices.map { $0 % 27 < 14 ? 1 : 0 })
        let full = try ring(around: mask, to: 4)
        let inside = try ring(around: mask, to: 4, within: half)
        let outside = try ring(around: mask, to: 4, excluding: half)
        #expect(inside.voxelCount + outside.voxelCount == full.voxelCount)
        #expect(zip(inside.voxels, half.voxels).allSatisfy { $0 == 0 || $1 != 0 })
    }

    @Test("A ring is refused without spacing, without region, when too small or senseless")
    func refusals() throws {
        let mask = TestData.sphere(radius: 3, pixel: 1, slice: 1, offset: Vector3(0, 0, 0), margin: 2)
        var uncalibrated = mask.geometry
        uncalibrated.spacingKnown = false
        let picture = Mask(geometry: uncalibrated, voxels: mask.voxels)
        #expect(throws: ImagingError.spacingUnknown(operation: "A ring in millimetres")) {
            try ring(around: picture, to: 3)
        }
        #expect(try ring(around: picture.stating(spacing: Vector3(1, 1, 1)), to: 3).voxelCount > 0)
        let empty = Mask(geometry: mask.geometry, voxels: mask.voxels.map { _ in 0 })
        #expect(throws: ImagingError.emptyMask(label: nil, present: [])) { try ring(around: empty, to: 3) }
        #expect(throws: ImagingError.self) { try ring(around: mask, from: 3, to: 3) }
        #expect(throws: ImagingError.self) { try ring(around: mask, from: -1, to: 3) }
        #expect(throws: ImagingError.self) { try ring(around: mask, to: .nan) }
        #expect(throws: ImagingError.self) { try ring(around: mask, to: 1e6) }
        let voxels = try ring(around: mask, to: 2).voxelCount
        #expect(throws: ImagingError.ringTooSmall(fromMM: 0, toMM: 2, voxels: voxels, minimum: 100_000)) {
            try ring(around: mask, to: 2, minimumVoxels: 100_000)
        }
        #expect(throws: ImagingError.self) {
            try ring(
                around: mask, to: 2,
                within: picture.cropped(
                    to: GridBox(
                        lower: GridSize(0, 0, 0), upper: GridSize(3, 3, 3))))
        }
    }

    @Test("Odd masks give a ring or a reason: single voxels, lines, full images, specks, holes", arguments: 0..<60)
    func odd(seed: Int) throws {
        var generator = SplitMix64(state: UInt64(seed))
        let size = GridSize(
            Int.random(in: 1...12, using: &generator), Int.random(in: 1...12, using: &generator),
            Int.random(in: 1...8, using: &generator))
        let spacing = Vector3(
            Double.random(in: 0.3...3, using: &generator), Double.random(in: 0.3...3, using: &generator),
            Double.random(in: 0.3...6, using: &generator))
        let density = Double.random(in: 0...1, using: &generator)
        let voxels: [UInt8] = (0..<size.count).map { _ in
            Double.random(in: 0..<1, using: &generator) < density ? 1 : 0
        }
        let mask = Mask(geometry: Geometry(size: size, spacing: spacing), voxels: voxels)
        for definition in RingDefinition.allCases {
            for planar in [false, true] {
                do throws(ImagingError) {
                    let field = try RingField(around: mask, reachMM: 4, definition: definition, planar: planar)
                    let ring = try field.ring(to: 4, minimumVoxels: 1)
                    #expect(ring.weights.allSatisfy { $0 >= 0 && $0 <= 1 })
                    #expect(zip(ring.mask.voxels, voxels).allSatisfy { $0 == 0 || $1 == 0 })
                } catch {
                    switch error {
                    case .emptyRing, .emptyMask: break
                    default: Issue.record("\(error)")
                    }
                }
            }
        }
    }
}
