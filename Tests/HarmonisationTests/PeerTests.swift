import Federation
import Harmonisation
import TestKit
import Testing

/// Agreement with sva 3.46.0, neuroCombat (R) 1.0.14 and ComBatFamily 0.2.1; calls in the fixtures' README. Distances
/// are the largest over all cells, in standard deviations of the feature.
@Suite("ComBat against its peers")
struct PeerTests {
    static let cases = ["synth_main", "fcon_real", "neurocombat_testdata", "nsclc_radiomics_manufacturer"]
        .filter(HarmonisationCase.isAvailable)

    @Test("The stop rule of sva gives sva's values", arguments: cases)
    func svaParametric(name: String) throws {
        let peer = try HarmonisationCase(name)
        let model = try peer.table.fitComBat(.parametricSVA, shards: 3).result
        let found = try model.harmonise(peer.table).table
        #expect(HarmonisationCase.distance(found, try peer.expected("sva_param"), reference: peer.table) < 1e-11)
    }

    @Test("Without covariates the values are sva's", arguments: cases)
    func svaWithoutCovariates(name: String) throws {
        let peer = try HarmonisationCase(name, covariates: false)
        let model = try peer.table.fitComBat(.parametricSVA, shards: 2).result
        let found = try model.harmonise(peer.table).table
        #expect(HarmonisationCase.distance(found, try peer.expected("sva_param_nocov"), reference: peer.table) < 1e-11)
    }

    @Test("The converged fixed point lies within 1e-5 of sva's early stop", arguments: cases)
    func fixedPoint(name: String) throws {
        let peer = try HarmonisationCase(name)
        let found = try peer.table.fitComBat(shards: 3).result.harmonise(peer.table).table
        let distance = HarmonisationCase.distance(found, try peer.expected("sva_param"), reference: peer.table)
        #expect(distance < 1e-5)
        #expect(distance > 0)
    }

    @Test("Without empirical Bayes the values are neuroCombat's", arguments: cases)
    func withoutEB(name: String) throws {
        let peer = try HarmonisationCase(name)
        let found = try peer.table.fitComBat(.withoutEB, shards: 2).result.harmonise(peer.table).table
        #expect(HarmonisationCase.distance(found, try peer.expected("ncr_noeb"), reference: peer.table) < 1e-11)
    }

    @Test("The mean-only rule of sva gives sva's values", arguments: cases)
    func meanOnlySVA(name: String) throws {
        let peer = try HarmonisationCase(name)
        let found = try peer.table.fitComBat(.meanOnlySVA, shards: 2).result.harmonise(peer.table).table
        #expect(HarmonisationCase.distance(found, try peer.expected("sva_meanonly"), reference: peer.table) < 1e-11)
    }

    @Test(
        "Large and small batches agree with sva",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"),
        arguments: ["synth_large_nonparam", "synth_smallbatch"])
    func sizes(name: String) throws {
        let peer = try HarmonisationCase(name)
        let found = try peer.table.fitComBat(.parametricSVA, shards: 2).result.harmonise(peer.table).table
        #expect(HarmonisationCase.distance(found, try peer.expected("sva_param"), reference: peer.table) < 1e-11)
    }

    @Test("The non-parametric values are sva's", arguments: cases)
    func nonparametric(name: String) throws {
        let peer = try HarmonisationCase(name)
        for (method, file) in [
            (ComBatMethod.nonparametric, "sva_nonparam"), (.nonparametricMeanOnly, "sva_nonparam_meanonly"),
        ] {
            let found = try peer.table.fitComBat(method, shards: 2).result.harmonise(peer.table).table
            #expect(HarmonisationCase.distance(found, try peer.expected(file), reference: peer.table) < 1e-11)
        }
    }

    /// sva gives NaN here: its likelihoods underflow.
    @Test(
        "Non-parametric batches of 1,300 rows agree with combaters",
        .enabled(if: SharedData.available("data/harmonisation"), "no shared data"))
    func largeNonparametric() throws {
        let peer = try HarmonisationCase("synth_large_nonparam")
        let found = try peer.table.fitComBat(.nonparametric).result.harmonise(peer.table).table
        let expected = try peer.expected("combaters_nonparam")
        #expect(HarmonisationCase.distance(found, expected, reference: peer.table) < 1e-11)
    }

