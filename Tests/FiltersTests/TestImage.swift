import Imaging
import TestKit

/// Images of the tests.
enum TestImage {
    static let phantoms = "data/ibsi/ibsi2_phantoms/"
    static let ct = "data/ibsi/ct_phantom/"

    static var hasPhantoms: Bool { SharedData.available(phantoms + "checkerboard.nii.gz") }
    static var hasCT: Bool { SharedData.available(ct + "image.nii.gz") }

    static func shared(_ path: String) throws -> Volume {
        try ImageReader.read(path: SharedData.location(path)).volume
    }

    /// A volume of the values of a function of the voxel's indices.
    static func volume(
        _ size: GridSize, spacing: Vector3 = Vector3(2, 2, 2), _ value: (_ x: Int, _ y: Int, _ z: Int) -> Float
    ) -> Volume {
        var voxels: [Float] = []
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x { voxels.append(value(x, y, z)) }
            }
        }
        return Volume(geometry: Geometry(size: size, spacing: spacing), voxels: voxels)
    }

    /// Whole numbers from 0 to 255 without order, the same in every run.
    static func noise(_ size: GridSize) -> Volume {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return volume(size) { _, _, _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 56)
        }
    }

    /// Turned by a right angle about the z axis: x becomes y.
    static func turnedAboutZ(_ image: Volume) -> Volume {
        let size = image.geometry.size
        return volume(GridSize(size.y, size.x, size.z)) { x, y, z in
            image.voxels[(z * size.y + size.y - 1 - x) * size.x + y]
        }
    }

    /// Turned by a right angle about the x axis: y becomes z.
    static func turnedAboutX(_ image: Volume) -> Volume {
        let size = image.geometry.size
        return volume(GridSize(size.x, size.z, size.y)) { x, y, z in
            image.voxels[((size.z - 1 - y) * size.y + z) * size.x + x]
        }
    }
}

extension Volume {
    func value(_ x: Int, _ y: Int, _ z: Int) -> Float {
        voxels[(z * geometry.size.y + y) * geometry.size.x + x]
    }

    /// The largest difference to other voxels.
    func distance(to other: Volume) -> Float {
        zip(voxels, other.voxels).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
}
