public import FoundationEssentials

extension Registry {
    /// Leaf hashes of the audit trail in order.
    public func auditLeaves() async throws -> [Data] {
        try await pool.query("SELECT leaf FROM audit_event ORDER BY seq").map { try $0.bytes("leaf") }
    }

    /// Keeps a signed checkpoint; one of the same size is kept once.
    public func addCheckpoint(size: Int, root: Data, note: String) async throws {
        _ = try await pool.query(
            "INSERT INTO checkpoint (size, root, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [.int(size), .bytes(root), .text(note)])
    }
}
