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
        squared = [Double](repeating: .infinity, count: seeds.count)
        nearest = [Int32](repeating: -1, count: seeds.count)
        for index in seeds.indices where seeds[index] != 0 {
            squared[index] = 0
            nearest[index] = Int32(truncatingIfNeeded: index)
        }
        for axis in 0..<axes where size[axis] > 1 { sweep(axis) }
    }

    private mutating func sweep(_ axis: Int) {
        let length = size[axis]
        let stride = axis == 0 ? 1 : axis == 1 ? size.x : size.x * size.y
        let blocks = size.count / (stride * length)
        let line = Line(length: length, step: spacing[axis])
        defer { line.deallocate() }
        squared.withUnsafeMutableBufferPointer { squared in
            nearest.withUnsafeMutableBufferPointer { nearest in
                guard let squares = squared.baseAddress, let labels = nearest.baseAddress else { return }
                for block in 0..<blocks {
                    let start = block * stride * length
                    if axis == 0 {
                        line.scan(squares + start, labels + start)
                        continue
                    }
                    for offset in Swift.stride(from: 0, to: stride, by: Line.lanes) {
                        line.process(
                            squares + start + offset, labels + start + offset, stride: stride,
                            count: min(Line.lanes, stride - offset))
                    }
                }
            }
        }
    }

    /// Working memory for some rows of voxels that lie beside each other: columns are read a cache line at a time. Pointers,
    /// because the checks of array accesses took half of the time here.
    private struct Line {
        /// Rows taken at once.
        static let lanes = 16
        let length: Int
        let square: Double
        /// Squared distances along the rows so far, and their nearest voxels, row after row.
        let height: UnsafeMutablePointer<Double>
        let label: UnsafeMutablePointer<Int32>
        /// Positions of the parabolas of the envelope, and where each begins to be the lowest, in voxels.
        let apex: UnsafeMutablePointer<Int>
        let begin: UnsafeMutablePointer<Double>
        /// 1 / (2 step^2 k) for parabolas k voxels apart.
        let reciprocal: UnsafeMutablePointer<Double>

        init(length: Int, step: Double) {
            self.length = length
            square = step * step
            height = .allocate(capacity: Self.lanes * length)
            label = .allocate(capacity: Self.lanes * length)
            apex = .allocate(capacity: length)
            begin = .allocate(capacity: length)
            reciprocal = .allocate(capacity: length)
            for index in 0..<length { reciprocal[index] = index > 0 ? 1 / (2 * step * step * Double(index)) : 0 }
        }

        func deallocate() {
            height.deallocate()
            label.deallocate()
            apex.deallocate()
            begin.deallocate()
            reciprocal.deallocate()
        }

        /// The first axis: distances to the nearest voxel of the set in one contiguous row; of two as near, the later.
        func scan(_ squared: UnsafeMutablePointer<Double>, _ nearest: UnsafeMutablePointer<Int32>) {
            var next = 0
            while next < length, nearest[next] < 0 { next += 1 }
            guard next < length else { return }
            var before = -1
            for index in 0..<length {
                if index == next {
                    before = next
                    next += 1
                    // Labels to the right of `index` are still those of the set.
                    while next < length, nearest[next] < 0 { next += 1 }
                    continue
                }
                let isLater = before < 0 || (next < length && next - index <= index - before)
                let apex = isLater ? next : before
                let offset = Double(index - apex)
                squared[index] = offset * offset * square
                nearest[index] = nearest[apex]
            }
        }

        func process(
            _ squared: UnsafeMutablePointer<Double>, _ nearest: UnsafeMutablePointer<Int32>, stride: Int, count: Int
        ) {
            for index in 0..<length {
                for lane in 0..<count {
                    height[lane * length + index] = squared[index * stride + lane]
                    label[lane * length + index] = nearest[index * stride + lane]
                }
            }
            for lane in 0..<count {
                envelope(
                    height + lane * length, label + lane * length, squared + lane, nearest + lane, stride: stride)
            }
        }

        @inline(__always)
        private func envelope(
            _ height: UnsafeMutablePointer<Double>, _ label: UnsafeMutablePointer<Int32>,
            _ squared: UnsafeMutablePointer<Double>, _ nearest: UnsafeMutablePointer<Int32>, stride: Int
        ) {
            var last = -1
            for index in 0..<length {
                let value = height[index]
                guard value < .infinity else { continue }
                var crossing = -Double.infinity
                while last >= 0 {
                    let other = apex[last]
                    crossing = (value - height[other]) * reciprocal[index - other] + 0.5 * Double(index + other)
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
                while current < last, begin[current + 1] <= Double(index) { current += 1 }
                let offset = Double(index - apex[current])
                squared[index * stride] = height[apex[current]] + offset * offset * square
                nearest[index * stride] = label[apex[current]]
            }
        }
    }
}
