public import Statistics

/// Stability of one candidate feature.
public struct FeatureStabilityResult: Sendable, Equatable, Codable {
    /// The feature.
    public let feature: String
    /// ICC(A,1) between readers over all lesions; nil if there is none.
    public internal(set) var icc: Double?
    /// Lower bound of its 95 % interval.
    public internal(set) var iccLower: Double?
    /// Lin's CCC between the two acquisition protocols over all lesions; nil if there is none.
    public internal(set) var ccc: Double?
    /// Share of the sites with an estimate at which the lower bound of the ICC passes; nil if it was not asked.
    public internal(set) var readerShare: Double?
    /// Share of the sites with an estimate at which the CCC passes; nil if it was not asked.
    public internal(set) var protocolShare: Double?
    /// Whether the feature goes on to the model.
    public internal(set) var isKept = true

    init(_ feature: String) { self.feature = feature }
}

/// The model fitted again without some of the cases, and what it is worth on those.
public struct RefitResults: Sendable, Equatable, Codable {
    /// `leave one site out`, or `5 folds`.
    public let kind: String
    /// The models.
    public internal(set) var models: [RefitModel] = []
    /// Numbers of each site on its own cases that the models have not seen.
    public internal(set) var sites: [RefitSite] = []
    /// Random-effects summaries over the sites.
    public internal(set) var summaries: [RefitSummary] = []
    /// Pooled AUC of the predictions out of fold; nil for sites that are left out, whose predictions are of different models.
    public internal(set) var pooledAUC: Estimate?
    /// Interval that contains the AUC of the pooled predictions.
    public internal(set) var certified: [Double] = []
    /// Calibration of the predictions out of fold over all cases: `calibration_slope`, `brier` and so on.
    public internal(set) var calibration: [NamedEstimate] = []

    init(kind: String) { self.kind = kind }
}

/// The model of one refit.
public struct RefitModel: Sendable, Equatable, Codable {
    /// What was left out: a site, or `fold 2`.
    public let without: String
    /// The model; nil if there is none.
    public let model: ModelResults?
    /// Why there is none; else empty.
    public let reason: String
}

/// The numbers of one site on cases that the model has not seen.
public struct RefitSite: Sendable, Equatable, Codable {
    /// The site.
    public let site: String
    /// AUC, calibration and so on, as it released them.
    public let releases: [NamedEstimate]

    /// The estimate of a statistic.
    public func estimate(_ statistic: String) -> Estimate? { releases.first { $0.name == statistic }?.estimate }
}

/// A named estimate.
public struct NamedEstimate: Sendable, Equatable, Codable {
    /// The name.
    public let name: String
    /// The number, or why there is none.
    public let estimate: Estimate

    /// Names an estimate.
    public init(name: String, estimate: Estimate) { (self.name, self.estimate) = (name, estimate) }
}

/// A statistic over the sites.
public struct RefitSummary: Sendable, Equatable, Codable {
    /// `auc`, `calibration_slope` or `observed_expected`.
    public let statistic: String
    /// Random-effects mean with its interval.
    public let mean: Estimate
    /// Prediction interval of a new site.
    public let prediction: Estimate
    /// Between-site variance on the scale of the analysis.
    public let tauSquared: Estimate
    /// Share of the variance that is between sites.
    public let iSquared: Estimate
    /// Sites that take no part, with the reason.
    public let leftOut: [String: String]
}

/// The drop of the AUC from the training to the external sites.
public struct DropResults: Sendable, Equatable, Codable {
    /// `model`, or the column of a score made elsewhere.
    public let score: String
    /// AUC of the training sites' cases; of the model out of fold where the study has folds, else apparent.
    public let inside: Estimate
    /// AUC of the external sites' cases.
    public let outside: Estimate
    /// The drop, and its parts in their order: `total`, `case mix`, `protocol`, `contour`, `remainder`.
    public let parts: [DropPart]
    /// Drop to each external site.
    public let sites: [NamedEstimate]
    /// Agreement of the score measured both ways: `protocol` and `contour` to Lin's CCC.
    public let concordance: [NamedEstimate]
    /// Verdicts of the gate, over all external sites (empty name) and for each; empty without a gate.
    public let verdicts: [DropVerdict]
}

/// The drop, or a part of it.
public struct DropPart: Sendable, Equatable, Codable {
    /// `total`, `case mix`, `protocol`, `contour` or `remainder`.
    public let name: String
    /// How much of the AUC it is.
    public let estimate: Estimate
    /// Interval that contains the part of the pooled scores; the part itself, twice, where nothing is binned; empty without one.
    public let certified: [Double]
}

/// Whether a drop stays within the gate.
public struct DropVerdict: Sendable, Equatable, Codable {
    /// The external site; empty for all.
    public let site: String
    /// `pass`, `fail` or `undecided`.
    public let verdict: String
    /// Cases in the same mixture that would decide; nil where no number does.
    public let casesToDecide: Int?
}
