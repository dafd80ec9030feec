import Imaging

/// Voxels of a grid in memory of their own.
///
/// A class: several threads write disjoint rows of one buffer, which an array does not allow.
final class VoxelBuffer: @unchecked Sendable {
    let values: UnsafeMutablePointer<Float>
    let size: GridSize

    /// Memory without values: every voxel is written before it is read.
    init(_ size: GridSize) {
        values = .allocate(capacity: size.count)
        self.size = size
    }

    convenience init(_ volume: Volume) {
        self.init(volume.geometry.size)
        volume.voxels.withUnsafeBufferPointer { voxels in
            guard let start = voxels.baseAddress else { return }
            values.update(from: start, count: voxels.count)
        }
    }

    deinit { values.deallocate() }

    /// Number of rows along x.
    var rows: Int { size.y * size.z }

    func row(_ index: Int) -> UnsafeMutablePointer<Float> { values + index * size.x }

    /// Replaces each value.
    func map(threads: Int, _ transform: @Sendable (Float) -> Float) {
        inParallel(size.count, threads: threads) { range in
            for index in range { values[index] = transform(values[index]) }
        }
    }

    var array: [Float] { Array(UnsafeBufferPointer(start: values, count: size.count)) }
}

extension GridSize {
    /// Voxels along axis 0 (x), 1 or 2.
    func along(_ axis: Int) -> Int { axis == 0 ? x : axis == 1 ? y : z }

    /// Changes the number along an axis.
    mutating func set(_ axis: Int, _ value: Int) {
        switch axis {
        case 0: x = value
        case 1: y = value
        default: z = value
        }
    }
}

extension Vector3 {
    /// Component along axis 0 (x), 1 or 2.
    func along(_ axis: Int) -> Double { axis == 0 ? x : axis == 1 ? y : z }
}
