/// Repeated dilation with the face neighbours.
enum Dilation {
    /// Number of steps until each voxel is reached: 0 in the region, infinite beyond `limit`.
    static func steps(from mask: Mask, limit: Int, planar: Bool) -> [Double] {
        let size = mask.geometry.size
        var steps: [Double] = mask.voxels.map { $0 != 0 ? 0 : .infinity }
        var front = mask.voxels.indices.filter { mask.voxels[$0] != 0 }
        for step in 0..<max(limit, 0) {
            var next: [Int] = []
            for index in front {
                let (x, y, z) = (index % size.x, index / size.x % size.y, index / (size.x * size.y))
                func reach(_ inside: Bool, _ neighbour: Int) {
                    guard inside, steps[neighbour] == .infinity else { return }
                    steps[neighbour] = Double(step + 1)
                    next.append(neighbour)
                }
                reach(x > 0, index - 1)
                reach(x + 1 < size.x, index + 1)
                reach(y > 0, index - size.x)
                reach(y + 1 < size.y, index + size.x)
                guard !planar else { continue }
                reach(z > 0, index - size.x * size.y)
                reach(z + 1 < size.z, index + size.x * size.y)
            }
            front = next
        }
        return steps
    }
}
