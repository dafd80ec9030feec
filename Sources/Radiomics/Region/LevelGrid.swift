/// Grey levels of a cropped region with a border of one voxel; 0 is outside, levels start at 1.
///
/// The border lets every neighbour be read without a bounds test, and level 0 collects what lies outside in a row of
/// the tables that nobody reads, so that the loops over voxels need no branch.
struct LevelGrid {
    /// Voxels of the box without its border.
    let width, height, depth: Int
    /// Steps to the next row and the next slice of the padded grid.
    let rowStride, sliceStride: Int
    /// Levels of the padded grid, x fastest.
    let levels: [UInt16]
    /// Number of grey levels of the discretisation (empty ones included).
    let levelCount: Int
    /// For each row (slices outermost) the first index and the index after the last with a level.
    let rows: [Range<Int>]
    /// Number of voxels inside for each slice.
    let sliceCounts: [Int]
    /// Number of voxels inside.
    let count: Int

    /// Levels of the voxels inside the intensity mask, in raster order.
    init(region: Region, levels inside: [UInt16], levelCount: Int) {
        let (width, height, depth) = (region.width, region.height, region.depth)
        (self.width, self.height, self.depth) = (width, height, depth)
        rowStride = width + 2
        sliceStride = (width + 2) * (height + 2)
        self.levelCount = levelCount
        var levels = [UInt16](repeating: 0, count: (width + 2) * (height + 2) * (depth + 2))
        var rows: [Range<Int>] = []
        rows.reserveCapacity(height * depth)
        var sliceCounts: [Int] = []
        var next = 0
        for z in 0..<depth {
            let before = next
            for y in 0..<height {
                let target = (z + 1) * sliceStride + (y + 1) * rowStride + 1
                let row = region.intensity[(z * height + y) * width..<(z * height + y + 1) * width]
                // Pointers: the loops run over all voxels of the box.
                let found = row.withUnsafeBufferPointer { mask in
                    levels.withUnsafeMutableBufferPointer { levels in
                        inside.withUnsafeBufferPointer { inside in
                            Self.fill(mask, from: inside, at: &next, to: levels, at: target)
                        }
                    }
                }
                rows.append(target + found.lowerBound..<target + found.upperBound)
            }
            sliceCounts.append(next - before)
        }
        self.levels = levels
        self.rows = rows
        self.sliceCounts = sliceCounts
        count = next
    }

    /// Writes the levels of a row; returns its voxels from the first to the last inside.
    private static func fill(
        _ mask: UnsafeBufferPointer<UInt8>, from inside: UnsafeBufferPointer<UInt16>, at next: inout Int,
        to levels: UnsafeMutableBufferPointer<UInt16>, at target: Int
    ) -> Range<Int> {
        guard let low = mask.firstIndex(where: { $0 != 0 }), let high = mask.lastIndex(where: { $0 != 0 }) else {
            return 0..<0
        }
        for x in low...high where mask[x] != 0 {
            levels[target + x] = inside[next]
            next += 1
        }
        return low..<high + 1
    }

    /// The rows of the slices `slices`.
    func rows(in slices: Range<Int>) -> ArraySlice<Range<Int>> {
        rows[slices.lowerBound * height..<slices.upperBound * height]
    }

    /// Index steps to the 4 neighbours in the plane that come later in raster order.
    var planeSteps: [Int] { [1, rowStride - 1, rowStride, rowStride + 1] }

    /// Index steps to the 13 neighbours in the volume that come later in raster order.
    var volumeSteps: [Int] {
        planeSteps
            + [-1, 0, 1].flatMap { y in [-1, 0, 1].map { x in sliceStride + y * rowStride + x } }
    }
}
