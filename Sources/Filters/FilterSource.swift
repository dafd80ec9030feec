public import Imaging

/// An image for filters: none of its intensities is infinite or NaN.
///
/// For several filters of one image, which then is searched once.
public struct FilterSource: Sendable {
    /// The image.
    public let volume: Volume

    /// Takes an image.
    ///
    /// - Throws: `FilterError.nonFiniteIntensities`.
    public init(_ volume: Volume) throws(FilterError) {
        let faulty = volume.voxels.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
        guard faulty == 0 else { throw .nonFiniteIntensities(count: faulty) }
        self.volume = volume
    }

    private init(finite volume: Volume) { self.volume = volume }

    /// The grid with an even size along every axis, which PyRadiomics gives wavelets before its periodic transform.
    public var evenGrid: Geometry {
        var grown = volume.geometry
        let size = grown.size
        grown.size = GridSize(size.x + size.x % 2, size.y + size.y % 2, size.z + size.z % 2)
        return grown
    }

    /// A part of the image with its first plane again behind the last one along every axis of odd size.
    ///
    /// - Parameter part: Of the even grid.
    public func even(in part: GridBox) -> FilterSource {
        let size = volume.geometry.size
        var values: [Float] = []
        values.reserveCapacity(part.size.count)
        for z in part.lower.z...part.upper.z {
            for y in part.lower.y...part.upper.y {
                let row = (z % size.z * size.y + y % size.y) * size.x
                values += volume.voxels[row + part.lower.x..<row + min(part.upper.x + 1, size.x)]
                if part.upper.x == size.x { values.append(volume.voxels[row]) }
            }
        }
        return FilterSource(finite: Volume(geometry: evenGrid.cropped(to: part), voxels: values))
    }
}

extension Filter {
    /// The part of a grid that the response in a box of it depends on: along an axis where the filter looks beyond the
    /// grid, all of it.
    ///
    /// - Throws: `FilterError` when a parameter has no meaning.
    public func reach(
        around box: GridBox, on geometry: Geometry, dimensionality: Dimensionality
    ) throws(FilterError) -> GridBox {
        guard case .separableWavelet(let family, let subband, let level, _) = self else { return GridBox(geometry) }
        return try family.filter(subband: subband, level: level, axes: dimensionality.axes)
            .reach(around: box, in: GridBox(geometry))
    }
}
