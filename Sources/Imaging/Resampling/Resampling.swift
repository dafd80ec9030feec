extension Volume {
    /// The image on a grid of another spacing whose centre is that of this one (IBSI 2.0.11 section 2.4).
    ///
    /// The size is the old extent over the new spacing, rounded up; beyond the outer voxel centres the border voxels
    /// continue. With equal spacings the voxels are unchanged.
    ///
    /// - Parameters:
    ///   - spacing: New spacing in millimetres.
    ///   - planar: Whether slices stay as they are (`spacing.z` is then not used).
    ///   - whole: The grid that this image was cropped from, if the result is to be a part of the whole image's: exact
    ///     for nearest and linear interpolation.
    /// - Throws: `ImagingError.spacingUnknown` or `.invalidParameter`.
    public func resampled(
        to spacing: Vector3, interpolation: Interpolation, planar: Bool = false, as whole: Geometry? = nil
    ) throws(ImagingError) -> Volume {
        let grid =
            if let whole {
                try ResamplingGrid(geometry, of: whole, spacing: spacing, planar: planar)
            } else { try ResamplingGrid(geometry, spacing: spacing, planar: planar) }
        guard grid.geometry != geometry else { return self }
        var values = voxels.map(Double.init)
        var size = geometry.size
        for axis in 0..<3 {
            let identical = grid.positions[axis].enumerated().allSatisfy { $1 == Double($0) }
            if identical, size[axis] == grid.geometry.size[axis] { continue }
            let line = LineInterpolation(
                count: size[axis], positions: grid.positions[axis], interpolation: interpolation)
            values = line.apply(to: values, size: size, axis: axis)
            size[axis] = grid.geometry.size[axis]
        }
        return Volume(geometry: grid.geometry, voxels: values.map { Float($0) })
    }
}

extension Mask {
    /// The mask on another grid: linear interpolation, inside where at least one half (IBSI 2.0.11 section 2.4).
    ///
    /// - Throws: `ImagingError.spacingUnknown`, `.invalidParameter`, or `.emptyMask` when no voxel is left.
    public func resampled(
        to spacing: Vector3, planar: Bool = false, as whole: Geometry? = nil
    ) throws(ImagingError) -> Mask {
        let share = Volume(geometry: geometry, voxels: voxels.map { $0 != 0 ? 1 : 0 })
        let resampled = try share.resampled(to: spacing, interpolation: .linear, planar: planar, as: whole)
        // Rounding of the weights must not push an exact half out.
        let inside: [UInt8] = resampled.voxels.map { $0 >= 0.5 - 1e-6 ? 1 : 0 }
        guard inside.contains(1) else { throw .emptyMask(label: nil, present: []) }
        return Mask(geometry: resampled.geometry, voxels: inside)
    }
}
