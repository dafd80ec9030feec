/// A region whose features are wanted.
public indirect enum RegionRequest: Hashable, Sendable, CustomStringConvertible {
    /// The tumour as it was drawn.
    case intratumoral
    /// The ring around it, from and to these distances in millimetres.
    case ring(from: Double, to: Double)
    /// A part of one of them by intensity or enhancement.
    case habitat(Habitat, of: RegionRequest)

    /// What `init` reads, for messages.
    public static let forms =
        "intratumoral, ring:FROM-TO, habitat:METHOD-CLASSES:CLASS, or the latter followed by @REGION; "
        + "METHOD is otsu, kmeans, ratio-otsu, ratio-kmeans or phases-kmeans, CLASSES 2 to 4"

    /// Reads `intratumoral`, `ring:0-3`, `habitat:otsu-2:1` (of the tumour) or `habitat:kmeans-3:2@ring:0-3`; nil for any
    /// other word.
    public init?(_ word: String) {
        if word == "intratumoral" {
            self = .intratumoral
            return
        }
        if word.hasPrefix("habitat:") {
            let sides = word.dropFirst(8).split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            guard let habitat = Habitat(String(sides[0])) else { return nil }
            guard sides.count == 2 else {
                self = .habitat(habitat, of: .intratumoral)
                return
            }
            guard let whole = RegionRequest(String(sides[1])), !whole.isHabitat else { return nil }
            self = .habitat(habitat, of: whole)
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
        case .habitat(let habitat, .intratumoral): return "habitat:\(habitat.word)"
        case .habitat(let habitat, let whole): return "habitat:\(habitat.word)@\(whole)"
        }
    }

    /// Outer distance of the ring that is or holds the region, in millimetres, or nil without a ring.
    public var reachMM: Double? {
        switch self {
        case .intratumoral: nil
        case .ring(_, let to): to
        case .habitat(_, let whole): whole.reachMM
        }
    }

    private var isHabitat: Bool { if case .habitat = self { true } else { false } }
}
