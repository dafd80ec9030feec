import Crypto
public import Federation
public import FoundationEssentials

/// Pairwise masks in Z_2^128 (Bonawitz 2017, without dropouts): each pair of sites shares a key, one adds its stream, the
/// other subtracts it, so that the sum over all sites is the plain sum bit for bit and a single contribution is uniform.
///
/// Key agreement X25519, key derivation HKDF-SHA256 bound to run, round and pair, stream AES-256-GCM over zeros. All
/// sites must answer: a missing one leaves the sum masked.
public struct PairwiseMask: Sendable {
    let site: String
    let key: Curve25519.KeyAgreement.PrivateKey

    /// Creates a site's half, with its private key (32 bytes).
    public init(site: String, privateKey: Data) throws {
        self.site = site
        key = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: privateKey)
    }

    /// What the other sites need.
    public var publicKey: Data { key.publicKey.rawRepresentation }

    /// Masks a contribution.
    ///
    /// - Parameters:
    ///   - contribution: this site's.
    ///   - run: the run.
    ///   - round: its round; a pair's stream is never used twice.
    ///   - peers: public keys of the other sites by name.
    public func mask(
        _ contribution: Contribution, run: String, round: Int, peers: [String: Data]
    ) throws -> Contribution {
        var masked = contribution.blocks
        for (peer, publicKey) in peers.sorted(by: { $0.key < $1.key }) where peer != site {
            let shared = try key.sharedSecretFromKeyAgreement(
                with: Curve25519.KeyAgreement.PublicKey(rawRepresentation: publicKey))
            let (low, high) = site < peer ? (site, peer) : (peer, site)
            for (index, block) in masked.enumerated() {
                let info = "concord-mask-1|\(run)|\(round)|\(low)|\(high)|\(index)|\(block.specification.name)"
                let stream = shared.hkdfDerivedSymmetricKey(
                    using: SHA256.self, salt: Data(), sharedInfo: Data(info.utf8), outputByteCount: 32)
                let words = try Self.words(count: block.words.count, key: stream)
                for word in words.indices {
                    masked[index].words[word] =
                        site == low
                        ? masked[index].words[word] &+ words[word] : masked[index].words[word] &- words[word]
                }
            }
        }
        return Contribution(blocks: masked)
    }

    /// The first words of a key's stream: AES-256-GCM ciphertext of zeros, nonce = counter of 64 KiB chunks.
    static func words(count: Int, key: SymmetricKey) throws -> [Int128] {
        let chunk = 4096
        var words: [Int128] = []
        words.reserveCapacity(count)
        var counter: UInt32 = 0
        while words.count < count {
            var nonce = [UInt8](repeating: 0, count: 12)
            for byte in 0..<4 { nonce[11 - byte] = UInt8(truncatingIfNeeded: counter >> (8 * UInt32(byte))) }
            let size = min(chunk, count - words.count) * 16
            let sealed = try AES.GCM.seal(Data(count: size), using: key, nonce: AES.GCM.Nonce(data: nonce))
            let bytes = [UInt8](sealed.ciphertext)
            for start in stride(from: 0, to: bytes.count, by: 16) {
                var word: UInt128 = 0
                for byte in (0..<16).reversed() { word = word << 8 | UInt128(bytes[start + byte]) }
                words.append(Int128(truncatingIfNeeded: word))
            }
            counter += 1
        }
        return words
    }
}