    @Test("Brought to a reference batch, the values are sva's, and the batch keeps its bits")
    func reference() throws {
        let peer = try HarmonisationCase("synth_main")
        let p = peer.table.featureCount
        for (method, file) in [
            (ComBatMethod.parametricSVA, "sva_ref"), (.nonparametric, "sva_ref_nonparam"),
            (.meanOnlySVA, "sva_ref_meanonly"),
        ] {
            let fitted = try peer.table.fitComBat(method, shards: 2).result
            // The reference batch lies in one of the sites; the others add zeros.
            let model = try ReferenceBatchFit(fitted, reference: "S02").run(on: peer.table.splitByBatch(2)).result
            let found = try model.harmonise(peer.table)
            #expect(HarmonisationCase.distance(found.table, try peer.expected(file), reference: peer.table) < 1e-11)
            #expect(!found.estimates.map(\.batch).contains("S02"))
            for row in 0..<peer.table.count where peer.table.batch[row] == "S02" {
                let cells = row * p..<(row + 1) * p
                #expect(found.table.features[cells] == peer.table.features[cells])
            }
        }
        let model = try peer.table.fitComBat().result
        #expect(throws: HarmonisationError.unknownBatch("S99")) {
            try ReferenceBatchFit(model, reference: "S99").run(on: [peer.table])
        }
        let second = ReferenceBatchFit(model, reference: "S02")
        #expect(try ShardProperty.differences(second, shard: peer.table, split: { $0.splitByRow($1) }) == [])
    }

    @Test("Features that do not vary pass through, leave the priors alone and are named")
    func constantFeatures() throws {
        let peer = try HarmonisationCase("synth_zerovar")
        let model = try peer.table.fitComBat(.parametricSVA, shards: 4).result
        #expect(model.passedThrough == ["f004", "f011"])
        let found = try model.harmonise(peer.table).table
        #expect(HarmonisationCase.distance(found, try peer.expected("sva_param"), reference: peer.table) < 1e-11)
        let p = peer.table.featureCount
        for row in 0..<peer.table.count {
            for column in [4, 11] {
                #expect(found.features[row * p + column] == peer.table.features[row * p + column])
            }
        }
    }

    /// numpy 1.26 over the whole design with batch columns (`lstsq`), 5000 iterations.
    @Test("Our own rules agree with an independent numpy derivation over the whole design")
    func independent() throws {
        for (name, method, file) in [
            ("synth_main", ComBatMethod.parametric, "numpy_param"), ("synth_main", .meanOnly, "numpy_meanonly"),
            ("synth_singleton", .parametric, "numpy_singleton"),
        ] {
            let peer = try HarmonisationCase(name)
            let model = try peer.table.fitComBat(method, shards: 3).result
            let found = try model.harmonise(peer.table, minimumBatchSize: 1).table
            let distance = HarmonisationCase.distance(found, try peer.expected(file), reference: peer.table)
            #expect(distance < 1e-9, "\(name) \(file)")
        }
    }

    @Test("A batch of one case gets a location only, is flagged, and the other batches keep their scale")
    func singleton() throws {
        let peer = try HarmonisationCase("synth_singleton")
        let fitted = try peer.table.fitComBat(shards: 4).result
        let estimates = try fitted.harmonise(peer.table, minimumBatchSize: 1).estimates
        #expect(estimates.map(\.isLocationOnly) == [false, false, true, false])
        #expect(estimates[2].cases == 1)
        #expect(estimates[2].scale.allSatisfy { $0 == 1 })
        #expect(fitted.passedThrough.isEmpty)
        #expect(throws: HarmonisationError.batchTooSmall(cases: 1, minimum: 2)) {
            try fitted.harmonise(peer.table)
        }
        // sva switches every batch to its mean-only rule.
        let sva = try peer.table.fitComBat(.meanOnlySVA).result.harmonise(peer.table, minimumBatchSize: 1).table
        #expect(HarmonisationCase.distance(sva, try peer.expected("sva_param"), reference: peer.table) < 1e-11)
    }
}
