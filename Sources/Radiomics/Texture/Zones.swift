/// Connected groups of voxels with one grey level (26 neighbours in the volume, 8 in a plane).
struct Zones {
    /// Grey level, number of voxels and smallest distance to the border of each zone, in raster order of first voxels.
    let zones: [(level: Int, size: Int, distance: Int)]

    /// Finds the zones in some slices; `steps` lead to the neighbours that come later in raster order.
    init(grid: LevelGrid, slices: Range<Int>, steps: [Int], distances: [UInt16], labels: inout [Int32]) {
        var parents: [Int32] = []
        var sizes: [Int32] = []
        var nearest: [UInt16] = []
        var zoneLevels: [UInt16] = []
        let row = grid.rowStride
        let joined = steps.filter { step in
            step == 1 || step == row - 1 || (step > row + 1 && (step - grid.sliceStride + row + 1) % row == 0)
        }
        // Pointers: the innermost loop compares up to 13 neighbours of every voxel.
        grid.levels.withUnsafeBufferPointer { levels in
            labels.withUnsafeMutableBufferPointer { labels in
                for row in grid.rows(in: slices) {
                    for index in row where levels[index] != 0 {
                        let level = levels[index]
                        var label: Int32 = -1
                        // What joins the voxel to the left has been joined: then only neighbours to the right are new.
                        let candidates = levels[index - 1] == level ? joined : steps
                        for step in candidates where levels[index - step] == level {
                            let other = Self.root(labels[index - step], &parents)
                            if label < 0 {
                                label = other
                            } else if other != label {
                                let (low, high) = (min(label, other), max(label, other))
                                parents[Int(high)] = low
                                sizes[Int(low)] += sizes[Int(high)]
                                nearest[Int(low)] = min(nearest[Int(low)], nearest[Int(high)])
                                label = low
                            }
                        }
                        if label < 0 {
                            label = Int32(parents.count)
                            parents.append(label)
                            sizes.append(0)
                            nearest.append(.max)
                            zoneLevels.append(level)
                        }
                        labels[index] = label
                        sizes[Int(label)] += 1
                        nearest[Int(label)] = min(nearest[Int(label)], distances[index])
                    }
                }
            }
        }
        zones = parents.indices.filter { parents[$0] == Int32($0) }
            .map { (Int(zoneLevels[$0]), Int(sizes[$0]), Int(nearest[$0])) }
    }

    private static func root(_ start: Int32, _ parents: inout [Int32]) -> Int32 {
        var label = start
        while parents[Int(label)] != label {
            parents[Int(label)] = parents[Int(parents[Int(label)])]
            label = parents[Int(label)]
        }
        return label
    }
}
