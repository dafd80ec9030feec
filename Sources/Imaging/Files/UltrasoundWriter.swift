import CDicom

#if canImport(Glibc)
    import Glibc
#endif

/// What an ultrasound DICOM file says about how the picture was made.
public struct UltrasoundAcquisition: Sendable, Equatable {
    /// Manufacturer of the scanner.
    public var manufacturer = ""
    /// Model of the scanner.
    public var model = ""
    /// Kind of probe, a DICOM defined term such as `CURVED LINEAR`.
    public var transducerType = ""
    /// Frequency in kilohertz.
    public var frequencyKHz: Double?
    /// Depth of the field of view in millimetres.
    public var depthMM: Double?
    /// Total gain in decibels.
    public var gainDB: Double?
    /// Dynamic range of the log-compression in decibels.
    public var dynamicRangeDB: Double?

    /// Creates an acquisition of which nothing is known.
    public init() {}
}

/// Writes single-frame 8-bit ultrasound pictures as DICOM (Ultrasound Image Storage, MONOCHROME2).
public enum UltrasoundWriter {
    /// Writes a planar image; values are rounded and clamped to 0...255. The whole picture is the calibrated region when
    /// the spacing is known, and the file has no calibration otherwise. The file has no date and no name, and equal
    /// content gives equal identifiers.
    ///
    /// - Parameter patientID: A pseudonym, at most 64 printable ASCII characters.
    /// - Throws: `ImagingError.notWritten` or `.invalidParameter`.
    public static func write(
        _ image: Volume, acquisition: UltrasoundAcquisition, patientID: String, path: String
    ) throws(ImagingError) {
        let geometry = image.geometry
        guard geometry.isPlanar, geometry.size.x <= Limits.axisVoxels, geometry.size.y <= Limits.axisVoxels else {
            throw .invalidParameter(field: "image", remedy: "give a picture of one slice")
        }
        guard patientID.utf8.count <= 64, patientID.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x5C }) else {
            throw .invalidParameter(field: "patientID", remedy: "use at most 64 printable ASCII characters")
        }
        let grey = image.voxels.map { $0.isNaN ? 0 : UInt8(min(max($0, 0), 255).rounded()) }
        let texts = [
            patientID, acquisition.manufacturer, acquisition.model, acquisition.transducerType,
            identifier(patientID.utf8, part: 1), identifier(patientID.utf8, part: 2),
            identifier(Array(patientID.utf8) + grey, part: 3),
        ].map { text in text.withCString { strdup($0) } }
        defer { texts.forEach { free($0) } }
        var attributes = cdicom_ultrasound()
        attributes.patient_id = UnsafePointer(texts[0])
        attributes.manufacturer = UnsafePointer(texts[1])
        attributes.model = UnsafePointer(texts[2])
        attributes.transducer_type = UnsafePointer(texts[3])
        attributes.study_uid = UnsafePointer(texts[4])
        attributes.series_uid = UnsafePointer(texts[5])
        attributes.instance_uid = UnsafePointer(texts[6])
        attributes.transducer_frequency_khz = acquisition.frequencyKHz ?? .nan
        attributes.depth_mm = acquisition.depthMM ?? .nan
        attributes.gain_db = acquisition.gainDB ?? .nan
        attributes.dynamic_range_db = acquisition.dynamicRangeDB ?? .nan
        if geometry.spacingKnown {
            (attributes.delta_x_mm, attributes.delta_y_mm) = (geometry.spacing.x, geometry.spacing.y)
        }
        (attributes.right, attributes.bottom) = (Int32(geometry.size.x - 1), Int32(geometry.size.y - 1))
        var fault = cdicom_fault()
        let status = cdicom_write_ultrasound(
            path, Int32(geometry.size.x), Int32(geometry.size.y), grey, &attributes, &fault)
        guard status == CDICOM_OK else {
            throw DICOMFile.error(fault, file: FileBytes.lastComponent(path))
        }
    }

    /// A UID under 2.25 (PS3.5 B.2) from two FNV-1a hashes of the content.
    private static func identifier(_ content: some Sequence<UInt8>, part: UInt64) -> String {
        var (high, low): (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325 ^ part, 0x8422_2325_CBF2_9CE4 &+ part)
        for byte in content {
            high = (high ^ UInt64(byte)) &* 0x100_0000_01B3
            low = (low ^ UInt64(~byte)) &* 0x100_0000_01B3
        }
        return "2.25.\(UInt128(high) << 64 | UInt128(low))"
    }
}
