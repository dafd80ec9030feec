package import Imaging
import Statistics

/// What one repetition does: numbers drawn once, and random fields whose value at a voxel depends on its place alone.
package struct PerturbationDraw {
    /// Voxels of the grid of the features along x, y and z.
    let shift: Vector3
    let radians: Double
    let growMM: Double
    let volumeFraction: Double
    private let key: UInt64

    /// - Parameters:
    ///   - index: Which repetition, from 0.
    ///   - content: A number made from the image's content, so that cases are disturbed independently.
    ///   - planar: Whether the slices stay where they are.
    package init(_ perturbation: Perturbation, index: Int, content: UInt64, planar: Bool) {
        var seeds = SeededGenerator(seed: perturbation.seed ^ content)
        for _ in 0..<index { _ = seeds.next() }
        key = seeds.next()
        var generator = SeededGenerator(seed: key)
        // Always in this order and all of them, so that one kind leaves the others as they are.
        func next(_ generator: inout SeededGenerator) -> Double { 2 * generator.uniform() - 1 }
        let moves = (next(&generator), next(&generator), next(&generator))
        shift = Vector3(
            moves.0 * perturbation.shift, moves.1 * perturbation.shift, planar ? 0 : moves.2 * perturbation.shift)
        radians = next(&generator) * perturbation.rotate * .pi / 180
        growMM = next(&generator) * perturbation.grow
        volumeFraction = next(&generator) * perturbation.volume
    }

    /// Random fields of a repetition.
    package enum Field: UInt64 {
        case noise = 0x6E6F_6973_6531, secondNoise = 0x6E6F_6973_6532, contour = 0x636F_6E74_6F75
    }

    /// A standard normal number that belongs to a point of a lattice.
    func normal(_ field: Field, _ x: Int, _ y: Int, _ z: Int) -> Double {
        var mixed = key ^ field.rawValue
        for place in [x, y, z] {
            var step = SeededGenerator(seed: mixed ^ UInt64(bitPattern: Int64(place)))
            mixed = step.next()
        }
        var generator = SeededGenerator(seed: mixed)
        return generator.normal()
    }

    /// An image with Gaussian noise.
    ///
    /// - Parameter lower: where the image begins in the whole one.
    package func noisy(_ image: Volume, deviation: Double, field: Field, lower: GridSize) -> Volume {
        guard deviation > 0 else { return image }
        var result = image
        let size = image.geometry.size
        var index = 0
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x {
                    let noise = normal(field, lower.x + x, lower.y + y, lower.z + z)
                    result.voxels[index] += Float(deviation * noise)
                    index += 1
                }
            }
        }
        return result
    }
}

/// A smooth random field of unit variance: normal numbers at the nodes of a lattice, joined by cubic B-splines.
package struct SmoothField {
    let draw: PerturbationDraw
    let spacing: Vector3
    let patchMM: Double
    /// Whether every slice has a field of its own.
    let planar: Bool

    /// Creates a field.
    package init(draw: PerturbationDraw, spacing: Vector3, patchMM: Double, planar: Bool) {
        self.draw = draw
        self.spacing = spacing
        self.patchMM = patchMM
        self.planar = planar
    }

    /// The value at a voxel of the whole image.
    package func value(_ x: Int, _ y: Int, _ z: Int) -> Double {
        let (nodesX, nodesY) = (
            Self.nodes(Double(x) * spacing.x / patchMM), Self.nodes(Double(y) * spacing.y / patchMM)
        )
        let nodesZ = planar ? [(z, 1.0)] : Self.nodes(Double(z) * spacing.z / patchMM)
        var (sum, squares) = (0.0, 0.0)
        for (nodeZ, weightZ) in nodesZ {
            for (nodeY, weightY) in nodesY {
                for (nodeX, weightX) in nodesX {
                    let weight = weightX * weightY * weightZ
                    sum += weight * draw.normal(.contour, nodeX, nodeY, nodeZ)
                    squares += weight * weight
                }
            }
        }
        return sum / squares.squareRoot()
    }

    private static func nodes(_ position: Double) -> [(Int, Double)] {
        let low = Int(position.rounded(.down))
        let t = position - Double(low)
        let u = 1 - t
        return [
            (low - 1, u * u * u / 6), (low, 2.0 / 3 - t * t * (2 - t) / 2), (low + 1, 2.0 / 3 - u * u * (2 - u) / 2),
            (low + 2, t * t * t / 6),
        ]
    }
}
