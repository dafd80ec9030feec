/// Where a path ends before its last penalty, as in glmnet 4.1: from the fifth model on, with the first that explains everything, or hardly
/// more than those before it.
struct PathEnd {
    /// Fewest models (`mnlam`).
    private static let minimumCount = 5
    /// Number of models from the one that a model is compared with to it.
    private let reach: Int
    /// Gain below which the path ends.
    private let gain: Double
    /// Share of the deviance that counts as everything.
    private let everything: Double
    /// Whether the gain is a share of what the model explains.
    private let isRelative: Bool

    /// Explains 0.999 (`devmax`), or gains less than 1e-5 (`fdev`) of the deviance over the model before.
    static let logistic = PathEnd(reach: 1, gain: 1e-5, everything: 0.999, isRelative: false)
    /// Explains 0.99, or gains less than 1e-3 (100 `fdev`) of what it explains over the fourth model before.
    static let cox = PathEnd(reach: 4, gain: 1e-3, everything: 0.99, isRelative: true)

    /// Number of models of the path; nil where it does not end with these.
    ///
    /// - Parameter ratios: share of the deviance that each model explains, by descending penalty from the first on.
    func count(_ ratios: [Double]) -> Int? {
        ratios.indices.first { place in
            guard place + 1 >= Self.minimumCount else { return false }
            let found = ratios[place]
            return found > everything
                || found - ratios[place - reach] < gain * (isRelative ? found : 1)
        }.map { $0 + 1 }
    }
}

extension [PathFit] {
    /// Ends the path of all cases, and with it that of every fold, where a rule says so.
    ///
    /// - Parameter ratio: share of the deviance that a model of all cases explains.
    mutating func end(_ rule: PathEnd, lambdas: inout [Double], ratio: (PathPoint) -> Double) {
        guard let whole = first else { return }
        // Models may be done before those of larger penalties.
        let path = whole.path.enumerated().prefix { $0.offset == $0.element.place }.map(\.element)
        guard let count = rule.count(path.map(ratio)), count < lambdas.count else { return }
        lambdas.removeLast(lambdas.count - count)
        for index in indices { self[index].end(before: count) }
    }
}
