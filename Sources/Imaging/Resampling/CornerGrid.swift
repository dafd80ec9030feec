/// A grid whose first voxel has its corner where that of an old grid is, and a part of it (PyRadiomics 3,
/// `imageoperations.resampleImage`): the corners and not the centres of both grids coincide.
public struct CornerGrid: Sendable, Equatable {
    /// Size and place of the part.
    public let geometry: Geometry
    /// For each axis the position of the new voxels in old voxels.
    private let positions: [[Double]]

    /// Lays the grid around a box of the old one.
    ///
    /// - Parameters:
    ///   - old: The old grid.
    ///   - box: What the part must hold.
    ///   - spacing: New spacing in millimetres. An axis along which the box has one voxel keeps its own.
    ///   - padding: New voxels around the box, as far as the old grid goes.
    /// - Throws: `ImagingError.spacingUnknown` or `.invalidParameter`.
    public init(_ old: Geometry, around box: GridBox, spacing: Vector3, padding: Int) throws(ImagingError) {
        guard old.spacingKnown else { throw .spacingUnknown(operation: "Resampling") }
        var geometry = old
        var first = Vector3(0, 0, 0)
        var positions: [[Double]] = []
        for axis in 0..<3 {
            let wanted = box.size[axis] == 1 ? old.spacing[axis] : spacing[axis]
            guard Limits.spacingMM.contains(wanted) else {
                throw .invalidParameter(field: "spacing", remedy: "give a positive number of mm for each axis")
            }
            let ratio = old.spacing[axis] / wanted
            let last = (Double(old.size[axis]) * ratio).rounded(.up) - 1
            let low = max(0, ((Double(box.lower[axis]) - 0.5) * ratio - Double(padding)).rounded(.down))
            let high = min(last, ((Double(box.upper[axis]) + 0.5) * ratio + Double(padding)).rounded(.up))
            guard high - low < Double(Limits.axisVoxels) else {
                throw .invalidParameter(field: "spacing", remedy: "is too fine for this image; use wider voxels")
            }
            first[axis] = 0.5 * (wanted - old.spacing[axis]) / old.spacing[axis] + low / ratio
            geometry.size[axis] = Int(high - low) + 1
            geometry.spacing[axis] = wanted
            let start = first[axis]
            positions.append((0..<geometry.size[axis]).map { start + Double($0) / ratio })
        }
        guard geometry.size.count <= Limits.resampledVoxels else {
            throw .invalidParameter(field: "spacing", remedy: "is too fine for this image; crop it or use wider voxels")
        }
        geometry.origin = old.world(first)
        self.geometry = geometry
        self.positions = positions
    }

    /// Whether a grid around a box would have the old spacing (numpy's `allclose`), so that nothing has to be resampled.
    public static func keeps(_ old: Geometry, around box: GridBox, spacing: Vector3) -> Bool {
        (0..<3).allSatisfy { axis in
            let difference = (old.spacing[axis] - spacing[axis]).magnitude
            return box.size[axis] == 1 || difference <= 1e-8 + 1e-5 * spacing[axis].magnitude
        }
    }

    /// An image of the old grid on this one; new voxels beyond the old ones are 0.
    ///
    /// - Parameter whole: Whether fractions are cut off, as ITK does when it writes into an image of integers.
    public func sample(_ volume: Volume, interpolation: Interpolation, whole: Bool) -> Volume {
        var values = volume.voxels.map(Double.init)
        var size = volume.geometry.size
        for axis in 0..<3 {
            let line = LineInterpolation(
                count: size[axis], positions: positions[axis], interpolation: interpolation, continues: false)
            values = line.apply(to: values, size: size, axis: axis)
            size[axis] = geometry.size[axis]
        }
        let outside = (0..<3).map { axis in
            positions[axis].map { $0 < -0.5 || $0 >= Double(volume.geometry.size[axis]) - 0.5 }
        }
        var index = 0
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x {
                    if outside[0][x] || outside[1][y] || outside[2][z] { values[index] = 0 }
                    index += 1
                }
            }
        }
        return Volume(geometry: geometry, voxels: values.map { Float(whole ? $0.rounded(.towardZero) : $0) })
    }

    /// A mask of the old grid on this one, by the nearest voxel.
    ///
    /// - Throws: `ImagingError.emptyMask` when no voxel is left.
    public func sample(_ mask: Mask) throws(ImagingError) -> Mask {
        let share = Volume(geometry: mask.geometry, voxels: mask.voxels.map { $0 != 0 ? 1 : 0 })
        let sampled = sample(share, interpolation: .nearest, whole: false)
        let inside: [UInt8] = sampled.voxels.map { $0 != 0 ? 1 : 0 }
        guard inside.contains(1) else { throw .emptyMask(label: nil, present: []) }
        return Mask(geometry: geometry, voxels: inside)
    }
}
