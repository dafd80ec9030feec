import Federation
import Learning
import Statistics
import StudyProtocol
import Validation

/// Validation of a logistic model by refitting it without some of the cases. Every refit sums over the sites' own rows what a
/// study sends, so that the federation's numbers are those of the pooled table.
public struct CrossValidation: Sendable {
    let table: PredictorTable
    /// L2 penalty of the coefficients of z-scores.
    let ridge: Double
    let order: KeyedOrder
    /// Filter of the predictors that have repeated readings, applied to the cases of each fit; nil for none.
    let stability: FeatureStability?

    /// Creates a validation.
    ///
    /// - Parameters:
    ///   - table: predictors and outcomes.
    ///   - ridge: L2 penalty of the coefficients of z-scores; 0 for maximum likelihood.
    ///   - key: of the hash that decides folds and resamples.
    ///   - stability: filter of predictors with repeated readings, applied before each fit to the readings of its cases; the
    ///     other predictors are always kept.
    /// - Throws: `LocalValidationError` for a penalty that is none.
    public init(
        _ table: PredictorTable, ridge: Double = 0, key: String = "concord", stability: FeatureStability? = nil
    ) throws {
        guard ridge >= 0, ridge.isFinite else {
            throw LocalValidationError.options("--ridge: \(ridge) is not 0 or more")
        }
        (self.table, self.ridge, order, self.stability) = (table, ridge, KeyedOrder(key: key), stability)
    }

    /// What was found, with the predictions to draw.
    public struct Outcome: Sendable {
        /// Every number.
        public let records: [StatisticRecord]
        /// Predictions of cases by models that have not seen them, by site.
        public let predictions: PredictionAnalysis
    }

    var method: String {
        "logistic regression from the sites' sums" + (ridge > 0 ? ", ridge \(ridge)" : "")
            + (table.leftOut > 0 ? ", \(table.leftOut) incomplete rows left out" : "")
    }

    /// The model of all cases: its coefficients, and its AUC and calibration on the cases that it was fitted to.
    ///
    /// - Throws: `LocalValidationError.noModel` where there is none.
    public func wholeModel() throws -> [StatisticRecord] {
        let (fit, assessed) = try refit("all cases") { _ in true }
        let apparent = try fit.probabilities(table.cases)
        return (stability?.records(of: assessed, variant: "") ?? []) + records(of: fit, variant: "", site: "")
            + PredictionAnalysis.Cases(
                scores: apparent, outcome: table.cases.outcome, label: "apparent", site: ""
            ).statistics(threshold: nil, decisionThresholds: [])
    }

    /// Internal-external validation: each site is predicted by the model of all others.
    ///
    /// - Parameter threshold: locked threshold of the probabilities, or nil.
    /// - Throws: `LocalValidationError` with fewer than two sites, or naming the site without which a model cannot be fitted.
    public func leavingSitesOut(threshold: Double? = nil) throws -> Outcome {
        guard table.sites.count >= 2 else {
            throw LocalValidationError.options(
                "--leave-out-sites: all cases are of one site; give --site with two or more")
        }
        var predictions = [Double](repeating: 0, count: table.cases.count)
        var records: [StatisticRecord] = []
        var filters: [[FeatureStability.Assessment]] = []
        for site in table.sites {
            let own = Set(site.rows)
            let (fit, assessed) = try refit("the cases without site '\(site.name)'") { !own.contains($0) }
            filters.append(assessed)
            records += stability?.records(of: assessed, variant: "without this site", site: site.name) ?? []
            for (row, value) in zip(site.rows, try fit.probabilities(table.cases.selecting(rows: site.rows))) {
                predictions[row] = value
            }
            records += self.records(of: fit, variant: "without this site", site: site.name)
        }
        records += FeatureStability.shares(filters, of: "site")
        return try outcome(predictions, prefix: "leave one site out", threshold, records)
    }

    /// Cross-validation in folds that are stratified by site and outcome.
    ///
    /// - Parameters:
    ///   - count: number of folds.
    ///   - threshold: locked threshold of the probabilities, or nil.
    /// - Throws: `LocalValidationError` for a number of folds that the cases do not allow, or naming the fold without which a
    ///   model cannot be fitted.
    public func inFolds(_ count: Int, threshold: Double? = nil) throws -> Outcome {
        let fold = try folds(count)
        var predictions = [Double](repeating: 0, count: table.cases.count)
        var parts: [Estimate] = []
        var filters: [[FeatureStability.Assessment]] = []
        for held in 1...count {
            let rows = fold.indices.filter { fold[$0] == held }
            let (fit, assessed) = try refit("the cases without fold \(held)") { fold[$0] != held }
            filters.append(assessed)
            let own = try fit.probabilities(table.cases.selecting(rows: rows))
            for (row, value) in zip(rows, own) { predictions[row] = value }
            parts.append(Discrimination(scores: own, outcome: rows.map { table.cases.outcome[$0] }).area)
        }
        var records = parts.enumerated().map { index, part in
            StatisticRecord(.auc, variant: "fold \(index + 1) of \(count)", part)
        }
        records.append(StatisticRecord(.auc, variant: "mean of \(count) folds", mean(parts)))
        if let stability {
            for (index, assessed) in filters.enumerated() {
                records += stability.records(of: assessed, variant: "without fold \(index + 1)")
            }
            records += FeatureStability.shares(filters, of: "fold")
        }
        return try outcome(predictions, prefix: "\(count) folds", threshold, records)
    }

