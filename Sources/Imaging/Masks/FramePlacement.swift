/// Which voxels of an image the pixels of a segmentation's frame are.
///
/// A frame may cover a part of a slice and run along any axes of the grid in either direction, as long as its pixels
/// are voxels of the image: nothing is resampled.
struct FramePlacement {
    /// Voxel of the first pixel, and the steps from a pixel to the next of its row and of its column.
    private let first: GridSize
    private let alongRow: GridSize
    private let alongColumn: GridSize

    /// Finds the voxels by their place in the patient.
    ///
    /// - Throws: `ImagingError.geometryMismatch` when a pixel lies farther than `Limits.geometryToleranceMM` from its
    ///   voxel, `.malformed` when the frame has no place, `.spacingUnknown` when the image has none.
    init(
        _ frame: DICOMFile.Frame, columns: Int, rows: Int, on geometry: Geometry, file: String
    ) throws(ImagingError) {
        guard let position = frame.position, let axes = frame.axes, let spacing = frame.spacing else {
            let field =
                frame.position == nil
                ? "ImagePositionPatient" : frame.axes == nil ? "ImageOrientationPatient" : "PixelSpacing"
            throw .malformed(file: file, field: field, remedy: "is missing; export the segmentation with its places")
        }
        guard geometry.spacingKnown else { throw .spacingUnknown(operation: "Placing the frames of \(file)") }
        let nearest = Self.voxel(nearest: position, of: geometry)
        let row = Self.axis(nearest: axes.row, of: geometry)
        let column = Self.axis(nearest: axes.column, of: geometry)
        let (size, normal) = (GridSize(columns, rows, 1), axes.row.cross(axes.column))
        let here = Geometry(
            size: size, spacing: Vector3(spacing.x, spacing.y, 1), origin: position,
            direction: [axes.row, axes.column, normal])
        let there = Geometry(
            size: size, spacing: Vector3(geometry.spacing[row.axis], geometry.spacing[column.axis], 1),
            origin: geometry.world(Vector3(Double(nearest.x), Double(nearest.y), Double(nearest.z))),
            direction: [
                geometry.direction[row.axis] * Double(row.sign),
                geometry.direction[column.axis] * Double(column.sign), normal,
            ])
        let differences = here.differences(from: there)
        guard differences.isEmpty else { throw .geometryMismatch(differences) }
        // Across the frame its slice must be one of the image; along it a part may hang over as long as it is empty.
        for axis in 0..<3 where axis != row.axis && axis != column.axis {
            let beyond = max(-nearest[axis], nearest[axis] - geometry.size[axis] + 1)
            guard beyond <= 0 else {
                let distance = Double(beyond) * geometry.spacing[axis]
                throw .geometryMismatch([GeometryDifference(property: .origin, axis: axis, amount: distance)])
            }
        }
        first = nearest
        alongRow = Self.step(row)
        alongColumn = Self.step(column)
    }

    /// A frame without a place, such as one of an ultrasound picture, on a single slice of the same size.
    ///
    /// - Throws: `ImagingError.malformed` when the image has several slices or another size.
    init(unplaced columns: Int, _ rows: Int, on geometry: Geometry, file: String) throws(ImagingError) {
        guard geometry.size == GridSize(columns, rows, 1) else {
            throw .malformed(
                file: file, field: "ImagePositionPatient",
                remedy: "is missing, and the image is not one slice of the same size")
        }
        first = GridSize(0, 0, 0)
        alongRow = GridSize(1, 0, 0)
        alongColumn = GridSize(0, 1, 0)
    }

    /// Index of the voxel of a pixel, or nil outside the image.
    func voxel(column: Int, row: Int, size: GridSize) -> Int? {
        let x = first.x + column * alongRow.x + row * alongColumn.x
        let y = first.y + column * alongRow.y + row * alongColumn.y
        let z = first.z + column * alongRow.z + row * alongColumn.z
        guard x >= 0, y >= 0, z >= 0, x < size.x, y < size.y, z < size.z else { return nil }
        return (z * size.y + y) * size.x + x
    }

    private static func voxel(nearest position: Vector3, of geometry: Geometry) -> GridSize {
        let index = geometry.index(position)
        // What is too far away for an integer is refused wherever it is cut off.
        let reach = 2 * Double(Limits.axisVoxels)
        var voxel = GridSize(0, 0, 0)
        for axis in 0..<3 { voxel[axis] = Int(min(max(index[axis].rounded(), -reach), reach)) }
        return voxel
    }

    private static func axis(nearest direction: Vector3, of geometry: Geometry) -> (axis: Int, sign: Int) {
        let shares = geometry.direction.map { $0.dot(direction) }
        let axis = (0..<3).reduce(0) { abs(shares[$1]) > abs(shares[$0]) ? $1 : $0 }
        return (axis, shares[axis] < 0 ? -1 : 1)
    }

    private static func step(_ direction: (axis: Int, sign: Int)) -> GridSize {
        var step = GridSize(0, 0, 0)
        step[direction.axis] = direction.sign
        return step
    }
}
