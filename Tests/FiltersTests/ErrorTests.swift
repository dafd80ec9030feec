import Filters
import Imaging
import Testing

/// What is refused, and in which words.
struct ErrorTests {
    private static let image = TestImage.noise(GridSize(5, 4, 3))

    private func refusal(
        _ filter: Filter, of image: Volume = image, _ dimensionality: Dimensionality = .volume,
        _ boundary: Boundary = .mirror
    ) -> FilterError? {
        do {
            _ = try apply(filter, to: image, dimensionality: dimensionality, boundary: boundary)
            return nil
        } catch {
            return error
        }
    }

    @Test("Parameters without meaning are refused")
    func parameters() {
        #expect(refusal(.mean(support: 4)) == .invalidSupport(4))
        #expect(refusal(.mean(support: -1)) == .invalidSupport(-1))
        #expect(refusal(.laws(kernels: "L5Q5E5", rotation: nil)) == .unknownKernel("Q5"))
        #expect(
            refusal(.laws(kernels: "L5E5", rotation: nil))
                == .wrongAxisCount(name: "L5E5", found: 2, needed: 3))
        #expect(
            refusal(.separableWavelet(family: .haar, subband: "LLL"), .slices)
                == .wrongAxisCount(name: "LLL", found: 3, needed: 2))
        let named: [(String, Filter)] = [
            ("sigmaMM", .laplacianOfGaussian(sigmaMM: 0)), ("sigmaMM", .laplacianOfGaussian(sigmaMM: .nan)),
            ("truncation", .laplacianOfGaussian(sigmaMM: 1, truncation: 0)),
            ("sigmaMM", .laplacianOfGaussian(sigmaMM: 1e9)),
            ("sigmaMM", .gabor(sigmaMM: -1, lambdaMM: 4, gamma: 1, orientation: .angle(0))),
            ("lambdaMM", .gabor(sigmaMM: 1, lambdaMM: 0, gamma: 1, orientation: .angle(0))),
            ("gamma", .gabor(sigmaMM: 1, lambdaMM: 4, gamma: 0, orientation: .angle(0))),
            ("orientation", .gabor(sigmaMM: 1, lambdaMM: 4, gamma: 1, orientation: .average(step: 1))),
            ("orientation", .gabor(sigmaMM: 1, lambdaMM: 4, gamma: 1, orientation: .average(step: 0))),
            ("energyDistance", .laws(kernels: "L5E5S5", rotation: nil, energyDistance: -1)),
            ("subband", .separableWavelet(family: .db2, subband: "LXL")),
            ("level", .separableWavelet(family: .db2, subband: "LHL", level: 0)),
        ]
        for (name, filter) in named {
            guard case .invalidParameter(name, _) = refusal(filter) else {
                Issue.record("\(filter) was not refused for \(name)")
                continue
            }
        }
        #expect(throws: FilterError.unknownWavelet("db99")) { try WaveletFamily(named: "db99") }
    }

    @Test("Images that do not suit the filter are refused")
    func images() {
        let flat = TestImage.noise(GridSize(5, 4, 1))
        #expect(refusal(.mean(support: 3), of: flat) == .needsVolume)
        let thin = TestImage.noise(GridSize(5, 1, 3))
        #expect(
            refusal(.simoncelliWavelet(level: 1), of: thin, .volume, .periodic)
                == .imageTooSmall(axis: 1, voxels: 1, needed: 2))
        #expect(refusal(.simoncelliWavelet(level: 1)) == .boundaryNotPeriodic(.mirror))
        var broken = Self.image
        broken.voxels[3] = .nan
        broken.voxels[4] = .infinity
        #expect(refusal(.square, of: broken) == .nonFiniteIntensities(count: 2))
        var geometry = Self.image.geometry
        geometry.spacingKnown = false
        let picture = Volume(geometry: geometry, voxels: Self.image.voxels)
        #expect(refusal(.laplacianOfGaussian(sigmaMM: 1), of: picture) == .spacingUnknown)
        #expect(refusal(.gradient(useSpacing: false), of: picture) == nil)
        geometry = Self.image.geometry
        geometry.spacing.z = 0
        let sunken = Volume(geometry: geometry, voxels: Self.image.voxels)
        #expect(refusal(.gradient(), of: sunken) == .invalidSpacing)
    }

    @Test("Every refusal names a remedy")
    func descriptions() {
        let errors: [FilterError] = [
            .invalidSupport(4), .invalidParameter(name: "level", remedy: "use 1"), .unknownKernel("Q5"),
            .unknownWavelet("db99"), .wrongAxisCount(name: "LH", found: 2, needed: 3), .needsVolume,
            .imageTooSmall(axis: 1, voxels: 1, needed: 2), .boundaryNotPeriodic(.zero), .spacingUnknown,
            .invalidSpacing, .nonFiniteIntensities(count: 2),
        ]
        for error in errors {
            #expect(error.description.contains(";"))
            #expect(error.description.hasSuffix("."))
        }
        #expect(FilterError.unknownKernel("Q5").description.contains("R5"))
        #expect(FilterError.unknownWavelet("x").description.contains("coif1"))
    }
}
