import Filters
import Imaging
import Testing

/// Properties that follow from the definitions.
struct PropertyTests {
    static let small = GridSize(13, 11, 9)

    static let convolutions: [Filter] = [
        .mean(support: 3), .laplacianOfGaussian(sigmaMM: 2.5), .laws(kernels: "E5L5S5", rotation: .average),
        .laws(kernels: "E5L5S5", rotation: .max, energyDistance: 2),
        .gabor(
            sigmaMM: 4, lambdaMM: 6, gamma: 0.8, orientation: .average(step: .pi / 4), orthogonalPlanes: true),
        .separableWavelet(family: .db3, subband: "LLH", level: 2, rotation: .average),
        .separableWavelet(family: .db2, subband: "HLL", level: 1, rotation: .max), .simoncelliWavelet(level: 2),
        .gradient(),
    ]

    @Test("A response invariant to rotation turns with the image", arguments: convolutions)
    func equivariance(filter: Filter) throws {
        // The frequencies of the Simoncelli wavelet are symmetric for odd sizes only.
        let image = TestImage.noise(Self.small)
        let response = try apply(filter, to: image, dimensionality: .volume, boundary: .periodic)
        for turn in [TestImage.turnedAboutZ, TestImage.turnedAboutX] {
            let turned = try apply(filter, to: turn(image), dimensionality: .volume, boundary: .periodic)
            #expect(turned.distance(to: turn(response)) < 1e-3)
        }
    }

    @Test("Every number of threads gives the same bits", arguments: convolutions + [.square, .logarithm])
    func threads(filter: Filter) throws {
        let image = TestImage.noise(Self.small)
        let one = try apply(filter, to: image, dimensionality: .volume, boundary: .periodic, threads: 1)
        for threads in [2, 3, 7] {
            let several = try apply(filter, to: image, dimensionality: .volume, boundary: .periodic, threads: threads)
            #expect(several == one)
        }
    }

    @Test("Slices are filtered one by one")
    func slices() throws {
        let image = TestImage.noise(Self.small)
        let filters: [Filter] = [
            .mean(support: 3), .laplacianOfGaussian(sigmaMM: 2.5), .laws(kernels: "E5S5", rotation: .max),
            .gabor(sigmaMM: 4, lambdaMM: 6, gamma: 0.8, orientation: .angle(0.4)),
            .separableWavelet(family: .coif1, subband: "LH", rotation: .average), .simoncelliWavelet(level: 1),
            .gradient(),
        ]
        let plane = Self.small.x * Self.small.y
        let flat = GridSize(Self.small.x, Self.small.y, 1)
        for filter in filters {
            let whole = try apply(filter, to: image, dimensionality: .slices, boundary: .periodic)
            for z in 0..<Self.small.z {
                let slice = TestImage.volume(flat) { x, y, _ in image.value(x, y, z) }
                let alone = try apply(filter, to: slice, dimensionality: .slices, boundary: .periodic)
                #expect(Array(whole.voxels[z * plane..<(z + 1) * plane]) == alone.voxels)
            }
        }
    }

