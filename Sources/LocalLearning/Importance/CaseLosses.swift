import Federation

/// What each case adds to a mean loss.
struct CaseLosses {
    private let predictor: Predictor
    private let cases: TrainingCases
    /// For an outcome with time, the cases that each case with an event can be compared with.
    private let later: [[Int]]

    init(_ predictor: Predictor, _ cases: TrainingCases) {
        self.predictor = predictor
        self.cases = cases
        guard let times = cases.times else {
            later = []
            return
        }
        later = times.indices.map { row in
            guard cases.table.outcome[row] == 1 else { return [] }
            return times.indices.filter {
                times[$0] > times[row] || times[$0] == times[row] && cases.table.outcome[$0] == 0
            }
        }
    }

    /// Log loss; for an outcome with time the share of a case's pairs that its score orders wrongly, ties half, 0 without a pair.
    ///
    /// - Throws: `LocalLearningError.options` for a model without probabilities.
    func values(_ scores: [Double]) throws -> [Double] {
        guard cases.times == nil else {
            return later.enumerated().map { row, others in
                guard !others.isEmpty else { return 0 }
                let wrong = others.reduce(0.0) {
                    $0 + (scores[$1] > scores[row] ? 1 : scores[$1] == scores[row] ? 0.5 : 0)
                }
                return wrong / Double(others.count)
            }
        }
        return try zip(scores, cases.table.outcome).map { score, outcome in
            guard let probability = predictor.model.probability(score: score) else {
                throw LocalLearningError.options(
                    "the model has no probabilities; fit it with --calibrate, or give times")
            }
            // A probability of 0 or 1 from an isotonic calibration would make one case's loss infinite.
            let clipped = min(max(probability, 1e-5), 1 - 1e-5)
            return -LogisticTransform.logLikelihood(LogisticTransform.logOdds(clipped), outcome: outcome)
        }
    }
}
