import Agreement
public import Disclosure
import Federation
import FoundationEssentials
import Harmonisation
import Learning
import LocalHarmonisation
import LocalLearning
import StudyProtocol
import Validation

/// The closed list of what a study can ask of a site.
public enum Catalogue {
    /// The name under which the study's own model is validated.
    public static let modelScore = "model"
    /// The name under which each training case is predicted by the model that was refitted without its fold.
    public static let outOfFoldScore = "out-of-fold"
    /// The name of the score of the drop, on the cases of the drop.
    public static let dropScore = "drop"
    /// The statistic of a score where the outcome has times.
    public static let concordance = "concordance"
    /// What stands before a computation's identifier in the phase `learning`.
    public static let learningPrefix = "algorithm."
    /// What stands before a computation's identifier in the phase `statistic`.
    static let statisticPrefix = "statistic."
    /// What stands before a computation's identifier in a harmonisation of several rounds.
    public static let harmonisationPrefix = "harmonise."

    /// The phase of a task.
    ///
    /// - Throws: `PipelineError.unknownComputation`.
    static func phase(of task: StudyTask) throws(PipelineError) -> Phase {
        switch (task.computation, task.stage) {
        case (ExponentCensus.identifier, .validation): .dropScales
        case (PooledMoments.identifier, .validation): .dropMoments
        default: try phase(of: task.computation)
        }
    }

    private static func phase(of identifier: String) throws(PipelineError) -> Phase {
        switch identifier {
        case CohortCount.identifier: .census
        case UsableCases.identifier: .extraction
        case Completeness.identifier: .completeness
        case LesionKappa.identifier: .readerAgreement
        case ExponentCensus.identifier: .scales
        case FeatureICC.identifier: .featureStability
        case ReaderVotes.identifier: .readerVotes
        case FeatureCCC.identifier: .protocolStability
        case ProtocolVotes.identifier: .protocolVotes
        case ComBatFit.identifier: .harmonisation
        case PooledMoments.identifier: .moments
        case UnivariateFilter.identifier: .relevance
        case CorrelationMatrix.identifier: .correlation
        case RidgeLogistic.identifier: .training
        case SiteValidation.identifier: .siteValidation
        case PooledAUC.identifier: .pooledAUC
        case PooledCalibration.identifier: .refitCalibration
        case DropCohort.identifier: .dropSites
        case EntropyBalancing.identifier: .dropWeights
        case WeightedPooledAUC.identifier: .dropWeightedAUC
        case RemeasuredCorrelation.identifier: .dropRemeasured
        case _ where identifier.hasPrefix(learningPrefix): .learning
        case _ where identifier.hasPrefix(statisticPrefix): .statistic
        case _ where identifier.hasPrefix(harmonisationPrefix): .harmonisation
        default: throw .unknownComputation(identifier)
        }
    }

    /// The blocks that a site sends in answer to a broadcast.
    ///
    /// - Parameter decoded: what was read of the broadcast before.
    static func specifications(
        phase: Phase, state: Data, decoded: DecodedStates = DecodedStates()
    ) throws -> [BlockSpecification] {
        func blocks<C: Computation>(_ computation: C) throws -> [BlockSpecification] {
            computation.blocks(for: try CanonicalForm.decode(C.Broadcast.self, from: state))
        }
        // The instance does not matter: what is sent depends on the broadcast alone.
        switch phase {
        case .census: return try blocks(CohortCount())
        case .extraction: return try blocks(UsableCases())
        case .completeness: return try blocks(Completeness(columns: 0, withinBatches: false))
        case .readerAgreement: return try blocks(LesionKappa(regions: [], categories: 0))
        case .scales, .dropScales: return try blocks(ExponentCensus(columns: 0))
        case .featureStability: return try blocks(FeatureICC(exponents: []))
        case .readerVotes: return try blocks(ReaderVotes(columns: 0, limit: 0))
        case .protocolStability: return try blocks(FeatureCCC(exponents: []))
        case .protocolVotes: return try blocks(ProtocolVotes(columns: 0, limit: 0))
        case .harmonisation:
            if let request = try? CanonicalForm.decode(HarmonisationRequest.self, from: state) {
                return try request.specifications()
            }
            return try blocks(ComBatFit(features: [], covariates: [], exponents: []))
        case .moments, .dropMoments: return try blocks(PooledMoments(exponents: []))
        case .relevance: return try blocks(UnivariateFilter(centres: [], scales: []))
        case .correlation: return try blocks(CorrelationMatrix(centres: [], scales: []))
        case .training: return try blocks(RidgeLogistic(columns: [], means: [], standardDeviations: [], lambda: 0))
        case .siteValidation, .refitValidation: return try blocks(SiteValidation(scores: [], threshold: 0))
        case .pooledAUC, .refitAUC, .dropAUC: return try blocks(PooledAUC(score: "", bins: 2, minimumPerBin: 1))
        case .refitCalibration: return try blocks(PooledCalibration())
        case .dropSites: return try blocks(DropCohort())
        case .dropWeights: return try blocks(EntropyBalancing(columns: [], means: [], standardDeviations: []))
        case .dropWeightedAUC: return try blocks(WeightedPooledAUC.example)
        case .dropRemeasured: return try blocks(RemeasuredCorrelation(about: ""))
        case .learning:
            return try decoded.value(LearningRound.self, from: state).specifications(decoded)
        case .statistic: return try CanonicalForm.decode(StatisticRound.self, from: state).specifications()
        }
    }

