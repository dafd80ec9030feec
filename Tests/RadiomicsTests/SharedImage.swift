import Foundation
import Imaging

/// Images of the shared data sets, read and resampled here on purpose without the product's own code.
struct SharedImage {
    let geometry: Geometry
    let voxels: [Float]

    /// Reads a gzipped NIfTI-1 file (16-bit or float), little endian, unscaled.
    init(_ path: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", TestData.shared.appendingPathComponent(path).path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        func number<T>(_ offset: Int, _ type: T.Type) -> T {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
        }
        let size = (1...3).map { Int(number(40 + 2 * $0, Int16.self)) }
        let spacing = (1...3).map { Double(number(76 + 4 * $0, Float.self)) }
        let isFloat = number(70, Int16.self) == 16
        let isByte = number(70, Int16.self) == 2
        voxels = (0..<size[0] * size[1] * size[2]).map { index in
            if isFloat { return number(352 + 4 * index, Float.self) }
            return isByte ? Float(bytes[352 + index]) : Float(number(352 + 2 * index, Int16.self))
        }
        geometry = Geometry(
            size: GridSize(size[0], size[1], size[2]), spacing: Vector3(spacing[0], spacing[1], spacing[2]))
    }

    private init(geometry: Geometry, voxels: [Float]) {
        self.geometry = geometry
        self.voxels = voxels
    }

    var volume: Volume { Volume(geometry: geometry, voxels: voxels) }

    var mask: Mask { Mask(geometry: geometry, voxels: voxels.map { $0 == 0 ? 0 : 1 }) }

    func map(_ transform: (Float) -> Float) -> SharedImage {
        SharedImage(geometry: geometry, voxels: voxels.map(transform))
    }

    /// Trilinear interpolation on a grid with the same centre, sized by rounding up (IBSI 2.4).
    func resampled(_ spacing: Vector3) -> SharedImage {
        let old = geometry.size
        let positions = [
            (old.x, geometry.spacing.x, spacing.x), (old.y, geometry.spacing.y, spacing.y),
            (old.z, geometry.spacing.z, spacing.z),
        ].map { count, from, to -> [(low: Int, high: Int, weight: Double)] in
            let size = Int((Double(count) * from / to - 1e-6).rounded(.up))
            return (0..<size).map { index in
                let position = (Double(index) - Double(size - 1) / 2) * to / from + Double(count - 1) / 2
                let clamped = min(max(position, 0), Double(count - 1))
                let low = min(Int(clamped), count - 1)
                return (low, min(low + 1, count - 1), clamped - Double(low))
            }
        }
        var result: [Float] = []
        result.reserveCapacity(positions[0].count * positions[1].count * positions[2].count)
        for z in positions[2] {
            for y in positions[1] {
                for x in positions[0] {
                    func row(_ y: Int, _ z: Int) -> Double {
                        let start = (z * old.y + y) * old.x
                        return Double(voxels[start + x.low]) * (1 - x.weight) + Double(voxels[start + x.high])
                            * x.weight
                    }
                    func slice(_ z: Int) -> Double { row(y.low, z) * (1 - y.weight) + row(y.high, z) * y.weight }
                    result.append(Float(slice(z.low) * (1 - z.weight) + slice(z.high) * z.weight))
                }
            }
        }
        let size = GridSize(positions[0].count, positions[1].count, positions[2].count)
        return SharedImage(geometry: Geometry(size: size, spacing: spacing), voxels: result)
    }
}
