import Extraction
import Imaging
import TestKit
import Testing

/// Fixtures were made with scikit-image, scikit-learn and PyWavelets; `made_by` names versions and calls.
struct HabitatTests {
    @Test("Otsu's classes are those of scikit-image's threshold_multiotsu, for 2 to 4 classes")
    func otsu() throws {
        for set in try JSONFixture.beside("habitats.json")["sets"].list {
            let values = set["values"].list.map(\.number)
            for count in 2...4 {
                let expected = set["otsu"]["\(count)"]
                let found = try #require(IntensityClasses.otsu(values, count: count))
                #expect(found.lastBins.map(Double.init) == expected["bins"].list.map(\.number))
                #expect(found.classes.classes.map(Double.init) == expected["classes"].list.map(\.number))
            }
        }
    }

    @Test("k-means is that of scikit-learn from the same start, in one dimension and in two")
    func kMeans() throws {
        let fixture = try JSONFixture.beside("habitats.json")
        for set in fixture["sets"].list {
            let values = set["values"].list.map(\.number)
            for count in 2...4 {
                let expected = set["kmeans"]["\(count)"]
                let found = IntensityClasses.kMeans([values], count: count)
                #expect(found.classes.map(Double.init) == expected["classes"].list.map(\.number))
                for (one, other) in zip(found.centres[0], expected["centres"].list.map(\.number)) {
                    #expect(abs(one - other) <= 1e-9 * max(1, abs(other)))
                }
            }
        }
        let first = fixture["sets"][1]["values"].list.map(\.number)
        let plane = fixture["plane"]
        let found = IntensityClasses.kMeans([first, plane["second"].list.map(\.number)], count: 3)
        #expect(found.classes.map(Double.init) == plane["classes"].list.map(\.number))
        for group in 0..<3 {
            for axis in 0..<2 {
                #expect(abs(found.centres[axis][group] - plane["centres"][group][axis].number) <= 1e-9)
            }
        }
    }

    @Test(
        "A region word is read and written alike",
        arguments: [
            "habitat:otsu-2:1", "habitat:kmeans-3:2@ring:0-3", "habitat:ratio-otsu-4:4",
            "habitat:phases-kmeans-2:1@ring:1-5",
            "ring:0-3", "intratumoral",
        ])
    func words(word: String) throws {
        #expect(try #require(RegionRequest(word)).description == word)
    }

    @Test(
        "Words that mean no region are refused",
        arguments: [
            "habitat:otsu-5:1", "habitat:otsu-2:3", "habitat:otsu-2:0", "habitat:otsu-2", "habitat:phases-otsu-2:1",
            "habitat:otsu-2:1@habitat:otsu-2:1", "habitat:otsu-2:1@", "habitat:otsu-02:1", "habitat:median-2:1",
            "habitat:otsu--2:1",
        ])
    func refusals(word: String) { #expect(RegionRequest(word) == nil) }

    /// The ball of `ChainTests` with a bright half, and a second phase in which the other half takes up contrast.
    private static var halves: (first: Volume, second: Volume) {
        var (first, second) = (ChainTests.image, ChainTests.image)
        let size = ChainTests.size
        for index in first.voxels.indices {
            let left = index % size.x <= 17
            first.voxels[index] = (left ? 100 : 40) + Float(index % 7)
            second.voxels[index] = (left ? 110 : 120) + Float(index % 7)
        }
        return (first, second)
    }

    private func chain(_ words: [String], second: Volume? = halves.second, wide: Bool = false) throws -> ProcessingChain
    {
        try ProcessingChain(
            image: Self.halves.first, tumour: ChainTests.ball, second: second,
            regions: words.compactMap(RegionRequest.init),
            settings: ProcessingSettings(), wantsDiagnostics: wide)
    }

    @Test("Habitats divide their region, enhancement tells the other half, and cropping changes nothing")
    func division() throws {
        for whole in ["", "@ring:0-3"] {
            let words = (1...2).map { "habitat:otsu-2:\($0)\(whole)" } + ["habitat:ratio-kmeans-2:2\(whole)"]
            let chain = try chain(words)
            let requests = words.compactMap { RegionRequest($0) }
            let masks = try requests.map { try chain.masks.mask(of: $0) }
            let base = try chain.masks.mask(of: RegionRequest(whole.isEmpty ? "intratumoral" : "ring:0-3")!)
            for index in base.voxels.indices {
                #expect(masks[0].voxels[index] + masks[1].voxels[index] == (base.voxels[index] != 0 ? 1 : 0))
            }
            // The dark half is the one that enhances.
            #expect(masks[2] == masks[0])
            let shares = try requests.map { try #require(try CaseExtraction.habitat($0, chain.masks)).fraction }
            #expect(abs(shares[0] + shares[1] - 1) < 1e-12)
            #expect(shares[0] == Double(masks[0].voxelCount) / Double(base.voxelCount))
            let wider = try self.chain(words, wide: true)
            for request in requests {
                let (one, other) = (try chain.features(of: request), try wider.features(of: request))
                #expect(one.result == other.result)
            }
        }
    }

    @Test("A habitat without a second phase, with too few intensities or too few voxels is refused with the reason")
    func errors() throws {
        let ratio = RegionRequest("habitat:ratio-otsu-2:1")!
        #expect(throws: HabitatError.secondPhaseMissing(habitat: "ratio-otsu-2:1")) {
            try chain(["habitat:ratio-otsu-2:1"], second: nil).masks.mask(of: ratio)
        }
        var image = Self.halves.first
        for index in image.voxels.indices { image.voxels[index] = 7 }
        let otsu = RegionRequest("habitat:otsu-2:1")!
        func mask(_ image: Volume) throws -> Mask {
            try ProcessingChain(
                image: image, tumour: ChainTests.ball, regions: [otsu], settings: ProcessingSettings()
            ).masks.mask(of: otsu)
        }
        #expect(throws: HabitatError.tooFewIntensities(habitat: "otsu-2:1", classes: 2)) { try mask(image) }
        image.voxels[try #require(ChainTests.ball.voxels.firstIndex(of: 1))] = 1
        #expect(throws: HabitatError.tooSmall(habitat: "otsu-2:1", voxels: 1, minimum: 10)) { try mask(image) }
    }
}
