import Imaging
import Testing

@Suite("Distance transform") struct DistanceTransformTests {
    @Test("Distances equal a search over all voxels", arguments: 0..<20)
    func bruteForce(seed: Int) {
        var generator = SplitMix64(state: UInt64(seed))
        let size = GridSize(
            Int.random(in: 1...9, using: &generator), Int.random(in: 1...8, using: &generator),
            Int.random(in: 1...7, using: &generator))
        let spacing = Vector3(
            Double.random(in: 0.2...2, using: &generator), Double.random(in: 0.2...2, using: &generator),
            Double.random(in: 0.2...6, using: &generator))
        let voxels: [UInt8] = (0..<size.count).map { _ in Int.random(in: 0..<8, using: &generator) == 0 ? 1 : 0 }
        let mask = Mask(geometry: Geometry(size: size, spacing: spacing), voxels: voxels)
        func place(_ index: Int) -> (Double, Double, Double) {
            (
                Double(index % size.x) * spacing.x, Double(index / size.x % size.y) * spacing.y,
                Double(index / (size.x * size.y)) * spacing.z
            )
        }
        for planar in [false, true] {
            let transform = DistanceTransform(to: mask, planar: planar)
            for index in voxels.indices {
                let here = place(index)
                var smallest = Double.infinity
                for other in voxels.indices where voxels[other] != 0 {
                    let there = place(other)
                    guard !planar || here.2 == there.2 else { continue }
                    let (x, y, z) = (here.0 - there.0, here.1 - there.1, here.2 - there.2)
                    smallest = min(smallest, x * x + y * y + z * z)
                }
                let found = transform.squared[index]
                #expect(found == smallest || abs(found - smallest) < 1e-9 * (1 + smallest))
                #expect((transform.nearest[index] < 0) == (smallest == .infinity))
                if transform.nearest[index] >= 0 { #expect(voxels[Int(transform.nearest[index])] != 0) }
            }
        }
    }
}
