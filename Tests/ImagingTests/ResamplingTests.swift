import Foundation
import Imaging
import Testing

@Suite("Resampling") struct ResamplingTests {
    @Test("The new grid has the same centre and the size of the extent rounded up")
    func grid() throws {
        let volume = TestData.noise(TestData.obliqueGeometry)
        let resampled = try volume.resampled(to: Vector3(1, 1, 1), interpolation: .linear)
        // 7 x 0.75 = 5.25, 5 x 1.25 = 6.25, 4 x 3.5 = 14.
        #expect(resampled.geometry.size == GridSize(6, 7, 14))
        let old = volume.geometry.world(Vector3(3, 2, 1.5))
        let new = resampled.geometry.world(Vector3(2.5, 3, 6.5))
        #expect(abs(old.x - new.x) + abs(old.y - new.y) + abs(old.z - new.z) < 1e-9)
    }

    @Test("Equal spacing changes nothing", arguments: Interpolation.allCases)
    func identity(interpolation: Interpolation) throws {
        let volume = TestData.noise(TestData.obliqueGeometry)
        let resampled = try volume.resampled(to: volume.geometry.spacing, interpolation: interpolation)
        #expect(resampled == volume)
    }

    @Test("Slices stay as they are in the planar variant")
    func planar() throws {
        let volume = TestData.noise(TestData.obliqueGeometry)
        let resampled = try volume.resampled(to: Vector3(0.5, 0.5, 0.5), interpolation: .cubicSpline, planar: true)
        #expect(resampled.geometry.size == GridSize(11, 13, 4))
        #expect(resampled.geometry.spacing.z == 3.5)
    }

    @Test("Linear interpolation reproduces a ramp inside the image")
    func ramp() throws {
        let geometry = Geometry(size: GridSize(9, 8, 7), spacing: Vector3(2, 3, 4))
        var voxels: [Float] = []
        for index in 0..<geometry.size.count {
            let (x, y, z) = (index % 9, index / 9 % 8, index / 72)
            voxels.append(Float(2 * x + 9 * y - z))
        }
        let ramp = Volume(geometry: geometry, voxels: voxels)
        let resampled = try ramp.resampled(to: Vector3(1.5, 1.7, 2.2), interpolation: .linear)
        let size = resampled.geometry.size
        for index in resampled.voxels.indices {
            let (column, row, slice) = (index % size.x, index / size.x % size.y, index / (size.x * size.y))
            let place = resampled.geometry.world(Vector3(Double(column), Double(row), Double(slice)))
            let x = min(max(place.x / 2, 0), 8)
            let y = min(max(place.y / 3, 0), 7)
            let z = min(max(place.z / 4, 0), 6)
            let expected = 2 * x + 9 * y - z
            #expect(abs(Double(resampled.voxels[index]) - expected) < 1e-4)
        }
    }

    @Test("The cubic spline passes through the voxels and equals scipy's mirrored spline")
    func spline() throws {
        let values: [Float] = [3, -1, 4, 1, -5, 9, 2, 6]
        let line = Volume(geometry: Geometry(size: GridSize(8, 1, 1), spacing: Vector3(1, 1, 1)), voxels: values)
        // scipy 1.17.1 ndimage.map_coordinates(values, [positions], order=3, mode="mirror"), positions
        // 3.5 + (i - 7.5) / 2 clamped to [0, 7].
        let expected: [Double] = [
            3.000000000, 2.386159181, -0.341522458, -0.437489265, 2.651805651, 4.535672879, 2.999924854, -1.627077250,
            -5.542130067, -1.980488878, 6.559220414, 8.658407764, 3.758373411, 2.159357824, 5.219785941, 6.000000000,
        ]
        let resampled = try line.resampled(to: Vector3(0.5, 1, 1), interpolation: .cubicSpline)
        #expect(resampled.voxels.count == expected.count)
        for (found, wanted) in zip(resampled.voxels, expected) { #expect(abs(Double(found) - wanted) < 1e-5) }
        let thirds = try line.resampled(to: Vector3(1.0 / 3, 1, 1), interpolation: .cubicSpline).voxels
        for index in values.indices { #expect(abs(thirds[3 * index + 1] - values[index]) < 1e-5) }
    }

    @Test("A mask keeps the voxels of which at least half is inside")
    func mask() throws {
        let geometry = Geometry(size: GridSize(4, 1, 1), spacing: Vector3(2, 1, 1))
        let mask = Mask(geometry: geometry, voxels: [0, 1, 1, 0])
        // New centres at -0.25, 0.25, ... old voxels: weights 0.25, 0.75, ...
        #expect(try mask.resampled(to: Vector3(1, 1, 1)).voxels == [0, 0, 1, 1, 1, 1, 0, 0].map { UInt8($0) })
        // Centres exactly between two voxels are inside.
        #expect(try mask.resampled(to: Vector3(8.0 / 3, 1, 1)).voxels == [0, 1, 0].map { UInt8($0) })
    }

    @Test("Without spacing, or to a senseless one, nothing is resampled")
    func refusals() {
        let volume = TestData.noise(TestData.obliqueGeometry)
        var uncalibrated = volume.geometry
        uncalibrated.spacingKnown = false
        #expect(throws: ImagingError.spacingUnknown(operation: "Resampling")) {
            try Volume(geometry: uncalibrated, voxels: volume.voxels).resampled(
                to: Vector3(1, 1, 1), interpolation: .linear)
        }
        for value in [0, -1, Double.nan, .infinity, 1e-4] {
            #expect(throws: ImagingError.self) {
                try volume.resampled(to: Vector3(value, value, value), interpolation: .nearest)
            }
        }
    }
}
