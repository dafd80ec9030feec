import CDicom

/// The regions of interest and contours of a DICOM structure set.
struct DICOMStructures {
    private struct Contour {
        let region: Int
        let kind: Int
        /// In LPS millimetres.
        let points: [Vector3]
    }

    let name: String
    let regions: [MaskRegion]
    private let contours: [Contour]

    init(path: String) throws(ImagingError) {
        let file = FileBytes.lastComponent(path)
        var pointer: UnsafeMutablePointer<cdicom_structures>?
        var fault = cdicom_fault()
        var limits = DICOMMask.limits
        let status = cdicom_read_structures(path, &limits, &pointer, &fault)
        guard status == CDICOM_OK, let pointer else { throw DICOMFile.error(fault, file: file) }
        defer { cdicom_free_structures(pointer) }
        let structures = pointer.pointee
        let coordinates = UnsafeBufferPointer(start: structures.points, count: 3 * Int(structures.point_count))
        name = file
        regions = DICOMMask.regions(structures.names, count: structures.region_count)
        contours = UnsafeBufferPointer(start: structures.contours, count: Int(structures.contour_count)).map {
            contour in
            let points = (Int(contour.first)..<Int(contour.first + contour.count)).map { point in
                Vector3(coordinates[3 * point], coordinates[3 * point + 1], coordinates[3 * point + 2])
            }
            return Contour(region: Int(contour.region), kind: Int(contour.kind), points: points)
        }
    }

    /// A region on the grid of an image.
    ///
    /// - Throws: `ImagingError.unsupported` for contours that enclose nothing, `.emptyMask`, `.spacingUnknown` for an
    ///   image without place, and what `ContourStack` throws.
    func mask(of region: MaskRegion, on geometry: Geometry, fill: PolygonFill) throws(ImagingError) -> LoadedMask {
        guard geometry.spacingKnown else { throw .spacingUnknown(operation: "Placing the contours of \(name)") }
        let own = contours.filter { $0.region == region.number }
        for contour in own where contour.kind != CDICOM_CONTOUR_CLOSED {
            throw .unsupported(
                file: name, field: "ContourGeometricType",
                remedy: "region \(region.number) has a contour of type \(Self.word(contour.kind)), which encloses "
                    + "nothing; choose one with CLOSED_PLANAR contours")
        }
        let stack = try ContourStack(own.map(\.points), on: geometry, file: name)
        let mask = stack.mask(fill)
        guard mask.voxels.contains(1) else {
            throw .emptyMask(label: region.number, present: Set(contours.map(\.region)).sorted())
        }
        return LoadedMask(mask: mask, warnings: stack.warnings)
    }

    private static func word(_ kind: Int) -> String {
        switch kind {
        case CDICOM_CONTOUR_POINT: "POINT"
        case CDICOM_CONTOUR_OPEN: "OPEN_PLANAR or OPEN_NONPLANAR"
        default: "unknown"
        }
    }
}
