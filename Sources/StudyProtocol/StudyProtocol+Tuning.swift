extension StudyProtocol {
    /// Values of settings of algorithms of which folds within the training cases choose, every combination of them.
    public struct Tuning: Sendable, Equatable, Codable {
        /// Values by the key of the setting, in the order in which they are tried.
        public let values: [String: [Double]]
        /// Folds by which they are chosen, made at each site of its own cases; nil where the training sites are the folds.
        public let folds: Int?
        /// By what combinations are compared; nil for the algorithm's own.
        public let criterion: Criterion?

        /// By what combinations are compared.
        public enum Criterion: String, Sendable, Equatable, Codable, CaseIterable {
            /// Mean deviance of the cases held out.
            case deviance
            /// AUC of the cases held out.
            case auc
            /// Harrell's C of pairs within sites, for an outcome with times.
            case concordance
        }

        /// Most combinations of one algorithm.
        public static let combinationLimit = 200

        /// What a setting may be, and the algorithms that have it.
        struct Rule {
            let range: ClosedRange<Double>
            let isWhole: Bool
            let kinds: [ModelKind]

            init(_ range: ClosedRange<Double>, isWhole: Bool = false, _ kinds: ModelKind...) {
                (self.range, self.isWhole, self.kinds) = (range, isWhole, kinds)
            }
        }

        static let rules: [String: Rule] = [
            "alpha": Rule(0...1, .elasticNet, .cox),
            "lambda": Rule(0...1e9, .logistic, .ridge, .lasso, .elasticNet, .cox, .coxLasso, .coxRidge),
            "cost": Rule(1e-9...1e9, .supportVector, .kernelMachine),
            "gamma": Rule(1e-9...1e9, .kernelMachine),
            "fourier": Rule(1...10_000, isWhole: true, .kernelMachine),
            "rounds": Rule(1...10_000, isWhole: true, .boosting),
            "max-depth": Rule(1...12, isWhole: true, .boosting),
            "eta": Rule(1e-6...1, .boosting),
            "leaf-penalty": Rule(0...1e9, .boosting),
            "leaf-l1": Rule(0...1e9, .boosting),
            "minimum-gain": Rule(0...1e9, .boosting),
            "min-child-weight": Rule(0...1e9, .boosting),
            "colsample": Rule(0.01...1, .boosting),
            "subsample": Rule(0.01...1, .boosting, .forest),
            "minimum-cases": Rule(5...100_000, isWhole: true, .boosting, .forest),
            "bins": Rule(2...254, isWhole: true, .boosting, .forest),
            "trees": Rule(1...10_000, isWhole: true, .forest),
            "hidden": Rule(1...10_000, isWhole: true, .network, .networkAveraging),
            "weight-penalty": Rule(0...1e9, .network, .networkAveraging),
            "averaging-rounds": Rule(1...10_000, isWhole: true, .networkAveraging),
            "local-steps": Rule(1...1000, isWhole: true, .networkAveraging),
            "local-rate": Rule(1e-6...1e3, .networkAveraging),
            "event-weight": Rule(
                1e-6...1e6, .ridge, .lasso, .elasticNet, .supportVector, .kernelMachine, .boosting, .forest, .network),
        ]

        /// Settings that can be tuned, each with the algorithms that have it.
        public static var settings: [String: Set<ModelKind>] { rules.mapValues { Set($0.kinds) } }

        /// Those of them whose values are whole numbers.
        public static var wholeSettings: Set<String> { Set(rules.filter(\.value.isWhole).keys) }
    }
}

extension StudyProtocol.Tuning {
    /// Reads `tune`, `tune-folds` and `tune-by` of a model.
    init(_ reader: ConfigurationReader, bySites: Bool) throws(ConfigurationError) {
        let section = try reader.section("tune")
        try section.allow(Array(Self.rules.keys))
        var values: [String: [Double]] = [:]
        for key in section.keys {
            guard let rule = Self.rules[key] else { continue }
            let own = try section.numbers(key, in: rule.range)
            guard !own.isEmpty, Set(own).count == own.count else {
                throw section.fault(key, "needs one value or more, each once")
            }
            guard !rule.isWhole || own.allSatisfy({ $0 == $0.rounded() }) else {
                throw section.fault(key, "every element must be a whole number")
            }
            values[key] = own
        }
        guard !values.isEmpty else { throw reader.fault("tune", "needs a setting with its values") }
        self.values = values
        if bySites, reader.has("tune-folds") {
            throw reader.fault("tune-folds", "the sites are the folds; leave out tune-folds or leave-out-sites")
        }
        folds = bySites ? nil : try reader.integer("tune-folds", in: 3...20, default: 5)
        criterion = reader.has("tune-by") ? try reader.choice("tune-by", as: Criterion.self) : nil
    }

    /// Whether the algorithms have the settings, and not too many combinations of them.
    func check(_ kinds: [StudyProtocol.ModelKind], hasTime: Bool, _ reader: ConfigurationReader)
        throws(ConfigurationError)
    {
        let section = try reader.section("tune")
        for (key, rule) in Self.rules.sorted(by: { $0.key < $1.key }) where values[key] != nil {
            guard kinds.contains(where: rule.kinds.contains) else {
                let names = rule.kinds.map(\.rawValue).joined(separator: ", ")
                throw section.fault(key, "no algorithm of the protocol has it; it is a setting of \(names)")
            }
        }
        for kind in kinds {
            let count = values.reduce(1) { product, own in
                Self.rules[own.key]?.kinds.contains(kind) == true ? min(product * own.value.count, 1_000_000) : product
            }
            guard count <= Self.combinationLimit else {
                throw reader.fault(
                    "tune",
                    "'\(kind.rawValue)' has \(count) combinations; \(Self.combinationLimit) is the most, leave out values"
                )
            }
        }
        if let criterion, (criterion == .concordance) != hasTime {
            throw reader.fault(
                "tune-by",
                hasTime ? "an outcome with times has only concordance" : "concordance is of times; use deviance or auc")
        }
    }
}
