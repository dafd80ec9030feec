import Filters
import FoundationEssentials
public import Imaging
import Radiomics
import StudyProtocol

/// Reads the files of a case and extracts its regions.
public struct CaseExtraction: Sendable, Codable, Equatable {
    /// Version of the extraction in every provenance.
    public static let software = "concord 0.1.0"

    /// Everything that decides the values, apart from the files.
    public let dialect: Dialect
    /// The regions, by their words.
    public let regions: [String]
    /// Whether reports tell how image and masks looked at every step.
    public let wantsDiagnostics: Bool
    /// How image and mask are disturbed to see which features stand it, or nil.
    public let perturbation: Perturbation?
    /// Whether a picture of one slice has the settings for pictures: where nobody chose others.
    public let followsImage: Bool

    /// What the hash of the configuration covers.
    private struct Configuration: Encodable {
        let dialect: Dialect
        let software: String
    }

    /// Creates an extraction.
    public init(
        _ dialect: Dialect, regions: [RegionRequest], wantsDiagnostics: Bool, perturbation: Perturbation? = nil,
        followsImage: Bool = false
    ) {
        self.followsImage = followsImage
        self.dialect = dialect
        self.perturbation = perturbation
        self.wantsDiagnostics = wantsDiagnostics
        self.regions = regions.map(\.description)
    }

    /// Extracts all regions of a case.
    ///
    /// - Throws: `CaseFailure`.
    public func reports(_ source: CaseSource) throws(CaseFailure) -> [CaseReport] {
        do {
            return try extract(source)
        } catch let error as ImagingError {
            throw CaseFailure(source, code: error.code, message: error.description)
        } catch let error as HabitatError {
            throw CaseFailure(source, code: error.code, message: error.description)
        } catch let error as FilterError {
            throw CaseFailure(source, code: "not_computable", message: "\(error)")
        } catch let error as RadiomicsError {
            throw CaseFailure(source, code: "not_computable", message: "\(error)")
        } catch {
            throw CaseFailure(source, code: "not_computable", message: "the settings cannot be written as JSON")
        }
    }

    private func extract(_ source: CaseSource) throws -> [CaseReport] {
        let image = try Self.image(source, uptake: dialect.uptake)
        let dialect = dialect(for: image.volume)
        let drawn = try MaskReader.read(
            path: source.mask, image: image.volume, label: source.label, name: source.name)
        let tumour = drawn.mask
        let organ = try source.organ.map { try MaskReader.read(path: $0, image: image.volume).mask }
        let excluded = Mask.union(try source.excluded.map { try MaskReader.read(path: $0, image: image.volume).mask })
        let second = try source.phase2.map { path throws(ImagingError) in try self.second(path, on: image.volume) }
        let fan = image.fanMask
        let requests = regions.compactMap { RegionRequest($0) }
        let peer: PyRadiomicsChain? =
            if case .pyradiomics(let parameters) = dialect {
                PyRadiomicsChain(image: image.volume, holdsIntegers: image.holdsIntegers, parameters: parameters)
            } else { nil }
        let chain = try ProcessingChain(
            image: image.volume, tumour: tumour, organ: organ, fan: fan, excluded: excluded, second: second,
            regions: requests, settings: dialect.processing, wantsDiagnostics: wantsDiagnostics && peer == nil,
            // The masks of another package's chain are those of the whole image.
            crops: peer == nil)
        let configuration = Configuration(dialect: dialect, software: Self.software)
        let pixels = image.volume.voxels.withUnsafeBytes { CanonicalForm.sha256($0) }
        let disturbed = try perturbation.map { perturbation in
            guard peer == nil else {
                throw ImagingError.invalidParameter(
                    field: "perturb", remedy: "the PyRadiomics dialect is not disturbed; use --settings or --preset")
            }
            return try PerturbedCase(
                image: image.volume, tumour: tumour, organ: organ, fan: fan, excluded: excluded,
                second: second, regions: requests, settings: dialect.processing, perturbation: perturbation,
                content: UInt64(pixels.prefix(16), radix: 16) ?? 0)
        }
        let provenance = CaseReport.Provenance(
            pixelsSHA256: pixels,
            phase2SHA256: second.map { $0.voxels.withUnsafeBytes { CanonicalForm.sha256($0) } },
            maskSHA256: CanonicalForm.sha256(tumour.voxels), organSHA256: organ.map { CanonicalForm.sha256($0.voxels) },
            excludedSHA256: excluded.map { CanonicalForm.sha256($0.voxels) },
            configuration: dialect, configurationSHA256: CanonicalForm.sha256(try CanonicalForm.encode(configuration)),
            dialect: dialect.name, software: Self.software, frame: source.frame,
            statedSpacingMM: image.isStated ? source.spacingMM : nil, uptake: image.uptake, acquisition: image.tags,
            perturbation: disturbed?.applied)
        let warnings = (drawn.warnings + Self.outside(fan, tumour)).map(CaseReport.Warning.init)
        let reports = try requests.map { request in
            let habitat = try Self.habitat(request, chain.masks)
            let share = habitat.map { [Self.fraction($0)] } ?? []
            if let peer {
                let found = try peer.features(of: try chain.masks.mask(of: request)).map(Self.feature)
                return CaseReport(
                    case: source.caseID, reader: source.reader, roi: request.description, provenance: provenance,
                    warnings: warnings + Self.undefined(found),
                    features: found + share, diagnostics: [],
                    habitat: habitat)
            }
            let found = try chain.features(of: request)
            return CaseReport(
                case: source.caseID, reader: source.reader, roi: request.description, provenance: provenance,
                warnings: warnings + found.result.warnings.map(CaseReport.Warning.init),
                features: found.result.features.map(Self.feature) + share,
                diagnostics: found.diagnostics.map { diagnostic in
                    CaseReport.Feature(
                        family: diagnostic.family, aggregation: "", name: diagnostic.name, ibsi: "",
                        tag: diagnostic.tag, column: diagnostic.tag, value: diagnostic.value)
                },
                habitat: habitat)
        }
        return try disturbed.map { try $0.completing(reports, requests: requests) } ?? reports
    }