    /// Classes of site-level numbers that may come with an answer.
    public static func releaseClasses(of phase: Phase) -> Set<ReleaseClass> {
        switch phase {
        case .census: [.counts, .acquisition]
        case .extraction: [.counts]
        case .readerAgreement: [.agreement]
        case .siteValidation, .refitValidation, .dropSites, .dropWeightedAUC: [.validation]
        default: []
        }
    }

    /// What leaves, as a table in Markdown; `docs/catalogue.md` is made of it.
    public static func markdown() -> String {
        // A bar ends a cell.
        func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
        var text = "| computation | block | shape | fraction bits | what it is | what a site's block discloses |\n"
        text += "| --- | --- | --- | --- | --- | --- |\n"
        let harmonisation = HarmonisationRequest.examples.map { (harmonisationPrefix + $0.computation, $0.blocks) }
        let learning = LearningCatalogue.examples.map { (learningPrefix + $0.computation, $0.blocks) }
        for (identifier, blocks) in examples() + harmonisation + learning + StatisticExamples.all {
            for block in blocks {
                let shape = block.shape.map(String.init).joined(separator: " x ")
                text +=
                    "| `\(identifier)` | `\(block.name)` | \(shape) | \(block.fractionBits) | \(cell(block.meaning)) "
                text += "| \(cell(block.discloses)) |\n"
            }
        }
        return text
    }

    /// Each computation with its blocks for 5 columns, 2 covariates and 3 regions, in every state that differs.
    private static func examples() -> [(String, [BlockSpecification])] {
        func entry<C: Computation>(_ computation: C) -> (String, [BlockSpecification]) {
            (C.identifier, computation.firstBlocks)
        }
        let five = [0.0, 0, 0, 0, 0]
        let zero = [0, 0, 0, 0, 0]
        let moments = PooledMoments(exponents: zero)
        let icc = FeatureICC(exponents: zero)
        let auc = PooledAUC(score: modelScore, bins: 8, minimumPerBin: 1)
        return [
            entry(CohortCount()), entry(UsableCases()),
            entry(Completeness(columns: 5, withinBatches: true, keepsGaps: true)),
            entry(LesionKappa(regions: ["tumour", "ring3", "ring5"], categories: 3)),
            entry(ExponentCensus(columns: 7)), entry(icc),
            (
                FeatureICC.identifier,
                icc.blocks(for: .init(exponents: zero, cases: 1, centres: five))
            ),
            entry(
                ComBatFit(
                    features: ["f1", "f2", "f3", "f4", "f5"], covariates: ["a", "b"], exponents: zero + [0, 0])),
            entry(moments),
            (
                PooledMoments.identifier,
                moments.blocks(for: .init(exponents: zero, count: 1, means: five))
            ),
            entry(UnivariateFilter(centres: five, scales: five)),
            entry(CorrelationMatrix(centres: five, scales: five)),
            entry(
                RidgeLogistic(
                    columns: ["f1", "f2", "f3", "f4", "f5"], means: five, standardDeviations: five, lambda: 1)),
            entry(SiteValidation(scores: [modelScore], threshold: 0.5)), entry(auc),
            (PooledAUC.identifier, auc.blocks(for: auc.exampleSearch)),
            (PooledAUC.identifier, auc.blocks(for: auc.exampleHistogram)),
        ] + validationExamples()
    }

    /// The computations of refits, of the filter by sites and of the drop.
    private static func validationExamples() -> [(String, [BlockSpecification])] {
        func entry<C: Computation>(_ computation: C) -> (String, [BlockSpecification]) {
            (C.identifier, computation.firstBlocks)
        }
        let calibration = PooledCalibration()
        let zero = [0, 0, 0, 0, 0]
        let concordance = FeatureCCC(exponents: zero)
        let remeasured = RemeasuredCorrelation(about: "protocol")
        return [
            entry(ReaderVotes(columns: 5, limit: 0.75)), entry(concordance),
            (
                FeatureCCC.identifier,
                concordance.blocks(for: .init(exponents: zero, cases: 1, centres: [0, 0, 0, 0, 0]))
            ),
            entry(ProtocolVotes(columns: 5, limit: 0.85)), entry(calibration),
            (PooledCalibration.identifier, calibration.blocks(for: calibration.exampleNewton)), entry(DropCohort()),
            entry(EntropyBalancing(columns: ["a", "b"], means: [0, 0], standardDeviations: [1, 1])),
            entry(WeightedPooledAUC.example), entry(remeasured),
            (RemeasuredCorrelation.identifier, remeasured.blocks(for: remeasured.exampleSquares)),
        ]
    }
}
