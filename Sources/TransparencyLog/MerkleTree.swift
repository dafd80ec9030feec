import Crypto
public import FoundationEssentials

/// The Merkle tree of RFC 6962 and RFC 9162, over SHA-256.
public enum MerkleTree {
    /// Hash of a leaf's bytes: SHA-256 of a zero byte and the bytes (RFC 9162 section 2.1.1).
    public static func leafHash(_ bytes: some DataProtocol) -> Data {
        var hash = SHA256()
        hash.update(data: [0])
        hash.update(data: bytes)
        return Data(hash.finalize())
    }

    /// Hash of two children.
    public static func nodeHash(_ left: Data, _ right: Data) -> Data {
        var hash = SHA256()
        hash.update(data: [1])
        hash.update(data: left)
        hash.update(data: right)
        return Data(hash.finalize())
    }

    /// Root over leaf hashes; the SHA-256 of nothing for an empty tree.
    public static func root(of leaves: [Data]) -> Data { root(leaves[...]) }

    private static func root(_ leaves: ArraySlice<Data>) -> Data {
        if leaves.isEmpty { return Data(SHA256.hash(data: Data())) }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        let split = leaves.startIndex + largestPowerOfTwo(below: leaves.count)
        return nodeHash(root(leaves[..<split]), root(leaves[split...]))
    }

    private static func largestPowerOfTwo(below count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }

    /// Hashes that prove that the leaf at an index is in the tree (RFC 9162 section 2.1.3.1).
    public static func inclusionProof(index: Int, leaves: [Data]) -> [Data] {
        precondition(leaves.indices.contains(index), "the leaf is in the tree")
        return inclusionProof(index, leaves[...])
    }

    private static func inclusionProof(_ index: Int, _ leaves: ArraySlice<Data>) -> [Data] {
        if leaves.count == 1 { return [] }
        let k = largestPowerOfTwo(below: leaves.count)
        let split = leaves.startIndex + k
        return index < k
            ? inclusionProof(index, leaves[..<split]) + [root(leaves[split...])]
            : inclusionProof(index - k, leaves[split...]) + [root(leaves[..<split])]
    }

    /// Whether a proof shows that a leaf is in the tree of that size and root (RFC 9162 section 2.1.3.2).
    public static func verifyInclusion(leafHash: Data, index: Int, size: Int, proof: [Data], root: Data) -> Bool {
        guard index >= 0, index < size else { return false }
        var fn = index
        var sn = size - 1
        var hash = leafHash
        for node in proof {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                hash = nodeHash(node, hash)
                while fn & 1 == 0, fn != 0 {
                    fn >>= 1
                    sn >>= 1
                }
            } else {
                hash = nodeHash(hash, node)
            }
            fn >>= 1
            sn >>= 1
        }
        return sn == 0 && hash == root
    }

    /// Hashes that prove that the tree of the first `size` leaves is a beginning of the whole (RFC 9162 section 2.1.4.1).
    public static func consistencyProof(size: Int, leaves: [Data]) -> [Data] {
        precondition(size > 0 && size <= leaves.count, "the older tree is a beginning of the newer")
        return consistencyProof(size, leaves[...], isWhole: true)
    }

    private static func consistencyProof(_ size: Int, _ leaves: ArraySlice<Data>, isWhole: Bool) -> [Data] {
        if size == leaves.count { return isWhole ? [] : [root(leaves)] }
        let k = largestPowerOfTwo(below: leaves.count)
        let split = leaves.startIndex + k
        return size <= k
            ? consistencyProof(size, leaves[..<split], isWhole: isWhole) + [root(leaves[split...])]
            : consistencyProof(size - k, leaves[split...], isWhole: false) + [root(leaves[..<split])]
    }

    /// Whether a proof shows that a tree extends an older one (RFC 9162 section 2.1.4.2).
    public static func verifyConsistency(
        oldSize: Int, oldRoot: Data, newSize: Int, newRoot: Data, proof: [Data]
    ) -> Bool {
        guard oldSize > 0, oldSize <= newSize else { return false }
        if oldSize == newSize { return proof.isEmpty && oldRoot == newRoot }
        var path = proof
        if oldSize & (oldSize - 1) == 0 { path.insert(oldRoot, at: 0) }
        guard let first = path.first else { return false }
        var fn = oldSize - 1
        var sn = newSize - 1
        while fn & 1 == 1 {
            fn >>= 1
            sn >>= 1
        }
        var old = first
        var new = first
        for node in path.dropFirst() {
            if sn == 0 { return false }
            if fn & 1 == 1 || fn == sn {
                old = nodeHash(node, old)
                new = nodeHash(node, new)
                while fn & 1 == 0, fn != 0 {
                    fn >>= 1
                    sn >>= 1
                }
            } else {
                new = nodeHash(new, node)
            }
            fn >>= 1
            sn >>= 1
        }
        return sn == 0 && old == oldRoot && new == newRoot
    }
}
