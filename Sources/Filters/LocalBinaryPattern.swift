#if canImport(Glibc)
    import Glibc
#endif
import Imaging

/// What the pattern of a voxel becomes (Ojala, Pietikäinen and Mäenpää, IEEE PAMI 2002;24:971).
public enum BinaryPatternMethod: String, Sendable, Codable, CaseIterable {
    /// The number of neighbours that are not darker where the pattern changes at most twice, else samples + 1.
    case uniform
    /// The smallest number that a rotation of the pattern gives.
    case rotationInvariant = "rotation-invariant"
    /// The pattern as a binary number.
    case plain
}

/// Local binary patterns of every slice, with the conventions of scikit-image `local_binary_pattern`: neighbours on a circle,
/// the first along x and then against the rows, bilinear between voxels, 0 beyond the border; changes of a uniform pattern are
/// counted without the step from its last to its first neighbour.
struct LocalBinaryPattern {
    private let method: BinaryPatternMethod
    private let offsets: [(x: Double, y: Double)]

    init(radius: Double, samples: Int, method: BinaryPatternMethod) throws(FilterError) {
        guard radius > 0, radius <= Double(Limits.reach) else {
            throw .invalidParameter(name: "radius", remedy: "use a radius above 0 and up to \(Limits.reach) voxels")
        }
        // A pattern is a whole number that single precision holds exactly.
        guard (2...24).contains(samples) else {
            throw .invalidParameter(name: "samples", remedy: "use 2 to 24 neighbours")
        }
        self.method = method
        offsets = (0..<samples).map { sample in
            let angle = 2 * Double.pi * Double(sample) / Double(samples)
            func rounded(_ value: Double) -> Double { (value * 1e5).rounded(.toNearestOrEven) / 1e5 }
            return (rounded(radius * cos(angle)), rounded(-radius * sin(angle)))
        }
    }

    func respond(to image: VoxelBuffer, threads: Int) -> VoxelBuffer {
        let response = VoxelBuffer(image.size)
        let (width, height) = (image.size.x, image.size.y)
        inParallel(image.rows, threads: threads) { rows in
            var signs = [Bool](repeating: false, count: offsets.count)
            for row in rows {
                let y = row % height
                let slice = image.row(row - y)
                let target = response.row(row)
                for x in 0..<width {
                    let centre = Double(slice[x + y * width])
                    for (sample, offset) in offsets.enumerated() {
                        let value = Self.interpolated(
                            slice, width, height, Double(x) + offset.x, Double(y) + offset.y)
                        signs[sample] = value - centre >= 0
                    }
                    target[x] = Float(pattern(signs))
                }
            }
        }
        return response
    }

    private static func interpolated(
        _ slice: UnsafeMutablePointer<Float>, _ width: Int, _ height: Int, _ x: Double, _ y: Double
    ) -> Double {
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let (dx, dy) = (x - left, y - top)
        func voxel(_ x: Double, _ y: Double) -> Double {
            guard x >= 0, y >= 0, x < Double(width), y < Double(height) else { return 0 }
            return Double(slice[Int(x) + Int(y) * width])
        }
        let (right, bottom) = (x.rounded(.up), y.rounded(.up))
        let upper = (1 - dx) * voxel(left, top) + dx * voxel(right, top)
        let lower = (1 - dx) * voxel(left, bottom) + dx * voxel(right, bottom)
        return (1 - dy) * upper + dy * lower
    }

    private func pattern(_ signs: [Bool]) -> Int {
        switch method {
        case .uniform:
            let changes = zip(signs, signs.dropFirst()).count { $0 != $1 }
            return changes <= 2 ? signs.count { $0 } : signs.count + 1
        case .plain: return number(signs)
        case .rotationInvariant:
            var rotated = number(signs)
            var least = rotated
            for _ in 1..<signs.count {
                rotated = (rotated >> 1) | ((rotated & 1) << (signs.count - 1))
                least = min(least, rotated)
            }
            return least
        }
    }

    private func number(_ signs: [Bool]) -> Int {
        signs.indices.reduce(0) { $0 + (signs[$1] ? 1 << $1 : 0) }
    }
}
