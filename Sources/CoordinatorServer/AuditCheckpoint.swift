import FoundationEssentials
import Registry
import StudyCore
import TransparencyLog

/// Signs the root of the audit trail.
struct AuditCheckpoint {
    let registry: Registry
    let key: String
    let domain: String

    /// Signs and stores a checkpoint over all events; the signed note.
    func sign(actor: String) async throws -> String {
        guard let privateKey = Data(base64Encoded: key.trimmed) else {
            throw Fault.unavailable("the checkpoint key cannot be read")
        }
        let leaves = try await registry.auditLeaves()
        let checkpoint = Checkpoint(
            origin: "\(domain)/registry", size: leaves.count, root: MerkleTree.root(of: leaves))
        let note = try checkpoint.sign(privateKey: privateKey)
        try await registry.addCheckpoint(size: checkpoint.size, root: checkpoint.root, note: note)
        return note
    }
}

extension String {
    fileprivate var trimmed: String { String(drop(while: \.isWhitespace).prefix { !$0.isWhitespace }) }
}
