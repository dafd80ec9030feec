/// Agreement of two masks on the same grid, counted over a stated box.
public struct MaskComparison: Sendable, Equatable {
    /// Voxels in both regions.
    public let both: Int
    /// Voxels in the first region alone.
    public let firstOnly: Int
    /// Voxels in the second region alone.
    public let secondOnly: Int
    /// Voxels of the box in neither region.
    public let neither: Int
    /// Where voxels were counted.
    public let box: GridBox

    /// Compares two masks over the bounding box of both, grown by a margin in millimetres (the width of the ring, so
    /// that `neither`, and with it kappa, does not depend on the size of the image).
    ///
    /// - Throws: `ImagingError.geometryMismatch`, `.emptyMask` when neither has a voxel, `.spacingUnknown` for a margin
    ///   on a grid without spacing.
    public init(_ first: Mask, _ second: Mask, marginMM: Double) throws(ImagingError) {
        guard marginMM >= 0, marginMM <= Limits.ringMM else {
            throw .invalidParameter(field: "margin", remedy: "use 0 to \(Limits.ringMM) mm")
        }
        guard marginMM == 0 || first.geometry.spacingKnown else {
            throw .spacingUnknown(operation: "A margin in millimetres")
        }
        try self.init(first, second) { $0.grown(byMM: marginMM, in: first.geometry) }
    }

    /// Compares two masks over the bounding box of both, grown by voxels in every direction as far as the grid goes; nil for
    /// the whole grid.
    ///
    /// - Throws: `ImagingError.geometryMismatch`, `.emptyMask` when neither has a voxel.
    public init(_ first: Mask, _ second: Mask, marginVoxels: Int?) throws(ImagingError) {
        let size = first.geometry.size
        try self.init(first, second) {
            $0.grown(byVoxels: marginVoxels ?? max(size.x, size.y, size.z), in: first.geometry)
        }
    }

    private init(_ first: Mask, _ second: Mask, grown: (GridBox) -> GridBox) throws(ImagingError) {
        let differences = first.geometry.differences(from: second.geometry)
        guard differences.isEmpty else { throw .geometryMismatch(differences) }
        let boxes = [first.boundingBox, second.boundingBox].compactMap { $0 }
        guard let one = boxes.first, let other = boxes.last else { throw .emptyMask(label: nil, present: []) }
        let box = grown(one.union(other))
        let size = first.geometry.size
        var counts = [0, 0, 0, 0]
        for (a, b) in zip(box.extract(from: first.voxels, size: size), box.extract(from: second.voxels, size: size)) {
            counts[(a != 0 ? 1 : 0) + (b != 0 ? 2 : 0)] += 1
        }
        (neither, firstOnly, secondOnly, both) = (counts[0], counts[1], counts[2], counts[3])
        self.box = box
    }

    /// Dice coefficient: twice the common voxels over the sum of both (Dice 1945).
    public var dice: Double { 2 * Double(both) / Double(2 * both + firstOnly + secondOnly) }

    /// Jaccard index: the common voxels over those of either (Jaccard 1912).
    public var jaccard: Double { Double(both) / Double(both + firstOnly + secondOnly) }
}
