public import Federation
import Learning

/// Models of blocks of features, and a model of their scores and of clinical variables.
public struct StackedPredictor: PredictiveModel {
    /// The model of one block.
    public struct Block: Codable, Sendable, Equatable {
        /// Name of the block, and of its score.
        public let name: String
        /// Its selection and model.
        public let fitted: FittedModel
    }

    /// The blocks.
    public let blocks: [Block]
    /// Features that the upper model takes as they are.
    public let direct: [String]
    /// The model of scores and direct features.
    public let upper: Predictor

    /// Names of the features.
    public var columns: [String] {
        var seen: Set<String> = []
        return (blocks.flatMap(\.fitted.features) + direct).filter { seen.insert($0).inserted }
    }

    /// What scores are.
    public var scoreName: String { upper.model.scoreName }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        try upper.model.check()
        for block in blocks { try block.fitted.predictor.model.check() }
        let given = Set(blocks.map(\.name) + direct)
        try require(
            given.count == blocks.count + direct.count && upper.model.columns.allSatisfy(given.contains),
            "the upper model has a feature that no block gives")
    }

    /// What the upper model takes.
    public func upperTable(_ table: CaseTable) throws -> CaseTable {
        try Self.upperTable(
            table, blocks.map(\.name), try blocks.map { try $0.fitted.scores(table) }, direct: direct)
    }

    static func upperTable(
        _ table: CaseTable, _ names: [String], _ scores: [[Double]], direct: [String]
    ) throws -> CaseTable {
        let clinical = try table.selecting(features: direct)
        let q = direct.count
        return CaseTable(
            featureNames: names + direct,
            features: (0..<table.count).flatMap { row in
                scores.map { $0[row] } + clinical.features[row * q..<(row + 1) * q]
            }, outcome: table.outcome, batch: table.batch)
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] {
        try upper.model.scores(try upperTable(table).selecting(features: upper.model.columns))
    }

    /// Probability of an event at a score.
    public func probability(score: Double) -> Double? { upper.model.probability(score: score) }

    /// What each feature adds to each row's score, and what they are added to: that of a block's score, shared among the block's features in
    /// the ratio of what they add to it.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        guard let linear = upper.linear else {
            throw LocalLearningError.options("explain: the upper model is not linear; explain the blocks' models")
        }
        let places = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let p = columns.count
        var values = [Double](repeating: 0, count: table.count * p)
        var base = linear.intercept
        let standardisation = linear.standardisation
        for (term, name) in standardisation.columns.enumerated() {
            let slope = linear.coefficients[term] / standardisation.standardDeviations[term]
            base -= slope * standardisation.means[term]
            if let block = blocks.first(where: { $0.name == name }) {
                let own = try block.fitted.contributions(table)
                base += slope * own.base
                let columns = block.fitted.predictor.model.columns
                for row in 0..<table.count {
                    for (place, column) in columns.enumerated() {
                        values[row * p + (places[column] ?? 0)] += slope * own.values[row * columns.count + place]
                    }
                }
            } else if let place = places[name] {
                let own = try table.selecting(features: [name]).features
                for row in 0..<table.count { values[row * p + place] += slope * own[row] }
            }
        }
        return (base, values)
    }

    /// Facts about the fit.
    public var facts: [String] {
        upper.model.facts.map { "upper: \($0)" }
            + blocks.flatMap { block in block.fitted.predictor.model.facts.map { "\(block.name): \($0)" } }
    }
}
