internal import Crypto
public import FoundationEssentials

/// The one encoding of what is hashed or signed: JSON with sorted keys, no white space, shortest round-trip numbers.
public enum CanonicalForm {
    /// The canonical bytes of a value.
    ///
    /// - Throws: `EncodingError` for NaN and infinity.
    public static func encode<Value: Encodable>(_ value: Value) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// Reads a value back from its canonical bytes.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: Data) throws -> Value {
        try JSONDecoder().decode(type, from: bytes)
    }

    /// SHA-256 of some bytes, as 64 lower-case hexadecimal digits.
    public static func sha256(_ bytes: some DataProtocol) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension StudyProtocol {
    /// The canonical bytes, of which `hash` is the SHA-256.
    public func canonicalForm() throws -> Data { try CanonicalForm.encode(self) }

    /// The identity of the protocol: SHA-256 of its canonical form, hexadecimal.
    public func hash() throws -> String { CanonicalForm.sha256(try canonicalForm()) }
}
