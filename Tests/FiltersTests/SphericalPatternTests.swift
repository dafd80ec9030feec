import Filters
import Imaging
import Testing

/// 3D local binary patterns as a plain filter.
struct SphericalPatternTests {
    static func response(
        _ volume: Volume, _ image: SphericalPatternImage, subdivisions: Int = 1, threads: Int = 1
    ) throws -> Volume {
        try apply(
            .sphericalBinaryPattern(radius: 1, subdivisions: subdivisions, image: image), to: volume,
            dimensionality: .volume, boundary: .mirror, threads: threads)
    }

    @Test(
        "In a flat image all samples inside are not darker: degree 0 is the root of their number over 4 pi, kurtosis 0",
        arguments: [(0, 12.0), (1, 42), (2, 162)])
    func flat(subdivisions: Int, count: Double) throws {
        let volume = TestImage.volume(GridSize(9, 8, 7)) { _, _, _ in 3 }
        let lengths = try Self.response(volume, .degree(0), subdivisions: subdivisions)
        #expect(abs(Double(lengths.value(4, 4, 3)) - count * count.squareRoot() / (4 * .pi)) < 1e-5)
        #expect(try Self.response(volume, .kurtosis, subdivisions: subdivisions).value(4, 4, 3) == 0)
    }

    @Test("The number of threads changes nothing, nor does a scale")
    func invariances() throws {
        let volume = TestImage.noise(GridSize(12, 11, 10))
        for image in [SphericalPatternImage.degree(0), .degree(1), .degree(3), .kurtosis] {
            #expect(try Self.response(volume, image) == Self.response(volume, image, threads: 3))
        }
        let doubled = Volume(geometry: volume.geometry, voxels: volume.voxels.map { 2 * $0 })
        #expect(try Self.response(volume, .degree(1)) == Self.response(doubled, .degree(1)))
        for (a, b) in zip(
            try Self.response(volume, .kurtosis).voxels, try Self.response(doubled, .kurtosis).voxels)
        { #expect(abs(a - b) <= 1e-5 * max(1, abs(a))) }
    }

    @Test("Slices, radii, subdivisions and levels without meaning are refused")
    func refused() {
        let volume = TestImage.noise(GridSize(6, 6, 6))
        for (radius, subdivisions, image) in [
            (0.0, 1, SphericalPatternImage.kurtosis), (.nan, 1, .kurtosis), (1, 4, .kurtosis), (1, -1, .kurtosis),
            (1, 1, .degree(10)), (1, 1, .degree(-1)),
        ] {
            #expect(throws: FilterError.self) {
                try apply(
                    .sphericalBinaryPattern(radius: radius, subdivisions: subdivisions, image: image), to: volume,
                    dimensionality: .volume, boundary: .mirror)
            }
        }
        #expect(throws: FilterError.self) {
            try apply(
                .sphericalBinaryPattern(radius: 1, subdivisions: 1, image: .kurtosis), to: volume,
                dimensionality: .slices, boundary: .mirror)
        }
    }
}
