import Imaging

/// The smallest box that has a face in the plane of a face of the convex hull.
///
/// IBSI leaves the method open (ZH1A, IQYR are not standardised); the true optimum can be slightly smaller when it
/// touches the hull with edges only (O'Rourke 1985).
struct OrientedBoundingBox {
    private(set) var volume = Double.infinity
    private(set) var area = Double.infinity

    /// Corners among which a smaller hull bounds the boxes from below.
    private static let few = 64

    init(hull: HullMeasures) {
        // No box of a height is smaller around all corners than around some: exact boxes in the order of these bounds.
        var (all, some) = (Silhouette(hull), Silhouette(hull.among(directions: Self.few)))
        let candidates = hull.directions.map { normal in
            let height = hull.columns.extent(normal)
            return (normal: normal, height: height, bound: some.smallestRectangle(across: normal).area * height)
        }
        for candidate in candidates.sorted(by: { $0.bound < $1.bound }) {
            // The same box is summed from other corners.
            if candidate.bound > volume * (1 + 1e-12) { break }
            let (rectangle, height) = (all.smallestRectangle(across: candidate.normal), candidate.height)
            if rectangle.area * height < volume {
                volume = rectangle.area * height
                area = 2 * (rectangle.area + rectangle.length * height + rectangle.width * height)
            }
        }
    }
}
