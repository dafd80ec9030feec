import Imaging

/// A part of a region whose voxels look alike: one class of its voxels by intensity or by enhancement.
///
/// Classes are made on the image's own grid from the voxels of the region alone, in ascending order of their mean.
public struct Habitat: Hashable, Sendable, Codable {
    /// What is divided into classes.
    public enum Quantity: String, Sendable, Codable, CaseIterable {
        /// The intensities of the image.
        case intensity = ""
        /// Enhancement from the image to that of a second phase on the same grid:
        /// `(second - first) / max(|first|, 1)`; the 1 (unit of intensity) keeps water at 0 HU from dividing by zero.
        case enhancement = "ratio-"
        /// Both intensities, each over its standard deviation in the region.
        case phases = "phases-"
    }

    /// How classes are made.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// Otsu's thresholds on 256 bins.
        case otsu
        /// k-means from quantiles.
        case kMeans = "kmeans"
    }

    /// What is divided.
    public let quantity: Quantity
    /// How.
    public let method: Method
    /// Number of classes, 2 to 4.
    public let classes: Int
    /// The class that is meant, from 1, in ascending order of the mean of the quantity (of the first phase for `phases`).
    public let index: Int

    /// Reads `otsu-2:1`, `kmeans-3:2`, `ratio-otsu-2:1`, `phases-kmeans-3:1`; nil for any other word.
    public init?(_ word: String) {
        let sides = word.split(separator: ":", omittingEmptySubsequences: false)
        guard sides.count == 2, let index = Int(sides[1]) else { return nil }
        var parts = sides[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.popLast(), let classes = Int(last), (2...4).contains(classes),
            (1...classes).contains(index), "\(classes):\(index)" == "\(last):\(sides[1])",
            let name = parts.popLast(), let method = Method(rawValue: name),
            let quantity = Quantity(rawValue: parts.map { $0 + "-" }.joined())
        else { return nil }
        // Otsu's thresholds divide one quantity.
        guard quantity != .phases || method == .kMeans else { return nil }
        self.quantity = quantity
        self.method = method
        self.classes = classes
        self.index = index
    }

    /// The word that `init` reads.
    public var word: String { "\(quantity.rawValue)\(method.rawValue)-\(classes):\(index)" }

    /// Whether an image of a second phase is needed.
    public var needsSecondPhase: Bool { quantity != .intensity }
}

/// A habitat on the image's own grid.
struct HabitatRegion: Equatable {
    let mask: Mask
    /// Share of the region's voxels.
    let fraction: Double
    /// Mean of the quantity in each class, ascending.
    let centres: [Double]
}

extension Habitat {
    /// The habitat within a region.
    ///
    /// - Parameters:
    ///   - region: where it lies, on the grid of the images.
    ///   - image: the first phase.
    ///   - second: the second phase, or nil.
    /// - Throws: `HabitatError`.
    func region(in region: Mask, image: Volume, second: Volume?) throws(HabitatError) -> HabitatRegion {
        let places = region.voxels.indices.filter { region.voxels[$0] != 0 }
        var values = places.map { Double(image.voxels[$0]) }
        var later: [Double] = []
        if needsSecondPhase {
            guard let second else { throw .secondPhaseMissing(habitat: word) }
            later = places.map { Double(second.voxels[$0]) }
        }
        guard values.allSatisfy(\.isFinite), later.allSatisfy(\.isFinite) else { throw .notFinite(habitat: word) }
        if quantity == .enhancement { values = zip(values, later).map { ($1 - $0) / max(abs($0), 1) } }
        guard Set(values).count >= classes else { throw .tooFewIntensities(habitat: word, classes: classes) }
        let found: IntensityClasses
        switch method {
        case .otsu:
            guard let cut = IntensityClasses.otsu(values, count: classes) else {
                throw .tooFewIntensities(habitat: word, classes: classes)
            }
            found = cut.classes
        case .kMeans:
            let dimensions = quantity == .phases ? [values, later].map(Self.scaled) : [values]
            found = IntensityClasses(
                values, classes: IntensityClasses.kMeans(dimensions, count: classes).classes, count: classes)
        }
        var mask = Mask(geometry: region.geometry, voxels: [UInt8](repeating: 0, count: region.voxels.count))
        var count = 0
        for (place, group) in zip(places, found.classes) where group == index - 1 {
            mask.voxels[place] = 1
            count += 1
        }
        guard count >= Imaging.Limits.ringVoxels else {
            throw .tooSmall(habitat: word, voxels: count, minimum: Imaging.Limits.ringVoxels)
        }
        return HabitatRegion(mask: mask, fraction: Double(count) / Double(places.count), centres: found.centres)
    }

    /// Values over their standard deviation; as they are where they do not vary.
    private static func scaled(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        return deviation > 0 ? values.map { $0 / deviation } : values
    }
}

/// Why a habitat cannot be made.
public enum HabitatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The habitat has too few voxels for features.
    case tooSmall(habitat: String, voxels: Int, minimum: Int)
    /// The region has fewer intensities than classes.
    case tooFewIntensities(habitat: String, classes: Int)
    /// The habitat needs a second phase.
    case secondPhaseMissing(habitat: String)
    /// The region has voxels without a number.
    case notFinite(habitat: String)

    /// The reason and the remedy in a sentence.
    public var description: String {
        switch self {
        case .tooSmall(let habitat, let voxels, let minimum):
            "Habitat \(habitat) has \(voxels) voxels and needs \(minimum); use fewer classes or a larger region."
        case .tooFewIntensities(let habitat, let classes):
            "Habitat \(habitat) needs at least \(classes) different values in its region; use fewer classes or check the mask."
        case .secondPhaseMissing(let habitat):
            "Habitat \(habitat) needs a second phase; give its image with --phase2 or in the column phase2 of the manifest."
        case .notFinite(let habitat):
            "Habitat \(habitat) has voxels in its region that are not numbers; check the image or the mask."
        }
    }

    /// Stable word for counting failures by reason.
    public var code: String {
        switch self {
        case .tooSmall, .tooFewIntensities: "habitat_too_small"
        case .secondPhaseMissing: "second_phase_missing"
        case .notFinite: "not_computable"
        }
    }
}
