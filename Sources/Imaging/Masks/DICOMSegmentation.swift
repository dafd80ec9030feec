import CDicom

/// The frames of a DICOM segmentation, as stored.
struct DICOMSegmentation {
    let name: String
    let regions: [MaskRegion]
    private let columns: Int
    private let rows: Int
    private let coding: Int
    private let bits: Int
    private let maximum: Int
    private let frames: [DICOMFile.Frame]
    /// The segment that each frame shows, 0 in a label map.
    private let segments: [Int]
    private let samples: [UInt8]

    init(path: String) throws(ImagingError) {
        let file = FileBytes.lastComponent(path)
        var pointer: UnsafeMutablePointer<cdicom_segmentation>?
        var fault = cdicom_fault()
        var limits = DICOMMask.limits
        let status = cdicom_read_segmentation(path, &limits, &pointer, &fault)
        guard status == CDICOM_OK, let pointer else { throw DICOMFile.error(fault, file: file) }
        defer { cdicom_free_segmentation(pointer) }
        let stored = pointer.pointee
        let count = Int(stored.frame_count)
        name = file
        regions = DICOMMask.regions(stored.names, count: stored.segment_count)
        (columns, rows) = (Int(stored.columns), Int(stored.rows))
        (coding, bits, maximum) = (Int(stored.coding), Int(stored.bits), Int(stored.maximum))
        segments = UnsafeBufferPointer(start: stored.segments, count: count).map(Int.init)
        samples = Array(UnsafeBufferPointer(start: stored.samples, count: Int(stored.byte_count)))
        var frames: [DICOMFile.Frame] = []
        for place in UnsafeBufferPointer(start: stored.frames, count: count) {
            frames.append(try DICOMFile.frame(place, file: file))
        }
        self.frames = frames
    }

    /// A segment on the grid of an image; slices without a frame stay empty.
    ///
    /// - Throws: `ImagingError.emptyMask`, and what `FramePlacement` throws for a frame that is not on the grid.
    func mask(of region: MaskRegion, on geometry: Geometry) throws(ImagingError) -> Mask {
        var voxels = [UInt8](repeating: 0, count: geometry.size.count)
        let shown = frames.indices.filter { coding == CDICOM_LABEL_MAP || segments[$0] == region.number }
        for frame in shown {
            let placement =
                if frames[frame].position == nil, shown.count == 1 {
                    try FramePlacement(unplaced: columns, rows, on: geometry, file: name)
                } else {
                    try FramePlacement(frames[frame], columns: columns, rows: rows, on: geometry, file: name)
                }
            try fill(&voxels, size: geometry.size, frame: frame, segment: region.number, placement: placement)
        }
        guard voxels.contains(1) else {
            let present = coding == CDICOM_LABEL_MAP ? [] : Set(segments).sorted()
            throw .emptyMask(label: region.number, present: present)
        }
        return Mask(geometry: geometry, voxels: voxels)
    }

    private func fill(
        _ voxels: inout [UInt8], size: GridSize, frame: Int, segment: Int, placement: FramePlacement
    ) throws(ImagingError) {
        for row in 0..<rows {
            for column in 0..<columns where isInside((frame * rows + row) * columns + column, segment: segment) {
                guard let voxel = placement.voxel(column: column, row: row, size: size) else {
                    throw .malformed(
                        file: name, field: "ImagePositionPatient",
                        remedy: "the segment leaves the image; use the uncropped image")
                }
                voxels[voxel] = 1
            }
        }
    }

    /// Whether a sample, counted through all frames, belongs to a segment.
    private func isInside(_ sample: Int, segment: Int) -> Bool {
        let value =
            switch bits {
            // Lowest bit first, and a frame begins at the bit behind the last of the one before (PS3.5 8.1.1, D).
            case 1: Int(samples[sample >> 3] >> UInt8(sample & 7) & 1)
            case 8: Int(samples[sample])
            default: Int(samples[2 * sample]) | Int(samples[2 * sample + 1]) << 8
            }
        switch coding {
        case CDICOM_LABEL_MAP: return value == segment
        case CDICOM_FRACTIONAL: return 2 * value >= maximum
        default: return value != 0
        }
    }
}
