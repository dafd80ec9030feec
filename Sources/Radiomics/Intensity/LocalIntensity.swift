import CKernels
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
        // Rows with a voxel of the highest intensity: few.
        var peaks: Set<Int> = []
        region.values.withUnsafeBufferPointer { values in
            for index in values.indices where values[index] == maximum {
                if region.intensity[index] != 0 { peaks.insert(index / region.width) }
            }
        }
        // Where the running sums of the rows of a sphere begin, before it and at its end.
        var (lows, highs): ([UnsafePointer<Double>?], [UnsafePointer<Double>?]) = ([], [])
        for z in 0..<region.depth {
            slices[z - reach.z - 1] = nil
            for other in z - reach.z...z + reach.z where slices[other] == nil { slices[other] = running(other) }
            for y in 0..<region.height {
                let mask = (z * region.height + y) * region.width
                let window = extent(mask)
                guard !window.isEmpty else { continue }
                for x in 0..<window.count { (sum[x], count[x]) = (0, 0) }
                // Voxels of slices in which all count, the same for the whole row.
                var complete: Int32 = 0
                let start = window.lowerBound + reach.x
                var isComplete = true
                lows.removeAll(keepingCapacity: true)
                highs.removeAll(keepingCapacity: true)
                for offset in -reach.z...reach.z {
                    guard let sums = slices[z + offset] else { continue }
                    isComplete = isComplete && sums.isComplete
                    for row in rows[offset + reach.z] {
                        if sums.isComplete { complete += Int32(2 * row.half + 1) }
                        sums.add(
                            row: y + row.y + reach.y, half: row.half, start: start, width: window.count, &lows, &highs,
                            &count)
                    }
                }
                defer { withExtendedLifetime(slices) {} }
                let highest = region.intensity.withUnsafeBufferPointer { inside in
                    cintensities_windows(
                        lows, highs, lows.count, window.count,
                        inside.baseAddress.map { $0 + mask + window.lowerBound }, &sum)
                }
                if isComplete {
                    // One division for the row: the highest mean is that of the highest sum.
                    global = max(global, highest / Double(complete))
                    guard peaks.contains(z * region.height + y) else { continue }
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

    /// From the first voxel of the intensity mask to the last in the row that begins at an index.
    private func extent(_ row: Int) -> Range<Int> {
        var (first, last) = (0, 0)
        region.intensity.withUnsafeBufferPointer { inside in
            cintensities_extent(inside.baseAddress.map { $0 + row }, region.width, &first, &last)
        }
        return first..<max(last + 1, first)
    }

    /// The running sums of a slice around the box, widened by the reach; voxels beyond the image count nothing.
    private func running(_ z: Int) -> RunningSums? {
        let size = image.geometry.size
        let imageZ = region.first.z + z
        guard imageZ >= 0 && imageZ < size.z else { return nil }
        let (width, height) = (region.width + 2 * reach.x, region.height + 2 * reach.y)
        let sums = RunningSums(width: width, height: height)
        image.voxels.withUnsafeBufferPointer { voxels in
            for y in 0..<height {
                let imageY = region.first.y + y - reach.y
                guard imageY >= 0 && imageY < size.y else { continue }
                let first = region.first.x - reach.x
                let row = (imageZ * size.y + imageY) * size.x
                let columns = max(-first, 0)..<max(min(width, size.x - first), 0)
                let start = row + first
                sums.fill(
                    row: y, columns: columns,
                    from: voxels[start + columns.lowerBound..<start + columns.upperBound])
            }
        }
        sums.isComplete = (0..<height).allSatisfy { sums.counts[$0 * (width + 1) + width] == width }
        return sums
    }
}

/// Sums of intensities and numbers of voxels from the left end of a row up to each voxel; both 0 before the first.
///
/// A class around its own memory, to which `LocalIntensity` points.
private final class RunningSums {
    private let stride: Int
    private let sums: UnsafeMutableBufferPointer<Double>
    let counts: UnsafeMutableBufferPointer<Int32>
    /// Whether every voxel counts: then `add` does not count them.
    var isComplete = false

    init(width: Int, height: Int) {
        stride = width + 1
        sums = .allocate(capacity: stride * height)
        counts = .allocate(capacity: stride * height)
        sums.initialize(repeating: 0)
        counts.initialize(repeating: 0)
    }

    deinit {
        sums.deallocate()
        counts.deallocate()
    }

    /// Runs along a row; voxels outside the columns or without a finite intensity count nothing.
    func fill(row: Int, columns: Range<Int>, from voxels: Slice<UnsafeBufferPointer<Float>>) {
        var (sum, count) = (0.0, Int32(0))
        var place = row * stride + columns.lowerBound + 1
        for voxel in voxels {
            if voxel.isFinite {
                sum += Double(voxel)
                count += 1
            }
            (sums[place], counts[place]) = (sum, count)
            place += 1
        }
        for place in place..<(row + 1) * stride { (sums[place], counts[place]) = (sum, count) }
    }

    /// Names the windows of `half` voxels to both sides of each of `width` voxels of a row from `start` on, and counts
    /// their voxels.
    func add(
        row: Int, half: Int, start: Int, width: Int, _ lows: inout [UnsafePointer<Double>?],
        _ highs: inout [UnsafePointer<Double>?], _ count: inout [Int32]
    ) {
        let low = row * stride + start - half
        let high = row * stride + start + half + 1
        precondition(low >= 0 && high + width <= sums.count && width <= count.count)
        guard let base = sums.baseAddress else { return }
        lows.append(UnsafePointer(base + low))
        highs.append(UnsafePointer(base + high))
        if isComplete { return }
        for x in 0..<width { count[x] &+= counts[high + x] &- counts[low + x] }
    }
}
