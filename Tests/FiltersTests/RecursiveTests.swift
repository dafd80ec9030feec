import Filters
import Foundation
import Imaging
import Testing

/// The recursive filters, whose lines go together in groups of eight.
struct RecursiveTests {
    private static let sizes = [
        GridSize(13, 9, 6), GridSize(4, 5, 4), GridSize(7, 21, 5), GridSize(33, 6, 11), GridSize(16, 8, 24),
    ]

    @Test("The response in a box is that of the whole image there, to the last bit", arguments: sizes)
    func boxes(size: GridSize) throws {
        let image = TestImage.noise(size)
        for (sigma, dimensionality) in [(2.0, Dimensionality.volume), (5, .volume), (3, .slices)] {
            let filter = Filter.recursiveLaplacianOfGaussian(sigmaMM: sigma)
            let whole = try apply(filter, to: image, dimensionality: dimensionality, boundary: .nearest)
            for (low, high) in [((0, 0, 0), (1, 2, 1)), ((1, 2, 0), (3, 3, 3)), ((2, 1, 3), (2, 4, 3))] {
                let box = GridBox(
                    lower: GridSize(low.0, low.1, low.2),
                    upper: GridSize(size.x - 1 - (3 - high.0), size.y - 1 - (4 - high.1), size.z - 1 - (3 - high.2)))
                for threads in [1, 3] {
                    let part = try apply(
                        filter, to: image, dimensionality: dimensionality, boundary: .nearest, in: box,
                        threads: threads)
                    #expect(part.voxels == whole.cropped(to: box).voxels)
                }
            }
        }
    }

    @Test("A turned image has the turned response", arguments: sizes)
    func turned(size: GridSize) throws {
        let image = TestImage.noise(size)
        func respond(_ image: Volume) throws -> Volume {
            try apply(
                .recursiveLaplacianOfGaussian(sigmaMM: 3), to: image, dimensionality: .volume, boundary: .nearest)
        }
        let response = try respond(image)
        let largest = response.voxels.reduce(0) { max($0, $1.magnitude) }
        for turn in [TestImage.turnedAboutZ, TestImage.turnedAboutX] {
            #expect(try respond(turn(image)).distance(to: turn(response)) <= 2e-5 * largest)
        }
    }

    @Test("The response is the convolution with Deriche's kernels, the border voxels going on", arguments: sizes)
    func convolution(size: GridSize) throws {
        let image = TestImage.noise(size)
        let sigma = 1.6
        let (smooth, curved) = Self.kernels(sigma)
        var expected = [Double](repeating: 0, count: size.count)
        for derived in 0..<3 {
            var values = image.voxels.map(Double.init)
            for axis in 0..<3 { values = Self.convolve(values, size, axis, axis == derived ? curved : smooth) }
            for index in expected.indices { expected[index] += sigma * sigma * values[index] }
        }
        let response = try apply(
            .recursiveLaplacianOfGaussian(sigmaMM: 2 * sigma), to: image, dimensionality: .volume, boundary: .nearest)
        let largest = expected.reduce(0) { max($0, $1.magnitude) }
        for (value, reference) in zip(response.voxels, expected) {
            #expect(abs(Double(value) - reference) <= 2e-6 * largest)
        }
    }

    /// Weights for the samples 0, 1, 2 ... away: of the Gaussian, whose sum is 1, and of the second derivative, which is 0
    /// for a constant and 1 for x^2 / 2 (Deriche 1993, with the constants of Farneback and Westin 2006).
    private static func kernels(_ sigma: Double) -> (smooth: [Double], curved: [Double]) {
        func oscillations(_ cosine: (Double, Double), _ sine: (Double, Double)) -> [Double] {
            (0..<200).map { place in
                let x = Double(place) / sigma
                return (cosine.0 * cos(0.6681 * x) + sine.0 * sin(0.6681 * x)) * exp(-1.3932 * x)
                    + (cosine.1 * cos(2.0787 * x) + sine.1 * sin(2.0787 * x)) * exp(-1.3732 * x)
            }
        }
        func sum(_ kernel: [Double]) -> Double { kernel[0] + 2 * kernel.dropFirst().reduce(0, +) }
        let smooth = oscillations((1.3530, -0.3531), (1.8151, 0.0902))
        let bare = oscillations((-1.3563, 0.3446), (5.2318, -2.2355))
        let curved = zip(bare, smooth).map { $0 - sum(bare) / sum(smooth) * $1 }
        let squares = curved.enumerated().reduce(0) { $0 + Double($1.offset * $1.offset) * $1.element }
        return (smooth.map { $0 / sum(smooth) }, curved.map { $0 / squares })
    }

    private static func convolve(_ values: [Double], _ size: GridSize, _ axis: Int, _ kernel: [Double]) -> [Double] {
        let count = [size.x, size.y, size.z][axis]
        let step = [1, size.x, size.x * size.y][axis]
        return values.indices.map { index in
            let place = index / step % count
            return kernel.enumerated().reduce(0) { sum, tap in
                let (before, after) = (max(0, place - tap.offset), min(count - 1, place + tap.offset))
                let both = values[index + (after - place) * step] + values[index + (before - place) * step]
                return sum + tap.element * (tap.offset == 0 ? values[index] : both)
            }
        }
    }
}
