import Federation
import FoundationEssentials
import Harmonisation
import TestKit
import Testing

/// ComBatFamily 0.2.1 `comfam` on the training rows and `predict` on the others: new sites and known sites.
@Suite("A frozen model at other rows")
struct NewSiteTests {
    static let cases = ["synth_main", "synth_newsites", "fcon_real"].filter(HarmonisationCase.isAvailable)

    @Test("A site that never took part is harmonised from the saved model as ComBatFamily does", arguments: cases)
    func newSite(name: String) throws {
        let peer = try HarmonisationCase(name)
        let train = peer.rows("train")
        let fitted = try train.fitComBat(.parametricSVA, shards: 2).result
        let model = try JSONDecoder().decode(ComBatModel.self, from: try JSONEncoder().encode(fitted))
        #expect(model == fitted)
        let new = try model.harmonise(peer.rows("test_new")).table
        #expect(
            HarmonisationCase.distance(new, try peer.expected("cf_predict_test_new"), reference: peer.table) < 1e-11)
        let trained = try model.harmonise(train).table
        #expect(HarmonisationCase.distance(trained, try peer.expected("cf_train"), reference: peer.table) < 1e-11)
    }

    @Test("Held-out rows of a known site use the site's stored estimates", arguments: cases)
    func knownSite(name: String) throws {
        let peer = try HarmonisationCase(name)
        let train = peer.rows("train")
        let model = try train.fitComBat(.parametricSVA, shards: 2).result
        let kept = try model.harmonise(train).estimates
        let stored = try JSONDecoder().decode([BatchEstimate].self, from: try JSONEncoder().encode(kept))
        let found = try model.apply(stored, to: peer.rows("test_known"))
        #expect(
            HarmonisationCase.distance(found, try peer.expected("cf_predict_test_known"), reference: peer.table)
                < 1e-11)
    }

    @Test("Applying the estimates to the rows that made them gives the harmonised rows, bit for bit")
    func applyToOwnRows() throws {
        let table = try HarmonisationCase("synth_main").table
        let model = try table.fitComBat().result
        let harmonised = try model.harmonise(table)
        #expect(try model.apply(harmonised.estimates, to: table) == harmonised.table)
        #expect(throws: HarmonisationError.unknownBatch("S00")) {
            try model.apply(Array(harmonised.estimates.dropFirst()), to: table)
        }
    }

    @Test("A feature that is constant in a new batch only is returned unchanged and named by the estimate")
    func constantInNewBatch() throws {
        let peer = try HarmonisationCase("synth_main")
        let model = try peer.rows("train").fitComBat().result
        var new = peer.rows("test_new")
        let p = new.featureCount
        for row in 0..<new.count { new.features[row * p + 3] = 7 }
        let harmonised = try model.harmonise(new)
        #expect(harmonised.estimates.map(\.constantFeatures) == [["f003"]])
        #expect((0..<new.count).allSatisfy { harmonised.table.features[$0 * p + 3] == 7 })
        #expect(harmonised.table.features.allSatisfy { $0.isFinite })
    }

    @Test("A model file with parts that do not fit together is refused")
    func damagedFile() throws {
        let model = try HarmonisationCase("synth_main").table.fitComBat().result
        let text = String(decoding: try JSONEncoder().encode(model), as: UTF8.self)
        for (part, replacement) in [
            ("concord-combat-1", "concord-combat-0"), ("\"covariates\":[\"age\",\"sex\"]", "\"covariates\":[\"age\"]"),
        ] {
            #expect(text.contains(part))
            let damaged = text.split(separator: part, omittingEmptySubsequences: false).joined(separator: replacement)
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(ComBatModel.self, from: Data(damaged.utf8))
            }
        }
    }
}
