public import FoundationEssentials
import StudyProtocol
import Synchronization

/// What was read of an open round's broadcasts: checking each answer, adding the answers up and going on read the same bytes, whose
/// decoding is most of a coordinator's work where they hold trees.
public final class DecodedStates: Sendable {
    private let values = Mutex<[Data: any Sendable]>([:])

    /// Nothing read yet.
    public init() {}

    /// The value of canonical bytes, decoded where they were not before.
    ///
    /// - Throws: `DecodingError`.
    public func value<Value: Decodable & Sendable>(_ type: Value.Type, from bytes: Data) throws -> Value {
        if let known = values.withLock({ $0[bytes] as? Value }) { return known }
        let value = try CanonicalForm.decode(type, from: bytes)
        values.withLock { $0[bytes] = value }
        return value
    }

    /// Forgets a round that is closed.
    public func forget() { values.withLock { $0.removeAll() } }
}
