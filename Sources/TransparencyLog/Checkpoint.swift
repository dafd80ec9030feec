import Crypto
public import FoundationEssentials

/// A signed root of the log: a C2SP checkpoint in a signed note with an Ed25519 signature.
public struct Checkpoint: Sendable, Equatable {
    /// Name of the log: `<study-domain>/registry`.
    public let origin: String
    /// Number of leaves.
    public let size: Int
    /// Root over them.
    public let root: Data

    /// Creates a checkpoint.
    public init(origin: String, size: Int, root: Data) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// The text that is signed.
    public var text: String { "\(origin)\n\(size)\n\(root.base64EncodedString())\n" }

    /// Key id of a signer: first four bytes of SHA-256(name, newline, algorithm byte 1, public key).
    static func keyID(name: String, publicKey: Data) -> Data {
        var hash = SHA256()
        hash.update(data: Data((name + "\n").utf8))
        hash.update(data: [1])
        hash.update(data: publicKey)
        return Data(hash.finalize().prefix(4))
    }

    /// The signed note.
    public func sign(privateKey: Data) throws -> String {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: privateKey)
        let signature = try key.signature(for: Data(text.utf8))
        let id = Self.keyID(name: origin, publicKey: key.publicKey.rawRepresentation)
        return text + "\n\u{2014} \(origin) \((id + signature).base64EncodedString())\n"
    }

    /// Reads and verifies a signed note; `nil` unless a signature of the key is there and right.
    public init?(note: String, publicKey: Data) {
        guard let split = note.firstRange(of: "\n\n") else { return nil }
        let text = String(note[..<split.lowerBound]) + "\n"
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, let size = Int(lines[1]), size >= 0, let root = Data(base64Encoded: String(lines[2])),
            root.count == 32, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
        else { return nil }
        let origin = String(lines[0])
        let id = Self.keyID(name: origin, publicKey: publicKey)
        let isSigned = note[split.upperBound...].split(separator: "\n").contains { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, parts[0] == "\u{2014}", parts[1] == origin,
                let bytes = Data(base64Encoded: String(parts[2])), bytes.count == 68, bytes.prefix(4) == id
            else { return false }
            return key.isValidSignature(bytes.dropFirst(4), for: Data(text.utf8))
        }
        guard isSigned else { return nil }
        self.init(origin: origin, size: size, root: root)
    }
}
