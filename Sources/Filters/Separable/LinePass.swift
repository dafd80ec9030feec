import Imaging

/// The convolution of a volume with a kernel along one axis.
struct LinePass {
    let boundary: Boundary
    let threads: Int

    /// Writes the response to `target`, or adds it there. Source and target must differ.
    func run(
        _ kernel: LineKernel, axis: Int, from source: VoxelBuffer, to target: VoxelBuffer, adding: Bool = false
    ) {
        let sources = sourceIndices(kernel, count: source.size.along(axis))
        inParallel(source.rows, threads: threads) { rows in
            if axis == 0 {
                alongRows(kernel, sources, rows, from: source, to: target, adding: adding)
            } else {
                acrossRows(kernel, sources, rows, axis: axis, from: source, to: target, adding: adding)
            }
        }
    }

    /// Which sample each place from `reach.before` before the first to `reach.after` after the last stands for; -1 for 0.
    private func sourceIndices(_ kernel: LineKernel, count: Int) -> [Int] {
        let reach = kernel.reach
        return (-reach.before..<count + reach.after).map { boundary.index($0, count: count) ?? -1 }
    }

    private func alongRows(
        _ kernel: LineKernel, _ sources: [Int], _ rows: Range<Int>, from source: VoxelBuffer, to target: VoxelBuffer,
        adding: Bool
    ) {
        let (width, before) = (source.size.x, kernel.reach.before)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: sources.count) { extended in
            guard let extended = extended.baseAddress else { return }
            var taps: [Tap] = []
            for index in rows {
                let (line, result) = (source.row(index), target.row(index))
                for (place, sample) in sources.enumerated() { extended[place] = sample < 0 ? 0 : line[sample] }
                taps.removeAll(keepingCapacity: true)
                for (offset, weight) in zip(kernel.offsets, kernel.weights) {
                    taps.append((weight, UnsafePointer(extended) + before + offset))
                }
                Self.sum(taps, to: result, count: width, adding: adding)
            }
        }
    }

    private func acrossRows(
        _ kernel: LineKernel, _ sources: [Int], _ rows: Range<Int>, axis: Int, from source: VoxelBuffer,
        to target: VoxelBuffer, adding: Bool
    ) {
        let (width, height, before) = (source.size.x, source.size.y, kernel.reach.before)
        var taps: [Tap] = []
        for index in rows {
            let (slice, row) = index.quotientAndRemainder(dividingBy: height)
            taps.removeAll(keepingCapacity: true)
            for (offset, weight) in zip(kernel.offsets, kernel.weights) {
                let sample = sources[(axis == 1 ? row : slice) + before + offset]
                guard sample >= 0 else { continue }
                let line = source.row(axis == 1 ? slice * height + sample : sample * height + row)
                taps.append((weight, UnsafePointer(line)))
            }
            Self.sum(taps, to: target.row(index), count: width, adding: adding)
        }
    }

    /// A weight and the row that it is for.
    private typealias Tap = (weight: Float, line: UnsafePointer<Float>)

    /// Weights times rows, summed in the order of the taps; many voxels at once, so that sums stay in registers.
    private static func sum(
        _ taps: [Tap], to result: UnsafeMutablePointer<Float>, count: Int, adding: Bool
    ) {
        typealias Block = SIMD16<Float>
        var x = 0
        while x + Block.scalarCount <= count {
            let target = UnsafeMutableRawPointer(result + x)
            var sum = adding ? target.loadUnaligned(as: Block.self) : Block()
            for (weight, line) in taps { sum += weight * UnsafeRawPointer(line + x).loadUnaligned(as: Block.self) }
            target.storeBytes(of: sum, as: Block.self)
            x += Block.scalarCount
        }
        while x < count {
            var sum = adding ? result[x] : 0
            for (weight, line) in taps { sum += weight * line[x] }
            result[x] = sum
            x += 1
        }
    }
}
