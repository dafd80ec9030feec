extension Geometry {
    /// World position in millimetres (LPS) of a continuous voxel index.
    public func world(_ index: Vector3) -> Vector3 {
        origin + direction[0] * (index.x * spacing.x) + direction[1] * (index.y * spacing.y)
            + direction[2] * (index.z * spacing.z)
    }

    /// Continuous voxel index of a world position in millimetres (LPS): the inverse of `world`.
    func index(_ world: Vector3) -> Vector3 {
        let steps = (0..<3).map { direction[$0] * spacing[$0] }
        let offset = world - origin
        let normals = [steps[1].cross(steps[2]), steps[2].cross(steps[0]), steps[0].cross(steps[1])]
        let volume = steps[0].dot(normals[0])
        return Vector3(
            offset.dot(normals[0]) / volume, offset.dot(normals[1]) / volume, offset.dot(normals[2]) / volume)
    }

    /// Volume of a voxel in cubic millimetres.
    public var voxelVolume: Double { spacing.x * spacing.y * spacing.z }

    /// Whether the grid has a single slice.
    public var isPlanar: Bool { size.z == 1 }

    /// The same grid with a spacing that the user states, in millimetres; it counts as known from here on.
    ///
    /// - Throws: `ImagingError.invalidParameter` when the spacing is not positive and finite.
    public func stating(spacing: Vector3) throws(ImagingError) -> Geometry {
        for axis in 0..<3 where !Limits.spacingMM.contains(spacing[axis]) {
            throw .invalidParameter(
                field: "spacing",
                remedy: "state millimetres between \(Limits.spacingMM.lowerBound) and \(Limits.spacingMM.upperBound)")
        }
        var stated = self
        stated.spacing = spacing
        stated.spacingKnown = true
        return stated
    }

    /// The grid of a box inside this one.
    public func cropped(to box: GridBox) -> Geometry {
        var cropped = self
        cropped.size = box.size
        cropped.origin = world(Vector3(Double(box.lower.x), Double(box.lower.y), Double(box.lower.z)))
        return cropped
    }
}

extension Volume {
    /// The same image with a spacing that the user states, in millimetres.
    ///
    /// - Throws: `ImagingError.invalidParameter` when the spacing is not positive and finite.
    public func stating(spacing: Vector3) throws(ImagingError) -> Volume {
        Volume(geometry: try geometry.stating(spacing: spacing), voxels: voxels)
    }
}

extension Mask {
    /// The same mask with a spacing that the user states, in millimetres.
    ///
    /// - Throws: `ImagingError.invalidParameter` when the spacing is not positive and finite.
    public func stating(spacing: Vector3) throws(ImagingError) -> Mask {
        Mask(geometry: try geometry.stating(spacing: spacing), voxels: voxels)
    }
}
