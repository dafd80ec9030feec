import FoundationEssentials

/// Reads masks from the same formats as images, and DICOM segmentations and structure sets on the grid of an image.
public enum MaskReader {
    /// Reads a mask on the grid of its image. The content of the file decides how:
    ///
    /// - a DICOM segmentation (binary, fractional from one half on, or label map) is placed frame by frame where it
    ///   lies in the patient; slices without a frame are empty;
    /// - the closed planar contours of a DICOM structure set are assigned to their nearest slices and filled;
    /// - any other format is read as `read(path:label:)` does, and must be on the grid of the image. A mask without
    ///   spacing takes that of the image.
    ///
    /// Nothing is resampled.
    ///
    /// - Parameters:
    ///   - path: A file, or a folder with one file.
    ///   - image: The image that the mask belongs to.
    ///   - label: Number of the segment, of the region of interest, or label in a map. Needed for DICOM files with
    ///     several regions, unless `name` is given.
    ///   - name: Label of the segment or name of the region of interest, letter by letter; DICOM files only.
    ///   - fill: Which voxels belong to contours.
    /// - Throws: `ImagingError.regionNotChosen` listing what the file holds, `.geometryMismatch` for a mask that is not
    ///   on the image's grid, `.emptyMask`, `.malformed`, `.unsupported` or `.tooLarge` naming the DICOM attribute,
    ///   `.spacingUnknown` for a DICOM mask on an image without spacing, `.invalidParameter` for a `name` where there
    ///   are none, and the errors of `ImageReader`.
    public static func read(
        path: String, image: Volume, label: Int? = nil, name: String? = nil, fill: PolygonFill = .centres
    ) throws(ImagingError) -> LoadedMask {
        let path = onlyFile(path)
        let kind =
            if !FileBytes.isDirectory(path), try ImageReader.isDICOM(path) {
                try DICOMMask(path: path)
            } else {
                DICOMMask?.none
            }
        switch kind {
        case .segmentation:
            let file = try DICOMSegmentation(path: path)
            let region = try MaskRegion.choose(label: label, name: name, from: file.regions, file: file.name)
            return LoadedMask(mask: try file.mask(of: region, on: image.geometry))
        case .structures:
            let file = try DICOMStructures(path: path)
            let region = try MaskRegion.choose(label: label, name: name, from: file.regions, file: file.name)
            return try file.mask(of: region, on: image.geometry, fill: fill)
        case nil:
            guard name == nil else {
                throw .invalidParameter(field: "name", remedy: "only DICOM regions have names; choose by label")
            }
            var mask = try read(path: path, label: label)
            if !mask.geometry.spacingKnown { mask = try mask.stating(spacing: image.geometry.spacing) }
            try mask.check(against: image)
            // The same grid to within the tolerance: from here on it is the image's own, to the last bit.
            return LoadedMask(mask: Mask(geometry: image.geometry, voxels: mask.voxels))
        }
    }

    /// The file in a folder that holds nothing else, or the path itself.
    private static func onlyFile(_ path: String) -> String {
        guard FileBytes.isDirectory(path),
            let names = try? FileManager.default.contentsOfDirectory(atPath: path), names.count == 1
        else { return path }
        return path + "/" + names[0]
    }

    /// Reads a mask; the region is what has the label, or everything that is not zero.
    ///
    /// - Parameters:
    ///   - path: A file. DICOM segmentations and structure sets need `read(path:image:label:name:fill:)`.
    ///   - label: Label of the region in a map of several, or nil for all.
    /// - Throws: `ImagingError.emptyMask` naming the labels that are there, `.malformed` for values that are no labels,
    ///   and the errors of `ImageReader`.
    public static func read(path: String, label: Int? = nil) throws(ImagingError) -> Mask {
        if !FileBytes.isDirectory(path), try !ImageReader.isDICOM(path), let scan = try ImageReader.scan(path: path) {
            // A byte for each voxel: the labels never lie in memory as intensities.
            var choice = LabelChoice(label: label, count: scan.geometry.size.count)
            try scan.samples.forEach { choice.add($0) }
            return try choice.mask(on: scan.geometry, file: FileBytes.lastComponent(path))
        }
        let image = try ImageReader.read(path: path)
        return try mask(from: image.volume, label: label, file: FileBytes.lastComponent(path))
    }

    /// The region of a label map.
    ///
    /// - Throws: `ImagingError.emptyMask` or `.malformed`.
    public static func mask(from volume: Volume, label: Int? = nil, file: String) throws(ImagingError) -> Mask {
        var choice = LabelChoice(label: label, count: volume.voxels.count)
        volume.voxels.withUnsafeBufferPointer { choice.add($0) }
        return try choice.mask(on: volume.geometry, file: file)
    }
}

/// The voxels of a label map that have a label, from its values piece by piece.
private struct LabelChoice {
    /// The label, or nil for all but 0.
    let label: Int?
    private var voxels: [UInt8]
    /// How many values came so far.
    private var next = 0
    private var isWhole = true
    private var isEmpty = true
    private var present: Set<Float> = []

    /// Labels told in an error.
    private static let told = 20
    /// Labels kept for it: a map of intensities has more.
    private static let kept = 4_096

    init(label: Int?, count: Int) {
        self.label = label
        voxels = [UInt8](repeating: 0, count: count)
    }

    mutating func add(_ values: UnsafeBufferPointer<Float>) {
        let wanted = label.map(Float.init)
        var last: Float = 0
        var offset = 0
        let bytes = UnsafeRawBufferPointer(values)
        while offset < values.count {
            // Most of most masks is 0: eight values at a time.
            if wanted != 0, offset + 8 <= values.count,
                bytes.loadUnaligned(fromByteOffset: 4 * offset, as: SIMD4<UInt64>.self) == .zero
            {
                offset += 8
                continue
            }
            defer { offset += 1 }
            let value = values[offset]
            guard value != 0 || wanted == 0 else { continue }
            isWhole = isWhole && value == value.rounded() && abs(value) < 1e6
            if wanted == nil || value == wanted {
                voxels[next + offset] = 1
                isEmpty = false
            }
            if value != last, value != 0, present.count < Self.kept { present.insert(value) }
            last = value
        }
        next += values.count
    }

    /// - Throws: `ImagingError.malformed` or `.emptyMask` with the labels that are there.
    func mask(on geometry: Geometry, file: String) throws(ImagingError) -> Mask {
        guard isWhole else {
            throw .malformed(
                file: file, field: "voxels", remedy: "a mask holds whole labels; threshold the map before export")
        }
        guard !isEmpty else {
            throw .emptyMask(label: label, present: Array(present.map { Int($0) }.sorted().prefix(Self.told)))
        }
        return Mask(geometry: geometry, voxels: voxels)
    }
}
