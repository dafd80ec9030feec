import StudyProtocol

/// Values of settings of which folds within the training cases choose, every combination of them.
public struct TuningGrid: Sendable, Equatable {
    /// By what combinations are compared.
    public enum Criterion: String, Codable, Sendable, CaseIterable {
        /// Mean deviance of the cases held out, the lower the better.
        case deviance
        /// AUC of the cases held out.
        case auc
        /// Harrell's C of pairs within sites of the cases held out: the only one for an outcome with times.
        case concordance
    }

    /// Most combinations of one algorithm.
    public static let combinationLimit = StudyProtocol.Tuning.combinationLimit

    /// Values of a setting in the order in which they are tried.
    struct Axis: Sendable, Equatable {
        let setting: TunableSetting
        let values: [Double]
    }

    /// The settings by their names.
    let axes: [Axis]
    /// Folds within the training cases.
    public var folds: InnerFolds
    /// By what combinations are compared; nil for C of an outcome with times, else for the deviance of a model with probabilities and
    /// the AUC of one without.
    public let criterion: Criterion?

    /// Names values.
    ///
    /// - Throws: `LocalLearningError.options` for a setting that there is not, or values that it cannot have.
    public init(_ values: [String: [Double]], folds: InnerFolds, criterion: Criterion? = nil) throws {
        axes = try values.sorted { $0.key < $1.key }.map { name, own in
            guard let setting = TunableSetting(rawValue: name) else {
                let names = TunableSetting.allCases.map(\.rawValue).joined(separator: ", ")
                throw LocalLearningError.options("--tune: there is no setting '\(name)'; use \(names)")
            }
            guard !own.isEmpty, Set(own).count == own.count, own.allSatisfy(\.isFinite) else {
                throw LocalLearningError.options("--tune: \(name) needs one finite number or more, each once")
            }
            if let wrong = own.first(where: { setting.isWhole && !($0 == $0.rounded() && $0.magnitude < 1e9) }) {
                throw LocalLearningError.options("--tune: \(name)=\(wrong) is no whole number")
            }
            return Axis(setting: setting, values: own)
        }
        (self.folds, self.criterion) = (folds, criterion)
    }

    /// Reads `name=value,value`, a text for each setting.
    ///
    /// - Throws: `LocalLearningError.options`.
    public static func values(_ texts: [String]) throws -> [String: [Double]] {
        var output: [String: [Double]] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let numbers = parts.count == 2 ? parts[1].split(separator: ",").map { Double($0) } : []
            guard !numbers.isEmpty, !numbers.contains(nil) else {
                throw LocalLearningError.options("--tune: '\(text)' is not a setting with numbers, as cost=0.001,0.01")
            }
            guard output.updateValue(numbers.compactMap(\.self), forKey: parts[0]) == nil else {
                throw LocalLearningError.options("--tune: '\(parts[0])' is named twice; give all its values at once")
            }
        }
        return output
    }

    /// Throws unless each setting belongs to one of the algorithms.
    ///
    /// - Throws: `LocalLearningError.options`.
    public func check(_ methods: [String]) throws {
        guard let idle = axes.first(where: { $0.setting.methods.isDisjoint(with: methods) }) else { return }
        throw LocalLearningError.options(
            "--tune: \(methods.joined(separator: ", ")) \(methods.count > 1 ? "have" : "has") no "
                + "\(idle.setting.rawValue); it is a setting of \(idle.setting.methods.sorted().joined(separator: ", "))"
        )
    }

    /// Every combination of the values that an algorithm has, the last setting by name changing fastest (scikit-learn's ParameterGrid).
    ///
    /// - Throws: `LocalLearningError.options` for more than `combinationLimit`.
    func combinations(of method: String) throws -> [[(setting: TunableSetting, value: Double)]] {
        let own = axes.filter { $0.setting.methods.contains(method) }
        let count = own.reduce(1.0) { $0 * Double($1.values.count) }
        guard count <= Double(Self.combinationLimit) else {
            throw LocalLearningError.options(
                "--tune: \(method) has \(Int(min(count, 1e15))) combinations of settings, and \(Self.combinationLimit) is the most; "
                    + "leave out values")
        }
        guard !own.isEmpty else { return [] }
        return own.reduce([[]]) { start, axis in
            start.flatMap { left in axis.values.map { left + [(axis.setting, $0)] } }
        }
    }

    /// A pipeline whose settings the folds choose; as it is for an algorithm that has none of them.
    ///
    /// - Parameter pipeline: the pipeline with given settings.
    /// - Throws: `LocalLearningError.options` for a value out of range, or a criterion that the algorithm does not have.
    public func tuned(
        _ method: String, _ settings: LearnerSettings, pipeline: (LearnerSettings) throws -> ModelPipeline
    ) throws -> ModelPipeline {
        var output = try pipeline(settings)
        let trials = try trials(of: method, settings)
        guard !trials.isEmpty else { return output }
        output.tuning = Tuning(
            candidates: try trials.map {
                Tuning.Candidate(
                    settings: $0.named, learner: try pipeline($0.learner).learner,
                    scorer: try pipeline($0.scorer).learner)
            }, criterion: try criterion(of: method, settings), folds: folds)
        return output
    }

    /// A combination as settings of an algorithm.
    struct Trial {
        /// The combination.
        let named: [String: Double]
        /// The settings.
        let learner: LearnerSettings
        /// Those for the folds.
        let scorer: LearnerSettings
    }

    /// The combinations that an algorithm has.
    ///
    /// - Throws: as `combinations(of:)`.
    func trials(of method: String, _ settings: LearnerSettings) throws -> [Trial] {
        let combinations = try combinations(of: method)
        guard !combinations.isEmpty else { return [] }
        let criterion = try criterion(of: method, settings)
        return combinations.map { combination in
            var own = settings
            for (setting, value) in combination { setting.set(value, in: &own) }
            var scorer = own
            // A calibration changes no order of cases.
            if criterion != .deviance { scorer.calibration = .none }
            return Trial(
                named: Dictionary(
                    combination.map { ($0.setting.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first }),
                learner: own, scorer: scorer)
        }
    }

    func criterion(of method: String, _ settings: LearnerSettings) throws -> Criterion {
        let hasTimes = method.hasPrefix("cox")
        let hasProbability = !hasTimes && !(method.hasSuffix("svm") && settings.calibration == .none)
        let usual: Criterion = hasTimes ? .concordance : hasProbability ? .deviance : .auc
        switch criterion {
        case nil: return usual
        case .deviance where !hasProbability:
            throw LocalLearningError.options(
                hasTimes
                    ? "--tune-by: an outcome with times has only concordance"
                    : "--tune-by: \(method) has no probabilities; give it --calibrate platt, or take auc")
        case .auc where hasTimes, .concordance where !hasTimes:
            throw LocalLearningError.options(
                "--tune-by: an outcome \(hasTimes ? "with times has only concordance" : "without times has deviance and auc")"
            )
        case let own?: return own
        }
    }
}
