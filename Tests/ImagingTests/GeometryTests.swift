import Imaging
import Testing

@Suite("Geometry") struct GeometryTests {
    private let geometry = TestData.obliqueGeometry

    @Test("A grid differs from itself by nothing, and a shift below the tolerance counts as nothing")
    func same() {
        var shifted = geometry
        shifted.origin.x += 0.009
        #expect(geometry.differences(from: geometry).isEmpty)
        #expect(geometry.differences(from: shifted).isEmpty)
    }

    @Test("The property that differs is named with its amount")
    func named() throws {
        var other = geometry
        other.size.y = 7
        #expect(
            geometry.differences(from: other) == [GeometryDifference(property: .size, axis: 1, amount: 2)])
        other = geometry
        other.origin.z += 0.5
        #expect(geometry.differences(from: other).map(\.property) == [.origin])
        #expect(abs(geometry.differences(from: other)[0].amount - 0.5) < 1e-12)
        other = geometry
        other.spacing.x += 0.01
        // Six steps of 0.01 mm.
        #expect(geometry.differences(from: other).map(\.property) == [.spacing])
        #expect(abs(geometry.differences(from: other)[0].amount - 0.06) < 1e-12)
        other = geometry
        other.direction = [Vector3(-0.8, -0.6, 0), Vector3(-0.6, 0.8, 0), Vector3(0, 0, 1)]
        let turned = geometry.differences(from: other)
        #expect(turned.map(\.property) == [.direction] && turned[0].axis == 0)
    }

    @Test("A mask of another grid or without voxels does not fit an image")
    func check() {
        let image = TestData.noise(geometry)
        var other = geometry
        other.origin.x += 3
        let count = geometry.size.count
        let error = #expect(throws: ImagingError.self) {
            try Mask(geometry: other, voxels: [UInt8](repeating: 1, count: count)).check(against: image)
        }
        #expect(error?.description.contains("origin displaces voxels by 3.0 mm") == true)
        #expect(throws: ImagingError.emptyMask(label: nil, present: [])) {
            try Mask(geometry: geometry, voxels: [UInt8](repeating: 0, count: count)).check(against: image)
        }
    }

    @Test("A crop keeps every voxel at its place in the world")
    func crop() throws {
        let image = TestData.noise(geometry)
        var voxels = [UInt8](repeating: 0, count: geometry.size.count)
        voxels[(2 * 5 + 2) * 7 + 4] = 1
        let cropped = try image.cropped(around: Mask(geometry: geometry, voxels: voxels), marginMM: 1.3)
        // 1.3 mm are 2 voxels of 0.75, 2 of 1.25 and 1 of 3.5.
        #expect(cropped.image.geometry.size == GridSize(5, 5, 3))
        let (place, before) = (cropped.image.geometry.world(Vector3(2, 2, 1)), geometry.world(Vector3(4, 2, 2)))
        #expect(abs(place.x - before.x) + abs(place.y - before.y) + abs(place.z - before.z) < 1e-9)
        #expect(cropped.image.voxels[(1 * 5 + 2) * 5 + 2] == image.voxels[(2 * 5 + 2) * 7 + 4])
        #expect(cropped.mask.voxelCount == 1)
    }

    @Test("A missing label is refused with the labels that are there")
    func labels() throws {
        let size = GridSize(4, 1, 1)
        let map = Volume(geometry: Geometry(size: size, spacing: Vector3(1, 1, 1)), voxels: [0, 2, 5, 2])
        #expect(try MaskReader.mask(from: map, label: 2, file: "a.nii").voxels == [0, 1, 0, 1])
        #expect(try MaskReader.mask(from: map, file: "a.nii").voxelCount == 3)
        #expect(throws: ImagingError.emptyMask(label: 1, present: [2, 5])) {
            try MaskReader.mask(from: map, label: 1, file: "a.nii")
        }
        let share = Volume(geometry: map.geometry, voxels: [0, 0.5, 1, .nan])
        #expect(throws: ImagingError.self) { try MaskReader.mask(from: share, file: "a.nii") }
    }

    @Test("A stated spacing must be positive and finite", arguments: [0, -1, .nan, .infinity])
    func stating(value: Double) {
        #expect(throws: ImagingError.self) { try geometry.stating(spacing: Vector3(1, value, 1)) }
    }
}
