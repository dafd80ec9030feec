import Imaging

/// Values of a volume's cubic spline at fixed offsets from a voxel; 0 beyond the border voxels' centres.
struct SphereSampler {
    /// What one offset needs: the same four by four by four weights at every voxel.
    private struct Stencil {
        /// Offset along z, y and x in voxels.
        let offset: (z: Double, y: Double, x: Double)
        /// First voxel of the stencil, from the voxel.
        let first: (z: Int, y: Int, x: Int)
        /// x fastest.
        let weights: [Double]
    }

    private let size: GridSize
    private let coefficients: [Double]
    private let stencils: [Stencil]

    /// The first coordinate of a point goes along z, the second along y, the third along x (as PyRadiomics).
    init(_ points: [Icosphere.Point], volume: Volume) {
        size = volume.geometry.size
        var values = volume.voxels.map(Double.init)
        for axis in 0..<3 where size.along(axis) > 1 {
            values = LineInterpolation.coefficients(of: values, size: size, axis: axis)
        }
        coefficients = values
        stencils = points.map { point in
            let (z, y, x) = (Self.taps(point.a), Self.taps(point.b), Self.taps(point.c))
            var weights: [Double] = []
            for k in z.weights {
                for j in y.weights {
                    for i in x.weights { weights.append(k * j * i) }
                }
            }
            return Stencil(
                offset: (point.a, point.b, point.c), first: (z.first, y.first, x.first), weights: weights)
        }
    }

    /// First voxel and weights of the cubic B-spline at an offset from a voxel.
    private static func taps(_ offset: Double) -> (first: Int, weights: [Double]) {
        let low = offset.rounded(.down)
        let t = offset - low
        let u = 1 - t
        return (
            Int(low) - 1,
            [
                u * u * u / 6, 2.0 / 3 - t * t * (2 - t) / 2, 2.0 / 3 - u * u * (2 - u) / 2, t * t * t / 6,
            ]
        )
    }

    /// The values around voxel (x, y, z), one for each point.
    func sample(_ x: Int, _ y: Int, _ z: Int, into samples: inout [Double]) {
        coefficients.withUnsafeBufferPointer { grid in
            for (index, stencil) in stencils.enumerated() {
                let place = (
                    z: Double(z) + stencil.offset.z, y: Double(y) + stencil.offset.y, x: Double(x) + stencil.offset.x
                )
                guard place.z >= 0, place.y >= 0, place.x >= 0, place.z <= Double(size.z - 1),
                    place.y <= Double(size.y - 1), place.x <= Double(size.x - 1)
                else {
                    samples[index] = 0
                    continue
                }
                let (z, y, x) = (z + stencil.first.z, y + stencil.first.y, x + stencil.first.x)
                let isInside =
                    z >= 0 && y >= 0 && x >= 0 && z + 4 <= size.z && y + 4 <= size.y && x + 4 <= size.x
                samples[index] =
                    isInside ? Self.inner(grid, size, stencil.weights, x, y, z) : border(stencil.weights, x, y, z)
            }
        }
    }

    /// Where all four voxels along each axis are there.
    private static func inner(
        _ grid: UnsafeBufferPointer<Double>, _ size: GridSize, _ weights: [Double], _ x: Int, _ y: Int, _ z: Int
    ) -> Double {
        var sum = SIMD4<Double>(repeating: 0)
        weights.withUnsafeBufferPointer { weights in
            var tap = 0
            for k in z..<z + 4 {
                for j in y..<y + 4 {
                    let row = (k * size.y + j) * size.x + x
                    let four = SIMD4<Double>(grid[row], grid[row + 1], grid[row + 2], grid[row + 3])
                    sum += four * SIMD4<Double>(weights[tap], weights[tap + 1], weights[tap + 2], weights[tap + 3])
                    tap += 4
                }
            }
        }
        return sum.sum()
    }

    /// Where the spline is mirrored about the centres of the border voxels.
    private func border(_ weights: [Double], _ x: Int, _ y: Int, _ z: Int) -> Double {
        var sum = 0.0
        for (tap, weight) in weights.enumerated() {
            let row =
                (Self.mirrored(z + tap / 16, size.z) * size.y + Self.mirrored(y + tap / 4 % 4, size.y)) * size.x
            sum += weight * coefficients[row + Self.mirrored(x + tap % 4, size.x)]
        }
        return sum
    }

    private static func mirrored(_ index: Int, _ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let period = 2 * (count - 1)
        let folded = (index % period + period) % period
        return folded < count ? folded : period - folded
    }
}
