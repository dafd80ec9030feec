import CDicom

/// Builds one image from the frames of a DICOM file or of a folder with one series.
struct DICOMVolume {
    let volume: Volume
    let tags: [String: String]
    let pictureBoxes: [UltrasoundFan.Box]?
    /// How PET values became uptake, or nil.
    let uptake: UptakeConversion?

    /// Reads one file. Of an ultrasound clip `frame` chooses the picture.
    init(path: String, frame: Int?, uptake: UptakeMeasure?) throws(ImagingError) {
        let file = try DICOMFile(path: path)
        if file.modality == "US" || !file.regions.isEmpty {
            if let uptake { _ = try UptakeScale([(file.name, nil)], measure: uptake) }
            try self.init(ultrasound: file, frame: frame)
        } else {
            guard frame == nil else { throw Self.noClip(file.name) }
            try self.init(files: [file], name: file.name, uptake: uptake)
        }
    }

    /// A frame was chosen of an image that is no clip.
    static func noClip(_ file: String) -> ImagingError {
        .malformed(file: file, field: "frame", remedy: "leave it out: the image is no ultrasound clip")
    }

    /// Reads a folder with the files of one series.
    init(files: [DICOMFile], name: String, uptake measure: UptakeMeasure?) throws(ImagingError) {
        let first = files[0]
        for file in files where file.series != first.series {
            throw .unsupported(
                file: name, field: "SeriesInstanceUID", remedy: "the folder holds several series; use a folder for each"
            )
        }
        for file in files where file.columns != first.columns || file.rows != first.rows {
            throw .malformed(
                file: file.name, field: "Rows or Columns",
                remedy: "differs from \(first.name); keep one series (no localiser) in the folder")
        }
        let slices = files.flatMap { file in file.frames.indices.map { Slice(file: file, frame: $0) } }
        guard first.columns * first.rows * slices.count <= Limits.voxels else {
            throw .tooLarge(file: name, field: "number of voxels", limit: Limits.voxels)
        }
        let stack = try SliceStack(slices, name: name)
        var voxels: [Float] = []
        voxels.reserveCapacity(stack.geometry.size.count)
        let count = first.columns * first.rows
        let scale: UptakeScale? = try measure.map { measure throws(ImagingError) in
            try UptakeScale(stack.slices.map { ($0.file.name, $0.file.pet) }, measure: measure)
        }
        for (index, slice) in stack.slices.enumerated() {
            let values = slice.file.pixels[(slice.frame * count)..<((slice.frame + 1) * count)]
            guard let factor = scale?.factors[index] else {
                voxels += values
                continue
            }
            voxels += values.lazy.map { Float(Double($0) * factor) }
        }
        uptake = scale?.conversion
        volume = Volume(geometry: stack.geometry, voxels: voxels)
        tags = Self.common(files.map(\.tags))
        pictureBoxes = nil
    }

    private init(ultrasound file: DICOMFile, frame: Int?) throws(ImagingError) {
        let number = frame ?? 1
        guard file.frames.count == 1 || frame != nil else {
            throw .unsupported(
                file: file.name, field: "NumberOfFrames",
                remedy: "the clip has \(file.frames.count) frames; state which one to use as frame, from 1")
        }
        guard 1...max(file.frames.count, 1) ~= number else {
            throw .malformed(file: file.name, field: "frame", remedy: "choose one from 1 to \(file.frames.count)")
        }
        let chosen = number - 1
        var geometry = Geometry(
            size: GridSize(file.columns, file.rows, 1), spacing: Vector3(1, 1, 1), spacingKnown: false)
        var spacing = file.frames[chosen].spacing
        if let region = file.regions.first { spacing = (region.delta_x_mm, region.delta_y_mm) }
        if let spacing {
            guard Limits.spacingMM.contains(spacing.x), Limits.spacingMM.contains(spacing.y) else {
                throw .malformed(file: file.name, field: "PhysicalDeltaX", remedy: "must be a plausible number of cm")
            }
            geometry = try geometry.stating(spacing: Vector3(spacing.x, spacing.y, 1))
        }
        let count = geometry.size.count
        volume = Volume(geometry: geometry, voxels: Array(file.pixels[(chosen * count)..<((chosen + 1) * count)]))
        tags = file.tags
        uptake = nil
        pictureBoxes = file.regions.map {
            UltrasoundFan.Box(rows: Int($0.top)...Int($0.bottom), columns: Int($0.left)...Int($0.right))
        }
    }

