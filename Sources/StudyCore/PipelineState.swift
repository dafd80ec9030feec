public import FoundationEssentials
import LocalHarmonisation

/// A step of the pipeline: one computation of the catalogue, or one site report.
public enum Phase: String, Sendable, Equatable, Codable, CaseIterable {
    /// Cohort sizes, acquisition histograms.
    case census
    /// Features at the site; the names of their columns.
    case extraction
    /// Which columns have a missing value anywhere.
    case completeness
    /// Kappa of readers, per site and pooled.
    case readerAgreement
    /// Public scale of each column.
    case scales
    /// ICC between readers of each column.
    case featureStability
    /// At how many sites each column is stable between readers.
    case readerVotes
    /// Concordance of each column between two acquisition protocols.
    case protocolStability
    /// At how many sites each column is stable between the protocols.
    case protocolVotes
    /// Exact distributed ComBat.
    case harmonisation
    /// Pooled mean and standard deviation of each column.
    case moments
    /// Difference between events and non-events of each column.
    case relevance
    /// Correlation of the candidate columns.
    case correlation
    /// Newton steps of the model.
    case training
    /// Rounds of any other algorithm, its selection and the comparison of algorithms.
    case learning
    /// Per-site performance of each score.
    case siteValidation
    /// Performance of a refitted model where it was not fitted.
    case refitValidation
    /// Pooled AUC of the predictions out of fold.
    case refitAUC
    /// Pooled calibration of the predictions out of fold.
    case refitCalibration
    /// Pooled AUC of each score, with its certified interval.
    case pooledAUC
    /// Statistics of the pooled cases from sums.
    case statistic
    /// Cases and AUC of each site for the drop.
    case dropSites
    /// Pooled AUC of the training or of the external sites, for the drop.
    case dropAUC
    /// Public scale of the covariates of the drop.
    case dropScales
    /// Moments of these covariates at the external, then at the training sites.
    case dropMoments
    /// Weights that give the training cases the external moments.
    case dropWeights
    /// AUC of the training cases with these weights.
    case dropWeightedAUC
    /// Agreement of the score measured in both ways.
    case dropRemeasured

    /// The stage that a phase belongs to.
    public var stage: Stage {
        switch self {
        case .census: .census
        case .extraction, .completeness: .extraction
        case .readerAgreement, .scales, .featureStability, .readerVotes, .protocolStability, .protocolVotes: .agreement
        case .harmonisation: .harmonisation
        case .moments, .relevance, .correlation: .selection
        case .training, .learning: .training
        case .siteValidation, .refitValidation, .refitAUC, .refitCalibration, .pooledAUC, .statistic, .dropSites,
            .dropAUC,
            .dropScales, .dropMoments, .dropWeights, .dropWeightedAUC, .dropRemeasured:
            .validation
        }
    }
}

/// Where a run stands between two rounds. The coordinator keeps it; it is not broadcast.
public struct PipelineState: Sendable, Equatable, Codable {
    /// The phase of the open round.
    public var phase: Phase
    /// What was broadcast in the round that is being folded; the round's task has it, so that it is not stored again.
    var broadcast = Data()
    /// Position in the list of scores, for the phases of validation.
    public var scoreIndex: Int
    /// Frozen results so far: name to SHA-256.
    public var artefacts: [String: String]
    /// Candidate feature columns.
    public var features: [String]
    /// Columns with missing values, where the study puts something in their place.
    var gaps: [String]?
    /// Public binary exponent of each candidate column, from `scales`.
    public var exponents: [Int]
    /// Columns of the model: features and coded covariates with their pooled mean and SD, from `moments`.
    public var moments: MomentsRecord?
    /// Absolute t statistic of each candidate column, from `relevance`.
    public var relevance: [Double]
    /// What the algorithm has worked out so far, in the phase `learning`.
    public var learned: [String: Data]?
    /// Results of a harmonisation of several rounds so far.
    var harmonised: [Data]?
    /// The model whose report is under way; nil before and after.
    var reported: FrozenHarmonisation?
    /// Results so far.
    public var results: StudyResults
    /// The refit that is under way; nil for the study's own fit.
    var refit: RefitProgress?
    /// Which of the candidate columns are stable, while that is found out.
    var stability: StabilityProgress?
    /// What is known of the drop.
    var drop: DropProgress?
    /// The statistic that is under way.
    var statistic: StatisticProgress?

    private enum CodingKeys: String, CodingKey {
        case phase, scoreIndex, artefacts, features, gaps, exponents, moments, relevance, learned, harmonised, reported,
            results, refit, stability, drop, statistic
    }
}

/// Pooled moments of named columns.
public struct MomentsRecord: Sendable, Equatable, Codable {
    /// Names of the columns.
    public let columns: [String]
    /// Pooled means.
    public let means: [Double]
    /// Pooled standard deviations, denominator n.
    public let standardDeviations: [Double]
    /// Number of cases.
    public let count: Int

    /// Creates a record.
    public init(columns: [String], means: [Double], standardDeviations: [Double], count: Int) {
        self.columns = columns
        self.means = means
        self.standardDeviations = standardDeviations
        self.count = count
    }
}

/// What the pipeline wants next.
public struct PipelineStep: Sendable {
    /// Results that are frozen by this step.
    public var frozen: [FrozenArtefact]
    /// The next round, or the end.
    public let outcome: Outcome
    /// The state that belongs to the next round.
    public let state: PipelineState

    /// The next round, or the end.
    public enum Outcome: Sendable {
        /// Another round.
        case round(RoundPlan)
        /// All stages are done.
        case finished(StudyResults)
    }
}

/// A frozen result.
public struct FrozenArtefact: Sendable, Equatable {
    /// Its name within the run.
    public let name: String
    /// Its canonical bytes.
    public let bytes: Data
    /// SHA-256 of the bytes.
    public let sha256: String
}

/// A round that the pipeline wants.
public struct RoundPlan: Sendable, Equatable {
    /// The stage.
    public let stage: Stage
    /// Computation of the catalogue.
    public let computation: String
    /// The broadcast.
    public let state: Data
    /// Sites that must answer.
    public let participants: [String]
    /// Frozen results that the task builds on.
    public let artefacts: [String: String]
}

/// What ends a run without results.
public enum PipelineError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Two sites have different feature columns.
    case columnsDiffer(site: String, reference: String, column: String)
    /// No feature is left.
    case noFeatures(String)
    /// An answer has what the stage does not ask for.
    case unexpectedContent(String)
    /// A training site has one class only.
    case oneClass
    /// The computation is not in the catalogue.
    case unknownComputation(String)

    /// One sentence: what and remedy.
    public var description: String {
        switch self {
        case .columnsDiffer(let site, let reference, let column):
            "sites \(reference) and \(site) have different feature columns ('\(column)'); "
                + "extract at both with the same protocol and software version"
        case .noFeatures(let reason): "no feature is left: \(reason)"
        case .unexpectedContent(let what): "the answer has \(what), which the stage does not ask for"
        case .oneClass: "all training cases have the same outcome; check outcome.column and outcome.event"
        case .unknownComputation(let name): "the computation '\(name)' is not in the catalogue of this version"
        }
    }
}
