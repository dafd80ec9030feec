import Learning
import Statistics

/// Settings of an algorithm, of which the best in folds within the training cases is taken: imputation, selection and algorithm are
/// fitted anew without each fold, and scored on it.
public struct Tuning: Sendable {
    /// One combination of settings.
    struct Candidate: Sendable {
        /// Value of each setting by its name.
        let settings: [String: Double]
        /// The algorithm with these settings.
        let learner: any Learner
        /// The same as it is scored: without a calibration where that cannot change the score.
        let scorer: any Learner
    }

    let candidates: [Candidate]
    let criterion: TuningGrid.Criterion
    let folds: InnerFolds

    /// One part of the work: they do not need each other, and share their rounds in a study.
    private struct Part: Codable {
        /// What comes before the algorithm, on all training cases.
        var prepared: ModelPipeline.Prepared?
        /// Score of each candidate on a fold; empty where the fold has no case.
        var scores: [Score]?
    }

    private struct Score: Codable {
        /// Nil where the fold has one class only, or no pair.
        let value: Double?
    }

    /// Scores every combination, and fits the best to all training cases.
    ///
    /// - Throws: `LocalLearningError.tooFew` where a fold's rest cannot be fitted, or no fold has a score.
    func fit(_ pipeline: ModelPipeline, _ cohort: Cohort) throws -> FittedModel {
        // 0 is a site that is no fold.
        let numbers = cohort.numbers(of: folds).filter { $0 > 0 }
        let places: [Int?] = [nil] + numbers
        let parts = try cohort.each(places, { $0.map { "tune \($0)" } ?? "all" }) { number in
            guard let number else { return Part(prepared: try pipeline.prepared(cohort)) }
            return Part(scores: try scores(pipeline, cohort, fold: number))
        }
        guard let prepared = parts[0].prepared else { throw LearningError.noCases }
        let folds = parts.compactMap(\.scores).filter { !$0.isEmpty }
        let record = try TuningRecord(
            criterion: criterion, settings: candidates.map(\.settings),
            scores: candidates.indices.map { place in folds.map { $0[place].value } })
        return try pipeline.fitted(prepared, candidates[record.chosen].learner, cohort, tuning: record)
    }

    private func scores(_ pipeline: ModelPipeline, _ cohort: Cohort, fold: Int) throws -> [Score] {
        let test = try cohort.within(folds, fold)
        if folds.sites != nil {
            // The site is not among the training cases where it is itself left out.
            let classes = try test.classes()
            guard classes.others + classes.events > 0 else { return [] }
        }
        let training = try cohort.outside(folds, fold)
        let prepared = try naming(fold, nil) { try pipeline.prepared(training) }
        return try cohort.each(Array(candidates.indices), { "setting \($0)" }) { place in
            try naming(fold, candidates[place]) {
                let model = try cohort.once("model") {
                    try pipeline.fitted(prepared, candidates[place].scorer, training, tuning: nil)
                }
                let scored = try test.after(.scored(model))
                guard criterion == .deviance else { return Score(value: try scored.discrimination().number) }
                do {
                    return Score(value: try scored.result(HeldOutDeviance(), .scores))
                } catch LearningError.noCases {
                    // Fewer cases than folds: a study asks for all of them, and this one is empty.
                    return Score(value: nil)
                }
            }
        }
    }

    /// Says where something could not be fitted.
    private func naming<Value>(_ fold: Int, _ candidate: Candidate?, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let pending as LearningReplay.Pending {
            throw pending
        } catch {
            let place = folds.sites.map { "site '\($0[fold - 1])'" } ?? "fold \(fold)"
            throw LocalLearningError.tooFew(
                part: (candidate.map { TuningRecord.text($0.settings) + " " } ?? "") + "without \(place) of the tuning",
                reason: "\(error)")
        }
    }
}
