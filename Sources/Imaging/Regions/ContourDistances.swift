/// Distances between the contours of two masks on one grid.
///
/// A voxel of the contour is one of the mask with a face neighbour outside it (in the plane for planar ones), the edge of the
/// grid being outside. Distances are between voxel centres, in millimetres.
public struct ContourDistances: Sendable, Equatable {
    /// From each voxel of the first contour to the nearest of the second, ascending.
    public let toSecond: [Double]
    /// From each voxel of the second contour to the nearest of the first, ascending.
    public let toFirst: [Double]
    /// Hausdorff distance of the regions: the farthest that a voxel of one lies from the other.
    public let regionHausdorff: Double

    /// Measures distances.
    ///
    /// - Parameter planar: whether each slice stands alone; a single slice always does.
    /// - Throws: `ImagingError.geometryMismatch`, `.emptyMask` if one has no voxel, `.spacingUnknown`, or
    ///   `.invalidParameter` where a slice has one of two planar contours only.
    public init(_ first: Mask, _ second: Mask, planar: Bool = false) throws(ImagingError) {
        let differences = first.geometry.differences(from: second.geometry)
        guard differences.isEmpty else { throw .geometryMismatch(differences) }
        guard first.geometry.spacingKnown else { throw .spacingUnknown(operation: "A distance of contours") }
        guard let one = first.boundingBox, let other = second.boundingBox else {
            throw .emptyMask(label: nil, present: [])
        }
        let box = one.union(other)
        let (a, b) = (first.cropped(to: box), second.cropped(to: box))
        let isPlanar = planar || a.geometry.isPlanar
        let (contourA, contourB) = (a.contour(planar: isPlanar), b.contour(planar: isPlanar))
        toSecond = try Self.distances(from: contourA, to: contourB, planar: isPlanar)
        toFirst = try Self.distances(from: contourB, to: contourA, planar: isPlanar)
        regionHausdorff = max(
            try Self.distances(from: a, to: b, planar: isPlanar).last ?? 0,
            try Self.distances(from: b, to: a, planar: isPlanar).last ?? 0)
    }

    private static func distances(from mask: Mask, to other: Mask, planar: Bool) throws(ImagingError) -> [Double] {
        let squared = DistanceTransform(to: other, planar: planar).squared
        var found: [Double] = []
        for index in mask.voxels.indices where mask.voxels[index] != 0 { found.append(squared[index].squareRoot()) }
        guard found.allSatisfy(\.isFinite) else {
            throw .invalidParameter(
                field: "planar", remedy: "a slice has the contour of one reader only; compare in 3D")
        }
        return found.sorted()
    }

    /// Hausdorff distance of the contours.
    public var hausdorff: Double { max(toSecond.last ?? 0, toFirst.last ?? 0) }

    /// Share of both contours within a distance of the other (Nikolov et al., J Med Internet Res 2021;23:e26151), voxels
    /// counting alike.
    public func surfaceDice(toleranceMM: Double) -> Double {
        let near = toSecond.count { $0 <= toleranceMM } + toFirst.count { $0 <= toleranceMM }
        return Double(near) / Double(toSecond.count + toFirst.count)
    }
}

extension Mask {
    /// The voxels with a face neighbour outside the mask.
    func contour(planar: Bool) -> Mask {
        let size = geometry.size
        var output = self
        let strides = [1, size.x, size.x * size.y]
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x {
                    let index = (z * size.y + y) * size.x + x
                    guard voxels[index] != 0 else { continue }
                    let place = [x, y, z]
                    let isInside = (0..<(planar ? 2 : 3)).allSatisfy { axis in
                        place[axis] > 0 && place[axis] < size[axis] - 1 && voxels[index - strides[axis]] != 0
                            && voxels[index + strides[axis]] != 0
                    }
                    output.voxels[index] = isInside ? 0 : 1
                }
            }
        }
        return output
    }
}
