/// Reads masks from the same formats as images.
public enum MaskReader {
    /// Reads a mask; the region is what has the label, or everything that is not zero.
    ///
    /// - Parameters:
    ///   - path: A file.
    ///   - label: Label of the region in a map of several, or nil for all.
    /// - Throws: `ImagingError.emptyMask` naming the labels that are there, `.malformed` for values that are no labels,
    ///   and the errors of `ImageReader`.
    public static func read(path: String, label: Int? = nil) throws(ImagingError) -> Mask {
        let image = try ImageReader.read(path: path)
        return try mask(from: image.volume, label: label, file: FileBytes.lastComponent(path))
    }

    /// The region of a label map.
    ///
    /// - Throws: `ImagingError.emptyMask` or `.malformed`.
    public static func mask(from volume: Volume, label: Int? = nil, file: String) throws(ImagingError) -> Mask {
        guard volume.voxels.allSatisfy({ $0 == $0.rounded() && abs($0) < 1e6 }) else {
            throw .malformed(
                file: file, field: "voxels", remedy: "a mask holds whole labels; threshold the map before export")
        }
        let wanted = label.map(Float.init)
        let voxels: [UInt8] = volume.voxels.map { value in
            (wanted == nil ? value != 0 : value == wanted) ? 1 : 0
        }
        let mask = Mask(geometry: volume.geometry, voxels: voxels)
        guard voxels.contains(1) else {
            let present = Set(volume.voxels).subtracting([0]).map { Int($0) }.sorted()
            throw .emptyMask(label: label, present: Array(present.prefix(20)))
        }
        return mask
    }
}
