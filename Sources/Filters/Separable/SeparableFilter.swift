import Imaging

/// A filter that is one kernel after another along each axis.
struct SeparableFilter: Sendable {
    /// Kernels applied one after another along an axis.
    typealias AxisKernels = [LineKernel]

    /// For each axis, x first.
    let axes: [AxisKernels]

    /// The filter in all orientations that right-angle rotations give it, each once (IBSI 2, "Rotation invariance").
    ///
    /// A rotation permutes the axes and mirrors some, with determinant 1: 24 ways in 3D, 4 in 2D. Every different
    /// orientation arises equally often, so that leaving out the repeated ones does not change the mean.
    var orientations: [[AxisKernels]] {
        var seen: Set<[AxisKernels]> = []
        return Self.rotations(axes.count).compactMap { rotation in
            let turned = rotation.map { axis, flipped in flipped ? axes[axis].map(\.flipped) : axes[axis] }
            return seen.insert(turned).inserted ? turned : nil
        }
    }

    /// The samples that the responses in a box need, for any orientation; along an axis where they reach beyond the grid, all
    /// of it, so that it is still its ends that continue.
    func reach(around box: GridBox, in whole: GridBox) -> GridBox {
        let farthest =
            axes.map { kernels in kernels.reduce(0) { $0 + max($1.reach.before, $1.reach.after) } }.max() ?? 0
        var near = box
        for axis in 0..<3 {
            let (low, high) = (box.lower.along(axis) - farthest, box.upper.along(axis) + farthest)
            let isInside = low >= whole.lower.along(axis) && high <= whole.upper.along(axis)
            near.lower.set(axis, isInside ? low : whole.lower.along(axis))
            near.upper.set(axis, isInside ? high : whole.upper.along(axis))
        }
        return near
    }

    private typealias Rotation = [(axis: Int, flipped: Bool)]

    private static func rotations(_ count: Int) -> [Rotation] {
        let even = count == 2 ? [[0, 1]] : [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
        let odd = count == 2 ? [[1, 0]] : [[1, 0, 2], [0, 2, 1], [2, 1, 0]]
        var rotations: [Rotation] = []
        for flips in 0..<1 << count {
            // An odd permutation needs an odd number of mirrored axes.
            for permutation in flips.nonzeroBitCount % 2 == 0 ? even : odd {
                rotations.append(permutation.enumerated().map { ($1, flips >> $0 & 1 == 1) })
            }
        }
        return rotations
    }

    /// The response map; with `pooling`, of all orientations together.
    func respond(to image: VoxelBuffer, pooling: Pooling?, pass: LinePass) -> VoxelBuffer {
        let orientations = pooling == nil ? [axes] : orientations
        let response = Response(image: image, axes: axes.count, pooling: pooling, pass: pass)
        response.add(orientations, axis: 0, from: image)
        if pooling == .average {
            let share = 1 / Float(orientations.count)
            response.pooled.map(threads: pass.threads) { $0 * share }
        }
        return response.pooled
    }
}

/// The responses of several orientations, of which those that begin with the same kernels share the first passes.
private final class Response {
    let pooled: VoxelBuffer
    private var isEmpty = true
    /// One buffer for each axis but the last.
    private let partial: [VoxelBuffer]
    private lazy var last = VoxelBuffer(pooled.size)
    private lazy var scratch = VoxelBuffer(pooled.size)
    private let pooling: Pooling?
    private let pass: LinePass

    init(image: VoxelBuffer, axes: Int, pooling: Pooling?, pass: LinePass) {
        pooled = VoxelBuffer(image.size)
        partial = (0..<axes - 1).map { _ in VoxelBuffer(image.size) }
        self.pooling = pooling
        self.pass = pass
    }

    /// Filters along `axis` and the axes after it, and pools the results.
    func add(_ orientations: [[SeparableFilter.AxisKernels]], axis: Int, from source: VoxelBuffer) {
        var rest = orientations
        while let kernels = rest.first?[axis] {
            let alike = rest.filter { $0[axis] == kernels }
            rest.removeAll { $0[axis] == kernels }
            if axis < partial.count {
                run(kernels, axis: axis, from: source, to: partial[axis])
                add(alike, axis: axis + 1, from: partial[axis])
            } else if isEmpty {
                run(kernels, axis: axis, from: source, to: pooled)
                isEmpty = false
            } else {
                run(kernels, axis: axis, from: source, to: last)
                pool()
            }
        }
    }

    private func run(
        _ kernels: SeparableFilter.AxisKernels, axis: Int, from source: VoxelBuffer, to target: VoxelBuffer
    ) {
        var current = source
        for (index, kernel) in kernels.enumerated() {
            let toTarget = (kernels.count - 1 - index) % 2 == 0
            let next = toTarget ? target : scratch
            pass.run(kernel, axis: axis, from: current, to: next)
            current = next
        }
    }

    private func pool() {
        let (pooled, last, largest) = (pooled, last, pooling == .max)
        inParallel(pooled.rows, threads: pass.threads) { rows in
            let width = pooled.size.x
            for index in rows {
                let (result, added) = (pooled.row(index), last.row(index))
                if largest {
                    for x in 0..<width { result[x] = added[x] > result[x] ? added[x] : result[x] }
                } else {
                    for x in 0..<width { result[x] += added[x] }
                }
            }
        }
    }
}
