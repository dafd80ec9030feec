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
    ///   - isolatesTies: whether a number that enough cases have, in single precision, becomes a bin of its own where others allow it.
    public init(bins: Int, minimumPerBin: Int, isolatesTies: Bool = false) {
        precondition(bins >= 2 && minimumPerBin >= 1, "at least two bins and one case in each")
        specification = State(
            bins: bins, minimumPerBin: minimumPerBin, isolatesTies: isolatesTies ? true : nil, search: nil)
    }

    /// Finer bins than are known, with ties in bins of their own; the search goes on from what is known.
    ///
    /// - Parameters:
    ///   - bins: most bins.
    ///   - minimumPerBin: fewest pooled cases of a bin.
    ///   - known: edges found before.
    public init(bins: Int, minimumPerBin: Int, within known: Result) {
        let bins = max(2, min(bins, known.cases / minimumPerBin))
        specification = State(
            bins: bins, minimumPerBin: minimumPerBin, isolatesTies: true,
            search: QuantileSearch(bins: bins, keys: known.keys, casesPerBin: known.casesPerBin))
    }

    /// The edges where nothing has to be counted for them.
    public var settled: Result? {
        guard let search = specification.search, search.points.isEmpty else { return nil }
        return specification.result(search)
    }

    /// The search so far.
    public struct State: Codable, Sendable, Equatable {
        /// Most bins.
        public let bins: Int
        /// Fewest pooled cases of a bin.
        public let minimumPerBin: Int
        /// Whether numbers that many cases have become bins of their own; nil for no.
        var isolatesTies: Bool?
        /// The brackets of the edges, once the number of cases is known.
        public let search: QuantileSearch?

        func result(_ search: QuantileSearch) -> Result {
            guard isolatesTies == true else {
                let found = search.edges(minimumPerBin: minimumPerBin)
                return Result(cases: search.cases, keys: found.keys, casesPerBin: found.casesPerBin)
            }
            let found = search.edgesOfTies(minimumPerBin: minimumPerBin)
            return Result(
                cases: search.cases, keys: found.keys, casesPerBin: found.casesPerBin, ties: found.ties,
                topKey: found.top)
        }
    }

    /// Edges of bins: bin b holds the numbers above edge b - 1 and at or below edge b.
    public struct Result: Sendable, Equatable, Codable {
        /// Pooled number of cases.
        public let cases: Int
        /// Keys of the edges, ascending; empty if the cases allow one bin only.
        let keys: [Int32]
        /// Pooled number of cases of each bin, one more than edges.
        public let casesPerBin: [Int]
        /// Bins whose numbers are one in single precision; nil where they were not asked for.
        public internal(set) var ties: [Int]?
        /// Key of the number of the last bin, if it is one of `ties`.
        var topKey: Int32?

        /// The number that all of the last bin have in single precision; nil unless it is one of `ties`.
        public var top: Double? { topKey.map(QuantileSearch.number) }

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
            search = QuantileSearch(cases: cases, bins: bins, isolatesTies: state.isolatesTies ?? false)
        }
        if search.points.isEmpty { return .done(state.result(search)) }
        return .broadcast(
            State(
                bins: state.bins, minimumPerBin: state.minimumPerBin, isolatesTies: state.isolatesTies, search: search))
    }

    /// A broadcast of the search, for the catalogue.
    public var exampleSearch: State {
        State(
            bins: specification.bins, minimumPerBin: specification.minimumPerBin,
            search: QuantileSearch(cases: specification.bins * 1000, bins: specification.bins))
    }
}
