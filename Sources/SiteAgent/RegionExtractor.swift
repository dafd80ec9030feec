public import Extraction
import FoundationEssentials
import Imaging
import Radiomics
public import StudyProtocol

extension CaseExtraction {
    /// The extraction of a protocol, with no study around it.
    ///
    /// - Throws: `AgentError.data` for a protocol without images, with an unknown family, or whose rings are drawn in
    ///   two ways.
    public init(study: StudyProtocol, wantsDiagnostics: Bool) throws {
        guard study.extraction.source == .images else { throw AgentError.data("the protocol extracts no images") }
        let extractor = try RegionExtractor(study: study)
        let rings = study.regions.filter(\.isRing)
        let definitions = Set(rings.map(RegionExtractor.definition))
        guard definitions.count <= 1 else {
            throw AgentError.data("the protocol draws its rings in two ways; extract them one after the other")
        }
        self.init(
            .ibsi(extractor.settings.with(ringDefinition: definitions.first ?? .surface)),
            regions: study.regions.map(RegionExtractor.request), wantsDiagnostics: wantsDiagnostics)
    }
}

/// From the files of one reading to the feature columns of all regions of the protocol.
struct RegionExtractor {
    let study: StudyProtocol
    let settings: ProcessingSettings
    /// SHA-256 of everything that decides the values, apart from the files.
    let configurationHash: String
    /// Names of the columns, region by region.
    let columns: [String]

    private struct Configuration: Encodable {
        let software = "concord 0.1.0"
        let dialect = "ibsi"
        let settings: ProcessingSettings
        let regions: [StudyProtocol.Region]
    }

    private var isPlanar: Bool { study.extraction.dimension == .planar }

    /// Creates the extractor of a protocol.
    ///
    /// - Throws: `AgentError.data` naming a family that does not exist.
    init(study: StudyProtocol) throws {
        self.study = study
        let isPlanar = study.extraction.dimension == .planar
        var families: [FeatureFamily] = []
        for word in study.extraction.families {
            guard let family = FeatureFamily.allCases.first(where: { $0.prefix == word }) else {
                throw AgentError.data(
                    "extraction.families: '\(word)' is not one of "
                        + FeatureFamily.allCases.map(\.prefix).joined(separator: ", "))
            }
            families.append(family)
        }
        let range = study.extraction.range
        let features = ExtractionSettings(
            families: families, aggregations: [isPlanar ? .slicesMerged : .volumeMerged],
            discretisation: study.extraction.binNumber.map { .fixedBinNumber(count: $0) }
                ?? .fixedBinSize(width: study.extraction.binWidth ?? 25, origin: range?.first),
            resegmentation: Resegmentation(lower: range?.first, upper: range?.last),
            spatialAutocorrelation: false, minimumVoxelCount: 16)
        let edge = study.extraction.resampleMM
        let intensity = study.extraction.intensity
        settings = ProcessingSettings(
            planar: isPlanar, spacingMM: edge.map { [$0, $0, $0] }, interpolation: .linear, features: features,
            uptake: intensity?.uptake.map(Self.measure),
            normalisation: intensity?.normalise.map {
                IntensityNormalisation(over: Self.reference($0), clip: intensity?.clip, scale: intensity?.scale ?? 1)
            })
        columns = study.regions.flatMap { region in
            // The shape of a ring follows from the shape of the tumour.
            Self.definitions(features, region: region, isPlanar: isPlanar).map { $0.column(region: region.name) }
        }
        configurationHash = CanonicalForm.sha256(
            try CanonicalForm.encode(
                Configuration(settings: settings, regions: study.regions)))
    }

    private static func measure(_ uptake: StudyProtocol.Uptake) -> UptakeMeasure {
        switch uptake {
        case .bodyWeight: .bodyWeight
        case .leanJames: .leanJames
        case .leanJanmahasatian: .leanJanmahasatian
        case .surface: .surface
        }
    }

    private static func reference(_ voxels: StudyProtocol.Reference) -> IntensityNormalisation.Reference {
        switch voxels {
        case .image: .image
        case .foreground: .foreground
        case .organ: .organ
        }
    }

    private static func definitions(
        _ settings: ExtractionSettings, region: StudyProtocol.Region, isPlanar: Bool
    ) -> [FeatureDefinition] {
        settings.definitions(planar: isPlanar).filter {
            !region.isRing || ($0.family != .morphology && $0.family != .planarShape)
        }
    }

    /// Reads the image of a reading, with the spacing that the site states if the file has none; `uptake` nil for stored
    /// values.
    static func load(_ reading: Reading, uptake: UptakeMeasure? = nil) throws(ImagingError) -> LoadedImage {
        let file = try ImageReader.read(path: reading.image, frame: reading.frame, uptake: uptake)
        // What the file says counts; the manifest fills the rest. Ultrasound states its spacing in a region, not a tag.
        var tags = file.tags.merging(reading.tags) { stated, _ in stated }
        if file.spacingKnown { tags["PixelSpacing"] = "\((file.volume.geometry.spacing.x * 1e4).rounded() / 1e4)" }
        let image = file.with(tags: tags)
        guard let spacing = reading.spacingMM, !image.spacingKnown else { return image }
        return try image.stating(spacing: Vector3(spacing, spacing, image.volume.geometry.spacing.z))
    }

