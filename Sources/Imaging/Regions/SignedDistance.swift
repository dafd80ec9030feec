/// Distance of voxel centres from the border of a region, in millimetres: negative inside, positive outside.
///
/// The border is taken half a step from the last voxel centre towards the region's nearest voxel on the other side, so that
/// on a line of voxels it lies midway between an inner and an outer one.
public struct SignedDistance: Sendable {
    /// The part of the grid that is described.
    public let box: GridBox
    /// The distances, x fastest; infinite where the other side does not exist.
    public let values: [Double]
    private let region: Mask
    private let insideCount: Int

    /// Measures a region and its surroundings.
    ///
    /// - Parameters:
    ///   - mask: The region.
    ///   - reachMM: How far around it distances are wanted.
    ///   - planar: Whether each slice stands alone.
    /// - Throws: `ImagingError.spacingUnknown` or `.emptyMask`.
    public init(of mask: Mask, reachMM: Double, planar: Bool) throws(ImagingError) {
        guard mask.geometry.spacingKnown else { throw .spacingUnknown(operation: "Moving a contour") }
        guard let tight = mask.boundingBox else { throw .emptyMask(label: nil, present: []) }
        // One voxel more, so that the inside always finds an outside unless the image ends there.
        box = tight.grown(byMM: reachMM, in: mask.geometry).grown(byVoxels: 1, in: mask.geometry)
        let part = mask.cropped(to: box)
        let size = part.geometry.size
        let outside = DistanceTransform(to: part, planar: planar)
        let inside = DistanceTransform(
            to: Mask(geometry: part.geometry, voxels: part.voxels.map { $0 == 0 ? 1 : 0 }), planar: planar)
        func place(_ index: Int) -> [Int] { [index % size.x, index / size.x % size.y, index / (size.x * size.y)] }
        values = part.voxels.indices.map { index in
            let isInside = part.voxels[index] != 0
            let transform = isInside ? inside : outside
            let nearest = Int(transform.nearest[index])
            guard nearest >= 0 else { return isInside ? -.infinity : .infinity }
            let steps = zip(place(index), place(nearest)).map { abs($0 - $1) }.max() ?? 1
            let distance = transform.squared[index].squareRoot() * (1 - 0.5 / Double(max(steps, 1)))
            return isInside ? -distance : distance
        }
        region = mask
        insideCount = part.voxelCount
    }

    /// The region with its border moved outwards by a distance that may differ from voxel to voxel.
    ///
    /// At least one fifth of the voxels stay, those farthest inside the moved border (as MIRP's limit of erosion).
    ///
    /// - Parameters:
    ///   - volumeFraction: By which the number of voxels then changes: the next nearest to the moved border come or go.
    ///   - moveMM: Displacement in millimetres at an index of the whole grid.
    public func moved(volumeFraction: Double = 0, _ moveMM: (_ x: Int, _ y: Int, _ z: Int) -> Double) -> Mask {
        let size = region.geometry.size
        var left: [Double] = []
        left.reserveCapacity(values.count)
        var index = 0
        for z in box.lower.z...box.upper.z {
            for y in box.lower.y...box.upper.y {
                for x in box.lower.x...box.upper.x {
                    left.append(values[index].isFinite ? values[index] - moveMM(x, y, z) : values[index])
                    index += 1
                }
            }
        }
        let moved = left.reduce(0) { $0 + ($1 <= 0 ? 1 : 0) }
        let wanted = max(Int((Double(moved) * (1 + volumeFraction)).rounded()), (insideCount + 4) / 5)
        var chosen = left.indices.filter { left[$0] <= 0 }
        if chosen.count != wanted {
            let order = left.indices.filter { left[$0] < .infinity }.sorted { (left[$0], $0) < (left[$1], $1) }
            chosen = Array(order.prefix(wanted))
        }
        var result = Mask(geometry: region.geometry, voxels: [UInt8](repeating: 0, count: size.count))
        let part = box.size
        for place in chosen {
            let (x, y, z) = (place % part.x, place / part.x % part.y, place / (part.x * part.y))
            result.voxels[((box.lower.z + z) * size.y + box.lower.y + y) * size.x + box.lower.x + x] = 1
        }
        return result
    }
}
