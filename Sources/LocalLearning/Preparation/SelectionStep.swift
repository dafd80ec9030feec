import Learning

/// One step of the selection of features, with a text form such as `t:20`, `spearman:0.9:caret` or `mrmr:15`.
public enum SelectionStep: Sendable, Equatable {
    /// A statistic of one feature and the outcome.
    public enum Statistic: String, Sendable, CaseIterable {
        /// |t| with equal variances.
        case t
        /// |t| with unequal variances.
        case welch
        /// Distance of the area under the ROC curve from one half.
        case auc
        /// Score statistic of Cox's model.
        case cox
    }

    /// Which features of a ranking stay.
    public enum Cut: Sendable, Equatable {
        /// The first ones.
        case best(Int)
        /// Those with a p-value below.
        case pValue(Double)
    }

    /// Which correlation makes two features redundant.
    public enum Correlation: String, Sendable, CaseIterable {
        /// Of ranks.
        case spearman
        /// Of values.
        case pearson
    }

    /// Which feature of a redundant pair goes.
    public enum Rule: String, Sendable, CaseIterable {
        /// The one with the weaker relation to the outcome.
        case relevance
        /// That of DropCorrelatedFeatures of the Python package feature-engine.
        case featureEngine = "feature-engine"
        /// That of findCorrelation(exact = TRUE) of the R package caret.
        case caret
    }

    /// Which selection by minimum redundancy and maximum relevance.
    public enum MinimumRedundancyVariant: String, Sendable, CaseIterable {
        /// F over the mean absolute correlation, as the Python package mrmr_selection.
        case quotientOfF = "mrmr"
        /// Mutual information less the mean of that with the selected ones, as pymrmr's MID.
        case difference = "mrmr-mid"
        /// Their quotient, as pymrmr's MIQ.
        case quotient = "mrmr-miq"
    }

    /// Of features that are copies of one another, whatever their units, the first.
    case copies
    /// Features with a variance above.
    case variance(above: Double)
    /// Features with a relation to the outcome.
    case univariate(Statistic, Cut)
    /// Of features with an absolute correlation above the threshold all but one go.
    case redundancy(Correlation, threshold: Double, rule: Rule)
    /// Minimum redundancy, maximum relevance.
    case minimumRedundancy(MinimumRedundancyVariant, count: Int)

    /// Reads a step.
    ///
    /// - Throws: `LocalLearningError.options` naming what can be there.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        func refuse() -> LocalLearningError {
            .options(
                "selection of features: '\(text)' is no step; use copies, variance:V, t:K, welch:K, auc:K or cox:K (K features, or p0.05 for "
                    + "a p-value, not of welch), spearman:R or pearson:R with :relevance, :feature-engine or :caret, "
                    + "mrmr:K, mrmr-mid:K, mrmr-miq:K")
        }
        guard text != "copies" else {
            self = .copies
            return
        }
        guard parts.count >= 2, parts.count <= 3 else { throw refuse() }
        if parts[0] == "variance", parts.count == 2, let limit = Double(parts[1]), limit >= 0, limit.isFinite {
            self = .variance(above: limit)
        } else if let statistic = Statistic(rawValue: parts[0]), parts.count == 2, let cut = Cut(parts[1]),
            statistic != .welch || !cut.isPValue
        {
            self = .univariate(statistic, cut)
        } else if let correlation = Correlation(rawValue: parts[0]), let limit = Double(parts[1]), limit > 0,
            limit <= 1, let rule = Rule(rawValue: parts.count == 3 ? parts[2] : "relevance")
        {
            self = .redundancy(correlation, threshold: limit, rule: rule)
        } else if let variant = MinimumRedundancyVariant(rawValue: parts[0]), parts.count == 2,
            let count = Int(parts[1]), count > 0
        {
            self = .minimumRedundancy(variant, count: count)
        } else {
            throw refuse()
        }
    }

    /// The text form.
    public var text: String {
        switch self {
        case .copies: "copies"
        case .variance(let above): "variance:\(above)"
        case .univariate(let statistic, .best(let count)): "\(statistic.rawValue):\(count)"
        case .univariate(let statistic, .pValue(let limit)): "\(statistic.rawValue):p\(limit)"
        case .redundancy(let correlation, let threshold, let rule):
            "\(correlation.rawValue):\(threshold):\(rule.rawValue)"
        case .minimumRedundancy(let variant, let count): "\(variant.rawValue):\(count)"
        }
    }
}

extension SelectionStep.Cut {
    var isPValue: Bool {
        if case .pValue = self { true } else { false }
    }

    init?(_ text: String) {
        if text.hasPrefix("p") {
            guard let limit = Double(text.dropFirst()), limit > 0, limit <= 1 else { return nil }
            self = .pValue(limit)
        } else {
            guard let count = Int(text), count > 0 else { return nil }
            self = .best(count)
        }
    }
}