    private func mask(
        _ path: String, label: Int?, name: String? = nil, on image: LoadedImage
    ) throws(ImagingError) -> Mask {
        try MaskReader.read(path: path, image: image.volume, label: label, name: name).mask
    }

    /// Values of all columns, NaN where a region does not define a feature.
    ///
    /// - Throws: `ImagingError`.
    func extract(_ reading: Reading) throws -> (values: [Double], provenance: String) {
        let image = try Self.load(reading, uptake: settings.uptake)
        let tumour = try mask(reading.mask, label: reading.label, name: reading.name, on: image)
        let organ = try reading.organ.map { path throws(ImagingError) in try mask(path, label: nil, on: image) }
        let excluded = Mask.union(
            try reading.excluded.map { path throws(ImagingError) in try mask(path, label: nil, on: image) })
        var chains: [RingDefinition: ProcessingChain] = [:]
        var values: [Double] = []
        for region in study.regions {
            let definition = Self.definition(region)
            // All regions with one definition of a ring share image, interpolation and field of distances.
            let chain =
                try chains[definition]
                ?? ProcessingChain(
                    image: image.volume, tumour: tumour, organ: organ, fan: image.fanMask, excluded: excluded,
                    regions: study.regions.filter { Self.definition($0) == definition }.map(Self.request),
                    settings: settings.with(ringDefinition: definition), wantsDiagnostics: false)
            chains[definition] = chain
            let result = try features(chain, region)
            let byColumn = Dictionary(
                result.features.map { ($0.definition.column, $0.value) }, uniquingKeysWith: { first, _ in first })
            for definition in Self.definitions(settings.features, region: region, isPlanar: isPlanar) {
                values.append(byColumn[definition.column] ?? .nan)
            }
        }
        return (values, try provenance(image, tumour))
    }

    static func definition(_ region: StudyProtocol.Region) -> RingDefinition {
        region.definition == .voxelCentre ? .voxelCentre : .surface
    }

    static func request(_ region: StudyProtocol.Region) -> RegionRequest {
        guard let from = region.fromMM, let to = region.toMM else { return .intratumoral }
        return .ring(from: from, to: to)
    }

    private func features(_ chain: ProcessingChain, _ region: StudyProtocol.Region) throws -> ExtractionResult {
        do {
            return try chain.features(of: Self.request(region)).result
        } catch let error as RadiomicsError {
            throw ImagingError.invalidParameter(field: "region", remedy: "\(error)")
        }
    }

    private struct Provenance: Encodable {
        let pixelsSHA256: String
        let maskSHA256: String
        let configurationSHA256: String
        let software: String
    }

    private func provenance(_ image: LoadedImage, _ mask: Mask) throws -> String {
        let pixels = image.volume.voxels.withUnsafeBytes { CanonicalForm.sha256(Data($0)) }
        let provenance = Provenance(
            pixelsSHA256: pixels, maskSHA256: CanonicalForm.sha256(Data(mask.voxels)),
            configurationSHA256: configurationHash, software: "concord 0.1.0")
        return String(decoding: try CanonicalForm.encode(provenance), as: UTF8.self)
    }

    /// The region on the native grid.
    private func draw(_ region: StudyProtocol.Region, around tumour: Mask) throws(ImagingError) -> Mask {
        guard let from = region.fromMM, let to = region.toMM else { return tumour }
        return try ring(
            around: tumour, from: from, to: to, definition: Self.definition(region), planar: isPlanar)
    }

    /// Voxel counts of two readers' regions in the reference region: the box of both contours grown by the widest ring.
    func compare(_ first: Reading, _ second: Reading) throws -> [String: [Int]] {
        let image = try Self.load(first)
        let a = try mask(first.mask, label: first.label, name: first.name, on: image)
        let b = try mask(second.mask, label: second.label, name: second.name, on: image)
        let margin = study.regions.compactMap(\.toMM).max() ?? 0
        var counts: [String: [Int]] = [:]
        for region in study.regions {
            let (x, y) = (try draw(region, around: a), try draw(region, around: b))
            counts[region.name] = confusion(x, y, contours: (a, b), marginMM: margin)
        }
        return counts
    }

    private func confusion(_ x: Mask, _ y: Mask, contours: (Mask, Mask), marginMM: Double) -> [Int] {
        guard let first = contours.0.boundingBox, let second = contours.1.boundingBox else { return [0, 0, 0, 0] }
        var box = first.union(second)
        let slices = (box.lower.z, box.upper.z)
        box = box.grown(byMM: marginMM, in: x.geometry)
        if isPlanar { (box.lower.z, box.upper.z) = slices }
        let (p, q) = (x.cropped(to: box), y.cropped(to: box))
        var counts = [0, 0, 0, 0]
        for index in p.voxels.indices { counts[(p.voxels[index] != 0 ? 0 : 2) + (q.voxels[index] != 0 ? 0 : 1)] += 1 }
        return counts
    }
}
