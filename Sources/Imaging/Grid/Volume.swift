/// A position, displacement or spacing along the three axes of a volume, x (column) first.
public struct Vector3: Hashable, Sendable, Codable {
    /// Component along the first (fastest varying) axis.
    public var x: Double
    /// Component along the second axis.
    public var y: Double
    /// Component along the third (slice) axis.
    public var z: Double

    /// Creates a vector from its components.
    public init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }
}

/// The number of voxels along the three axes of a volume.
public struct GridSize: Hashable, Sendable, Codable {
    /// Voxels along the first (fastest varying) axis: columns.
    public var x: Int
    /// Voxels along the second axis: rows.
    public var y: Int
    /// Voxels along the third axis: slices (1 for a planar image).
    public var z: Int

    /// Creates a size from its components.
    public init(_ x: Int, _ y: Int, _ z: Int) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// Number of voxels in the grid.
    public var count: Int { x * y * z }
}

/// Where the voxels of an image are in the patient: LPS world coordinates in millimetres, as in DICOM.
///
/// The centre of voxel (i, j, k) lies at `origin + i * spacing.x * direction[0] + j * spacing.y * direction[1]
/// + k * spacing.z * direction[2]`.
public struct Geometry: Hashable, Sendable, Codable {
    /// Number of voxels along each axis.
    public var size: GridSize
    /// Distance between voxel centres along each axis, in millimetres.
    public var spacing: Vector3
    /// World position of the centre of voxel (0, 0, 0), in millimetres (LPS).
    public var origin: Vector3
    /// Unit vectors of the three grid axes in world coordinates (LPS).
    public var direction: [Vector3]
    /// Whether `spacing` is a measurement. `false` for a picture without calibration (a PNG, an ultrasound frame
    /// without region), whose spacing is a placeholder of 1: whatever needs millimetres refuses such a grid.
    public var spacingKnown: Bool

    /// Creates a geometry; the axes default to the patient axes.
    public init(
        size: GridSize, spacing: Vector3, origin: Vector3 = Vector3(0, 0, 0),
        direction: [Vector3] = [Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1)], spacingKnown: Bool = true
    ) {
        self.size = size
        self.spacing = spacing
        self.origin = origin
        self.direction = direction
        self.spacingKnown = spacingKnown
    }
}

/// An image: one intensity a voxel, x fastest, then y, then z.
public struct Volume: Sendable, Equatable {
    /// Size and place of the grid.
    public let geometry: Geometry
    /// Intensities, `geometry.size.count` of them, x fastest.
    public var voxels: [Float]

    /// Creates a volume. `voxels` must have one value for each voxel of the grid.
    public init(geometry: Geometry, voxels: [Float]) {
        precondition(voxels.count == geometry.size.count, "a volume needs one intensity for each voxel")
        self.geometry = geometry
        self.voxels = voxels
    }
}

/// A region: one byte a voxel, 0 outside and non-zero inside, x fastest, then y, then z.
public struct Mask: Sendable, Equatable {
    /// Size and place of the grid.
    public let geometry: Geometry
    /// Labels, `geometry.size.count` of them, x fastest.
    public var voxels: [UInt8]

    /// Creates a mask. `voxels` must have one value for each voxel of the grid.
    public init(geometry: Geometry, voxels: [UInt8]) {
        precondition(voxels.count == geometry.size.count, "a mask needs one label for each voxel")
        self.geometry = geometry
        self.voxels = voxels
    }

    /// Number of voxels inside the region.
    public var voxelCount: Int { voxels.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
}
