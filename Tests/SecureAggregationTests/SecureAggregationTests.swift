import Crypto
import Federation
import Foundation
import SecureAggregation
import Testing

@Suite("Pairwise masks")
struct SecureAggregationTests {
    static let block = BlockSpecification.unitScale("g", shape: [5000], meaning: "m", discloses: "d")

    static func contribution(_ site: Int) throws -> Contribution {
        var sum = ExactSum(block)
        for index in 0..<5000 { sum.add(Double(site * index % 97) / 7 - 3, at: index) }
        return Contribution(blocks: [try sum.block()])
    }

    @Test("The sum of masked contributions is the plain sum, bit for bit; a single one is not", arguments: [2, 3, 7])
    func sum(count: Int) throws {
        let sites = (0..<count).map { "site-\($0)" }
        var masks: [String: PairwiseMask] = [:]
        for site in sites {
            masks[site] = try PairwiseMask(
                site: site, privateKey: Curve25519.KeyAgreement.PrivateKey().rawRepresentation)
        }
        let keys = masks.mapValues(\.publicKey)
        var plain = Contribution.zero([Self.block])
        var masked = Contribution.zero([Self.block])
        for (index, site) in sites.enumerated() {
            let own = try Self.contribution(index + 1)
            let hidden = try #require(masks[site]).mask(own, run: "r", round: 4, peers: keys)
            #expect(zip(hidden.blocks[0].words, own.blocks[0].words).allSatisfy { $0 != $1 })
            try plain.add(own)
            try masked.add(hidden)
        }
        #expect(masked == plain)
    }

    @Test("The bytes of a masked contribution look uniform, and another round has another stream")
    func uniform() throws {
        let a = try PairwiseMask(site: "a", privateKey: Data(repeating: 1, count: 32))
        let b = try PairwiseMask(site: "b", privateKey: Data(repeating: 2, count: 32))
        let own = try Self.contribution(1)
        let first = try a.mask(own, run: "r", round: 1, peers: ["b": b.publicKey])
        let second = try a.mask(own, run: "r", round: 2, peers: ["b": b.publicKey])
        #expect(zip(first.blocks[0].words, second.blocks[0].words).allSatisfy { $0 != $1 })
        var counts = [Double](repeating: 0, count: 256)
        let bytes = first.blocks[0].littleEndianBytes
        for byte in bytes { counts[Int(byte)] += 1 }
        let expected = Double(bytes.count) / 256
        let chiSquare = counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
        // 255 degrees of freedom: 0.001 and 0.999 quantiles are 190 and 330; the keys are fixed, so this cannot flicker.
        #expect(chiSquare > 180 && chiSquare < 340)
    }
}
