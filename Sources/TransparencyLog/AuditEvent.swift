public import FoundationEssentials

/// One event of the audit trail as it is exported. The leaf covers every column.
public struct AuditEvent: Sendable, Equatable, Codable {
    /// Position in the log, from 0, without gaps.
    public let seq: Int
    /// When, milliseconds since 1970.
    public let atMilliseconds: Int64
    /// Who.
    public let actor: String
    /// Database role of the session.
    public let databaseRole: String
    /// What was done.
    public let action: String
    /// To what kind of thing.
    public let entity: String
    /// To which one.
    public let entityID: String
    /// Why.
    public let reason: String
    /// SHA-256 of what it is afterwards, or empty.
    public let afterSHA256: String

    enum CodingKeys: String, CodingKey {
        case seq, actor, action, entity, reason
        case atMilliseconds = "at_ms"
        case databaseRole = "db_role"
        case entityID = "entity_id"
        case afterSHA256 = "after_sha256"
    }

    /// The canonical text, of which the leaf is made: the lines of `audit_canonical` in the registry's schema.
    public var canonical: String {
        func quoted(_ text: String) -> String {
            // PostgreSQL's quote_literal: quotes doubled; with a backslash, those doubled too and an E in front.
            let doubled = text.replacing("'", with: "''")
            return text.contains("\\") ? "E'" + doubled.replacing("\\", with: "\\\\") + "'" : "'" + doubled + "'"
        }
        return [
            "concord-audit-1", "\(seq)", "\(atMilliseconds)", quoted(actor), quoted(databaseRole), quoted(action),
            quoted(entity), quoted(entityID), quoted(reason), afterSHA256,
        ].joined(separator: "\n")
    }

    /// Hash of the leaf.
    public var leafHash: Data { MerkleTree.leafHash(Data(canonical.utf8)) }

    /// Verifies exported events against a checkpoint.
    ///
    /// - Returns: `nil` if all is right, else the first position that is wrong, or the number of events if the root of
    ///   all of them is not the checkpoint's.
    public static func firstFault(in events: [AuditEvent], leaves: [Data], checkpoint: Checkpoint) -> Int? {
        for index in events.indices {
            if events[index].seq != index || index >= leaves.count || events[index].leafHash != leaves[index] {
                return index
            }
        }
        guard events.count >= checkpoint.size,
            MerkleTree.root(of: Array(leaves.prefix(checkpoint.size))) == checkpoint.root
        else { return events.count }
        return nil
    }
}
