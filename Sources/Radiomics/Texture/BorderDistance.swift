/// City-block distance of voxels to the outside of the morphological mask; a voxel at the border has distance 1.
///
/// Two raster passes give the exact distance in the 1-norm. The outside begins beyond the image as well (IBSI 3.9).
enum BorderDistance {
    /// Distances on the padded grid; in a plane when `planar`, otherwise in the volume.
    static func distances(region: Region, grid: LevelGrid, planar: Bool) -> [UInt16] {
        var distances = [UInt16](repeating: 0, count: grid.levels.count)
        let (row, slice) = (grid.rowStride, grid.sliceStride)
        func start(_ y: Int, _ z: Int) -> Int { (z + 1) * slice + (y + 1) * row + 1 }
        // Pointers: the loops run over all voxels of the box.
        region.morphological.withUnsafeBufferPointer { mask in
            distances.withUnsafeMutableBufferPointer { distances in
                for z in 0..<grid.depth {
                    for y in 0..<grid.height {
                        let target = start(y, z)
                        let source = (z * grid.height + y) * grid.width
                        for x in 0..<grid.width where mask[source + x] != 0 {
                            let index = target + x
                            let inPlane = min(distances[index - 1], distances[index - row])
                            distances[index] = (planar ? inPlane : min(inPlane, distances[index - slice])) + 1
                        }
                    }
                }
                for z in (0..<grid.depth).reversed() {
                    for y in (0..<grid.height).reversed() {
                        let target = start(y, z)
                        for x in (0..<grid.width).reversed() where distances[target + x] != 0 {
                            let index = target + x
                            let inPlane = min(distances[index + 1], distances[index + row])
                            let nearest = planar ? inPlane : min(inPlane, distances[index + slice])
                            distances[index] = min(distances[index], nearest + 1)
                        }
                    }
                }
            }
        }
        return distances
    }
}
