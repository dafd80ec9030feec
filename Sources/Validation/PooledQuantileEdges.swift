public import Federation

/// Edges that divide the pooled numbers of all sites into bins of about equal size.
///
/// Rounds: the number of cases; then counts at or below common points until all edges are settled. Only whole numbers
/// travel. Equal numbers are never divided, and each bin has at least the given number of pooled cases.
public struct PooledQuantileEdges: Computation {
    /// `validation.pooled-quantile-edges`
    public static let identifier = "validation.pooled-quantile-edges"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - bins: most bins.
    ///   - minimumPerBin: fewest pooled cases of a bin.
    public init(bins: Int, minimumPerBin: Int) {
        precondition(bins >= 2 && minimumPerBin >= 1, "at least two bins and one case in each")
        specification = State(bins: bins, minimumPerBin: minimumPerBin, search: nil)
    }

    /// The search so far.
    public struct State: Codable, Sendable, Equatable {
        /// Most bins.
        public let bins: Int
        /// Fewest pooled cases of a bin.
        public let minimumPerBin: Int
        /// The brackets of the edges, once the number of cases is known.
        public let search: QuantileSearch?
    }

    /// Edges of bins: bin b holds the numbers above edge b - 1 and at or below edge b.
    public struct Result: Sendable, Equatable, Codable {
        /// Pooled number of cases.
        public let cases: Int
        /// Keys of the edges, ascending; empty if the cases allow one bin only.
        let keys: [Int32]
        /// Pooled number of cases of each bin, one more than edges.
        public let casesPerBin: [Int]

        /// The edges, ascending.
        public var edges: [Double] { keys.map(QuantileSearch.number) }

        /// Which bin a number belongs to.
        public func bin(of number: Double) -> Int { QuantileSearch.bin(QuantileSearch.key(number), keys) }
    }

    /// Asks for the number of cases.
    public func initialState() -> State { specification }

    /// Counts: cases, or cases up to each point.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard let search = state.search else {
            return [.counts("cases", meaning: "number of scored cases", discloses: "the site's number of cases")]
        }
        return [
            .counts(
                "cases_up_to", shape: [search.points.count], meaning: "cases with a score at or below each point",
                discloses: "the site's score distribution at the points")
        ]
    }

    /// Counts the site's cases.
    ///
    /// - Throws: `ValidationError.scoreNotFinite`.
    public func contribute(_ shard: [Double], to state: State) throws -> Contribution {
        guard shard.allSatisfy(\.isFinite) else { throw ValidationError.scoreNotFinite }
        var sum = ExactSum(blocks(for: state)[0])
        if let search = state.search {
            let points = search.points
            var perBin = [Int](repeating: 0, count: points.count + 1)
            for number in shard { perBin[QuantileSearch.bin(QuantileSearch.key(number), points)] += 1 }
            var upTo = 0
            for index in points.indices {
                upTo += perBin[index]
                sum.add(Double(upTo), at: index)
            }
        } else {
            sum.add(Double(shard.count))
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// The next points, or the edges.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        var search: QuantileSearch
        if let known = state.search {
            search = known
            search.narrow(try sum.values("cases_up_to").map { Int($0) })
        } else {
            let cases = Int(try sum.scalar("cases"))
            let bins = min(state.bins, cases / state.minimumPerBin)
            guard bins >= 2 else { return .done(Result(cases: cases, keys: [], casesPerBin: [cases])) }
            search = QuantileSearch(cases: cases, bins: bins)
        }
        if search.points.isEmpty {
            let found = search.edges(minimumPerBin: state.minimumPerBin)
            return .done(Result(cases: search.cases, keys: found.keys, casesPerBin: found.casesPerBin))
        }
        return .broadcast(State(bins: state.bins, minimumPerBin: state.minimumPerBin, search: search))
    }

    /// A broadcast of the search, for the catalogue.
    public var exampleSearch: State {
        State(
            bins: specification.bins, minimumPerBin: specification.minimumPerBin,
            search: QuantileSearch(cases: specification.bins * 1000, bins: specification.bins))
    }
}
