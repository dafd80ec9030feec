public import Federation
import FoundationEssentials
import Harmonisation
import Learning
import StudyProtocol
import Survival
import Validation

/// The closed list of computations that algorithms of a study may ask of a site.
public enum LearningCatalogue {
    private struct Entry: Sendable {
        let blocks: @Sendable (Data, DecodedStates) throws -> [BlockSpecification]
        let contribute: @Sendable (LearningRequest, [TrainingCases]) throws -> Contribution
        let example: @Sendable () -> [BlockSpecification]
    }

    /// What a site sends depends on the broadcast alone, so that any instance answers.
    private static func entry<C: Computation>(_ computation: C) -> (String, Entry) {
        (
            C.identifier,
            Entry(
                blocks: { computation.blocks(for: try $1.value(C.Broadcast.self, from: $0)) },
                contribute: { request, parts in
                    let broadcast = try CanonicalForm.decode(C.Broadcast.self, from: request.state)
                    let shards: [C.Shard] = try request.form.shards(of: parts)
                    guard let shard = shards.first, shards.count == 1 else {
                        throw FederationError.noShards(computation: C.identifier)
                    }
                    return try computation.contribute(shard, to: broadcast)
                },
                example: { computation.firstBlocks })
        )
    }

    private static let names = ["f1", "f2", "f3", "f4", "f5"]
    private static let five = [0.0, 0, 0, 0, 0]

    private static let list: [(String, Entry)] = {
        let standardisation = Standardisation(columns: names, means: five, standardDeviations: five.map { _ in 1 })
        let bins = names.map { _ in 4 }
        let background = try? ShapleyBackground(TreeBoosting(features: names, binCounts: bins).initialState().model)
        return [
            entry(ClassTotals()), entry(ExponentCensus(columns: 5)), entry(PooledMoments(exponents: [0, 0, 0, 0, 0])),
            entry(PooledQuantiles(columns: names, bins: 4)),
            entry(
                FeatureRanks(
                    FeatureRanks.Grid(
                        columns: names, points: names.map { _ in [0, 1] }, ties: names.map { _ in [1] }))),
            entry(UnivariateFilter(centres: five, scales: five)), entry(CorrelationMatrix(centres: five, scales: five)),
            entry(MinimumRedundancyFit(centres: five, scales: five, relevance: five, count: 2)),
            entry(MutualInformationSelection(features: names, binCounts: bins, count: 2, scheme: .difference)),
            entry(RidgeLogistic(columns: names, means: five, standardDeviations: five, lambda: 1)),
            entry(ElasticNetPath(standardisation)), entry(LinearSVM(standardisation)), entry(PlattScaling()),
            entry(IsotonicCalibration(grid: [0, 1])), entry(TreeBoosting(features: names, binCounts: bins)),
            entry(RandomForestFit(features: names, binCounts: bins)),
            entry(NeuralNetworkFit(NeuralNetwork(standardisation, hidden: [2], activation: .tanh, seed: 1))),
            entry(
                NeuralNetworkAveraging(NeuralNetwork(standardisation, hidden: [2], activation: .tanh, seed: 1))),
            entry(PooledAUC(score: RowStep.scoreName, bins: 8, minimumPerBin: 5)),
            entry(PooledMedian(columns: names)), entry(CoxScoreFilter(standardisation)),
            entry(CoxPath(standardisation)),
            entry(CoxFit(names: names, exponents: [0, 0, 0, 0, 0])),
            entry(BaselineHazard(names: names, coefficients: five, reference: five, grid: [1, 2, 3])),
            entry(ConcordanceWithinSites()), entry(HeldOutDeviance()),
            entry(OffsetIntercept("offset")),
        ] + (background.map { [entry($0)] } ?? [])
    }()

    private static let entries = Dictionary(list, uniquingKeysWith: { first, _ in first })

    /// Each computation with its blocks of the first round, for 5 features.
    public static var examples: [(computation: String, blocks: [BlockSpecification])] {
        list.map { ($0.0, $0.1.example()) }
    }

    private static func found(_ computation: String) throws -> Entry {
        guard let entry = entries[computation] else {
            throw LocalLearningError.options("the computation '\(computation)' is not in the catalogue of this version")
        }
        return entry
    }

    /// The blocks that a site sends in answer to a request.
    ///
    /// - Throws: `LocalLearningError.options` for a computation that is not in the list, `DecodingError`.
    static func specifications(_ request: LearningRequest, _ decoded: DecodedStates) throws -> [BlockSpecification] {
        try found(request.computation).blocks(request.state, decoded)
    }

    /// A site's answer.
    ///
    /// - Parameters:
    ///   - rows: the site's rows after the request's steps.
    ///   - floor: fewest cases that any sum is made of.
    /// - Throws: `LocalLearningError.options`, `.tooFew`, what the computation throws.
    static func contribute(_ request: LearningRequest, _ rows: PreparedRows.Rows, floor: Int) throws -> Contribution {
        let entry = try found(request.computation)
        let (parts, mayBeEmpty) = rows
        if let folds = request.form.folds {
            // Sums of each fold travel, or follow from the others.
            for fold in 1...folds.count {
                try requireFloor(
                    parts.divided(by: folds.membership(parts), fold: fold).test, floor,
                    mayBeEmpty: mayBeEmpty || folds.sites != nil)
            }
        }
        return try entry.contribute(request, parts)
    }

    static func requireFloor(_ parts: [TrainingCases], _ floor: Int, mayBeEmpty: Bool) throws {
        guard parts.allSatisfy({ $0.count >= floor || mayBeEmpty && $0.count == 0 }) else {
            throw LocalLearningError.tooFew(
                part: "a fold at the site",
                reason: "it has fewer than \(floor) cases, the smallest number that may be summed")
        }
    }
}
