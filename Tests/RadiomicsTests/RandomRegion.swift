import Imaging

/// A seeded source of random numbers (SplitMix64).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// An image with a mask, made from a seed.
struct RandomRegion {
    let image: Volume
    let mask: Mask

    /// `density` is the share of voxels inside; `levels` the number of intensities.
    init(size: GridSize, spacing: Vector3 = Vector3(1, 1, 1), density: Double, levels: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let geometry = Geometry(size: size, spacing: spacing)
        image = Volume(
            geometry: geometry, voxels: (0..<size.count).map { _ in Float(Int.random(in: 1...levels, using: &random)) })
        var voxels = (0..<size.count).map { _ -> UInt8 in Double.random(in: 0..<1, using: &random) < density ? 1 : 0 }
        voxels[size.count / 2] = 1
        mask = Mask(geometry: geometry, voxels: voxels)
    }

    init(image: Volume, mask: Mask) {
        self.image = image
        self.mask = mask
    }

    /// The region turned by 90 degrees about the z axis (x to y).
    func turned() -> RandomRegion {
        let size = image.geometry.size
        let old = image.geometry.spacing
        let geometry = Geometry(
            size: GridSize(size.y, size.x, size.z), spacing: Vector3(old.y, old.x, old.z))
        var voxels: [Float] = []
        var labels: [UInt8] = []
        for z in 0..<size.z {
            for y in 0..<size.x {
                for x in 0..<size.y {
                    let source = (z * size.y + size.y - 1 - x) * size.x + y
                    voxels.append(image.voxels[source])
                    labels.append(mask.voxels[source])
                }
            }
        }
        return RandomRegion(
            image: Volume(geometry: geometry, voxels: voxels), mask: Mask(geometry: geometry, voxels: labels))
    }
}
