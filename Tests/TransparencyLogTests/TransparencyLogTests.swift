import Crypto
import Foundation
import Testing
import TransparencyLog

@Suite("Transparency log")
struct TransparencyLogTests {
    static func leaves(_ count: Int) -> [Data] { (0..<count).map { MerkleTree.leafHash(Data("leaf \($0)".utf8)) } }

    @Test("Known roots of RFC 6962 test vectors")
    func roots() {
        // transparency-dev/merkle testdata: leaves "", 00, 10, 2021, 3031, 40414243, 5051525354555657, 60..6f.
        let inputs: [[UInt8]] = [[], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43]]
        let leaves = inputs.map { MerkleTree.leafHash(Data($0)) }
        func hex(_ data: Data) -> String { data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        #expect(hex(MerkleTree.root(of: [])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            hex(MerkleTree.root(of: Array(leaves.prefix(1))))
                == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        #expect(
            hex(MerkleTree.root(of: Array(leaves.prefix(2))))
                == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")
        #expect(
            hex(MerkleTree.root(of: Array(leaves.prefix(3))))
                == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")
        #expect(hex(MerkleTree.root(of: leaves)) == "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")
    }

    @Test("Every proof of trees up to 20 leaves verifies, and no damaged one does")
    func proofs() {
        for size in 1...20 {
            let leaves = Self.leaves(size)
            let root = MerkleTree.root(of: leaves)
            for index in 0..<size {
                let proof = MerkleTree.inclusionProof(index: index, leaves: leaves)
                #expect(
                    MerkleTree.verifyInclusion(
                        leafHash: leaves[index], index: index, size: size, proof: proof, root: root))
                #expect(
                    !MerkleTree.verifyInclusion(
                        leafHash: root, index: index, size: size, proof: proof, root: leaves[index]) || size == 1)
                #expect(
                    !MerkleTree.verifyInclusion(
                        leafHash: leaves[index], index: index, size: size, proof: proof + [root], root: root))
            }
            for old in 1...size {
                let oldRoot = MerkleTree.root(of: Array(leaves.prefix(old)))
                let proof = MerkleTree.consistencyProof(size: old, leaves: leaves)
                #expect(
                    MerkleTree.verifyConsistency(
                        oldSize: old, oldRoot: oldRoot, newSize: size, newRoot: root, proof: proof))
                if old < size {
                    #expect(
                        !MerkleTree.verifyConsistency(
                            oldSize: old, oldRoot: root, newSize: size, newRoot: root, proof: proof))
                }
            }
        }
    }

    @Test("A checkpoint verifies with its key only")
    func checkpoint() throws {
        let key = Curve25519.Signing.PrivateKey()
        let checkpoint = Checkpoint(origin: "hcc.example/registry", size: 7, root: MerkleTree.root(of: Self.leaves(7)))
        let note = try checkpoint.sign(privateKey: key.rawRepresentation)
        #expect(Checkpoint(note: note, publicKey: key.publicKey.rawRepresentation) == checkpoint)
        #expect(Checkpoint(note: note, publicKey: Curve25519.Signing.PrivateKey().publicKey.rawRepresentation) == nil)
        #expect(
            Checkpoint(
                note: note.replacingOccurrences(of: "\n7\n", with: "\n8\n"), publicKey: key.publicKey.rawRepresentation)
                == nil)
    }

    @Test("A changed column of any event is found, and so is a missing one")
    func tampering() throws {
        let line =
            #"{"seq":0,"at_ms":1,"actor":"a'b","db_role":"concord_app","action":"lock","entity":"protocol","entity_id":"x","reason":"why \\ not","after_sha256":""}"#
        let event = try JSONDecoder().decode(AuditEvent.self, from: Data(line.utf8))
        let changed = try JSONDecoder().decode(
            AuditEvent.self, from: Data(line.replacingOccurrences(of: "lock", with: "look").utf8))
        let checkpoint = Checkpoint(origin: "o", size: 1, root: MerkleTree.root(of: [event.leafHash]))
        #expect(AuditEvent.firstFault(in: [event], leaves: [event.leafHash], checkpoint: checkpoint) == nil)
        #expect(AuditEvent.firstFault(in: [changed], leaves: [event.leafHash], checkpoint: checkpoint) == 0)
        #expect(AuditEvent.firstFault(in: [changed], leaves: [changed.leafHash], checkpoint: checkpoint) == 1)
        #expect(AuditEvent.firstFault(in: [], leaves: [], checkpoint: checkpoint) == 0)
    }
}
