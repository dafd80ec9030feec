import Extraction
import Foundation
import Imaging
import Radiomics
import StudyProtocol
import TestKit
import Testing

/// LBP2D and LBP3D of PyRadiomics 3.0.1 on its five cases, on their own grids and resampled to 1.7 mm
/// (`Fixtures/make_lbp.py`).
struct PyRadiomicsPatternTests {
    static let folder = "data/images/pyradiomics"

    static func fixture() throws -> (names: [String], values: [String: [Double]]) {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/pyradiomics_lbp.json")
        let found = try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any] ?? [:]
        return (found["names"] as? [String] ?? [], found.compactMapValues { $0 as? [Double] })
    }

    @Test(
        "All features of the patterns are those of PyRadiomics to 1e-6",
        .enabled(if: SharedData.available(folder + "/brain1_image.nrrd"), "the shared images are not here"),
        arguments: ["brain1", "brain2", "breast1", "lung1", "lung2"], [nil, 1.7])
    func features(name: String, spacing: Double?) throws {
        let (names, table) = try Self.fixture()
        let peers = try #require(table[spacing == nil ? name : name + " 1.7 mm"])
        #expect(names.count == 4 * 93)
        let (image, mask) = try PyRadiomicsChainTests.load(
            "pyradiomics/\(name)_image.nrrd", "pyradiomics/\(name)_label.nrrd")
        let yaml = """
            imageType:
              LBP2D: {binWidth: 1}
              LBP3D: {binWidth: 0.1}
            setting:
              resampledPixelSpacing: \(spacing.map { "[\($0), \($0), \($0)]" } ?? "null")
            """
        let chain = PyRadiomicsChain(
            image: image.volume, holdsIntegers: image.holdsIntegers,
            parameters: try PyRadiomicsParameters(parameters: yaml, file: "p.yaml"))
        let values = Dictionary(uniqueKeysWithValues: try chain.features(of: mask).map { ($0.name, $0.value) })
        for (feature, peer) in zip(names, peers) {
            let value = try #require(values[feature])
            // The images are single precision: moments that cancel, such as a skewness of 0.03, keep 1e-7.
            let least = feature.contains("firstorder") ? 0.1 : 1e-6
            // Where the 10th or 90th percentile falls on a level that several voxels have, PyRadiomics' sums in double
            // precision differ in their last digit, and some of these voxels are left out: two values of 3,720.
            let isCut = feature.hasPrefix("lbp-3D-m") && feature.hasSuffix("RobustMeanAbsoluteDeviation")
            let tolerance = isCut ? 3e-3 : 1e-6
            #expect(abs(value - peer) <= tolerance * max(abs(peer), least), "\(feature): \(value), PyRadiomics \(peer)")
        }
    }

    @Test("Where all samples of a voxel are equal the kurtosis image has no features, and nothing else suffers")
    func flat() throws {
        let geometry = ChainTests.geometry
        let ball = ChainTests.ball
        var image = Volume(geometry: geometry, voxels: [Float](repeating: 7, count: geometry.size.count))
        image.voxels[(9 * geometry.size.y + 20) * geometry.size.x + 17] = 107
        let chain = PyRadiomicsChain(
            image: image, holdsIntegers: true,
            parameters: try PyRadiomicsParameters(
                parameters: "imageType: {Original: {}, LBP3D: {binWidth: 0.1}}\nsetting: {binWidth: 1}", file: "p.yaml")
        )
        let features = try chain.features(of: ball)
        #expect(features.count == 107 + 3 * 93)
        for feature in features {
            #expect(feature.value.isNaN == feature.name.hasPrefix("lbp-3D-k"), "\(feature.name)")
        }
    }
}
