import CDicom

/// What segmentations and structure sets have in common.
enum DICOMMask {
    case segmentation
    case structures

    /// The kind of a DICOM file, or nil when it holds no regions.
    init?(path: String) throws(ImagingError) {
        var kind: Int32 = 0
        var fault = cdicom_fault()
        guard cdicom_kind(path, &kind, &fault) == CDICOM_OK else {
            throw DICOMFile.error(fault, file: FileBytes.lastComponent(path))
        }
        switch Int(kind) {
        case CDICOM_KIND_SEGMENTATION: self = .segmentation
        case CDICOM_KIND_STRUCTURES: self = .structures
        default: return nil
        }
    }

    static var limits: cdicom_limits {
        cdicom_limits(
            bytes: Int64(Limits.voxels), frames: Int32(Limits.segmentationFrames), regions: Int32(Limits.maskRegions),
            contours: Int32(Limits.contours), points: Int64(Limits.contourPoints))
    }

    static func regions(_ names: UnsafeMutablePointer<cdicom_region_name>?, count: Int32) -> [MaskRegion] {
        UnsafeBufferPointer(start: names, count: Int(count)).map { region in
            MaskRegion(number: Int(region.number), name: DICOMFile.text(region.name))
        }
    }
}
