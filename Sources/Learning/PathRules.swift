/// When a fit of a path is done, and when its second derivatives are summed anew.
struct PathRules: Codable, Sendable, Equatable {
    /// Violation of the optimality conditions that counts as none.
    let tolerance: Double
    /// Largest second derivative of a case's loss by its predictor; nil where cases are not judged one by one.
    let steepest: Double?
    /// Rounding of the slope of a z-score, at most, of two gradients together.
    let rounding: Double
    /// Share of the violation before a step that may be left after it before derivatives are summed anew.
    let patience: Double
    /// Rounds from new derivatives to the next, at least.
    let interval: Int

    /// Share of the violation before a step that its equations may leave: a later round has better derivatives.
    let forcing: Double
    /// Whether equations are conditioned by a factor of earlier ones.
    let isConditioned: Bool

    /// Logistic regression; of a model without a fold only the deviance of the cases held out is told.
    ///
    /// - Parameters:
    ///   - cases: number of the fit's cases, each of which is rounded to 2^-41 at most.
    ///   - weight: sum of their weights, of which a slope is a mean.
    static func logistic(fold: Int, cases: Double, weight: Double) -> PathRules {
        PathRules(
            tolerance: fold == 0 ? ElasticNetPenalty.tolerance : ElasticNetPenalty.heldOutTolerance,
            steepest: PathReference.logistic, rounding: 0x1p-39 * max(1, cases / weight), patience: 0.1, interval: 12,
            forcing: 0.05, isConditioned: true)
    }

    /// Cox's model, whose second derivatives cost more than many steps.
    static let cox = PathRules(
        tolerance: ElasticNetPenalty.tolerance, steepest: nil, rounding: 0, patience: 0.35, interval: 2,
        forcing: 0.1, isConditioned: false)
}
