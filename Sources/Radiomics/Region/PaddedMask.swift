/// A mask of 0 and 1 with one layer of zeros around.
///
/// A class around its own memory, to whose rows it points.
final class PaddedMask {
    /// Of a row, with both ends.
    let width: Int
    private let height: Int
    private let bytes: UnsafeMutablePointer<UInt8>

    /// The morphological mask of a region.
    init(_ region: Region) {
        width = region.width + 2
        height = region.height + 2
        let count = width * height * (region.depth + 2)
        bytes = .allocate(capacity: count)
        bytes.initialize(repeating: 0, count: count)
        region.morphological.withUnsafeBufferPointer { mask in
            guard let mask = mask.baseAddress else { return }
            for row in 0..<region.height * region.depth {
                let (y, z) = (row % region.height, row / region.height)
                (bytes + ((z + 1) * height + y + 1) * width + 1)
                    .update(from: mask + row * region.width, count: region.width)
            }
        }
    }

    deinit { bytes.deallocate() }

    /// The row at a position of the region's grid, which may lie one beyond it, from the zero before it.
    func row(_ y: Int, _ z: Int) -> UnsafePointer<UInt8> {
        UnsafePointer(bytes + ((z + 1) * height + y + 1) * width)
    }
}
