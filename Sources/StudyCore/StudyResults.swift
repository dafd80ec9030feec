import Disclosure
public import LocalLearning
public import Statistics

/// Everything that a study shows at its end; also the JSON of `concord study show`.
public struct StudyResults: Sendable, Equatable, Codable {
    /// A row for each site, training sites first.
    public var sites: [SiteResults] = []
    /// Features at each filter.
    public var selection = SelectionResults()
    /// Reader agreement over all sites: `region` to mean kappa; `ratings` for case-level ratings.
    public var pooledKappa: [String: Estimate] = [:]
    /// Descriptive statistics of the pooled columns, for a study without a model.
    public var moments: MomentsRecord?
    /// The model's coefficients on the standardised scale.
    public var model: ModelResults?
    /// Algorithms on the same folds of the training cases; nil where the protocol compares none.
    public var comparison: ComparisonReport?
    /// Correlations of the training cases' features with covariates; nil where the protocol asks for none.
    public var correlations: CovariateCorrelation?
    /// Each validated score over the sites.
    public var scores: [ScoreResults] = []
    /// Rounds of the run.
    public var rounds = 0
    /// Stability of each candidate feature over readers and acquisition protocols; nil where the protocol asks for no more than a
    /// bound of the ICC over all lesions.
    public var stability: [FeatureStabilityResult]?
    /// The model refitted without each training site, and in folds; nil without.
    public var refits: [RefitResults]?
    /// The drop from the training to the external sites, and its parts; nil without.
    public var drop: DropResults?
    /// Statistics of the pooled cases from sums, in the order of the protocol; nil without.
    public var statistics: [PooledStatistic]?

    /// No results yet.
    public init() {}
}

/// What is known of a site.
public struct SiteResults: Sendable, Equatable, Codable {
    /// The site.
    public let site: String
    /// `training` or `external`.
    public let role: String
    /// Site-level numbers in the order in which they came.
    public var releases: [Release] = []
    /// Acquisition fields outside the protocol.
    public var deviations: [Deviation] = []
    /// Salted Merkle commitment to the cohort.
    public var commitment = ""

    /// A site without numbers yet.
    public init(site: String, role: String) {
        self.site = site
        self.role = role
    }

    /// The estimate of a statistic on a subject, if the site released it.
    public func estimate(_ statistic: String, _ subject: String = "") -> Estimate? {
        releases.first { $0.statistic == statistic && $0.subject == subject }?.estimate
    }
}

/// An acquisition field that a site records outside of what the protocol expects.
public struct Deviation: Sendable, Equatable, Codable {
    /// DICOM keyword.
    public let field: String
    /// What the protocol expects, in words.
    public let expected: String
    /// What was seen: the most frequent value or bin outside.
    public let observed: String
    /// Share of the shown cases that are outside, 0 to 1.
    public let share: Double

    /// Creates a deviation.
    public init(field: String, expected: String, observed: String, share: Double) {
        (self.field, self.expected, self.observed, self.share) = (field, expected, observed, share)
    }
}

/// Features at each filter.
public struct SelectionResults: Sendable, Equatable, Codable {
    /// Columns that the sites have.
    public var extracted = 0
    /// Of these, without a missing value at any site.
    public var complete = 0
    /// Of these, stable over readers.
    public var stable = 0
    /// Of these, not redundant.
    public var independent = 0
    /// The columns of the model, in its order.
    public var selected: [String] = []
    /// Of each step by ranks whether exact ones would keep the same features; nil where none was.
    public var ranks: [RankCertificate]?
}

/// The model.
public struct ModelResults: Sendable, Equatable, Codable {
    /// SHA-256 of the model file.
    public let sha256: String
    /// Intercept.
    public let intercept: Double
    /// Column to coefficient on the standardised scale, in the order of the model.
    public let coefficients: [NamedValue]
    /// Newton steps; of other algorithms than `ridge-logistic` the rounds of the run up to the model.
    public let iterations: Int
    /// What was fitted, a line for each fact; nil for `ridge-logistic`.
    public var facts: [String]?
}

/// A named number.
public struct NamedValue: Sendable, Equatable, Codable {
    /// The name.
    public let name: String
    /// The number.
    public let value: Double
    /// Its standard error, if it has one.
    public let standardError: Double?
}

/// A validated score over the sites.
public struct ScoreResults: Sendable, Equatable, Codable {
    /// `model`, or the column of a score made elsewhere.
    public let score: String
    /// Sites of the pooled AUC: external sites for the study's model, all for others.
    public let sites: [String]
    /// Sites of the random-effects summary: those of the pooled AUC if at least three of them have an AUC, else all;
    /// the AUC of a site that trained the model is apparent.
    public let summarySites: [String]
    /// Random-effects mean AUC with confidence interval.
    public let summaryAUC: Estimate
    /// Prediction interval of the AUC of a new site.
    public let predictionInterval: Estimate
    /// Between-site variance on the logit scale.
    public let tauSquared: Estimate
    /// Share of the variance that is between sites, 0 to 1.
    public let iSquared: Estimate
    /// Pooled AUC from the score histogram with DeLong interval; of times Harrell's C to the protocol's horizon.
    public var pooledAUC: Estimate
    /// Certified interval that contains that of the pooled scores.
    public var certified: [Double]
    /// `pass`, `fail` or `undecided` for each site against the protocol's gate; empty without a gate.
    public let verdicts: [String: String]
    /// Whether the certified interval is narrower than a tenth of the confidence interval; nil where the protocol fixes the
    /// number of classes.
    public var isNarrow: Bool?
    /// `C` where the numbers are of Harrell's concordance, for an outcome with times; nil for the AUC.
    public var measure: String?
}

extension StudyResults {
    /// `pass`, `fail` or `undecided` of every gate of the protocol.
    public var verdicts: [String] {
        scores.flatMap { $0.verdicts.sorted { $0.key < $1.key }.map(\.value) } + (drop?.verdicts ?? []).map(\.verdict)
    }
}
