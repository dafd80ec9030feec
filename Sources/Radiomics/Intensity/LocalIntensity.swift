import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Mean intensity in a sphere of 1 cm^3 around voxels of the intensity mask (IBSI 3.3).
///
/// The sphere takes every voxel of the image, inside the masks or not, whose centre lies within its radius.
struct LocalIntensity {
    /// (3 / 4 pi)^(1/3) cm in millimetres; a hair more, so that a centre exactly on it is in whatever the rounding.
    private static let radius = 10 * cbrt(3 / (4 * Double.pi)) * (1 + 1e-12)

    private let image: Volume
    private let region: Region
    /// Extent of the sphere in voxels.
    private let reach: (x: Int, y: Int, z: Int)
    /// Rows of voxels of the sphere by slice, from the lowest: offset in y, and half the extent along x.
    private let rows: [[(y: Int, half: Int)]]

    init(image: Volume, region: Region) {
        self.image = image
        self.region = region
        let spacing = region.spacing
        let size = image.geometry.size
        // Beyond the image there is nothing to reach.
        reach = (
            min(Int(Self.radius / spacing.x), size.x), min(Int(Self.radius / spacing.y), size.y),
            min(Int(Self.radius / spacing.z), size.z)
        )
        let (reachY, reachZ) = (reach.y, reach.z)
        rows = (-reachZ...reachZ).map { z in
            (-reachY...reachY).compactMap { y -> (y: Int, half: Int)? in
                let (dy, dz) = (Double(y) * spacing.y, Double(z) * spacing.z)
                let rest = Self.radius * Self.radius - dy * dy - dz * dz
                return rest < 0 ? nil : (y: y, half: min(Int(rest.squareRoot() / spacing.x), size.x))
            }
        }
    }

    /// Local peak (at the maximum of the mask; the highest where several voxels share it) and global peak.
    func values() -> [Double] {
        let maximum = region.inside.max() ?? .nan
        var (local, global) = (-Double.infinity, -Double.infinity)
        var slices: [Int: RunningSums] = [:]
        var sum = [Double](repeating: 0, count: region.width)
        var count = [Int32](repeating: 0, count: region.width)
        for z in 0..<region.depth {
            slices[z - reach.z - 1] = nil
            for other in z - reach.z...z + reach.z where slices[other] == nil { slices[other] = running(other) }
            for y in 0..<region.height {
                let mask = (z * region.height + y) * region.width
                let inside = region.intensity[mask..<mask + region.width]
                guard let low = inside.firstIndex(where: { $0 != 0 }), let high = inside.lastIndex(where: { $0 != 0 })
                else { continue }
                let window = low - mask..<high - mask + 1
                for x in 0..<window.count { (sum[x], count[x]) = (0, 0) }
                // Voxels of slices in which all count, the same for the whole row.
                var complete: Int32 = 0
                let start = window.lowerBound + reach.x
                for offset in -reach.z...reach.z {
                    guard let sums = slices[z + offset] else { continue }
                    for row in rows[offset + reach.z] {
                        if sums.complete { complete += Int32(2 * row.half + 1) }
                        sums.add(
                            row: y + row.y + reach.y, half: row.half, start: start, width: window.count, &sum, &count)
                    }
                }
                for x in window where region.intensity[mask + x] != 0 {
                    let mean = sum[x - window.lowerBound] / Double(count[x - window.lowerBound] + complete)
                    global = max(global, mean)
                    if region.values[mask + x] == maximum { local = max(local, mean) }
                }
            }
        }
        return [local, global]
    }

    /// The running sums of a slice around the box, widened by the reach; voxels beyond the image count nothing.
    private func running(_ z: Int) -> RunningSums? {
        let size = image.geometry.size
        let imageZ = region.first.z + z
        guard imageZ >= 0 && imageZ < size.z else { return nil }
        let (width, height) = (region.width + 2 * reach.x, region.height + 2 * reach.y)
        var sums = [Double](repeating: 0, count: (width + 1) * height)
        var counts = [Int32](repeating: 0, count: (width + 1) * height)
        for y in 0..<height {
            let imageY = region.first.y + y - reach.y
            guard imageY >= 0 && imageY < size.y else { continue }
            let source = (imageZ * size.y + imageY) * size.x
            var (sum, count) = (0.0, Int32(0))
            for x in 0..<width {
                let imageX = region.first.x + x - reach.x
                if imageX >= 0 && imageX < size.x && image.voxels[source + imageX].isFinite {
                    sum += Double(image.voxels[source + imageX])
                    count += 1
                }
                sums[y * (width + 1) + x + 1] = sum
                counts[y * (width + 1) + x + 1] = count
            }
        }
        let complete = (0..<height).allSatisfy { counts[$0 * (width + 1) + width] == width }
        return RunningSums(stride: width + 1, sums: sums, counts: counts, complete: complete)
    }

    /// Sums of intensities and numbers of voxels from the left end of a row up to each voxel.
    private struct RunningSums {
        let stride: Int
        let sums: [Double]
        let counts: [Int32]
        /// Whether every voxel counts: then `add` does not count them.
        let complete: Bool

        /// Adds the window of `half` voxels to both sides of each of `width` voxels of a row from `start` on.
        func add(row: Int, half: Int, start: Int, width: Int, _ sum: inout [Double], _ count: inout [Int32]) {
            let low = row * stride + start - half
            let high = row * stride + start + half + 1
            precondition(low >= 0 && high + width <= sums.count && width <= sum.count && width <= count.count)
            // Pointers: the loops run once for each voxel and row of the sphere.
            sums.withUnsafeBufferPointer { sums in
                counts.withUnsafeBufferPointer { counts in
                    sum.withUnsafeMutableBufferPointer { sum in
                        count.withUnsafeMutableBufferPointer { count in
                            guard let sum = sum.baseAddress, let count = count.baseAddress,
                                let sums = sums.baseAddress, let counts = counts.baseAddress
                            else { return }
                            let (lowSums, highSums) = (sums + low, sums + high)
                            for x in 0..<width { sum[x] += highSums[x] - lowSums[x] }
                            if complete { return }
                            let (lowCounts, highCounts) = (counts + low, counts + high)
                            for x in 0..<width { count[x] &+= highCounts[x] &- lowCounts[x] }
                        }
                    }
                }
            }
        }
    }
}
