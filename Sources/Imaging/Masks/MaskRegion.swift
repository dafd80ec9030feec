/// A segment of a DICOM segmentation or a region of interest of a structure set.
public struct MaskRegion: Sendable, Hashable, CustomStringConvertible {
    /// SegmentNumber or ROINumber.
    public let number: Int
    /// SegmentLabel or ROIName; empty when the file gives none.
    public let name: String

    /// Creates a region.
    public init(number: Int, name: String) {
        self.number = number
        self.name = name
    }

    /// Number and name.
    public var description: String { name.isEmpty ? "\(number)" : "\(number) (\(name))" }

    /// The only region that has the number and the name, each of which counts only when it is stated.
    static func choose(
        label: Int?, name: String?, from regions: [MaskRegion], file: String
    ) throws(ImagingError) -> MaskRegion {
        let matching = regions.filter { (label ?? $0.number) == $0.number && (name ?? $0.name) == $0.name }
        guard matching.count == 1 else { throw .regionNotChosen(file: file, available: regions) }
        return matching[0]
    }
}
