import Imaging

/// The length of the gradient by central differences.
struct GradientMagnitude {
    /// Central difference along each axis.
    let axes: [LineKernel]

    init(spacing: Vector3, axes: Int) {
        self.axes = (0..<axes).map { axis in
            LineKernel(convolution: [1, 0, -1]).scaled(1 / (2 * spacing.along(axis)))
        }
    }

    func respond(to image: VoxelBuffer, pass: LinePass) -> VoxelBuffer {
        let (sum, derivative) = (VoxelBuffer(image.size), VoxelBuffer(image.size))
        sum.values.update(repeating: 0, count: image.size.count)
        for (axis, kernel) in axes.enumerated() {
            pass.run(kernel, axis: axis, from: image, to: derivative)
            inParallel(image.size.count, threads: pass.threads) { range in
                for index in range { sum.values[index] += derivative.values[index] * derivative.values[index] }
            }
        }
        sum.map(threads: pass.threads) { $0.squareRoot() }
        return sum
    }
}
