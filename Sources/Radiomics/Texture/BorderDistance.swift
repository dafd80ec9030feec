/// City-block distance of voxels to the outside of the morphological mask; a voxel at the border has distance 1.
///
/// The distance in the 1-norm is exact when it is spread along one axis after the other. The outside begins beyond the
/// image as well (IBSI 3.9).
enum BorderDistance {
    /// Distances on the padded grid; in a plane when `planar`, otherwise in the volume.
    static func distances(region: Region, grid: LevelGrid, planar: Bool) -> [UInt16] {
        var distances = [UInt16](repeating: 0, count: grid.levels.count)
        let (row, slice) = (grid.rowStride, grid.sliceStride)
        func start(_ y: Int, _ z: Int) -> Int { (z + 1) * slice + (y + 1) * row + 1 }
        // Pointers: the loops run over all voxels of the box.
        region.morphological.withUnsafeBufferPointer { mask in
            distances.withUnsafeMutableBufferPointer { distances in
                guard let mask = mask.baseAddress, let distances = distances.baseAddress else { return }
                for z in 0..<grid.depth {
                    for y in 0..<grid.height {
                        spreadAlongRow(
                            mask + (z * grid.height + y) * grid.width, grid.width, to: distances + start(y, z))
                    }
                    for y in 0..<grid.height { spread(distances + start(y, z), from: -row, grid.width) }
                    for y in (0..<grid.height).reversed() { spread(distances + start(y, z), from: row, grid.width) }
                }
                if planar { return }
                for z in 0..<grid.depth {
                    for y in 0..<grid.height { spread(distances + start(y, z), from: -slice, grid.width) }
                }
                for z in (0..<grid.depth).reversed() {
                    for y in 0..<grid.height { spread(distances + start(y, z), from: slice, grid.width) }
                }
            }
        }
        return distances
    }

    /// The distances to the ends of the runs of inside voxels of a row.
    private static func spreadAlongRow(
        _ mask: UnsafePointer<UInt8>, _ width: Int, to distances: UnsafeMutablePointer<UInt16>
    ) {
        var x = 0
        while x < width {
            guard mask[x] != 0 else {
                x += 1
                continue
            }
            let first = x
            while x < width, mask[x] != 0 { x += 1 }
            let length = x - first
            for place in 0..<length {
                distances[first + place] = UInt16(truncatingIfNeeded: min(place + 1, length - place))
            }
        }
    }

    /// Bounds the distances of a row by those of the one before, which lies so many voxels away.
    private static func spread(_ distances: UnsafeMutablePointer<UInt16>, from step: Int, _ width: Int) {
        let before = distances + step
        for x in 0..<width { distances[x] = min(distances[x], before[x] &+ 1) }
    }
}
