import CKernels
import Imaging

/// Recursive filters along the axes of an image, one after the other, for a box of it.
struct RecursivePass: @unchecked Sendable {
    /// The whole image, x fastest.
    let image: UnsafePointer<Float>
    let size: GridSize
    /// The box.
    let kept: (x: Range<Int>, y: Range<Int>, z: Range<Int>)
    /// Threads that share planes; they write disjoint ones.
    let threads: Int

    /// Adds the response along x and y, in the order told, in each slice of the box.
    func addSlices(
        _ x: RecursiveGaussian, _ y: RecursiveGaussian, xFirst: Bool, times scale: Float, to total: VoxelBuffer
    ) {
        let plane = kept.x.count * kept.y.count
        inParallel(kept.z.count, threads: threads) { slices in
            withMemory(plane) { response, between, scratch in
                for slice in slices {
                    filterSlice(kept.z.lowerBound + slice, x, y, xFirst, between, to: response, scratch)
                    Self.add(response, times: scale, to: total.values + slice * plane, count: plane)
                }
            }
        }
    }

    /// Adds the response along x and y, in the order told, and then z.
    func addVolume(
        _ x: RecursiveGaussian, _ y: RecursiveGaussian, _ z: RecursiveGaussian, xFirst: Bool, times scale: Float,
        to total: VoxelBuffer
    ) {
        let (width, plane) = (kept.x.count, kept.x.count * kept.y.count)
        let smooth = VoxelBuffer(GridSize(width, kept.y.count, size.z))
        inParallel(size.z, threads: threads) { slices in
            withMemory(0) { _, between, scratch in
                for slice in slices {
                    filterSlice(slice, x, y, xFirst, between, to: smooth.values + slice * plane, scratch)
                }
            }
        }
        inParallel(kept.y.count, threads: threads) { rows in
            withMemory(width * kept.z.count) { response, _, scratch in
                for row in rows {
                    z.run(
                        (width, size.z), from: smooth.row(row), crecursive_steps(sample: plane, line: 1),
                        to: response, crecursive_steps(sample: width, line: 1), keeping: kept.z, scratch: scratch)
                    for slice in 0..<kept.z.count {
                        let target = total.values + slice * plane + row * width
                        Self.add(response + slice * width, times: scale, to: target, count: width)
                    }
                }
            }
        }
    }

    /// Adds the response along z, then x, then y.
    func addVolumeFromZ(
        _ x: RecursiveGaussian, _ y: RecursiveGaussian, _ z: RecursiveGaussian, times scale: Float,
        to total: VoxelBuffer
    ) {
        let (width, plane) = (kept.x.count, kept.x.count * kept.y.count)
        let smooth = VoxelBuffer(GridSize(width, size.y, kept.z.count))
        inParallel(size.y, threads: threads) { rows in
            withMemory(0) { _, between, scratch in
                for row in rows {
                    z.run(
                        (size.x, size.z),
                        from: image + row * size.x, crecursive_steps(sample: size.x * size.y, line: 1),
                        to: between, crecursive_steps(sample: size.x, line: 1), keeping: kept.z, scratch: scratch)
                    x.run(
                        (kept.z.count, size.x), from: between, crecursive_steps(sample: 1, line: size.x),
                        to: smooth.row(row), crecursive_steps(sample: 1, line: width * size.y), keeping: kept.x,
                        scratch: scratch)
                }
            }
        }
        inParallel(kept.z.count, threads: threads) { slices in
            withMemory(plane) { response, _, scratch in
                for slice in slices {
                    let rows = crecursive_steps(sample: width, line: 1)
                    y.run(
                        (width, size.y), from: smooth.row(slice * size.y), rows, to: response, rows,
                        keeping: kept.y, scratch: scratch)
                    Self.add(response, times: scale, to: total.values + slice * plane, count: plane)
                }
            }
        }
    }

    /// The response along x and y in the part of a slice that is kept.
    private func filterSlice(
        _ slice: Int, _ x: RecursiveGaussian, _ y: RecursiveGaussian, _ xFirst: Bool,
        _ between: UnsafeMutablePointer<Float>, to response: UnsafeMutablePointer<Float>,
        _ scratch: UnsafeMutablePointer<Double>
    ) {
        let source = image + slice * size.x * size.y
        let (width, whole) = (kept.x.count, size.x)
        if xFirst {
            x.run(
                (size.y, size.x), from: source, crecursive_steps(sample: 1, line: whole),
                to: between, crecursive_steps(sample: 1, line: width), keeping: kept.x, scratch: scratch)
            y.run(
                (width, size.y), from: between, crecursive_steps(sample: width, line: 1),
                to: response, crecursive_steps(sample: width, line: 1), keeping: kept.y, scratch: scratch)
        } else {
            y.run(
                (whole, size.y), from: source, crecursive_steps(sample: whole, line: 1),
                to: between, crecursive_steps(sample: whole, line: 1), keeping: kept.y, scratch: scratch)
            x.run(
                (kept.y.count, size.x), from: between, crecursive_steps(sample: 1, line: whole),
                to: response, crecursive_steps(sample: 1, line: width), keeping: kept.x, scratch: scratch)
        }
    }

    /// Room for a response, for the plane between two passes and for a filter.
    private func withMemory(
        _ response: Int,
        _ body: (
            _ response: UnsafeMutablePointer<Float>, _ between: UnsafeMutablePointer<Float>,
            _ scratch: UnsafeMutablePointer<Double>
        ) -> Void
    ) {
        let plane = max(size.x, size.y) * max(size.y, size.z)
        let longest = max(size.x, size.y, size.z)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: response + plane) { floats in
            withUnsafeTemporaryAllocation(
                byteCount: RecursiveGaussian.scratchCount(longest) * 8, alignment: 64
            ) { scratch in
                guard let floats = floats.baseAddress, let scratch = scratch.baseAddress else { return }
                body(floats, floats + response, scratch.assumingMemoryBound(to: Double.self))
            }
        }
    }

    private static func add(
        _ part: UnsafePointer<Float>, times scale: Float, to total: UnsafeMutablePointer<Float>, count: Int
    ) {
        for index in 0..<count { total[index] += part[index] * scale }
    }
}
