extension CaseExtraction {
    /// Column of a habitat's share of its region.
    static let fractionColumn = "habitat_volume_fraction"

    /// What part of its region a habitat is; nil of other regions.
    ///
    /// - Throws: `ImagingError` or `HabitatError`.
    package static func habitat(_ request: RegionRequest, _ masks: RegionMasks) throws -> CaseReport.HabitatShare? {
        guard case .habitat(let habitat, let whole) = request else { return nil }
        let found = try masks.habitat(habitat, of: whole)
        return CaseReport.HabitatShare(fraction: found.fraction, centres: found.centres)
    }

    /// The share as a feature.
    static func fraction(_ share: CaseReport.HabitatShare) -> CaseReport.Feature {
        CaseReport.Feature(
            family: "Habitat", aggregation: "", name: "Volume fraction", ibsi: "", tag: fractionColumn,
            column: fractionColumn, value: share.fraction)
    }
}