    /// Attributes that have the same value in all files; tube current and the like may change from slice to slice.
    private static func common(_ tags: [[String: String]]) -> [String: String] {
        tags[0].filter { keyword, value in tags.allSatisfy { $0[keyword] == value } }
    }
}

/// One frame of one file.
struct Slice {
    let file: DICOMFile
    let frame: Int

    var place: DICOMFile.Frame { file.frames[frame] }
}

/// Slices in the order of their position along the normal, checked for equal distances (PS3.3 C.7.6.2).
private struct SliceStack {
    let slices: [Slice]
    let geometry: Geometry

    init(_ unsorted: [Slice], name: String) throws(ImagingError) {
        let place = unsorted[0].place
        let size = GridSize(unsorted[0].file.columns, unsorted[0].file.rows, unsorted.count)
        guard unsorted.count > 1 || place.axes != nil else {
            // A single picture without a place: what is known is at most the pixel spacing.
            slices = unsorted
            geometry = Geometry(
                size: size, spacing: Vector3(place.spacing?.x ?? 1, place.spacing?.y ?? 1, 1),
                spacingKnown: place.spacing != nil)
            return
        }
        guard let axes = place.axes, let spacing = place.spacing else {
            throw .malformed(
                file: unsorted[0].file.name,
                field: place.axes == nil ? "ImageOrientationPatient" : "PixelSpacing",
                remedy: "is missing; export the original images, not secondary captures")
        }
        let normal = axes.row.cross(axes.column)
        var placed: [(depth: Double, position: Vector3, slice: Slice)] = []
        for slice in unsorted {
            let file = slice.file.name
            guard let position = slice.place.position else {
                throw .malformed(
                    file: file, field: "ImagePositionPatient", remedy: "is missing; export original images")
            }
            guard let other = slice.place.axes, (other.row - axes.row).length < 1e-3,
                (other.column - axes.column).length < 1e-3
            else {
                throw .malformed(
                    file: file, field: "ImageOrientationPatient", remedy: "differs in the series; remove localisers")
            }
            guard let step = slice.place.spacing, abs(step.x - spacing.x) < 1e-4, abs(step.y - spacing.y) < 1e-4 else {
                throw .malformed(file: file, field: "PixelSpacing", remedy: "differs in the series; use one series")
            }
            placed.append((position.dot(normal), position, slice))
        }
        placed.sort { $0.depth < $1.depth }
        let (step, direction) = try Self.step(placed.map { ($0.depth, $0.position) }, normal: normal, name: name)
        slices = placed.map(\.slice)
        geometry = try Geometry(
            size: size,
            columns: [
                axes.row * spacing.x, axes.column * spacing.y, direction * (step ?? slices[0].file.sliceStepMM ?? 1),
            ],
            origin: placed[0].position, file: name, field: "ImagePositionPatient")
    }

    /// Distance of slices and direction from one to the next; nil for a single slice.
    private static func step(
        _ places: [(depth: Double, position: Vector3)], normal: Vector3, name: String
    ) throws(ImagingError) -> (step: Double?, direction: Vector3) {
        guard places.count > 1 else { return (nil, normal) }
        let field = "ImagePositionPatient"
        let first = places[0]
        let total = places[places.count - 1].depth - first.depth
        let step = total / Double(places.count - 1)
        let tolerance = max(0.01, 0.01 * step)
        for (index, place) in places.enumerated().dropFirst() {
            let gap = place.depth - places[index - 1].depth
            guard gap > tolerance else {
                throw .unsupported(
                    file: name, field: field,
                    remedy: "two slices lie at the same place; split phases, echoes or repetitions into folders")
            }
            guard abs(gap - step) <= tolerance else {
                throw .malformed(
                    file: name, field: field,
                    remedy: "slices \(index) and \(index + 1) lie \(rounded(gap)) mm apart and the mean is "
                        + "\(rounded(step)) mm; add the missing slices")
            }
            let sideways = place.position - first.position - normal * (place.depth - first.depth)
            guard sideways.length <= max(0.1, 0.01 * total) else {
                throw .unsupported(
                    file: name, field: field, remedy: "the slices are sheared (gantry tilt); resample the series")
            }
        }
        return (step, normal)
    }

    private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}
