/// A region whose features are wanted.
public enum RegionRequest: Hashable, Sendable, CustomStringConvertible {
    /// The tumour as it was drawn.
    case intratumoral
    /// The ring around it, from and to these distances in millimetres.
    case ring(from: Double, to: Double)

    /// Reads `intratumoral` or `ring:0-3`; nil for any other word.
    public init?(_ word: String) {
        if word == "intratumoral" {
            self = .intratumoral
            return
        }
        guard word.hasPrefix("ring:") else { return nil }
        let bounds = word.dropFirst(5).split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
        guard bounds.count == 2, let from = bounds[0], let to = bounds[1], from >= 0, from < to, to.isFinite else {
            return nil
        }
        self = .ring(from: from, to: to)
    }

    /// The word that `init` reads.
    public var description: String {
        func text(_ number: Double) -> String { number == number.rounded() ? "\(Int(number))" : "\(number)" }
        switch self {
        case .intratumoral: return "intratumoral"
        case .ring(let from, let to): return "ring:\(text(from))-\(text(to))"
        }
    }
}
