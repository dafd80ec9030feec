import Foundation
import TestKit
import Testing
import TransparencyLog

/// Vectors that others made: transparency-dev/merkle (Apache-2.0) and C2SP signed notes.
struct VectorTests {
    static func data(_ fixture: JSONFixture) -> Data { Data(base64Encoded: fixture.text) ?? Data() }

    static func proof(_ fixture: JSONFixture) -> [Data] { fixture.isNull ? [] : fixture.list.map(data) }

    @Test("Good proofs of inclusion and consistency are accepted, damaged ones refused")
    func proofs() throws {
        let vectors = try JSONFixture.beside("merkle_proofs.json")
        let inclusion = vectors["inclusion"].list
        for vector in inclusion {
            // An index of 2^64 - 1 is the vectors' -1.
            let index = Int(exactly: vector["leafIdx"].number) ?? -1
            let isValid = MerkleTree.verifyInclusion(
                leafHash: Self.data(vector["leafHash"]), index: index,
                size: vector["treeSize"].integer, proof: Self.proof(vector["proof"]), root: Self.data(vector["root"]))
            #expect(isValid == !vector["wantErr"].boolean, "\(vector["name"].text)")
        }
        let consistency = vectors["consistency"].list
        for vector in consistency {
            let isValid = MerkleTree.verifyConsistency(
                oldSize: vector["size1"].integer, oldRoot: Self.data(vector["root1"]),
                newSize: vector["size2"].integer, newRoot: Self.data(vector["root2"]),
                proof: Self.proof(vector["proof"]))
            #expect(isValid == !vector["wantErr"].boolean, "\(vector["name"].text)")
        }
        #expect(inclusion.count == 52 && consistency.count == 44)
    }

    @Test("Checkpoints that another implementation signed are read, and their roots are those of the leaves")
    func checkpoints() throws {
        let vectors = try JSONFixture.beside("signed_notes.json")["checkpoints"].list
        for vector in vectors {
            // name + key id + base64 of the algorithm byte and the key.
            let key = vector["log_vkey"].text.split(separator: "+", maxSplits: 2)[2]
            let publicKey = Data((Data(base64Encoded: String(key)) ?? Data()).dropFirst())
            let note = vector["checkpoint"].text
            let checkpoint = try #require(Checkpoint(note: note, publicKey: publicKey))
            let size = vector["tree_size"].integer
            let leaves = (0..<size).map { MerkleTree.leafHash(Data("\($0)".utf8)) }
            #expect(checkpoint.size == size && checkpoint.origin == "concord.example/registry")
            #expect(checkpoint.root == MerkleTree.root(of: leaves))
            let changed = note.replacing("\n\(size)\n", with: "\n\(size + 1)\n")
            #expect(changed != note && Checkpoint(note: changed, publicKey: publicKey) == nil)
        }
        #expect(vectors.count == 4)
    }
}
