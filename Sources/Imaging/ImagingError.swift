/// Why an image, a mask or a region cannot be used. Files are named by their last path component only.
public enum ImagingError: Error, Equatable, Sendable {
    /// The file cannot be opened or is of no known format.
    case unreadable(file: String, remedy: String)
    /// A field of the file has a value that is impossible.
    case malformed(file: String, field: String, remedy: String)
    /// The file is valid but of a kind that is not read.
    case unsupported(file: String, field: String, remedy: String)
    /// The file ends early.
    case truncated(file: String, field: String, expectedBytes: Int, foundBytes: Int)
    /// The file asks for more than a limit.
    case tooLarge(file: String, field: String, limit: Int)
    /// The file cannot be written.
    case notWritten(file: String, field: String, remedy: String)
    /// The image and the mask are not on the same grid.
    case geometryMismatch([GeometryDifference])
    /// The mask has no voxel, or no voxel with the chosen label; `present` lists labels that are there.
    case emptyMask(label: Int?, present: [Int])
    /// The file holds several regions and the choice matches none or more than one; `available` lists all of them.
    case regionNotChosen(file: String, available: [MaskRegion])
    /// The operation is in millimetres, and the voxel spacing is unknown.
    case spacingUnknown(operation: String)
    /// The ring has no voxel.
    case emptyRing(fromMM: Double, toMM: Double, spacing: Vector3)
    /// The ring has too few voxels for features.
    case ringTooSmall(fromMM: Double, toMM: Double, voxels: Int, minimum: Int)
    /// An argument has no meaning.
    case invalidParameter(field: String, remedy: String)
}

extension ImagingError: CustomStringConvertible {
    /// The reason and the remedy in a sentence.
    public var description: String {
        switch self {
        case .unreadable(let file, let remedy): "\(file) cannot be read: \(remedy)."
        case .malformed(let file, let field, let remedy): "\(file): \(field) is not valid: \(remedy)."
        case .unsupported(let file, let field, let remedy):
            "\(file): \(field) is of a kind that is not read: \(remedy)."
        case .truncated(let file, let field, let expected, let found):
            "\(file) ends early: \(field) needs \(expected) bytes and has \(found); copy the file again."
        case .tooLarge(let file, let field, let limit):
            "\(file): \(field) is larger than the limit of \(limit); crop the image or check the header."
        case .notWritten(let file, let field, let remedy):
            "\(file) cannot be written\(field.isEmpty ? "" : " (\(field))"): \(remedy)."
        case .geometryMismatch(let differences):
            "Image and mask are not on the same grid: \(differences.map(\.description).joined(separator: "; ")). "
                + "Export the mask on the image's own grid."
        case .emptyMask(let label, let present):
            if let label {
                "The mask has no voxel with label \(label); labels present: "
                    + "\(present.map(String.init).joined(separator: ", "))."
            } else {
                "The mask has no voxel; draw the region and export it again."
            }
        case .regionNotChosen(let file, let available):
            "\(file): choose one region by its number or its name; it holds "
                + "\(available.prefix(50).map(\.description).joined(separator: ", "))."
        case .spacingUnknown(let operation):
            "\(operation) needs millimetres, and the image has no spacing; state the spacing of the pixels."
        case .emptyRing(let from, let to, let spacing):
            "The ring from \(from) to \(to) mm has no voxel on a grid of \(spacing.x) x \(spacing.y) x \(spacing.z) mm; "
                + "use a wider ring, the surface definition or a finer grid."
        case .ringTooSmall(let from, let to, let voxels, let minimum):
            "The ring from \(from) to \(to) mm has \(voxels) voxels and needs \(minimum); "
                + "use a wider ring or a finer grid, or check the organ mask."
        case .invalidParameter(let field, let remedy): "\(field) is not valid: \(remedy)."
        }
    }
}