    /// Fold of each case, 1 and up.
    func folds(_ count: Int) throws -> [Int] {
        let events = Int(table.cases.outcome.reduce(0, +))
        guard count >= 2, count <= min(events, table.cases.count - events) else {
            throw LocalValidationError.options(
                "--folds: \(count) is not from 2 to the number of events (\(events)) and of non-events "
                    + "(\(table.cases.count - events))")
        }
        var fold = [Int](repeating: 0, count: table.cases.count)
        for site in table.sites {
            let own = order.folds(
                site.rows, site: site.name, names: table.names, outcome: table.cases.outcome, count: count)
            for (row, value) in zip(site.rows, own) { fold[row] = value }
        }
        return fold
    }

    /// Unweighted mean of the folds' AUCs. The folds share no case, so that DeLong's variances add.
    private func mean(_ folds: [Estimate]) -> Estimate {
        var (sum, variance) = (0.0, 0.0)
        for fold in folds {
            guard case .value(let value) = fold, let error = value.standardError else {
                return .notEstimable("a fold has too few events or non-events; take fewer folds")
            }
            sum += value.value
            variance += error * error
        }
        let k = Double(folds.count)
        let events = Int(table.cases.outcome.reduce(0, +))
        return .value(
            .normal(
                sum / k, standardError: variance.squareRoot() / k, n: table.cases.count, events: events,
                method: "mean of the folds, DeLong's variances within folds"))
    }

    /// A model of some of the cases, whose stable predictors are found from the same cases.
    ///
    /// - Parameter what: the cases in words, for an error.
    func refit(
        _ what: String, _ isUsed: (Int) -> Bool
    ) throws -> (fit: LogisticRefit, assessed: [FeatureStability.Assessment]) {
        let assessed = assess(table.cases.outcome.indices.filter(isUsed))
        do {
            let shards = try table.shards(where: isUsed).map { try kept($0, assessed) }
            return (try LogisticRefit(shards, ridge: ridge), assessed)
        } catch let error as LearningError {
            throw LocalValidationError.noModel(of: what, reason: error.description)
        }
    }

    /// The filter of the predictors on some of the cases.
    func assess(_ rows: [Int]) -> [FeatureStability.Assessment] {
        guard let stability else { return [] }
        let used = Set(rows.map { [table.cases.batch[$0], table.names[$0]] })
        return stability.assess { used.contains([$0, $1]) }
    }

    /// A table without the predictors that are not stable.
    func kept(_ cases: CaseTable, _ assessed: [FeatureStability.Assessment]) throws -> CaseTable {
        let dropped = Set(assessed.filter { !$0.isKept }.map(\.feature))
        guard !dropped.isEmpty else { return cases }
        let names = cases.featureNames.filter { !dropped.contains($0) }
        guard !names.isEmpty else {
            throw LocalValidationError.options("no predictor is stable; lower the limits, or read more cases twice")
        }
        return try cases.selecting(features: names)
    }

    private func outcome(
        _ predictions: [Double], prefix: String, _ threshold: Double?, _ records: [StatisticRecord]
    ) throws -> Outcome {
        let analysis = PredictionAnalysis(
            predictions, outcome: table.cases.outcome, sites: table.sites, prefix: prefix)
        let found = try analysis.results(threshold: threshold, decisionThresholds: threshold.map { [$0] } ?? [])
        return Outcome(records: records + found, predictions: analysis)
    }

    private func records(of fit: LogisticRefit, variant: String, site: String) -> [StatisticRecord] {
        fit.coefficients.map { coefficient in
            let name = PredictionAnalysis.joined(coefficient.name, variant)
            guard let value = coefficient.value else {
                return StatisticRecord(
                    .coefficient, variant: name, site: site,
                    .notEstimable("does not vary among the cases of the fit, and is left out of this model"))
            }
            let found =
                coefficient.standardError.map { error in
                    EstimateValue.normal(
                        value, standardError: error, n: fit.cases, events: fit.events, method: method)
                } ?? EstimateValue(value: value, n: fit.cases, events: fit.events, method: method)
            return StatisticRecord(.coefficient, variant: name, site: site, .value(found))
        }
    }
}
