import Extraction
import Filters
import Imaging
import Radiomics
import TestKit
import Testing

/// Every wavelet against PyWavelets (`Fixtures/make_pywt.py`).
struct WaveletFamilyTests {
    private static let size = GridSize(16, 12, 10)

    private static var image: Volume {
        var voxels: [Float] = []
        for z in 0..<size.z {
            for y in 0..<size.y {
                for x in 0..<size.x {
                    let sum = x * 7 + y * 13 + z * 29 + x * y * 3 + z * z
                    voxels.append(Float(sum % 17))
                }
            }
        }
        return Volume(geometry: Geometry(size: size, spacing: Vector3(1, 1, 1)), voxels: voxels)
    }

    /// Single precision, of values up to 16 times the squared gain of three low passes.
    private static let tolerance = 2e-4

    @Test("Every sub-band of every discrete wavelet of PyWavelets is PyWavelets'")
    func families() throws {
        let cases = try JSONFixture.beside("pywt.json")["cases"].list
        #expect(cases.count == WaveletFamily.allCases.count)
        for entry in cases {
            let family = try WaveletFamily(named: entry["wavelet"].text)
            func band(_ letters: String, _ image: Volume) throws -> Volume {
                try apply(
                    .separableWavelet(family: family, subband: letters), to: image, dimensionality: .volume,
                    boundary: .periodic)
            }
            func check(_ response: Volume, _ key: String) throws {
                for (place, peer) in zip([0, 777, 1919], entry[key].numbers) {
                    let value = Double(response.voxels[place])
                    #expect((value - peer).magnitude < Self.tolerance, "\(family) \(key): \(value), \(peer)")
                }
            }
            for letters in ["LLH", "HLL", "HHH"] { try check(try band(letters, Self.image), letters) }
            try check(try band("LHL", try band("LLL", Self.image)), "second")
        }
    }

    @Test(
        "PyRadiomics' second level and its start_level filter the approximation again", arguments: ["haar", "bior2.4"])
    func levels(name: String) throws {
        let entry = try #require(
            try JSONFixture.beside("pywt.json")["cases"].list.first { $0["wavelet"].text == name })
        let range = entry["range"].numbers
        let mask = Mask(
            geometry: Self.image.geometry, voxels: [UInt8](repeating: 1, count: Self.size.count))
        func values(_ options: String) throws -> [String: Double] {
            let yaml = "imageType: {Wavelet: {wavelet: \(name), \(options)}}"
            let chain = PyRadiomicsChain(
                image: Self.image, holdsIntegers: true,
                parameters: try PyRadiomicsParameters(parameters: yaml, file: "p.yaml"))
            return Dictionary(uniqueKeysWithValues: try chain.features(of: mask).map { ($0.name, $0.value) })
        }
        for (options, prefix) in [("level: 2", "wavelet2-LHL"), ("start_level: 1", "wavelet-LHL")] {
            let found = try values(options)
            #expect(((found["\(prefix)_firstorder_Minimum"] ?? .nan) - range[0]).magnitude < Self.tolerance)
            #expect(((found["\(prefix)_firstorder_Maximum"] ?? .nan) - range[1]).magnitude < Self.tolerance)
        }
        let two = try values("level: 2")
        #expect(two["wavelet-LLL_firstorder_Mean"] == nil && two["wavelet2-LLL_firstorder_Mean"] != nil)
    }
}
