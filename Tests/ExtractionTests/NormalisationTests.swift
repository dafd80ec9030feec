import Extraction
import Foundation
import Imaging
import Radiomics
import StudyProtocol
import TestKit
import Testing

/// z-scores of MR intensities.
///
/// Values of brain1 (`images/pyradiomics`): over the image by PyRadiomics 3.0.1 `imageoperations.normalizeImage(image,
/// normalizeScale=100, removeOutliers=3)`; over the foreground and the tumour by numpy 1.26.4, `(a - mean) / std(ddof=1)`, with
/// scikit-image 0.24.0 `threshold_otsu(a, nbins=256)` and the edges of `numpy.histogram`.
struct NormalisationTests {
    static let brain = "data/images/pyradiomics/brain1_image.nrrd"
    static let label = "data/images/pyradiomics/brain1_label.nrrd"

    @Test(
        "Mean and deviation in the tumour, and the ends, are those of PyRadiomics and numpy to 1e-6",
        .enabled(if: SharedData.available(brain), "the shared images are not here"),
        arguments: [
            (
                IntensityNormalisation(over: .image, clip: 3, scale: 100),
                [109.19453021538058, 38.90333530918338, 300.0, -95.79977114687111]
            ),
            (
                IntensityNormalisation(over: .foreground),
                [0.3239984788204213, 0.4951630685025293, 7.380244368347742, -2.2851764539032438]
            ),
            (
                IntensityNormalisation(over: .organ, clip: 2, scale: 10),
                [-0.04680250111867335, 9.872585847959266, 20.0, -20.0]
            ),
        ])
    func values(normalisation: IntensityNormalisation, expected: [Double]) throws {
        let image = try ImageReader.read(path: SharedData.location(Self.brain)).volume
        let mask = try MaskReader.read(path: SharedData.location(Self.label), image: image, label: 1, name: nil).mask
        let scores = try normalisation.normalised(image, organ: mask)
        let inside = zip(scores.voxels, mask.voxels).filter { $0.1 != 0 }.map { Double($0.0) }
        let mean = inside.reduce(0, +) / Double(inside.count)
        let variance = inside.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(inside.count)
        let found = [
            mean, variance.squareRoot(), Double(scores.voxels.max() ?? 0), Double(scores.voxels.min() ?? 0),
        ]
        for (value, peer) in zip(found, expected) { #expect(abs(value - peer) <= 1e-6 * max(abs(peer), 1)) }
    }

    @Test(
        "Features of z-scores by the settings file are PyRadiomics' with normalize, to 1e-6",
        .enabled(if: SharedData.available(brain), "the shared images are not here"))
    func features() throws {
        let image = try ImageReader.read(path: SharedData.location(Self.brain))
        let mask = try MaskReader.read(
            path: SharedData.location(Self.label), image: image.volume, label: 1, name: nil
        ).mask
        let settings = try ProcessingSettings(
            yaml: "intensity: {normalise: image, clip: 3, scale: 100}\nfamilies: [statistics]", file: "s.yaml")
        let chain = try ProcessingChain(
            image: image.volume, tumour: mask, regions: [.intratumoral], settings: settings, wantsDiagnostics: false)
        let ours = Dictionary(
            uniqueKeysWithValues: try chain.features(of: .intratumoral).result.features.map {
                ($0.definition.tag, $0.value)
            })
        let parameters = try PyRadiomicsParameters(
            parameters: "setting: {normalize: true, normalizeScale: 100, removeOutliers: 3}", file: "p.yaml")
        let peer = Dictionary(
            uniqueKeysWithValues: try PyRadiomicsChain(
                image: image.volume, holdsIntegers: image.holdsIntegers, parameters: parameters
            ).features(of: mask).map { ($0.name, $0.value) })
        for (name, other) in [
            ("stat_mean", "Mean"), ("stat_var", "Variance"), ("stat_min", "Minimum"),
            ("stat_max", "Maximum"),
        ] {
            let (value, expected) = (
                try #require(ours[name]), try #require(peer["original_firstorder_\(other)"])
            )
            #expect(abs(value - expected) <= 1e-6 * abs(expected), "\(name)")
        }
        #expect(abs(try #require(ours["stat_mean"]) - 109.19453021538058) < 1e-4)
    }

    @Test("What has no deviation, or no organ, is refused with the key")
    func refused() throws {
        let flat = Volume(geometry: ChainTests.geometry, voxels: [Float](repeating: 4, count: ChainTests.size.count))
        for (normalisation, image) in [
            (IntensityNormalisation(over: .image), flat), (IntensityNormalisation(over: .foreground), flat),
            (IntensityNormalisation(over: .organ), ChainTests.image),
        ] {
            let error = #expect(throws: ImagingError.self) { try normalisation.normalised(image, organ: nil) }
            #expect(error?.description.contains("intensity.normalise") == true)
        }
        var broken = ChainTests.image
        broken.voxels[3] = .nan
        for reference in [IntensityNormalisation.Reference.image, .foreground] {
            #expect(throws: ImagingError.self) {
                try IntensityNormalisation(over: reference).normalised(broken, organ: nil)
            }
        }
    }

    @Test(
        "The settings file names what it does not know",
        arguments: [
            ("intensity: {normalise: body}", "normalise"), ("intensity: {clip: 3}", "clip"),
            ("intensity: {suv: kg}", "suv"), ("intensity: {norm: 1}", "norm"),
            ("intensity: {normalise: image, scale: 0}", "scale"),
        ])
    func settings(yaml: String, field: String) {
        let error = #expect(throws: ConfigurationError.self) { try ProcessingSettings(yaml: yaml, file: "s.yaml") }
        #expect(error?.description.contains(field) == true)
    }

    @Test("Uptake and z-scores are part of the settings' canonical form, and their absence leaves it as it was")
    func canonical() throws {
        func text(_ yaml: String) throws -> String {
            String(
                decoding: try CanonicalForm.encode(try ProcessingSettings(yaml: yaml, file: "s.yaml")), as: UTF8.self)
        }
        #expect(try !text("planar: false").contains("uptake"))
        #expect(try !text("planar: false").contains("normalisation"))
        #expect(try text("intensity: {suv: lbm-james}").contains("\"uptake\":\"lbm-james\""))
        #expect(try text("intensity: {normalise: foreground}").contains("foreground"))
    }
}
