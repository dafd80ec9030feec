extension PathFit {
    /// What a round gave, of the fit's own z-scores.
    func own(_ pooled: Sums, _ rows: Range<Int>) -> Sums {
        let evaluations = zip(trials, pooled.evaluations).map { trial, evaluation in
            Sums.Evaluation(
                logLikelihood: evaluation.logLikelihood, heldOut: evaluation.heldOut,
                gradient: trial.isFull
                    ? scale.gradient(evaluation.gradient, scale.deviations.indices)
                    : scale.gradient(evaluation.gradient, known + trial.others))
        }
        guard !rows.isEmpty else { return Sums(evaluations: evaluations, information: []) }
        return Sums(
            evaluations: evaluations,
            information: scale.information(pooled.information, known, rows: rows, first: curvature?.firstRow ?? []))
    }

    /// The error of a model that does not come to its optimum, with the feature that is farthest from it.
    func hopeless(
        _ trial: PathTrial, _ evaluation: Sums.Evaluation, _ penalty: ElasticNetPenalty, _ names: [String],
        _ lambdas: [Double]
    ) -> LearningError {
        let gradient = compact(evaluation.gradient, isFull: trial.isFull)
        let lambda = trial.place < 0 ? 0 : lambdas[trial.place]
        let violations = known.enumerated().map { place, feature in
            trial.place >= 0 || penalty.factors[feature] == 0
                ? penalty.violation(
                    feature, coefficient: trial.coefficients[place + 1], slope: gradient[place + 1], lambda: lambda)
                : 0
        }
        let farthest = violations.indices.max { violations[$0] < violations[$1] }
            .flatMap { violations[$0] > gradient[0].magnitude ? known[$0] : nil }
        return .noOptimum(
            feature: farthest.map { names[$0] }, lambda: lambda, violation: trial.violation ?? .infinity,
            rounds: trial.rounds)
    }
}
