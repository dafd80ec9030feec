public import Federation
public import FoundationEssentials

/// What the sites of a study are asked by an algorithm in one computation.
public struct LearningRequest: Codable, Sendable, Equatable {
    /// The computation.
    public let computation: String
    /// What is done to the rows first.
    public let steps: [RowStep]
    /// What the rows become.
    public let form: ShardForm
    /// The computation's broadcast, canonical JSON.
    public let state: Data

    package init(computation: String, steps: [RowStep], form: ShardForm, state: Data) {
        (self.computation, self.steps, self.form, self.state) = (computation, steps, form, state)
    }

    /// The folds that it speaks of.
    public var folds: [InnerFolds] { steps.compactMap(\.folds) + [form.folds].compactMap(\.self) }
}

/// What the sites are asked in one round: one computation, or several that do not need each other.
public struct LearningRound: Codable, Sendable, Equatable {
    /// A request and its place in the algorithm.
    public struct Placed: Codable, Sendable, Equatable {
        /// The place.
        public let place: String
        /// The request.
        public let request: LearningRequest

        package init(place: String, request: LearningRequest) {
            (self.place, self.request) = (place, request)
        }
    }

    /// Most numbers that one round of several requests asks of a site: 64 MiB.
    static let cellLimit = 4_194_304

    /// The requests.
    public let requests: [Placed]

    package init(requests: [Placed]) { self.requests = requests }

    /// The first requests that fit into a round; the others are asked for again in the next.
    ///
    /// - Throws: `LocalLearningError.options` for a computation that is not in the catalogue.
    public func limited() throws -> LearningRound {
        var cells = 0
        var kept: [Placed] = []
        for own in requests {
            cells += try LearningCatalogue.specifications(own.request).reduce(0) { $0 + $1.count }
            if cells > Self.cellLimit, !kept.isEmpty { break }
            kept.append(own)
        }
        return LearningRound(requests: kept)
    }

    /// The computation, where all requests are of one; else `learning.several`.
    public var computation: String {
        let names = Set(requests.map(\.request.computation))
        return names.count == 1 ? names.first ?? "" : "learning.several"
    }

    /// The blocks that a site sends: those of a single request as they are, of several with the request's number in front.
    ///
    /// - Throws: `LocalLearningError.options`, `DecodingError`.
    public func specifications() throws -> [BlockSpecification] {
        try requests.enumerated().flatMap { place, own in
            try LearningCatalogue.specifications(own.request).map { $0.renamed(name($0.name, place)) }
        }
    }

    /// A site's answer.
    ///
    /// - Parameter floor: fewest cases that any sum is made of.
    /// - Throws: as `LearningCatalogue.contribute`.
    public func contribute(_ cases: TrainingCases, floor: Int) throws -> Contribution {
        guard !requests.isEmpty else { throw LocalLearningError.options("the round asks for nothing") }
        return Contribution(
            blocks: try requests.enumerated().flatMap { place, own in
                try LearningCatalogue.contribute(own.request, cases, floor: floor).blocks.map { block in
                    try Block(
                        specification: block.specification.renamed(name(block.specification.name, place)),
                        words: block.words)
                }
            })
    }

    /// The part of a sum that belongs to a request.
    func part(_ place: Int, of sum: Contribution) throws -> Contribution {
        Contribution(
            blocks: try LearningCatalogue.specifications(requests[place].request).map { specification in
                try Block(specification: specification, words: try sum[name(specification.name, place)].words)
            })
    }

    private func name(_ block: String, _ place: Int) -> String { requests.count == 1 ? block : "\(place).\(block)" }
}

extension BlockSpecification {
    /// The block under another name.
    func renamed(_ name: String) -> BlockSpecification {
        BlockSpecification(
            name: name, shape: shape, fractionBits: fractionBits, bound: bound, meaning: meaning, discloses: discloses)
    }
}