    /// The warning that a mask leaves the image of an ultrasound picture.
    private static func outside(_ fan: Mask?, _ mask: Mask) -> [MaskWarning] {
        guard let fan else { return [] }
        let voxels = zip(mask.voxels, fan.voxels).count { $0 != 0 && $1 == 0 }
        return voxels > 0 ? [.outsideFan(voxels: voxels)] : []
    }

    /// The dialect with the settings that count for an image.
    private func dialect(for image: Volume) -> Dialect {
        guard followsImage, image.geometry.isPlanar, case .ibsi(let settings) = dialect else { return dialect }
        return .ibsi(settings.followingPicture())
    }

    /// The image of a second phase, on the grid of the first.
    private func second(_ path: String, on image: Volume) throws(ImagingError) -> Volume {
        guard dialect.processing.normalisation == nil else {
            throw .invalidParameter(
                field: "phase2", remedy: "enhancement is of intensities as they are; leave out intensity.normalise")
        }
        let second = try ImageReader.read(path: path, uptake: dialect.uptake).volume
        let differences = second.geometry.differences(from: image.geometry)
        guard differences.isEmpty else { throw .geometryMismatch(differences) }
        return Volume(geometry: image.geometry, voxels: second.voxels)
    }

    private static func feature(_ value: FeatureValue) -> CaseReport.Feature {
        let definition = value.definition
        return CaseReport.Feature(
            family: definition.family.rawValue, aggregation: definition.aggregation.rawValue, name: definition.name,
            ibsi: definition.ibsiID ?? "", tag: definition.tag, column: definition.column,
            value: value.value.isNaN ? nil : value.value)
    }

    /// A warning that names the features without a value.
    private static func undefined(_ features: [CaseReport.Feature]) -> [CaseReport.Warning] {
        let columns = features.filter { $0.value == nil }.map(\.column)
        guard !columns.isEmpty else { return [] }
        return [
            CaseReport.Warning(
                ExtractionWarning(
                    code: .undefinedFeatures, message: "\(columns.count) features are not defined for this region.",
                    features: columns))
        ]
    }

    private static func feature(_ feature: PyRadiomicsFeature) -> CaseReport.Feature {
        // Image type, family, name.
        let parts = feature.name.split(separator: "_", maxSplits: 2).map(String.init)
        return CaseReport.Feature(
            family: parts[1], aggregation: "", name: parts[2], ibsi: "", tag: feature.name, column: feature.name,
            value: feature.value.isNaN ? nil : feature.value)
    }

