import Foundation
import Imaging

/// Where the shared data sets are, and small images made here.
enum TestData {
    static let shared: URL = {
        if let path = ProcessInfo.processInfo.environment["CONCORD_SHARED"] { return URL(filePath: path) }
        return URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "shared")
    }()

    static let isPresent = FileManager.default.fileExists(atPath: shared.appending(path: "data/images").path)

    static let absence = "the shared images are not here; set CONCORD_SHARED to their folder"

    static func image(_ path: String) -> String { shared.appending(path: "data/images/" + path).path }

    /// A path in a folder of its own that is removed afterwards.
    static func withFile<Result>(_ name: String, _ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "imaging-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.appending(path: name).path)
    }

    /// An oblique grid with three different spacings.
    static let obliqueGeometry = Geometry(
        size: GridSize(7, 5, 4), spacing: Vector3(0.75, 1.25, 3.5), origin: Vector3(-101.5, 42.25, -7.75),
        direction: [Vector3(0.8, 0.6, 0), Vector3(-0.6, 0.8, 0), Vector3(0, 0, 1)])

    static func noise(_ geometry: Geometry, seed: UInt64 = 1) -> Volume {
        var generator = SplitMix64(state: seed)
        return Volume(
            geometry: geometry,
            voxels: (0..<geometry.size.count).map { _ in Float(generator.next() % 4_096) / 8 - 100 })
    }

    /// All voxels whose centre lies in a sphere about the centre of the grid plus an offset in voxels.
    static func sphere(radius: Double, pixel: Double, slice: Double, offset: Vector3, margin: Double) -> Mask {
        let columns = Int((2 * (radius + margin) / pixel).rounded(.up)) + 1
        let slices = Int((2 * (radius + margin) / slice).rounded(.up)) + 1
        let geometry = Geometry(
            size: GridSize(columns, columns, slices), spacing: Vector3(pixel, pixel, slice))
        var voxels: [UInt8] = []
        voxels.reserveCapacity(geometry.size.count)
        for z in 0..<slices {
            for y in 0..<columns {
                for x in 0..<columns {
                    let dx = (Double(x) - Double(columns - 1) / 2 - offset.x) * pixel
                    let dy = (Double(y) - Double(columns - 1) / 2 - offset.y) * pixel
                    let dz = (Double(z) - Double(slices - 1) / 2 - offset.z) * slice
                    voxels.append(dx * dx + dy * dy + dz * dz <= radius * radius ? 1 : 0)
                }
            }
        }
        return Mask(geometry: geometry, voxels: voxels)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A file of bytes in the making, for headers that no writer produces.
struct Bytes {
    var content: [UInt8]
    let bigEndian: Bool

    init(count: Int, bigEndian: Bool = false) {
        content = [UInt8](repeating: 0, count: count)
        self.bigEndian = bigEndian
    }

    mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { source in
            for (index, byte) in source.enumerated() { content[offset + index] = byte }
        }
    }

    mutating func put(_ value: Float, at offset: Int) { put(value.bitPattern, at: offset) }

    mutating func put(_ value: Double, at offset: Int) { put(value.bitPattern, at: offset) }
}

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
