import CKernels

/// A box of voxels, both corners included.
public struct GridBox: Hashable, Sendable {
    /// Corner with the smallest indices.
    public var lower: GridSize
    /// Corner with the largest indices.
    public var upper: GridSize

    /// A box between two corners, both included.
    public init(lower: GridSize, upper: GridSize) {
        self.lower = lower
        self.upper = upper
    }

    /// The whole of a grid.
    public init(_ geometry: Geometry) {
        lower = GridSize(0, 0, 0)
        upper = GridSize(geometry.size.x - 1, geometry.size.y - 1, geometry.size.z - 1)
    }

    /// The same box on the part of its grid that another box cuts out.
    public func relative(to other: GridBox) -> GridBox {
        GridBox(
            lower: GridSize(lower.x - other.lower.x, lower.y - other.lower.y, lower.z - other.lower.z),
            upper: GridSize(upper.x - other.lower.x, upper.y - other.lower.y, upper.z - other.lower.z))
    }

    /// Number of voxels along each axis.
    public var size: GridSize {
        GridSize(upper.x - lower.x + 1, upper.y - lower.y + 1, upper.z - lower.z + 1)
    }

    /// The smallest box with both.
    public func union(_ other: GridBox) -> GridBox {
        var box = self
        for axis in 0..<3 {
            box.lower[axis] = min(lower[axis], other.lower[axis])
            box.upper[axis] = max(upper[axis], other.upper[axis])
        }
        return box
    }

    /// The box grown on all sides by a distance in millimetres (rounded up to voxels), inside the grid.
    public func grown(byMM margin: Double, in geometry: Geometry) -> GridBox {
        var box = self
        for axis in 0..<3 {
            let voxels = Int(min((margin / geometry.spacing[axis]).rounded(.up), Double(Limits.axisVoxels)))
            box.lower[axis] = max(0, lower[axis] - voxels)
            box.upper[axis] = min(geometry.size[axis] - 1, upper[axis] + voxels)
        }
        return box
    }

    /// The box grown on all sides by voxels, inside the grid.
    public func grown(byVoxels voxels: Int, in geometry: Geometry) -> GridBox {
        var box = self
        for axis in 0..<3 {
            box.lower[axis] = max(0, lower[axis] - voxels)
            box.upper[axis] = min(geometry.size[axis] - 1, upper[axis] + voxels)
        }
        return box
    }
}

extension Mask {
    /// The smallest box with all voxels of the region, or nil when it is empty.
    public var boundingBox: GridBox? {
        let size = geometry.size
        var (lower, upper) = (size, GridSize(-1, -1, -1))
        voxels.withUnsafeBufferPointer { voxels in
            for z in 0..<size.z {
                for y in 0..<size.y {
                    var (first, last) = (0, 0)
                    cintensities_extent(
                        voxels.baseAddress.map { $0 + (z * size.y + y) * size.x }, size.x, &first, &last)
                    guard last >= 0 else { continue }
                    (lower.x, upper.x) = (min(lower.x, first), max(upper.x, last))
                    (lower.y, upper.y) = (min(lower.y, y), max(upper.y, y))
                    (lower.z, upper.z) = (min(lower.z, z), max(upper.z, z))
                }
            }
        }
        return upper.x < 0 ? nil : GridBox(lower: lower, upper: upper)
    }

    /// The part inside a box.
    public func cropped(to box: GridBox) -> Mask {
        Mask(geometry: geometry.cropped(to: box), voxels: box.extract(from: voxels, size: geometry.size))
    }
}

extension Volume {
    /// The part inside a box.
    public func cropped(to box: GridBox) -> Volume {
        Volume(geometry: geometry.cropped(to: box), voxels: box.extract(from: voxels, size: geometry.size))
    }

    /// Image and mask cropped to the bounding box of the mask grown by a margin in millimetres.
    ///
    /// - Throws: `ImagingError.geometryMismatch` or `.emptyMask`.
    public func cropped(around mask: Mask, marginMM: Double) throws(ImagingError) -> (image: Volume, mask: Mask) {
        try mask.check(against: self)
        guard let box = mask.boundingBox?.grown(byMM: marginMM, in: geometry) else {
            throw .emptyMask(label: nil, present: [])
        }
        return (cropped(to: box), mask.cropped(to: box))
    }
}

extension GridBox {
    /// The values inside the box of an array laid out x fastest.
    func extract<Value>(from values: [Value], size: GridSize) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(self.size.count)
        for z in lower.z...upper.z {
            for y in lower.y...upper.y {
                let row = (z * size.y + y) * size.x
                result.append(contentsOf: values[(row + lower.x)...(row + upper.x)])
            }
        }
        return result
    }
}
