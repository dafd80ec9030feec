public import FoundationEssentials

/// A step of a run.
public enum Stage: String, Sendable, Equatable, Codable, CaseIterable {
    /// Cohort sizes and acquisition parameters.
    case census
    /// Images to features, with provenance.
    case extraction
    /// Readers: kappa, and the features that survive the stability filter.
    case agreement
    /// Exact distributed ComBat.
    case harmonisation
    /// Pooled moments, redundancy, relevance.
    case selection
    /// The model.
    case training
    /// Per-site and pooled performance.
    case validation
}

/// What the coordinator broadcasts in a round.
public struct StudyTask: Sendable, Equatable, Codable {
    /// The run.
    public let run: String
    /// Number of the round within the run, from 1.
    public let round: Int
    /// The stage that the round belongs to.
    public let stage: Stage
    /// Computation of the catalogue.
    public let computation: String
    /// The computation's broadcast state, canonical JSON.
    public let state: Data
    /// SHA-256 of the protocol.
    public let protocolHash: String
    /// Frozen results that the task builds on: name to SHA-256.
    public let artefacts: [String: String]

    /// Creates a task.
    public init(
        run: String, round: Int, stage: Stage, computation: String, state: Data, protocolHash: String,
        artefacts: [String: String]
    ) {
        self.run = run
        self.round = round
        self.stage = stage
        self.computation = computation
        self.state = state
        self.protocolHash = protocolHash
        self.artefacts = artefacts
    }
}

/// Names of the frozen results of a run.
public enum ArtefactName {
    /// The protocol's canonical form.
    public static let studyProtocol = "protocol"
    /// Names of the feature columns that every site has without a missing value and that are stable over readers.
    public static let features = "features"
    /// Names of the feature columns with missing values, which the model's pipeline fills.
    public static let gaps = "gaps"
    /// The ComBat model.
    public static let harmonisation = "harmonisation"
    /// The sites before and after harmonisation.
    public static let harmonisationReport = "harmonisation-report"
    /// Pooled mean and standard deviation of the columns of the model.
    public static let standardisation = "standardisation"
    /// The fold that is held out of a refit.
    public static let fold = "fold"
    /// The model.
    public static let model = "model"
    /// The study's results.
    public static let results = "results"

    /// The name of a frozen result of the refit without a fold, once another one begins.
    static func without(fold: Int, _ name: String) -> String { "\(name)-\(fold)" }
}
