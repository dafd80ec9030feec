public import Federation
import Learning
public import Survival

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cox's proportional hazards model, stratified by site, with one baseline hazard of all sites.
public struct CoxPredictor: PredictiveModel {
    /// Log relative hazard; 0 at the training means.
    public let terms: LinearTerms
    /// Weight of the penalty.
    public let lambda: Double
    /// How it was chosen; nil without a penalty.
    public let choice: LogisticPredictor.Choice?
    /// Cumulative hazard of a case at the training means (Breslow), at the times of events.
    public let baseline: BaselineHazard.Result
    /// Number of strata.
    public let strata: Int
    /// Standard error of each coefficient; nil where features were selected.
    public let standardErrors: [Double]?

    /// Names of the features.
    public var columns: [String] { terms.standardisation.columns }
    /// What scores are.
    public var scoreName: String { "log relative hazard" }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        try require(terms.isSound, "coefficients, means and standard deviations do not fit together")
        let (grid, hazard) = (baseline.grid, baseline.cumulativeHazard)
        try require(
            !grid.isEmpty && grid.count == hazard.count && zip(grid, grid.dropFirst()).allSatisfy(<)
                && zip(hazard, hazard.dropFirst()).allSatisfy(<=) && hazard.allSatisfy { $0 >= 0 && $0.isFinite },
            "the baseline hazard does not rise with ascending times")
        try require(
            standardErrors.map { $0.count == columns.count } ?? true, "there is not a standard error for each term")
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] { try terms.values(table) }

    /// Probability of an event at a score.
    public func probability(score: Double) -> Double? { nil }

    /// Probability of an event up to a time; nil beyond the last event of the training cases, where the hazard is not known.
    public func risk(at time: Double, score: Double) -> Double? {
        guard let last = baseline.grid.last, time >= 0, time <= last else { return nil }
        return 1 - baseline.survival(at: time, linearPredictor: score)
    }

    /// What each feature adds to each row's score, and what they are added to.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        try terms.contributions(table)
    }

    /// Facts about the fit.
    public var facts: [String] {
        var lines = [
            "Cox" + (choice.map { ", elastic net alpha \($0.alpha), lambda \(lambda)" } ?? "")
                + ": \(terms.fact), \(strata) \(strata == 1 ? "stratum" : "strata")"
        ]
        if let validation = choice?.crossValidation, let place = choice?.lambdas.firstIndex(of: lambda) {
            lines.append("deviance held out for each event \(validation.mean[place])")
            lines += validation.facts
        }
        if let first = baseline.grid.first, let last = baseline.grid.last {
            lines.append("events from \(first) to \(last)")
        }
        return lines
    }
}

extension Predictor {
    /// Cox's model whose score is that of the whole; nil for other kinds.
    public var cox: CoxPredictor? {
        switch self {
        case .cox(let own): own
        case .stacked(let own): own.upper.cox
        case .logistic, .supportVector, .trees, .forest, .network, .kernel: nil
        }
    }
}
