/// A benchmark of IBSI 2: which filter makes a response map that has a reference.
///
/// Phase 1 compares response maps of digital phantoms voxel by voxel (within 1 % of the range of the reference map),
/// phase 2 intensity statistics of the response within the lesion of a CT. The Riesz-transformed filters (9.a to 10.b.2
/// of phase 1) are not part of this module.
public struct IBSI2Test: Sendable, Hashable {
    /// Name in the reference manual.
    public let id: String
    /// Phantom, as its file is named in the IBSI data sets.
    public let phantom: String
    /// Whether slices are filtered one by one.
    public let dimensionality: Dimensionality
    /// How the phantom continues.
    public let boundary: Boundary
    /// The filter.
    public let filter: Filter

    private init(
        _ id: String, _ phantom: String, _ dimensionality: Dimensionality, _ boundary: Boundary, _ filter: Filter
    ) {
        self.id = id
        self.phantom = phantom
        self.dimensionality = dimensionality
        self.boundary = boundary
        self.filter = filter
    }

    /// Phase 1, tests 1.a.1 to 8.a.3.
    public static let phase1: [IBSI2Test] = [
        IBSI2Test("1.a.1", "checkerboard", .volume, .zero, .mean(support: 15)),
        IBSI2Test("1.a.2", "checkerboard", .volume, .nearest, .mean(support: 15)),
        IBSI2Test("1.a.3", "checkerboard", .volume, .periodic, .mean(support: 15)),
        IBSI2Test("1.a.4", "checkerboard", .volume, .mirror, .mean(support: 15)),
        IBSI2Test("1.b.1", "impulse", .slices, .zero, .mean(support: 15)),
        IBSI2Test("2.a", "impulse", .volume, .zero, .laplacianOfGaussian(sigmaMM: 3)),
        IBSI2Test("2.b", "checkerboard", .volume, .mirror, .laplacianOfGaussian(sigmaMM: 5)),
        IBSI2Test("2.c", "checkerboard", .slices, .mirror, .laplacianOfGaussian(sigmaMM: 5)),
        IBSI2Test("3.a.1", "impulse", .volume, .zero, .laws(kernels: "E5L5S5", rotation: nil)),
        IBSI2Test("3.a.2", "impulse", .volume, .zero, .laws(kernels: "E5L5S5", rotation: .max)),
        IBSI2Test("3.a.3", "impulse", .volume, .zero, .laws(kernels: "E5L5S5", rotation: .max, energyDistance: 7)),
        IBSI2Test("3.b.1", "checkerboard", .volume, .mirror, .laws(kernels: "E3W5R5", rotation: nil)),
        IBSI2Test("3.b.2", "checkerboard", .volume, .mirror, .laws(kernels: "E3W5R5", rotation: .max)),
        IBSI2Test(
            "3.b.3", "checkerboard", .volume, .mirror, .laws(kernels: "E3W5R5", rotation: .max, energyDistance: 7)),
        IBSI2Test("3.c.1", "checkerboard", .slices, .mirror, .laws(kernels: "L5S5", rotation: nil)),
        IBSI2Test("3.c.2", "checkerboard", .slices, .mirror, .laws(kernels: "L5S5", rotation: .max)),
        IBSI2Test("3.c.3", "checkerboard", .slices, .mirror, .laws(kernels: "L5S5", rotation: .max, energyDistance: 7)),
        IBSI2Test("4.a.1", "impulse", .slices, .zero, gabor(10, 4, 0.5, .angle(.pi / 3))),
        IBSI2Test("4.a.2", "impulse", .volume, .zero, gabor(10, 4, 0.5, .average(step: .pi / 4), planes: true)),
        IBSI2Test("4.b.1", "sphere", .slices, .mirror, gabor(20, 8, 2.5, .angle(5 * .pi / 4))),
        IBSI2Test("4.b.2", "sphere", .volume, .mirror, gabor(20, 8, 2.5, .average(step: .pi / 8), planes: true)),
        IBSI2Test("5.a.1", "impulse", .volume, .zero, wavelet(.db2, "LHL")),
        IBSI2Test("5.a.2", "impulse", .volume, .zero, wavelet(.db2, "LHL", rotation: .average)),
        IBSI2Test("6.a.1", "sphere", .volume, .periodic, wavelet(.coif1, "HHL")),
        IBSI2Test("6.a.2", "sphere", .volume, .periodic, wavelet(.coif1, "HHL", rotation: .average)),
        IBSI2Test("7.a.1", "checkerboard", .volume, .mirror, wavelet(.haar, "LLL", level: 2, rotation: .average)),
        IBSI2Test("7.a.2", "checkerboard", .volume, .mirror, wavelet(.haar, "HHH", level: 2, rotation: .average)),
        IBSI2Test("8.a.1", "checkerboard", .volume, .periodic, .simoncelliWavelet(level: 1)),
        IBSI2Test("8.a.2", "checkerboard", .volume, .periodic, .simoncelliWavelet(level: 2)),
        IBSI2Test("8.a.3", "checkerboard", .volume, .periodic, .simoncelliWavelet(level: 3)),
    ]

    /// Phase 2, configurations 2.A to 9.B: A by slices on the CT as it is, B in 3D on voxels of 1 mm.
    public static let phase2: [IBSI2Test] = [
        ct("2", .mirror, .mean(support: 5), .mean(support: 5)),
        ct("3", .mirror, .laplacianOfGaussian(sigmaMM: 1.5), .laplacianOfGaussian(sigmaMM: 1.5)),
        ct(
            "4", .mirror, .laws(kernels: "L5E5", rotation: .max, energyDistance: 7),
            .laws(kernels: "L5E5E5", rotation: .max, energyDistance: 7)),
        ct(
            "5", .mirror, gabor(5, 2, 1.5, .average(step: .pi / 8)),
            gabor(5, 2, 1.5, .average(step: .pi / 8), planes: true)),
        ct("6", .mirror, wavelet(.db3, "LH", rotation: .average), wavelet(.db3, "LLH", rotation: .average)),
        ct(
            "7", .mirror, wavelet(.db3, "HH", level: 2, rotation: .average),
            wavelet(.db3, "HHH", level: 2, rotation: .average)),
        ct("8", .periodic, .simoncelliWavelet(level: 1), .simoncelliWavelet(level: 1)),
        ct("9", .periodic, .simoncelliWavelet(level: 2), .simoncelliWavelet(level: 2)),
    ].flatMap(\.self)

    private static func ct(_ id: String, _ boundary: Boundary, _ slices: Filter, _ volume: Filter) -> [IBSI2Test] {
        [
            IBSI2Test("\(id).A", "ct_phantom", .slices, boundary, slices),
            IBSI2Test("\(id).B", "ct_phantom", .volume, boundary, volume),
        ]
    }

    private static func gabor(
        _ sigmaMM: Double, _ lambdaMM: Double, _ gamma: Double, _ orientation: GaborOrientation, planes: Bool = false
    ) -> Filter {
        .gabor(
            sigmaMM: sigmaMM, lambdaMM: lambdaMM, gamma: gamma, orientation: orientation, orthogonalPlanes: planes)
    }

    private static func wavelet(
        _ family: WaveletFamily, _ subband: String, level: Int = 1, rotation: Pooling? = nil
    ) -> Filter {
        .separableWavelet(family: family, subband: subband, level: level, rotation: rotation)
    }
}
