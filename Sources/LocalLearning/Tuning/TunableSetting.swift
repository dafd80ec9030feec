import Learning
import StudyProtocol

/// A setting of algorithms that is a number and that a grid can name, by the word of its option.
public enum TunableSetting: String, Codable, Sendable, CaseIterable {
    case alpha
    case averagingRounds = "averaging-rounds"
    case bins
    case colsample
    case cost
    case eta
    case eventWeight = "event-weight"
    case fourier
    case gamma
    /// Units of the only hidden layer.
    case hidden
    case lambda
    case leafL1 = "leaf-l1"
    case leafPenalty = "leaf-penalty"
    case localRate = "local-rate"
    case localSteps = "local-steps"
    case maxDepth = "max-depth"
    case minChildWeight = "min-child-weight"
    case minimumCases = "minimum-cases"
    case minimumGain = "minimum-gain"
    case rounds
    case subsample
    case trees
    case weightPenalty = "weight-penalty"

    /// The algorithms that have the setting.
    public var methods: Set<String> { Set((StudyProtocol.Tuning.settings[rawValue] ?? []).map(\.rawValue)) }

    /// Whether its values are whole numbers.
    var isWhole: Bool { StudyProtocol.Tuning.wholeSettings.contains(rawValue) }

    /// Sets it; whether the value is in range, `LearnerSettings.learner(named:)` says.
    func set(_ value: Double, in settings: inout LearnerSettings) {
        switch self {
        case .alpha: settings.alpha = value
        case .averagingRounds: settings.averaging.rounds = Int(value)
        case .bins: settings.bins = Int(value)
        case .colsample: settings.featureShare = value
        case .cost: settings.cost = value
        case .eta: settings.trees.eta = value
        case .eventWeight: settings.eventWeight = value
        case .fourier: settings.fourierFeatures = Int(value)
        case .gamma: settings.gamma = value
        case .hidden: settings.hidden = [Int(value)]
        case .lambda: settings.lambda = value
        case .leafL1: settings.trees.alpha = value
        case .leafPenalty: settings.trees.lambda = value
        case .localRate: settings.averaging.rate = value
        case .localSteps: settings.averaging.localSteps = Int(value)
        case .maxDepth: settings.trees.maxDepth = Int(value)
        case .minChildWeight: settings.trees.minChildWeight = value
        case .minimumCases: (settings.trees.minimumCases, settings.forest.minimumCases) = (Int(value), Int(value))
        case .minimumGain: settings.trees.gamma = value
        case .rounds: settings.trees.rounds = Int(value)
        case .subsample: settings.caseShare = value
        case .trees: settings.forest.trees = Int(value)
        case .weightPenalty: settings.weightPenalty = value
        }
    }
}
