import Extraction
import Imaging
import Radiomics
import TestKit
import Testing

/// That the causes account for the whole difference of the dialects.
struct DialectExplanationTests {
    private static let image = "data/images/sts/STS_002/CT_image.nii.gz"
    private static let mask = "data/images/sts/STS_002/CT_mask.nii.gz"

    /// Every change adds up to the difference, and after all of them the values agree.
    private static func check(_ explanation: DialectExplanation) {
        #expect(explanation.features.count >= 92)
        for feature in explanation.features {
            #expect(!feature.causes.contains { $0.cause == .unexplained }, "\(feature.column)")
            guard let start = feature.ibsiValue, let end = feature.pyRadiomicsValue else { continue }
            let reached = feature.causes.last?.value ?? start
            #expect((reached - end).magnitude <= 1e-6 * max(end.magnitude, 1e-9), "\(feature.column)")
            let sum = feature.causes.reduce(start) { $0 + ($1.change ?? .nan) }
            let scale = feature.causes.reduce(max(start.magnitude, end.magnitude)) { max($0, $1.value?.magnitude ?? 0) }
            #expect((sum - end).magnitude <= 1e-6 * max(scale, 1e-9), "\(feature.column)")
            if feature.causes.contains(where: { $0.cause == .definition }) {
                #expect(feature.definitionDifference != nil)
            }
        }
    }

    @Test(
        "On a real tumour the named causes account for every difference to 1e-6",
        .enabled(if: SharedData.available(image), "the shared images are not here"),
        arguments: [Preset.configurationC, .configurationE])
    func real(preset: Preset) throws {
        let source = CaseSource(
            image: SharedData.location(Self.image), mask: SharedData.location(Self.mask), label: 1)
        let yaml = """
            setting: {binWidth: 25, resampledPixelSpacing: [1, 1, 2], interpolator: sitkBSpline, resegmentRange: [10, 100]}
            """
        let explanations = try source.explanations(
            regions: [.intratumoral], settings: preset.settings,
            parameters: try PyRadiomicsParameters(parameters: yaml, file: "p.yaml"))
        Self.check(explanations[0])
        let steps = explanations[0].steps.map(\.cause)
        #expect([.rounding, .grid, .mask, .resegmentation, .greyLevels, .aggregation].allSatisfy(steps.contains))
    }

    @Test("With equal grids, masks, bins and aggregation only definitions are left")
    func definitionsOnly() throws {
        let settings = ProcessingSettings(
            features: ExtractionSettings(
                aggregations: [.volumeAveraged], discretisation: .fixedBinNumber(count: 16),
                spatialAutocorrelation: false))
        let path = try DialectPath(
            image: ChainTests.image, holdsIntegers: false, settings: settings,
            parameters: PyRadiomicsParameters(nearestTo: settings))
        let explanation = try path.explanation(of: ChainTests.ball, named: "intratumoral")
        Self.check(explanation)
        #expect(explanation.steps.map(\.cause) == [.definition])
        let kurtosis = try #require(explanation.features.first { $0.pyRadiomics == "original_firstorder_Kurtosis" })
        #expect(kurtosis.ibsi == "IPH6")
        #expect(((kurtosis.causes.first?.change ?? 0) - 3).magnitude < 1e-9)
        let axis = try #require(explanation.features.first { $0.pyRadiomics == "original_shape_MajorAxisLength" })
        let count = Double(ChainTests.ball.voxels.reduce(0) { $0 + Int($1) })
        let ratio = try #require(axis.pyRadiomicsValue) / #require(axis.ibsiValue)
        #expect((ratio - ((count - 1) / count).squareRoot()).magnitude < 1e-12)
        let contrast = try #require(explanation.features.first { $0.pyRadiomics == "original_glcm_Contrast" })
        #expect(contrast.causes.isEmpty)
    }

    @Test("Another aggregation alone is named alone; a filter is refused")
    func aggregationOnly() throws {
        let settings = ProcessingSettings(
            features: ExtractionSettings(
                aggregations: [.volumeMerged], discretisation: .fixedBinNumber(count: 16),
                spatialAutocorrelation: false))
        let peer = PyRadiomicsParameters(settings: PyRadiomicsSettings(binCount: 16))
        let path = try DialectPath(
            image: ChainTests.image, holdsIntegers: false, settings: settings, parameters: peer)
        let explanation = try path.explanation(of: ChainTests.ball, named: "intratumoral")
        Self.check(explanation)
        let contrast = try #require(explanation.features.first { $0.pyRadiomics == "original_glcm_JointEntropy" })
        #expect(contrast.causes.map(\.cause) == [.aggregation])
        let step = try FilterStep("square", planar: false)
        #expect(throws: ImagingError.self) {
            try DialectPath(
                image: ChainTests.image, holdsIntegers: false, settings: settings.with(filter: step),
                parameters: peer)
        }
    }
}
