package import Imaging

/// The regions of a case on the image's own grid: what every region request is drawn from.
package struct RegionMasks: Sendable {
    let image: Volume
    /// A second phase on the same grid, or nil.
    let second: Volume?
    let tumour: Mask
    let organ: Mask?
    let excluded: Mask?
    /// Distances around the tumour, or nil without a ring.
    let field: RingField?

    /// The mask of a region.
    ///
    /// - Throws: `ImagingError` or `HabitatError`.
    package func mask(of region: RegionRequest) throws -> Mask {
        switch region {
        case .intratumoral: return tumour
        case .ring(let from, let to):
            guard let field, to <= field.reachMM else {
                throw ImagingError.invalidParameter(
                    field: "roi", remedy: "name every ring before the chain is prepared")
            }
            return try field.ring(from: from, to: to, within: organ, excluding: excluded).mask
        case .habitat(let habitat, let whole):
            return try self.habitat(habitat, of: whole).mask
        }
    }

    /// A habitat with its share of the region that it lies in.
    ///
    /// - Throws: `ImagingError` or `HabitatError`.
    func habitat(_ habitat: Habitat, of whole: RegionRequest) throws -> HabitatRegion {
        try habitat.region(in: try mask(of: whole), image: image, second: second)
    }
}
