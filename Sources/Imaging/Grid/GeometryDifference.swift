/// One way in which two grids differ.
public struct GeometryDifference: Sendable, Equatable, CustomStringConvertible {
    /// What differs.
    public enum Property: String, Sendable {
        /// Number of voxels along an axis.
        case size
        /// Distance of voxel centres along an axis.
        case spacing
        /// Position of the first voxel.
        case origin
        /// Direction of an axis.
        case direction
    }

    /// What differs.
    public let property: Property
    /// Axis of the grid (0 to 2), or nil when the property belongs to no single axis.
    public let axis: Int?
    /// By how much: voxels for the size, else the displacement in millimetres of the farthest voxel that it causes.
    public let amount: Double

    /// Creates a difference.
    public init(property: Property, axis: Int?, amount: Double) {
        self.property = property
        self.axis = axis
        self.amount = amount
    }

    /// The difference in words.
    public var description: String {
        let place = axis.map { " along axis \($0)" } ?? ""
        let rounded = (amount * 10_000).rounded() / 10_000
        return property == .size
            ? "size\(place) differs by \(Int(amount)) voxels"
            : "\(property.rawValue)\(place) displaces voxels by \(rounded) mm"
    }
}

extension Geometry {
    /// How this grid differs from another in world space: empty when no voxel lies more than `toleranceMM` apart.
    ///
    /// Where the spacing of both is unknown, sizes alone are compared.
    public func differences(
        from other: Geometry, toleranceMM: Double = Limits.geometryToleranceMM
    ) -> [GeometryDifference] {
        let sizes = (0..<3).filter { size[$0] != other.size[$0] }.map { axis in
            GeometryDifference(
                property: .size, axis: axis, amount: Double(abs(size[axis] - other.size[axis])))
        }
        guard sizes.isEmpty, spacingKnown || other.spacingKnown else { return sizes }
        var farthest = 0.0
        for corner in 0..<8 {
            var index = Vector3(0, 0, 0)
            for axis in 0..<3 where corner >> axis & 1 == 1 { index[axis] = Double(size[axis] - 1) }
            farthest = max(farthest, (world(index) - other.world(index)).length)
        }
        // A single slice has no extent that shows a wrong spacing or direction across it.
        guard !(farthest <= toleranceMM) else { return [] }
        var found: [GeometryDifference] = []
        let shift = (origin - other.origin).length
        for axis in 0..<3 {
            let extent = Double(size[axis] - 1)
            let scaled = abs(spacing[axis] - other.spacing[axis]) * extent
            let turned = (direction[axis] - other.direction[axis]).length * spacing[axis] * extent
            if scaled > 0 { found.append(GeometryDifference(property: .spacing, axis: axis, amount: scaled)) }
            if turned > 0 { found.append(GeometryDifference(property: .direction, axis: axis, amount: turned)) }
        }
        if shift > 0 { found.append(GeometryDifference(property: .origin, axis: nil, amount: shift)) }
        // Each alone may be within the tolerance when only their sum is not: then the largest is named.
        let large = found.filter { !($0.amount <= toleranceMM) }
        return large.isEmpty ? Array(found.sorted { $0.amount > $1.amount }.prefix(1)) : large
    }
}

extension Mask {
    /// Checks that the mask belongs to an image: same grid in world space, and not empty.
    ///
    /// - Throws: `ImagingError.geometryMismatch` with what differs and by how much, or `.emptyMask`.
    public func check(
        against image: Volume, toleranceMM: Double = Limits.geometryToleranceMM
    ) throws(ImagingError) {
        let differences = geometry.differences(from: image.geometry, toleranceMM: toleranceMM)
        guard differences.isEmpty else { throw .geometryMismatch(differences) }
        guard voxels.contains(where: { $0 != 0 }) else { throw .emptyMask(label: nil, present: []) }
    }
}
