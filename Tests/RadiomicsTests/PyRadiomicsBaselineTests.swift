import Foundation
import Imaging
import Radiomics
import TestKit
import Testing

/// PyRadiomics' own baselines (BSD-3-Clause), read where they are.
struct PyRadiomicsBaselineTests {
    static let folder = "data/images/pyradiomics"

    /// A column of the baselines, and the settings that its file states.
    struct Variant: Sendable, CustomTestStringConvertible {
        let name: String
        let settings: PyRadiomicsSettings
        var testDescription: String { name.isEmpty ? "plain" : name }
    }

    static let variants = [
        Variant(name: "", settings: PyRadiomicsSettings(voxelArrayShift: 2000)),
        Variant(name: "_2d", settings: PyRadiomicsSettings(force2D: true)),
        Variant(name: "_FBN", settings: PyRadiomicsSettings(binCount: 64)),
        Variant(name: "_combined", settings: PyRadiomicsSettings(mergesDirections: true)),
        Variant(name: "_flatRegion", settings: PyRadiomicsSettings(binWidth: 5000, resegmentRange: [0])),
        Variant(
            name: "_resegmentation", settings: PyRadiomicsSettings(resegmentRange: [-3, 3], resegmentMode: .sigma)),
        Variant(
            name: "_normalization",
            settings: PyRadiomicsSettings(binWidth: 5, normalize: true, normalizeScale: 100)),
    ]

    /// The baselines are those of PyRadiomics 2.0.1; for the mesh of brain1, whose mask has two parts, PyRadiomics 3.0.1
    /// itself has other values (up to 9e-4), and ours are those to 1e-15 (`PyRadiomicsChainTests`).
    static func isOld(_ name: String, _ feature: String) -> Bool {
        name == "brain1"
            && ["MeshVolume", "SurfaceArea", "Sphericity", "SurfaceVolumeRatio"].contains {
                feature == "original_shape_\($0)"
            }
    }

    @Test(
        "Every baseline value of the original features is met to 1e-6",
        .enabled(if: SharedData.available(folder + "/baseline/baseline_glcm.csv"), "the shared images are not here"),
        arguments: variants)
    func baselines(variant: Variant) throws {
        var compared = 0
        var worst = 0.0
        // The crops of lung1 and lung2 are not the whole image, over which intensities are normalised.
        let cases = ["brain1", "brain2", "breast1"] + (variant.settings.normalize ? [] : ["lung1", "lung2"])
        for name in cases {
            let image = try ImageReader.read(path: SharedData.location("\(Self.folder)/\(name)_image.nrrd")).volume
            let label = try MaskReader.read(
                path: SharedData.location("\(Self.folder)/\(name)_label.nrrd"), label: 1)
            let mask = Mask(geometry: image.geometry, voxels: label.voxels)
            let features = try pyRadiomicsFeatures(image: image, mask: mask, settings: variant.settings)
            let values = Dictionary(uniqueKeysWithValues: features.map { ($0.name, $0.value) })
            #expect(values.count == 107)
            for family in ["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm", "shape"] {
                let table = try CSVFixture.shared("\(Self.folder)/baseline/baseline_\(family).csv")
                guard table.columns.contains(name + variant.name) else { continue }
                let (names, expected) = (table.texts("featureName"), table.texts(name + variant.name))
                for (feature, text) in zip(names, expected) where feature.hasPrefix("original_") {
                    guard let peer = Double(text), !Self.isOld(name, feature) else { continue }
                    let value = try #require(values[feature], "\(feature)")
                    let difference = (value - peer).magnitude / max(peer.magnitude, 1e-9)
                    compared += 1
                    worst = max(worst, difference.isNaN ? .infinity : difference)
                    #expect(
                        difference < 1e-6,
                        "\(name)\(variant.name) \(feature): \(value), PyRadiomics \(peer)")
                }
            }
        }
        print("PyRadiomics baselines\(variant.name): \(compared) values, largest relative difference \(worst)")
        #expect(compared > 0)
    }
}
