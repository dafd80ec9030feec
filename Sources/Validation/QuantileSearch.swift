/// Search for the edges that divide pooled numbers into bins of about equal size, all edges at once.
///
/// Numbers are compared as `Float` keys, so that the search needs no bounds and no scale. While several edges share a
/// bracket it is cut in as many parts as there are edges; afterwards each bracket is halved. The counts at all points
/// narrow all brackets. An edge is settled when its bin is right to a twentieth, or when its bracket is one key wide.
public struct QuantileSearch: Codable, Sendable, Equatable {
    /// Where one edge can lie.
    public struct Bracket: Sendable, Equatable {
        /// Largest key known to have too few cases at or below it.
        public internal(set) var lower: Int32
        /// Smallest key known to have enough.
        public internal(set) var upper: Int32
        /// Pooled number of cases at or below `upper`.
        public internal(set) var casesAtUpper: Int
        /// Pooled number of cases at or below `lower`; 0 where ties are not isolated.
        var casesAtLower = 0

        var width: Int64 { Int64(upper) - Int64(lower) }
    }

    /// Pooled number of cases.
    public let cases: Int
    /// Number of bins that is sought.
    public let bins: Int
    /// One bracket for each of the `bins - 1` edges.
    public private(set) var brackets: [Bracket]
    /// Whether the cases at the lower ends are kept, which tell how many have the number at an edge.
    let isolatesTies: Bool

    init(cases: Int, bins: Int, isolatesTies: Bool = false) {
        self.cases = cases
        self.bins = bins
        self.isolatesTies = isolatesTies
        let everything = Bracket(lower: Self.key(-.infinity) - 1, upper: Self.key(.infinity), casesAtUpper: cases)
        brackets = [Bracket](repeating: everything, count: bins - 1)
    }

