/// Connected parts of the morphological mask.
enum Components {
    /// Number of 26-connected parts (8-connected in one slice), by joining runs of voxels along x.
    static func count(region: Region) -> Int {
        var parents: [Int] = []
        var rows: [[(low: Int, high: Int, label: Int)]] = []
        rows.reserveCapacity(region.height * region.depth)
        func root(_ start: Int) -> Int {
            var label = start
            while parents[label] != label { label = parents[label] }
            return label
        }
        for row in 0..<region.height * region.depth {
            let (y, z) = (row % region.height, row / region.height)
            var before: [(low: Int, high: Int, label: Int)] = y > 0 ? rows[row - 1] : []
            if z > 0 {
                for other in max(0, y - 1)...min(region.height - 1, y + 1) {
                    before += rows[(z - 1) * region.height + other]
                }
            }
            var runs: [(low: Int, high: Int, label: Int)] = []
            var x = 0
            let start = row * region.width
            while x < region.width {
                guard region.morphological[start + x] != 0 else {
                    x += 1
                    continue
                }
                let low = x
                while x < region.width && region.morphological[start + x] != 0 { x += 1 }
                var label = parents.count
                parents.append(label)
                for other in before where other.low <= x && other.high >= low {
                    let joined = root(other.label)
                    parents[max(label, joined)] = min(label, joined)
                    label = min(label, joined)
                }
                // `high` is one past the last voxel, so neighbours by corners overlap.
                runs.append((low, x, label))
            }
            rows.append(runs)
        }
        return parents.indices.count { parents[$0] == $0 }
    }
}
