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
    /// - Parameter decoded: what was read of the round before.
    /// - Throws: `LocalLearningError.options` for a computation that is not in the catalogue.
    public func limited(_ decoded: DecodedStates = DecodedStates()) throws -> LearningRound {
        guard requests.count > 1 else { return self }
        var cells = 0
        var kept: [Placed] = []
        for own in requests {
            cells += try LearningCatalogue.specifications(own.request, decoded).reduce(0) { $0 + $1.count }
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
    /// - Parameter decoded: what was read of the round before.
    /// - Throws: `LocalLearningError.options`, `DecodingError`.
    public func specifications(_ decoded: DecodedStates = DecodedStates()) throws -> [BlockSpecification] {
        try requests.enumerated().flatMap { place, own in
            try LearningCatalogue.specifications(own.request, decoded).map { $0.renamed(name($0.name, place)) }
        }
    }

    /// A site's answer.
    ///
    /// - Parameter floor: fewest cases that any sum is made of.
    /// - Throws: as `LearningCatalogue.contribute`.
    public func contribute(_ cases: TrainingCases, floor: Int) throws -> Contribution {
        guard !requests.isEmpty else { throw LocalLearningError.options("the round asks for nothing") }
        // Algorithms on the same folds begin with the same steps.
        var rows = PreparedRows(cases, floor: floor)
        return Contribution(
            blocks: try requests.enumerated().flatMap { place, own in
                try LearningCatalogue.contribute(own.request, try rows.after(own.request.steps), floor: floor).blocks
                    .map { block in
                        try Block(
                            specification: block.specification.renamed(name(block.specification.name, place)),
                            words: block.words)
                    }
            })
    }

    /// The part of a sum that belongs to a request.
    func part(_ place: Int, of sum: Contribution) throws -> Contribution {
        guard requests.count > 1 else { return sum }
        let prefix = name("", place)
        return Contribution(
            blocks: try sum.blocks.filter { $0.specification.name.hasPrefix(prefix) }.map { block in
                let own = block.specification
                return try Block(
                    specification: own.renamed(String(own.name.dropFirst(prefix.count))), words: block.words)
            })
    }

    private func name(_ block: String, _ place: Int) -> String { requests.count == 1 ? block : "\(place).\(block)" }
}

/// A site's rows after the steps of requests; what was done to them for a request before is not done again.
struct PreparedRows {
    /// The rows, and whether a site without a case of a fold is expected.
    typealias Rows = (parts: [TrainingCases], mayBeEmpty: Bool)

    private let cases: TrainingCases
    private let floor: Int
    private var known: [(steps: [RowStep], rows: Rows)] = []

    init(_ cases: TrainingCases, floor: Int) { (self.cases, self.floor) = (cases, floor) }

    /// - Throws: `LocalLearningError.tooFew`, what a step throws.
    mutating func after(_ steps: [RowStep]) throws -> Rows {
        guard let last = steps.last else { return ([cases], false) }
        if let found = known.first(where: { $0.steps == steps }) { return found.rows }
        var rows = try after(Array(steps.dropLast()))
        rows.parts = try last.apply(to: rows.parts)
        // Where a fold is a site, the others have no case of it and none outside of their own: zeros, which tell nothing.
        rows.mayBeEmpty = rows.mayBeEmpty || last.folds?.sites != nil
        try LearningCatalogue.requireFloor(rows.parts, floor, mayBeEmpty: rows.mayBeEmpty)
        known.append((steps, rows))
        return rows
    }
}

extension BlockSpecification {
    /// The block under another name.
    func renamed(_ name: String) -> BlockSpecification {
        BlockSpecification(
            name: name, shape: shape, fractionBits: fractionBits, bound: bound, meaning: meaning, discloses: discloses)
    }
}
