import CDicom

/// The decoded frames of one DICOM file and what is needed to place and to describe them.
struct DICOMFile {
    struct Frame {
        var position: Vector3?
        /// Unit vectors along a row and along a column.
        var axes: (row: Vector3, column: Vector3)?
        /// Distance of columns (x) and rows (y) in millimetres.
        var spacing: (x: Double, y: Double)?
    }

    let name: String
    let columns: Int
    let rows: Int
    let frames: [Frame]
    let pixels: [Float]
    let tags: [String: String]
    let modality: String
    /// Tells series apart; never shown.
    let series: String
    let sliceStepMM: Double?
    /// Calibrated regions of an ultrasound picture, of one calibration.
    let regions: [cdicom_region]
    /// Of a PET slice; never shown.
    let pet: PETAcquisition?

    static let magicOffset = 128
    static let magic = Array("DICM".utf8)

    init(path: String) throws(ImagingError) {
        name = FileBytes.lastComponent(path)
        var pointer: UnsafeMutablePointer<cdicom_image>?
        var fault = cdicom_fault()
        let status = cdicom_read(path, Int64(Limits.voxels), &pointer, &fault)
        guard status == CDICOM_OK, let pointer else { throw Self.error(fault, file: name) }
        defer { cdicom_free(pointer) }
        let image = pointer.pointee
        columns = Int(image.columns)
        rows = Int(image.rows)
        modality = Self.text(image.modality)
        series = Self.text(image.series)
        sliceStepMM = image.slice_step > 0 ? image.slice_step : nil
        regions = Array(UnsafeBufferPointer(start: image.regions, count: Int(image.region_count)))
        pet = image.pet.map { PETAcquisition($0.pointee) }
        pixels = Array(UnsafeBufferPointer(start: image.pixels, count: columns * rows * Int(image.frame_count)))
        let pairs = UnsafeBufferPointer(start: image.tags, count: Int(image.tag_count)).map { tag in
            (Self.text(tag.keyword), Self.text(tag.value))
        }
        tags = Dictionary(pairs) { first, _ in first }
        var frames: [Frame] = []
        for place in UnsafeBufferPointer(start: image.frames, count: Int(image.frame_count)) {
            frames.append(try Self.frame(place, file: name))
        }
        self.frames = frames
    }

    static func frame(_ place: cdicom_frame, file: String) throws(ImagingError) -> Frame {
        var frame = Frame()
        if place.has_position != 0 {
            let position = Vector3(place.position.0, place.position.1, place.position.2)
            guard max(abs(position.x), abs(position.y), abs(position.z)) <= Limits.originMM else {
                throw .malformed(file: file, field: "ImagePositionPatient", remedy: "must be in the scanner's room")
            }
            frame.position = position
        }
        if place.has_spacing != 0 {
            guard Limits.spacingMM.contains(place.spacing.0), Limits.spacingMM.contains(place.spacing.1) else {
                throw .malformed(file: file, field: "PixelSpacing", remedy: "must be a plausible number of mm")
            }
            frame.spacing = (x: place.spacing.1, y: place.spacing.0)
        }
        if place.has_orientation != 0 {
            let values = place.orientation
            let row = Vector3(values.0, values.1, values.2)
            let column = Vector3(values.3, values.4, values.5)
            guard abs(row.length - 1) < 1e-2, abs(column.length - 1) < 1e-2, abs(row.dot(column)) < 1e-2 else {
                throw .malformed(
                    file: file, field: "ImageOrientationPatient", remedy: "must be two unit vectors at right angles")
            }
            frame.axes = (row * (1 / row.length), column * (1 / column.length))
        }
        return frame
    }

    static func error(_ fault: cdicom_fault, file: String) -> ImagingError {
        let (field, detail) = (text(fault.field), text(fault.detail))
        switch Int(fault.code) {
        case CDICOM_UNREADABLE: return .unreadable(file: file, remedy: "it \(detail); copy it again")
        case CDICOM_UNSUPPORTED: return .unsupported(file: file, field: field, remedy: detail)
        case CDICOM_TOO_LARGE: return .tooLarge(file: file, field: field, limit: limit(of: field))
        case CDICOM_NOT_WRITTEN: return .notWritten(file: file, field: field, remedy: detail)
        default: return .malformed(file: file, field: field, remedy: detail)
        }
    }

    /// The limit behind a fault of the shim: what it counts besides samples.
    private static func limit(of field: String) -> Int {
        switch field {
        case "NumberOfFrames": Limits.segmentationFrames
        case "SegmentSequence", "StructureSetROISequence", "ROIContourSequence": Limits.maskRegions
        case "ContourSequence": Limits.contours
        case "ContourData": Limits.contourPoints
        default: Limits.voxels
        }
    }

    /// A zero-terminated fixed-size C array as text.
    static func text<Tuple>(_ characters: Tuple) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