    /// The response map of the settings' filter for a case, on the grid after interpolation.
    ///
    /// - Throws: `CaseFailure`.
    public func responseMap(_ source: CaseSource) throws(CaseFailure) -> Volume? {
        do {
            let image = try Self.image(source, uptake: dialect.uptake)
            let drawn = try MaskReader.read(
                path: source.mask, image: image.volume, label: source.label, name: source.name)
            return try ProcessingChain(
                image: image.volume, tumour: drawn.mask,
                organ: try source.organ.map { try MaskReader.read(path: $0, image: image.volume).mask }, regions: [],
                settings: dialect(for: image.volume).processing, wantsDiagnostics: false, crops: false
            ).response
        } catch {
            throw CaseFailure(source, code: (error as? ImagingError)?.code ?? "not_computable", message: "\(error)")
        }
    }

    /// A feature of the neighbourhood of each voxel of a region, on the grid after interpolation.
    ///
    /// - Parameters:
    ///   - column: The feature, by its column name.
    ///   - region: The region whose voxels are described.
    ///   - radius: Voxels on each side of a neighbourhood.
    ///   - threads: How many threads share the slices; no value depends on it.
    /// - Throws: `CaseFailure`.
    public func featureMap(
        _ source: CaseSource, column: String, region: RegionRequest, radius: Int, threads: Int
    ) throws(CaseFailure) -> Volume {
        do {
            let image = try Self.image(source, uptake: dialect.uptake)
            guard case .ibsi(let settings) = dialect(for: image.volume) else {
                throw RadiomicsError.invalidSetting(
                    field: "feature-map", remedy: "maps are of the ibsi dialect; leave out the PyRadiomics file")
            }
            let map = try FeatureMap(
                column: column, radius: radius, planar: settings.planar,
                // As for features: the range is of the intensities, not of a filter's response.
                settings: settings.filter == nil ? settings.features : settings.features.withoutResegmentation)
            func mask(_ path: String) throws -> Mask { try MaskReader.read(path: path, image: image.volume).mask }
            let drawn = try MaskReader.read(
                path: source.mask, image: image.volume, label: source.label, name: source.name)
            let chain = try ProcessingChain(
                image: image.volume, tumour: drawn.mask, organ: try source.organ.map(mask), fan: image.fanMask,
                excluded: Mask.union(try source.excluded.map(mask)),
                second: try source.phase2.map { try self.second($0, on: image.volume) }, regions: [region],
                settings: settings, wantsDiagnostics: false, crops: false)
            return try chain.map(map, of: region, threads: threads)
        } catch {
            throw CaseFailure(source, code: (error as? ImagingError)?.code ?? "not_computable", message: "\(error)")
        }
    }

    /// An image with whether its spacing is what the source states.
    @dynamicMemberLookup
    struct ReadImage {
        let image: LoadedImage
        let isStated: Bool

        subscript<Value>(dynamicMember path: KeyPath<LoadedImage, Value>) -> Value { image[keyPath: path] }
    }

    static func image(_ source: CaseSource, uptake: UptakeMeasure?) throws(ImagingError) -> ReadImage {
        let file = try ImageReader.read(path: source.image, frame: source.frame, uptake: uptake)
        guard let spacing = source.spacingMM, !file.spacingKnown else { return ReadImage(image: file, isStated: false) }
        return ReadImage(
            image: try file.stating(spacing: Vector3(spacing, spacing, file.volume.geometry.spacing.z)),
            isStated: true)
    }
}

extension ImagingError {
    /// Stable word for counting failures by reason; it may travel.
    public var code: String {
        switch self {
        case .unreadable, .truncated, .unsupported: "unreadable_file"
        case .malformed, .tooLarge: "bad_header"
        case .geometryMismatch: "geometry_mismatch"
        case .emptyMask: "empty_mask"
        case .regionNotChosen: "region_not_chosen"
        case .spacingUnknown: "unknown_spacing"
        case .emptyRing, .ringTooSmall: "ring_too_small"
        case .notWritten, .invalidParameter: "not_computable"
        }
    }
}
