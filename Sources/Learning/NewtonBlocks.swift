import Federation

/// The blocks of a Newton step of a classifier: cases by class, the objective, its gradient and its second derivatives, intercept first.
enum NewtonBlocks {
    /// Non-events and events.
    static let classCases = BlockSpecification.counts(
        "class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence")

    /// Sums of some factor of each case times its columns.
    static func gradient(_ order: Int, meaning: String, discloses: String) -> BlockSpecification {
        .unitScale("gradient", shape: [order], meaning: meaning, discloses: discloses)
    }

    /// Upper triangle of the sums of products of columns.
    static func hessian(_ order: Int, meaning: String, discloses: String) -> BlockSpecification {
        .unitScale("hessian", shape: [order * (order + 1) / 2], meaning: meaning, discloses: discloses)
    }

    /// Counts of both classes.
    ///
    /// - Throws: `LearningError.oneClass` unless both have a case.
    static func counts(_ sum: Contribution) throws -> [Double] {
        let counts = try sum.values("class_cases")
        guard counts[0] > 0, counts[1] > 0 else { throw LearningError.oneClass }
        return counts
    }
}