    /// Goes on from bins that are known.
    ///
    /// - Parameters:
    ///   - keys: ascending keys of their edges.
    ///   - casesPerBin: pooled number of cases of each bin, one more than edges.
    init(bins: Int, keys: [Int32], casesPerBin: [Int]) {
        self.init(cases: casesPerBin.reduce(0, +), bins: bins, isolatesTies: true)
        var upTo = 0
        let known = zip(keys, casesPerBin).map { key, count in
            upTo += count
            return (key: key, cases: upTo)
        }
        for edge in brackets.indices {
            if let above = known.first(where: { Double($0.cases) >= wanted(edge) }) {
                (brackets[edge].upper, brackets[edge].casesAtUpper) = (above.key, above.cases)
            }
            if let below = known.last(where: { Double($0.cases) < wanted(edge) }) {
                (brackets[edge].lower, brackets[edge].casesAtLower) = (below.key, below.cases)
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case cases, bins, lower, upper, casesAtUpper, casesAtLower
    }

    /// Reads the brackets as three lists, which is what is broadcast: a third of the bytes of one object a bracket.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        cases = try container.decode(Int.self, forKey: .cases)
        bins = try container.decode(Int.self, forKey: .bins)
        let lower = try container.decode([Int32].self, forKey: .lower)
        let upper = try container.decode([Int32].self, forKey: .upper)
        let casesAtUpper = try container.decode([Int].self, forKey: .casesAtUpper)
        let casesAtLower = try container.decodeIfPresent([Int].self, forKey: .casesAtLower)
        isolatesTies = casesAtLower != nil
        guard (1...Int(Int32.max)).contains(bins), lower.count == bins - 1, upper.count == bins - 1,
            casesAtUpper.count == bins - 1,
            casesAtLower?.count ?? (bins - 1) == bins - 1
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .lower, in: container, debugDescription: "one bracket for each edge")
        }
        brackets = lower.indices.map {
            Bracket(
                lower: lower[$0], upper: upper[$0], casesAtUpper: casesAtUpper[$0],
                casesAtLower: casesAtLower?[$0] ?? 0)
        }
    }

    /// Writes the brackets as three lists.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(cases, forKey: .cases)
        try container.encode(bins, forKey: .bins)
        try container.encode(brackets.map(\.lower), forKey: .lower)
        try container.encode(brackets.map(\.upper), forKey: .upper)
        try container.encode(brackets.map(\.casesAtUpper), forKey: .casesAtUpper)
        if isolatesTies { try container.encode(brackets.map(\.casesAtLower), forKey: .casesAtLower) }
    }

    /// The order of a number among all floats: that of the smallest `Float` that is not below it, so that a number is at or below a
    /// key's float exactly if its key is at or below the key.
    static func key(_ number: Double) -> Int32 {
        let nearest = Float(number)
        // Adding 0 turns -0 into 0.
        let bits = Int32(bitPattern: ((Double(nearest) < number ? nearest.nextUp : nearest) + 0).bitPattern)
        return bits >= 0 ? bits : bits ^ Int32.max
    }

    /// The float of a key.
    static func number(_ key: Int32) -> Double {
        // -0 is no number's key, and as an edge it would have the zeros below it.
        let key = key == -1 ? -2 : key
        return Double(Float(bitPattern: UInt32(bitPattern: key >= 0 ? key : key ^ Int32.max)))
    }

    private func wanted(_ edge: Int) -> Double { Double(cases) * Double(edge + 1) / Double(bins) }

    private func isSettled(_ edge: Int) -> Bool {
        let bracket = brackets[edge]
        let slack = max(1, 0.05 * Double(cases) / Double(bins))
        return bracket.width <= 1 || Double(bracket.casesAtUpper) - wanted(edge) < slack
    }

    /// Keys at which the cases are to be counted next, one for each edge that is not settled, ascending.
    var points: [Int32] {
        var points: [Int32] = []
        let open = brackets.indices.filter { !isSettled($0) }.map { brackets[$0] }
        var start = 0
        while start < open.count {
            let bracket = open[start]
            var end = start + 1
            while end < open.count, open[end].lower == bracket.lower, open[end].upper == bracket.upper { end += 1 }
            let parts = Int64(end - start + 1)
            for part in 1..<parts {
                let offset = min(max(bracket.width * part / parts, 1), bracket.width - 1)
                points.append(Int32(Int64(bracket.lower) + offset))
            }
            start = end
        }
        return points
    }

    /// Narrows the brackets by the pooled counts at `points`.
    mutating func narrow(_ counts: [Int]) {
        let points = points
        for edge in brackets.indices {
            for (point, count) in zip(points, counts) {
                if Double(count) >= wanted(edge) {
                    if point < brackets[edge].upper {
                        brackets[edge].upper = point
                        brackets[edge].casesAtUpper = count
                    }
                } else if point > brackets[edge].lower, point < brackets[edge].upper {
                    brackets[edge].lower = point
                    if isolatesTies { brackets[edge].casesAtLower = count }
                }
            }
        }
    }

    /// The edges found, ascending; edges are left out until each bin has at least `minimumPerBin` pooled cases.
    func edges(minimumPerBin: Int) -> (keys: [Int32], casesPerBin: [Int]) {
        var keys: [Int32] = []
        var casesPerBin: [Int] = []
        var counted = 0
        for bracket in brackets
        where bracket.casesAtUpper - counted >= minimumPerBin && cases - bracket.casesAtUpper >= minimumPerBin {
            keys.append(bracket.upper)
            casesPerBin.append(bracket.casesAtUpper - counted)
            counted = bracket.casesAtUpper
        }
        return (keys, casesPerBin + [cases - counted])
    }

    /// Edges of which some enclose a single float.
    struct EdgesOfTies {
        var keys: [Int32] = []
        var casesPerBin: [Int] = []
        /// Bins whose numbers are all one float.
        var ties: [Int] = []
        /// The float of the last bin, if it is one.
        var top: Int32?
    }

    /// The edges found; a float that as many cases have as a bin needs becomes a bin of its own, the cases between it and the edge before
    /// join the bin below.
    func edgesOfTies(minimumPerBin: Int) -> EdgesOfTies {
        var found = EdgesOfTies()
        var counted = 0
        for bracket in brackets where bracket.casesAtUpper > counted {
            var isAlone = false
            let tied = bracket.width <= 1 ? bracket.casesAtUpper - bracket.casesAtLower : 0
            // Beyond the largest float there is no one number.
            if tied >= minimumPerBin, bracket.upper < Self.key(.infinity) {
                let below = bracket.casesAtLower - counted
                if below >= minimumPerBin {
                    found.keys.append(bracket.lower)
                    found.casesPerBin.append(below)
                    counted += below
                } else if below > 0, let last = found.keys.indices.last, !found.ties.contains(last) {
                    found.keys[last] = bracket.lower
                    found.casesPerBin[last] += below
                    counted += below
                }
                isAlone = counted == bracket.casesAtLower
            }
            if isAlone, bracket.casesAtUpper == cases {
                found.ties.append(found.keys.count)
                found.top = bracket.upper
                break
            } else if bracket.casesAtUpper - counted >= minimumPerBin, cases - bracket.casesAtUpper >= minimumPerBin {
                if isAlone { found.ties.append(found.keys.count) }
                found.keys.append(bracket.upper)
                found.casesPerBin.append(bracket.casesAtUpper - counted)
                counted = bracket.casesAtUpper
            }
        }
        found.casesPerBin.append(cases - counted)
        return found
    }

    /// Position of the first of ascending keys that is at or above a key; their number if there is none.
    static func bin(_ key: Int32, _ keys: [Int32]) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] >= key { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
