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

    /// What the hash of the configuration covers.
    private struct Configuration: Encodable {
        let dialect: Dialect
        let software: String
    }

    /// Creates an extraction.
    public init(_ dialect: Dialect, regions: [RegionRequest], wantsDiagnostics: Bool) {
        self.dialect = dialect
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
        } catch let error as FilterError {
            throw CaseFailure(source, code: "not_computable", message: "\(error)")
        } catch let error as RadiomicsError {
            throw CaseFailure(source, code: "not_computable", message: "\(error)")
        } catch {
            throw CaseFailure(source, code: "not_computable", message: "the settings cannot be written as JSON")
        }
    }

    private func extract(_ source: CaseSource) throws -> [CaseReport] {
        let image = try Self.image(source)
        let drawn = try MaskReader.read(
            path: source.mask, image: image.volume, label: source.label, name: source.name)
        let tumour = drawn.mask
        let organ = try source.organ.map { try MaskReader.read(path: $0, image: image.volume).mask }
        let excluded = Mask.union(try source.excluded.map { try MaskReader.read(path: $0, image: image.volume).mask })
        let requests = regions.compactMap { RegionRequest($0) }
        let peer: PyRadiomicsChain? =
            if case .pyradiomics(let parameters) = dialect {
                PyRadiomicsChain(image: image.volume, holdsIntegers: image.holdsIntegers, parameters: parameters)
            } else { nil }
        let chain = try ProcessingChain(
            image: image.volume, tumour: tumour, organ: organ, excluded: excluded, regions: requests,
            settings: dialect.processing,
            // The masks of another package's chain are those of the whole image.
            wantsDiagnostics: wantsDiagnostics || peer != nil)
        let configuration = Configuration(dialect: dialect, software: Self.software)
        let provenance = CaseReport.Provenance(
            pixelsSHA256: image.volume.voxels.withUnsafeBytes { CanonicalForm.sha256($0) },
            maskSHA256: CanonicalForm.sha256(tumour.voxels), organSHA256: organ.map { CanonicalForm.sha256($0.voxels) },
            excludedSHA256: excluded.map { CanonicalForm.sha256($0.voxels) },
            configuration: dialect, configurationSHA256: CanonicalForm.sha256(try CanonicalForm.encode(configuration)),
            dialect: dialect.name, software: Self.software, statedSpacingMM: image.isStated ? source.spacingMM : nil,
            acquisition: image.tags)
        return try requests.map { request in
            if let peer {
                return CaseReport(
                    case: source.caseID, reader: source.reader, roi: request.description, provenance: provenance,
                    warnings: drawn.warnings.map(CaseReport.Warning.init),
                    features: try peer.features(of: try chain.mask(of: request)).map(Self.feature), diagnostics: [])
            }
            let found = try chain.features(of: request)
            return CaseReport(
                case: source.caseID, reader: source.reader, roi: request.description, provenance: provenance,
                warnings: drawn.warnings.map(CaseReport.Warning.init)
                    + found.result.warnings.map(CaseReport.Warning.init),
                features: found.result.features.map(Self.feature),
                diagnostics: found.diagnostics.map { diagnostic in
                    CaseReport.Feature(
                        family: diagnostic.family, aggregation: "", name: diagnostic.name, ibsi: "",
                        tag: diagnostic.tag, column: diagnostic.tag, value: diagnostic.value)
                })
        }
    }

    private static func feature(_ value: FeatureValue) -> CaseReport.Feature {
        let definition = value.definition
        return CaseReport.Feature(
            family: definition.family.rawValue, aggregation: definition.aggregation.rawValue, name: definition.name,
            ibsi: definition.ibsiID ?? "", tag: definition.tag, column: definition.column,
            value: value.value.isNaN ? nil : value.value)
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
            let image = try Self.image(source)
            let drawn = try MaskReader.read(
                path: source.mask, image: image.volume, label: source.label, name: source.name)
            return try ProcessingChain(
                image: image.volume, tumour: drawn.mask, regions: [], settings: dialect.processing
            ).response
        } catch {
            throw CaseFailure(source, code: (error as? ImagingError)?.code ?? "not_computable", message: "\(error)")
        }
    }

    static func image(
        _ source: CaseSource
    ) throws(ImagingError) -> (volume: Volume, tags: [String: String], isStated: Bool, holdsIntegers: Bool) {
        let file = try ImageReader.read(path: source.image)
        guard let spacing = source.spacingMM, !file.spacingKnown else {
            return (file.volume, file.tags, false, file.holdsIntegers)
        }
        let stated = try file.stating(spacing: Vector3(spacing, spacing, file.volume.geometry.spacing.z))
        return (stated.volume, stated.tags, true, stated.holdsIntegers)
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
