import Imaging

/// The Laplacian of a Gaussian by recursive filters, times the squared width, which makes scales comparable: what
/// PyRadiomics takes from ITK's `LaplacianRecursiveGaussianImageFilter`.
struct RecursiveLaplacian {
    /// Standard deviation in millimetres.
    private let sigmaMM: Double
    /// For each axis the Gaussian and its second derivative, in voxels.
    private let axes: [(smooth: RecursiveGaussian, curved: RecursiveGaussian)]
    /// Squared width over squared spacing.
    private let scales: [Float]

    init(sigmaMM: Double, spacing: Vector3, size: GridSize, axes: Int) throws(FilterError) {
        guard sigmaMM > 0, sigmaMM.isFinite else {
            throw .invalidParameter(name: "sigmaMM", remedy: "use a width above 0 mm")
        }
        self.sigmaMM = sigmaMM
        var filters: [(RecursiveGaussian, RecursiveGaussian)] = []
        var scales: [Float] = []
        for axis in 0..<axes {
            let sigma = sigmaMM / spacing.along(axis)
            let needed = max(4, Int(min(sigma.rounded(.up), Double(Limits.reach))) + 1)
            guard size.along(axis) >= needed else {
                throw .imageTooSmall(axis: axis, voxels: size.along(axis), needed: needed)
            }
            filters.append(
                (
                    RecursiveGaussian(sigma: sigma, secondDerivative: false),
                    RecursiveGaussian(sigma: sigma, secondDerivative: true)
                ))
            scales.append(Float(sigma * sigma))
        }
        self.axes = filters
        self.scales = scales
    }

    /// The response in a box of the image.
    func respond(to image: VoxelBuffer, in box: GridBox, threads: Int) -> VoxelBuffer {
        let total = VoxelBuffer(box.size)
        let part = VoxelBuffer(image.size)
        for voxel in 0..<box.size.count { total.values[voxel] = 0 }
        for curved in axes.indices {
            // Lines are needed through what the passes after this one read: the box along the axes that are done, all along
            // the others.
            var needed = Ranges(image.size)
            needed = Self.run(
                axes[curved].curved, axis: curved, from: image, to: part, needed, box: box, threads: threads)
            for axis in axes.indices where axis != curved {
                needed = Self.run(
                    axes[axis].smooth, axis: axis, from: part, to: part, needed, box: box, threads: threads)
            }
            add(part, times: scales[curved], to: total, box: box)
        }
        return total
    }

    private func add(_ part: VoxelBuffer, times scale: Float, to total: VoxelBuffer, box: GridBox) {
        for row in 0..<total.rows {
            let (y, z) = (box.lower.y + row % box.size.y, box.lower.z + row / box.size.y)
            let (target, source) = (total.row(row), part.row(z * part.size.y + y) + box.lower.x)
            for x in 0..<box.size.x { target[x] += source[x] * scale }
        }
    }

    /// The part of a grid along each axis.
    private struct Ranges {
        var x, y, z: Range<Int>

        init(_ size: GridSize) { (x, y, z) = (0..<size.x, 0..<size.y, 0..<size.z) }

        mutating func limit(_ axis: Int, to box: GridBox) {
            switch axis {
            case 0: x = box.lower.x..<box.upper.x + 1
            case 1: y = box.lower.y..<box.upper.y + 1
            default: z = box.lower.z..<box.upper.z + 1
            }
        }
    }

    /// Filters the lines along an axis that lie in some ranges, and keeps the part in the box; source and target may be the
    /// same. Returns the ranges with values afterwards.
    private static func run(
        _ filter: RecursiveGaussian, axis: Int, from source: VoxelBuffer, to target: VoxelBuffer, _ ranges: Ranges,
        box: GridBox, threads: Int
    ) -> Ranges {
        var kept = ranges
        kept.limit(axis, to: box)
        let size = source.size
        let steps = [1, size.x, size.x * size.y]
        let count = size.along(axis)
        let written = axis == 0 ? kept.x : axis == 1 ? kept.y : kept.z
        // Lanes lie beside each other along x; along x itself they are rows.
        let (across, acrossStep) = axis == 0 ? (ranges.y, steps[1]) : (ranges.x, steps[0])
        let (outer, outerStep) = axis == 2 ? (ranges.y, steps[1]) : (ranges.z, steps[2])
        let lanes = RecursiveGaussian.Lanes.scalarCount
        inParallel(outer.count, threads: threads) { part in
            withUnsafeTemporaryAllocation(of: RecursiveGaussian.Lanes.self, capacity: 2 * count) { memory in
                guard let line = memory.baseAddress else { return }
                let response = line + count
                for outerPlace in part {
                    let start = (outer.lowerBound + outerPlace) * outerStep
                    for first in stride(from: across.lowerBound, to: across.upperBound, by: lanes) {
                        let place = LanePlaces(
                            start: start + first * acrossStep, step: steps[axis], laneStep: acrossStep,
                            lanes: min(lanes, across.upperBound - first))
                        place.read(source.values, 0..<count, into: line)
                        filter.apply(line, count: count, to: response)
                        place.write(response, written, to: target.values)
                    }
                }
            }
        }
        return kept
    }
}

/// Where the samples of some lines lie that are filtered together.
private struct LanePlaces {
    let start: Int
    /// From sample to sample, and from line to line.
    let step, laneStep: Int
    /// Lines that there are; at most the lanes of a vector.
    let lanes: Int

    private typealias Lanes = RecursiveGaussian.Lanes

    func read(
        _ source: UnsafeMutablePointer<Float>, _ samples: Range<Int>,
        into line: UnsafeMutablePointer<RecursiveGaussian.Lanes>
    ) {
        if laneStep == 1, lanes == Lanes.scalarCount {
            for sample in samples {
                line[sample] = Lanes(
                    UnsafeRawPointer(source + start + sample * step).loadUnaligned(as: SIMD8<Float>.self))
            }
        } else {
            // Lanes without a line repeat the last one.
            for lane in 0..<Lanes.scalarCount {
                let first = source + start + min(lane, lanes - 1) * laneStep
                for sample in samples { line[sample][lane] = Double(first[sample * step]) }
            }
        }
    }

    func write(
        _ line: UnsafeMutablePointer<RecursiveGaussian.Lanes>, _ samples: Range<Int>,
        to target: UnsafeMutablePointer<Float>
    ) {
        if laneStep == 1, lanes == Lanes.scalarCount {
            for sample in samples {
                UnsafeMutableRawPointer(target + start + sample * step)
                    .storeBytes(of: SIMD8<Float>(line[sample]), as: SIMD8<Float>.self)
            }
        } else {
            for lane in 0..<lanes {
                let first = target + start + lane * laneStep
                for sample in samples { first[sample * step] = Float(line[sample][lane]) }
            }
        }
    }
}
