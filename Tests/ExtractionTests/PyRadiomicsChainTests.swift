import Extraction
import Filters
import Foundation
import Imaging
import Radiomics
import StudyProtocol
import TestKit
import Testing

/// PyRadiomics 3.0.1's values for real images (`peers/README.md`, `pyradiomics/baseline`), read where they are.
struct PyRadiomicsChainTests {
    static let folder = "data/images"
    static let missing: Comment = "the shared images are not here"

    /// The values of PyRadiomics, and ours by the same names.
    static func compare(
        _ features: [PyRadiomicsFeature], _ peers: [String: String], tolerance: (String, Double) -> Double,
        _ label: String
    ) throws -> Int {
        var compared = 0
        let values = Dictionary(uniqueKeysWithValues: features.map { ($0.name, $0.value) })
        for (name, text) in peers.sorted(by: { $0.key < $1.key }) {
            guard let peer = Double(text), peer.isFinite else { continue }
            let value = try #require(values[name], "\(name)")
            #expect(
                (value - peer).magnitude <= tolerance(name, peer), "\(label) \(name): \(value), PyRadiomics \(peer)")
            compared += 1
        }
        return compared
    }

    static func load(_ image: String, _ mask: String) throws -> (LoadedImage, Mask) {
        let image = try ImageReader.read(path: SharedData.location("\(folder)/\(image)"))
        let drawn = try MaskReader.read(
            path: SharedData.location("\(folder)/\(mask)"), image: image.volume, label: 1, name: nil)
        return (image, Mask(geometry: image.volume.geometry, voxels: drawn.mask.voxels))
    }

    /// Rows of a table of peers for the region that was drawn, with the files of their cases.
    static func rows(_ table: String) throws -> [(
        name: String, image: String, mask: String, isCT: Bool, peers: [String: String]
    )] {
        let cases = try CSVFixture.shared("\(folder)/cases.csv")
        let peers = try CSVFixture.shared("\(folder)/peers/\(table)")
        let columns = peers.columns.filter {
            $0.hasPrefix("original_") || $0.hasPrefix("log-sigma") || $0.hasPrefix("wavelet")
        }
        let cells = columns.map { peers.texts($0) }
        let (names, regions, modalities) = (peers.texts("case"), peers.texts("roi"), peers.texts("modality"))
        let (known, images, masks) = (cases.texts("case"), cases.texts("image"), cases.texts("mask"))
        return names.indices.filter { regions[$0] == "intratumoral" }.compactMap { row in
            guard let place = known.firstIndex(of: names[row]) else { return nil }
            let pairs = zip(columns, cells).map { ($0, $1[row]) }
            return (
                names[row], images[place], masks[place], modalities[row] == "CT",
                Dictionary(uniqueKeysWithValues: pairs)
            )
        }
    }

    @Test(
        "All 107 original features of 32 tumours are those of PyRadiomics to 1e-6, the mesh included",
        .enabled(if: SharedData.available(folder + "/peers/pyradiomics_original.csv"), missing))
    func originals() throws {
        var compared = 0
        for row in try Self.rows("pyradiomics_original.csv") {
            let (image, mask) = try Self.load(row.image, row.mask)
            let settings = PyRadiomicsSettings(binWidth: 25, binCount: row.isCT ? nil : 32)
            let features = try pyRadiomicsFeatures(image: image.volume, mask: mask, settings: settings)
            compared += try Self.compare(
                features, row.peers, tolerance: { _, peer in 1e-6 * max(peer.magnitude, 1e-6) }, row.name)
        }
        #expect(compared >= 32 * 100)
        print("PyRadiomics original: \(compared) values")
    }

    @Test(
        "Resampled with a B-spline, three cases have the values of PyRadiomics' baselines to 1e-6",
        .enabled(if: SharedData.available(folder + "/pyradiomics/baseline/baseline_glcm.csv"), missing))
    func resampledBaselines() throws {
        // The setting that the baselines' files state. Intensities and mesh of the baselines are those of an older
        // version for shape (its mesh had another table), so that family is compared in `filtered` alone.
        let parameters = PyRadiomicsParameters(resampledPixelSpacing: [2, 2, 2])
        // PyRadiomics' grid begins at the corner of the image: that of the crops of lung1 and lung2 is another one.
        var compared = 0
        for name in ["brain1", "brain2", "breast1"] {
            let (image, mask) = try Self.load("pyradiomics/\(name)_image.nrrd", "pyradiomics/\(name)_label.nrrd")
            let chain = PyRadiomicsChain(
                image: image.volume, holdsIntegers: image.holdsIntegers, parameters: parameters)
            let features = try chain.features(of: mask)
            for family in ["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"] {
                let table = try CSVFixture.shared("\(Self.folder)/pyradiomics/baseline/baseline_\(family).csv")
                guard table.columns.contains("\(name)_resampling") else { continue }
                let pairs = zip(table.texts("featureName"), table.texts("\(name)_resampling"))
                    .filter { $0.0.hasPrefix("original_") }
                compared += try Self.compare(
                    features, Dictionary(uniqueKeysWithValues: pairs),
                    tolerance: { _, peer in 1e-6 * max(peer.magnitude, 1e-6) }, name)
            }
        }
        #expect(compared >= 90)
        print("PyRadiomics resampled baselines: \(compared) values")
    }

    @Test(
        "Resampled, LoG and wavelet images of five tumours have PyRadiomics' features",
        .enabled(if: SharedData.available(folder + "/peers/pyradiomics_filtered.csv"), missing))
    func filtered() throws {
        var compared = 0
        for row in try Self.rows("pyradiomics_filtered.csv") {
            let (image, mask) = try Self.load(row.image, row.mask)
            let yaml = """
                imageType:
                  Original: {}
                  LoG: {sigma: [1.0, 2.0, 3.0]}
                  Wavelet:
                setting:
                  \(row.isCT ? "binWidth: 25" : "binCount: 32")
                  resampledPixelSpacing: [1, 1, 1]
                  padDistance: 10
                  resegmentRange: null
                """
            let chain = PyRadiomicsChain(
                image: image.volume, holdsIntegers: image.holdsIntegers,
                parameters: try PyRadiomicsParameters(parameters: yaml, file: "p.yaml"))
            let features = try chain.features(of: mask)
            #expect(features.count == 107 + 11 * 93)
            let values = Dictionary(uniqueKeysWithValues: features.map { ($0.name, $0.value) })
            compared += try Self.compare(
                features, row.peers,
                tolerance: { name, peer in
                    let parts = name.split(separator: "_")
                    guard parts[0].hasPrefix("wavelet") else { return 1e-6 * max(peer.magnitude, 1e-6) }
                    // Our wavelet responses are single precision: they differ by some 1e-7 of the intensities that were
                    // filtered, and of some ten thousand voxels one may come to the next bin.
                    if parts[1] == "firstorder" {
                        let largest = values["original_firstorder_Maximum"]?.magnitude ?? 0
                        return 2e-6 * peer.magnitude + 2.5e-7 * largest
                    }
                    return 2e-3 * peer.magnitude + 1e-9
                }, row.name)
        }
        #expect(compared >= 5 * 1100)
        print("PyRadiomics resampled and filtered: \(compared) values")
    }

    @Test(
        "What a parameter file asks for and is not supported is refused by name",
        arguments: [
            ("imageType: {LBP2D: {lbp2DMethod: var}}", "lbp2DMethod"),
            ("imageType: {LBP3D: {lbp3DIcosphereSubdivision: 4}}", "lbp3DIcosphereSubdivision"),
            ("imageType: {LBP3D: {}}\nsetting: {normalize: true}", "LBP3D"), ("imageType: {LoG: {}}", "LoG"),
            ("imageType: {LoG: {sigma: [-1]}}", "LoG"), ("imageType: {Wavelet: {wavelet: mexh}}", "Wavelet"),
            ("imageType: {Wavelet: {level: 11}}", "Wavelet"), ("setting: {interpolator: sitkGaussian}", "interpolator"),
            ("setting: {resampledPixelSpacing: [1, 1]}", "resampledPixelSpacing"),
            ("setting: {gldm_a: 1}", "gldm_a"), ("setting: {unknown: 1}", "unknown"),
        ])
    func refused(yaml: String, field: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try PyRadiomicsParameters(parameters: yaml, file: "p.yaml")
        }
        #expect(error?.description.contains(field) == true)
    }

    @Test("Filtered images of an oblique grid have the features of the same voxels on a straight one, to the last bit")
    func oblique() throws {
        let size = GridSize(21, 18, 13)
        let straight = Geometry(size: size, spacing: Vector3(0.7, 0.9, 1.3))
        let (c, s) = (cos(0.3), sin(0.3))
        let oblique = Geometry(
            size: size, spacing: straight.spacing, origin: Vector3(-87.123, 33.3, 12.7),
            direction: [Vector3(c, s, 0), Vector3(-s, c, 0), Vector3(0, 0, 1)])
        let intensities = (0..<size.count).map { Float(($0 * 7_919) % 1_009) }
        let labels = (0..<size.count).map { index -> UInt8 in
            let (x, y, z) = (index % size.x - 11, index / size.x % size.y - 9, index / (size.x * size.y) - 6)
            return x * x + y * y + z * z <= 25 ? 1 : 0
        }
        let parameters = PyRadiomicsParameters(imageTypes: [
            .original, PyRadiomicsParameters.ImageType(name: "log", filter: .recursiveLaplacianOfGaussian(sigmaMM: 2)),
            PyRadiomicsParameters.ImageType(
                name: "wavelet-LLH", filter: .separableWavelet(family: .haar, subband: "LLH")),
        ])
        let found = try [straight, oblique].map { geometry in
            try PyRadiomicsChain(
                image: Volume(geometry: geometry, voxels: intensities), holdsIntegers: true, parameters: parameters
            ).features(of: Mask(geometry: geometry, voxels: labels))
        }
        #expect(found[0].count == 107 + 2 * 93)
        #expect(found[0] == found[1])
    }
}
