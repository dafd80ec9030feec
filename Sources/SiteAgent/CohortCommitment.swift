import Crypto
import FoundationEssentials
import TransparencyLog

/// A salted Merkle commitment to a list of cases: proves later that a case was in the cohort without showing the others.
enum CohortCommitment {
    /// Freezes the cohort of a run; the commitment, hexadecimal. A frozen cohort keeps its salt and root.
    static func freeze(cases: [String], run: String, store: SiteStore) throws -> String {
        if let kept = try store.cohort(run: run) { return kept.commitment }
        let salt = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let commitment = root(cases: cases, salt: salt)
        try store.keepCohort(run: run, salt: salt, commitment: commitment, cases: cases, at: Date())
        return commitment
    }

    /// The root over the sorted cases; a leaf is the HMAC-SHA256 of the case under the salt.
    static func root(cases: [String], salt: Data) -> String {
        let key = SymmetricKey(data: salt)
        let leaves = cases.sorted().map { name in
            MerkleTree.leafHash(Data(HMAC<SHA256>.authenticationCode(for: Data(name.utf8), using: key)))
        }
        return MerkleTree.root(of: leaves).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