    @Test("A constant image gives its own value or 0")
    func constant() throws {
        let image = TestImage.volume(Self.small) { _, _, _ in 100 }
        let expected: [(Filter, Float)] = [
            (.mean(support: 5), 100), (.laplacianOfGaussian(sigmaMM: 4, truncation: 6), 0),
            (.laws(kernels: "E5L5S5", rotation: .max), 0),
            (.gabor(sigmaMM: 6, lambdaMM: 6, gamma: 1, orientation: .angle(0.3)), 0),
            (.separableWavelet(family: .coif1, subband: "LHL", level: 2, rotation: .average), 0),
            (.separableWavelet(family: .haar, subband: "LLL"), 282.842_712),
            (.simoncelliWavelet(level: 1), 0), (.gradient(), 0), (.square, 100), (.squareRoot, 100),
            (.logarithm, 100), (.exponential, 100),
        ]
        for (filter, value) in expected {
            let response = try apply(filter, to: image, dimensionality: .volume, boundary: .periodic)
            for voxel in response.voxels { #expect(abs(voxel - value) < 2e-3, "\(filter)") }
        }
    }

    @Test("The response to an impulse is the kernel")
    func impulse() throws {
        let size = GridSize(9, 9, 9)
        let image = TestImage.volume(size) { x, y, z in x == 4 && y == 4 && z == 4 ? 1 : 0 }
        let laws = try apply(
            .laws(kernels: "E5L3S3", rotation: nil), to: image, dimensionality: .volume, boundary: .zero)
        let scale: Float = 18.973_666
        #expect(abs(laws.value(2, 4, 4) - -1 * 2 * 2 / scale) < 1e-6)
        #expect(abs(laws.value(5, 3, 5) - 2 * 1 * -1 / scale) < 1e-6)
        #expect(laws.value(4, 4, 4) == 0)
        let haar = try apply(
            .separableWavelet(family: .haar, subband: "HL"), to: image, dimensionality: .slices, boundary: .zero)
        #expect(abs(haar.value(3, 3, 4) - -0.5) < 1e-6)
        #expect(abs(haar.value(4, 4, 4) - 0.5) < 1e-6)
        #expect(haar.value(5, 4, 4) == 0)
        let gabor = try apply(
            .gabor(sigmaMM: 4, lambdaMM: 6, gamma: 2, orientation: .angle(0)), to: image, dimensionality: .slices,
            boundary: .zero)
        // Two voxels of 2 mm along the wave: exp(-1/2); across it the envelope is half as wide.
        #expect(abs(gabor.value(6, 4, 4) - 0.606_530_66) < 1e-5)
        #expect(abs(gabor.value(4, 6, 4) - 0.135_335_28) < 1e-5)
    }

    @Test("A ramp shows the boundary")
    func ramp() throws {
        let image = TestImage.volume(GridSize(4, 1, 1)) { x, _, _ in Float(x + 1) }
        // Sums of seven: three voxels beyond each border.
        let sums: [(Boundary, Float)] = [
            (.zero, 10), (.nearest, 1 + 1 + 1 + 10), (.periodic, 2 + 3 + 4 + 10), (.mirror, 3 + 2 + 1 + 10),
        ]
        for (boundary, sum) in sums {
            let response = try apply(.mean(support: 7), to: image, dimensionality: .slices, boundary: boundary)
            let rows: Float = boundary == .zero ? 1 : 7
            #expect(abs(response.voxels[0] - sum * rows / 49) < 1e-5, "\(boundary)")
        }
        // A kernel wider than the image sees it several times: two periods of twice the length and the centre.
        let wide = try apply(.mean(support: 17), to: image, dimensionality: .slices, boundary: .mirror)
        #expect(abs(wide.voxels[0] - 41 / 17) < 1e-5)
    }

    @Test("The Laplacian is isotropic in space on any grid")
    func anisotropic() throws {
        let spacing = Vector3(0.8, 0.8, 2.5)
        let size = GridSize(41, 41, 21)
        let along = TestImage.volume(size, spacing: spacing) { _, _, z in
            let mm = Float(z - 10) * 2.5
            return mm * mm
        }
        let response = try apply(
            .laplacianOfGaussian(sigmaMM: 3, truncation: 6), to: along, dimensionality: .volume, boundary: .mirror)
        // The second derivative is 2 / mm², in units of the squared spacing along x.
        #expect(abs(response.value(20, 20, 10) - 2 * 0.8 * 0.8) < 0.02)
    }

    @Test("The gradient of a plane is its slope")
    func gradient() throws {
        let image = TestImage.volume(Self.small) { x, y, _ in Float(3 * x + 4 * y) }
        let millimetres = try apply(.gradient(), to: image, dimensionality: .volume, boundary: .nearest)
        let voxels = try apply(.gradient(useSpacing: false), to: image, dimensionality: .slices, boundary: .nearest)
        #expect(millimetres.value(5, 5, 4) == 2.5)
        #expect(voxels.value(5, 5, 4) == 5)
    }

    @Test("Point-wise filters keep the largest magnitude")
    func pointwise() throws {
        let image = TestImage.volume(GridSize(3, 1, 1)) { x, _, _ in [-100, 0, 25][x] }
        func values(_ filter: Filter) throws -> [Float] {
            try apply(filter, to: image, dimensionality: .slices, boundary: .zero).voxels
        }
        #expect(try values(.square) == [100, 0, 6.25])
        #expect(try values(.squareRoot) == [-100, 0, 50])
        let logarithm = try values(.logarithm)
        #expect(logarithm[0] == -100)
        #expect(abs(logarithm[2] - 70.596_27) < 1e-3)
        #expect(try values(.exponential).map { ($0 * 1000).rounded() / 1000 } == [0.01, 1, 3.162])
    }
}
