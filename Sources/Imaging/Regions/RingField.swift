/// Distances around a region, computed once for several rings.
public struct RingField: Sendable {
    /// How distance is measured.
    public let definition: RingDefinition
    /// The largest outer distance that a ring may have, in millimetres.
    public let reachMM: Double
    private let region: Mask
    private let distances: Distances

    private enum Distances: Sendable {
        case surface(SurfaceDistance)
        /// Squared millimetres, or dilation steps, for each voxel of a box of the grid.
        case box(GridBox, [Double])
    }

    /// Tolerance of distances between voxel centres, in millimetres.
    private static let toleranceMM = 1e-6

    /// Measures distances up to `reachMM` millimetres around a region.
    ///
    /// - Throws: `ImagingError.spacingUnknown`, `.emptyMask` or `.invalidParameter`.
    public init(
        around mask: Mask, reachMM: Double, definition: RingDefinition = .surface, planar: Bool = false
    ) throws(ImagingError) {
        let geometry = mask.geometry
        guard geometry.spacingKnown else { throw .spacingUnknown(operation: "A ring in millimetres") }
        guard reachMM > 0, reachMM <= Limits.ringMM else {
            throw .invalidParameter(field: "ring distance", remedy: "use more than 0 and at most \(Limits.ringMM) mm")
        }
        guard let box = mask.boundingBox else { throw .emptyMask(label: nil, present: []) }
        region = mask
        self.definition = definition
        self.reachMM = reachMM
        let planar = planar || geometry.isPlanar
        switch definition {
        case .surface:
            distances = .surface(try SurfaceDistance(mask: mask, box: box, reachMM: reachMM, planar: planar))
        case .voxelCentre:
            let grown = box.grown(byMM: reachMM + Self.toleranceMM, in: geometry)
            let part = mask.cropped(to: grown)
            distances = .box(grown, DistanceTransform(to: part, planar: planar).squared)
        case .dilation:
            let largest = max(geometry.spacing.x, geometry.spacing.y, geometry.spacing.z)
            let steps = Self.steps(reachMM, geometry)
            let grown = box.grown(byMM: Double(steps) * largest, in: geometry)
            distances = .box(
                grown,
                Dilation.steps(from: mask.cropped(to: grown), limit: steps, planar: planar))
        }
    }

    /// The ring with distances in (from, to] millimetres.
    ///
    /// - Throws: `ImagingError.invalidParameter`, `.geometryMismatch`, `.emptyRing` or `.ringTooSmall`.
    public func ring(
        from: Double = 0, to: Double, within: Mask? = nil, excluding: Mask? = nil,
        minimumVoxels: Int = Limits.ringVoxels
    ) throws(ImagingError) -> Ring {
        guard from >= 0, from < to, to <= reachMM else {
            throw .invalidParameter(field: "ring", remedy: "use 0 <= from < to <= \(reachMM) mm")
        }
        for other in [within, excluding] {
            let differences = other?.geometry.differences(from: region.geometry) ?? []
            guard differences.isEmpty else { throw .geometryMismatch(differences) }
        }
        var weights = share(from: from, to: to)
        if let within { for index in weights.indices where within.voxels[index] == 0 { weights[index] = 0 } }
        if let excluding { for index in weights.indices where excluding.voxels[index] != 0 { weights[index] = 0 } }
        var inside = [UInt8](repeating: 0, count: weights.count)
        var (voxels, total) = (0, 0.0)
        for index in weights.indices where weights[index] > 0 {
            total += Double(weights[index])
            if weights[index] >= 0.5, region.voxels[index] == 0 {
                inside[index] = 1
                voxels += 1
            }
        }
        guard voxels > 0 else { throw .emptyRing(fromMM: from, toMM: to, spacing: region.geometry.spacing) }
        guard voxels >= minimumVoxels else {
            throw .ringTooSmall(fromMM: from, toMM: to, voxels: voxels, minimum: minimumVoxels)
        }
        return Ring(
            mask: Mask(geometry: region.geometry, voxels: inside), weights: weights,
            volumeMM3: total * region.geometry.voxelVolume)
    }

    private static func steps(_ distanceMM: Double, _ geometry: Geometry) -> Int {
        Int((distanceMM / geometry.spacing.x).rounded())
    }

    private func share(from: Double, to: Double) -> [Float] {
        switch distances {
        case .surface(let field): return field.share(from: from, to: to)
        case .box(let box, let values):
            let size = region.geometry.size
            var low: Double
            var high: Double
            if definition == .dilation {
                (low, high) = (Double(Self.steps(from, region.geometry)), Double(Self.steps(to, region.geometry)))
            } else {
                low = from > 0 ? from + Self.toleranceMM : 0
                high = to + Self.toleranceMM
                (low, high) = (low * low, high * high)
            }
            var weights = [Float](repeating: 0, count: size.count)
            var index = 0
            for z in box.lower.z...box.upper.z {
                for y in box.lower.y...box.upper.y {
                    let row = (z * size.y + y) * size.x
                    for x in box.lower.x...box.upper.x {
                        if values[index] > low, values[index] <= high { weights[row + x] = 1 }
                        index += 1
                    }
                }
            }
            return weights
        }
    }
}
