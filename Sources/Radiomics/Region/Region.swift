import Imaging

/// A region cropped to the bounding box of its masks; arrays are x fastest.
struct Region {
    /// Voxels of the box along x, y and z.
    let width, height, depth: Int
    /// First voxel of the box in the image.
    let first: (x: Int, y: Int, z: Int)
    /// Distance between voxel centres in millimetres.
    let spacing: Vector3
    /// 1 inside the morphological mask, 0 outside.
    let morphological: [UInt8]
    /// 1 inside the intensity mask after re-segmentation, 0 outside.
    private(set) var intensity: [UInt8]
    /// Intensities of the box, also outside the masks.
    private(set) var values: [Float]
    /// Intensities of the intensity mask in raster order.
    private(set) var inside: [Float]
    /// Number of voxels of the morphological mask.
    let morphologicalCount: Int

    init(image: Volume, morphologicalMask: Mask, intensityMask: Mask?) throws(RadiomicsError) {
        let geometry = image.geometry
        let size = geometry.size
        guard [geometry.spacing.x, geometry.spacing.y, geometry.spacing.z].allSatisfy({ $0 > 0 && $0.isFinite })
        else { throw .invalidSpacing }
        guard morphologicalMask.geometry == geometry else { throw .geometryMismatch(mask: "morphological") }
        guard (intensityMask?.geometry ?? geometry) == geometry else { throw .geometryMismatch(mask: "intensity") }
        guard var box = Self.box(morphologicalMask.voxels, size: size) else { throw .emptyRegion }
        if let intensityMask {
            guard let other = Self.box(intensityMask.voxels, size: size) else { throw .emptyIntensityMask }
            box.formUnion(other)
        }
        let (width, height, depth) = (
            box.high.0 - box.low.0 + 1, box.high.1 - box.low.1 + 1, box.high.2 - box.low.2 + 1
        )
        let count = width * height * depth
        guard count <= Limits.boxVoxels, max(width, height, depth) <= Limits.boxEdge else {
            throw .regionTooLarge(voxels: count)
        }
        func rows(_ body: (_ source: Int, _ target: Int) -> Void) {
            for z in 0..<depth {
                for y in 0..<height {
                    body(((z + box.low.2) * size.y + y + box.low.1) * size.x + box.low.0, (z * height + y) * width)
                }
            }
        }
        func crop(_ voxels: [UInt8]) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: count) { cropped, initialized in
                voxels.withUnsafeBufferPointer { voxels in
                    rows { source, target in
                        for x in 0..<width { cropped[target + x] = min(voxels[source + x], 1) }
                    }
                }
                initialized = count
            }
        }
        let morphological = crop(morphologicalMask.voxels)
        let intensity = intensityMask.map { crop($0.voxels) } ?? morphological
        let values = [Float](unsafeUninitializedCapacity: count) { cropped, initialized in
            image.voxels.withUnsafeBufferPointer { voxels in
                rows { source, target in
                    _ = cropped[target..<target + width].initialize(from: voxels[source..<source + width])
                }
            }
            initialized = count
        }
        (self.width, self.height, self.depth) = (width, height, depth)
        first = (box.low.0, box.low.1, box.low.2)
        spacing = geometry.spacing
        morphologicalCount = morphological.reduce(0) { $0 + Int($1) }
        self.morphological = morphological
        self.intensity = intensity
        self.values = values
        inside = try Self.finite(Self.gather(values, intensity))
    }

    /// The same voxels of a filtered image, of which there is the region's box alone.
    func with(_ response: Volume) throws(RadiomicsError) -> Region {
        let size = response.geometry.size
        guard (size.x, size.y, size.z) == (width, height, depth) else { throw .geometryMismatch(mask: "intensity") }
        var filtered = self
        filtered.values = response.voxels
        filtered.inside = try Self.finite(Self.gather(response.voxels, intensity))
        return filtered
    }

    /// Where the region lies in its image.
    var box: GridBox {
        GridBox(
            lower: GridSize(first.x, first.y, first.z),
            upper: GridSize(first.x + width - 1, first.y + height - 1, first.z + depth - 1))
    }

    private static func finite(_ intensities: [Float]) throws(RadiomicsError) -> [Float] {
        let broken = intensities.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
        guard broken == 0 else { throw .nonFiniteIntensities(count: broken) }
        return intensities
    }

    /// The part of a region in a box of its voxels; both masks are the intensity mask there.
    init(_ columns: Range<Int>, _ rows: Range<Int>, _ slices: Range<Int>, of whole: Region) {
        (width, height, depth) = (columns.count, rows.count, slices.count)
        first = (
            whole.first.x + columns.lowerBound, whole.first.y + rows.lowerBound, whole.first.z + slices.lowerBound
        )
        spacing = whole.spacing
        var (mask, values, inside): ([UInt8], [Float], [Float]) = ([], [], [])
        for z in slices {
            for y in rows {
                let row = (z * whole.height + y) * whole.width
                for index in row + columns.lowerBound..<row + columns.upperBound {
                    mask.append(whole.intensity[index])
                    values.append(whole.values[index])
                    if whole.intensity[index] != 0 { inside.append(whole.values[index]) }
                }
            }
        }
        (morphological, intensity) = (mask, mask)
        (self.values, self.inside) = (values, inside)
        morphologicalCount = inside.count
    }

    /// The grey levels of the intensity mask.
    func levels(_ settings: ExtractionSettings) throws(RadiomicsError) -> (levels: [UInt16], count: Int) {
        var (low, high) = (Float.infinity, -Float.infinity)
        for value in inside { (low, high) = (min(low, value), max(high, value)) }
        return try Discretiser.levels(
            of: inside, range: low...high, settings.discretisation, lower: settings.resegmentation.lower)
    }

    /// Takes voxels out of the intensity mask by range and by outlier filter (IBSI 2.6).
    mutating func resegment(_ rule: Resegmentation) throws(RadiomicsError) {
        guard rule != Resegmentation() else { return }
        var lower = rule.lower ?? -.infinity
        var upper = rule.upper ?? .infinity
        if let sigma = rule.outlierSigma {
            let moments = Moments(inside)
            lower = max(lower, moments.mean - sigma * moments.variance.squareRoot())
            upper = min(upper, moments.mean + sigma * moments.variance.squareRoot())
        }
        for index in values.indices where intensity[index] != 0 {
            let value = Double(values[index])
            intensity[index] = value >= lower && value <= upper ? 1 : 0
        }
        inside = Self.gather(values, intensity)
        guard !inside.isEmpty else { throw .emptyIntensityMask }
    }

    private static func gather(_ values: [Float], _ mask: [UInt8]) -> [Float] {
        // Branch-free: every value is written, the place moves on only inside the mask.
        [Float](unsafeUninitializedCapacity: values.count + 1) { result, count in
            count = 0
            guard let result = result.baseAddress else { return }
            // Pointers: the loop runs over all voxels of the box, and writes no more than the capacity.
            values.withUnsafeBufferPointer { values in
                mask.withUnsafeBufferPointer { mask in
                    for index in 0..<min(values.count, mask.count) {
                        result[count] = values[index]
                        count += Int(mask[index])
                    }
                }
            }
        }
    }

    private struct Box {
        var low: (Int, Int, Int)
        var high: (Int, Int, Int)

        mutating func formUnion(_ other: Box) {
            low = (min(low.0, other.low.0), min(low.1, other.low.1), min(low.2, other.low.2))
            high = (max(high.0, other.high.0), max(high.1, other.high.1), max(high.2, other.high.2))
        }
    }

    private static func box(_ voxels: [UInt8], size: GridSize) -> Box? {
        var box: Box?
        // Pointers: the scan of the whole image is most of the time of a small region.
        voxels.withUnsafeBufferPointer { voxels in
            guard let base = voxels.baseAddress else { return }
            for z in 0..<size.z {
                for y in 0..<size.y {
                    let row = base + (z * size.y + y) * size.x
                    var any: UInt8 = 0
                    for x in 0..<size.x { any |= row[x] }
                    guard any != 0 else { continue }
                    var low = 0
                    while row[low] == 0 { low += 1 }
                    var high = size.x - 1
                    while row[high] == 0 { high -= 1 }
                    let found = Box(low: (low, y, z), high: (high, y, z))
                    if box == nil { box = found } else { box?.formUnion(found) }
                }
            }
        }
        return box
    }
}
