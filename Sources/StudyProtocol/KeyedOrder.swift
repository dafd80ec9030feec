internal import Crypto
import FoundationEssentials

/// Membership of folds and of resamples from a keyed hash (HMAC-SHA-256) of site and case: reproducible with the key, not
/// chosen, and computed by each site for its own cases without a message.
public struct KeyedOrder: Sendable {
    private let key: SymmetricKey

    /// An order by a key, which is public and locked before anybody looks.
    public init(key: String) { self.key = SymmetricKey(data: Data(key.utf8)) }

    /// The hash of a text, by whose bytes things can be put in an order that nobody chose.
    public func code(_ text: String) -> [UInt8] { code([text]) }

    private func code(_ parts: [String]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data(parts.joined(separator: "\u{1f}").utf8), using: key))
    }

    /// A number from words.
    public func seed(_ parts: String...) -> UInt64 {
        code(parts).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Rows in the order of the hashes of their cases.
    ///
    /// - Parameter names: name of every case, by row.
    public func ordered(_ rows: [Int], site: String, names: [String]) -> [Int] {
        let codes = rows.map { code(["case", site, names[$0]]) }
        return rows.indices.sorted { codes[$0].lexicographicallyPrecedes(codes[$1]) }.map { rows[$0] }
    }

    /// Folds 1 to `count` of the cases of one site: its non-events in the order of their hashes and then its events are dealt
    /// in turn, from a fold that the hash of the site's name gives.
    ///
    /// - Parameters:
    ///   - names: name of every case, by row.
    ///   - outcome: 1 event, 0 no event, by row.
    /// - Returns: fold of each of `rows`, in their order.
    public func folds(_ rows: [Int], site: String, names: [String], outcome: [Double], count: Int) -> [Int] {
        let order = ordered(rows, site: site, names: names)
        let dealt = order.filter { outcome[$0] != 1 } + order.filter { outcome[$0] == 1 }
        let start = Int(seed("site", site) % UInt64(count))
        var fold: [Int: Int] = [:]
        for (place, row) in dealt.enumerated() { fold[row] = (start + place) % count + 1 }
        return rows.map { fold[$0] ?? 1 }
    }
}
