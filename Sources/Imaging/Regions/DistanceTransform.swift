/// Exact Euclidean distances to the nearest voxel of a set, with a spacing for each axis.
///
/// One pass along each axis takes the lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012, section 2).
public struct DistanceTransform: Sendable {
    /// Squared distance in square millimetres for each voxel, x fastest; infinite when the set is empty.
    public private(set) var squared: [Double]
    /// Index of the nearest voxel of the set, or -1; of several at the same distance, one of them.
    public private(set) var nearest: [Int32]
    private let size: GridSize
    private let spacing: Vector3

    /// Distances from every voxel centre to the nearest voxel centre of a mask.
    ///
    /// - Parameter planar: Whether each slice stands alone.
    public init(to mask: Mask, planar: Bool) {
        self.init(
            seeds: mask.voxels, size: mask.geometry.size, spacing: mask.geometry.spacing, axes: planar ? 2 : 3)
    }

    init(seeds: [UInt8], size: GridSize, spacing: Vector3, axes: Int) {
        self.size = size
        self.spacing = spacing
        squared = seeds.map { $0 != 0 ? 0 : .infinity }
        nearest = seeds.indices.map { seeds[$0] != 0 ? Int32(truncatingIfNeeded: $0) : -1 }
        for axis in 0..<axes where size[axis] > 1 { sweep(axis) }
    }

    private mutating func sweep(_ axis: Int) {
        let length = size[axis]
        let stride = axis == 0 ? 1 : axis == 1 ? size.x : size.x * size.y
        let step = spacing[axis]
        let count = size.count
        var line = Line(length: length, step: step)
        // Raw buffers in the innermost passes: bounds checks of three arrays cost more than the envelope itself.
        squared.withUnsafeMutableBufferPointer { squared in
            nearest.withUnsafeMutableBufferPointer { nearest in
                for start in 0..<count where start / stride % length == 0 {
                    line.process(squared, nearest, start: start, stride: stride)
                }
            }
        }
    }

    /// Working memory for one row of voxels.
    private struct Line {
        let length: Int
        let step: Double
        var height: [Double]
        var label: [Int32]
        /// Positions of the parabolas of the envelope, and where each begins to be the lowest.
        var apex: [Int]
        var begin: [Double]

        init(length: Int, step: Double) {
            self.length = length
            self.step = step
            height = [Double](repeating: 0, count: length)
            label = [Int32](repeating: -1, count: length)
            apex = [Int](repeating: 0, count: length)
            begin = [Double](repeating: 0, count: length)
        }

        @inline(__always)
        mutating func process(
            _ squared: UnsafeMutableBufferPointer<Double>, _ nearest: UnsafeMutableBufferPointer<Int32>, start: Int,
            stride: Int
        ) {
            var last = -1
            for index in 0..<length {
                let value = squared[start + index * stride]
                height[index] = value
                label[index] = nearest[start + index * stride]
                guard value < .infinity else { continue }
                let position = Double(index) * step
                var crossing = -Double.infinity
                while last >= 0 {
                    let other = Double(apex[last]) * step
                    crossing =
                        ((value + position * position) - (height[apex[last]] + other * other))
                        / (2 * (position - other))
                    if crossing > begin[last] { break }
                    last -= 1
                    crossing = -.infinity
                }
                last += 1
                apex[last] = index
                begin[last] = crossing
            }
            guard last >= 0 else { return }
            var current = 0
            for index in 0..<length {
                let position = Double(index) * step
                while current < last, begin[current + 1] <= position { current += 1 }
                let offset = position - Double(apex[current]) * step
                squared[start + index * stride] = height[apex[current]] + offset * offset
                nearest[start + index * stride] = label[apex[current]]
            }
        }
    }
}
