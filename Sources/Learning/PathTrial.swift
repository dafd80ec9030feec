/// A model of a path on its way to its optimum.
struct PathTrial: Codable, Sendable, Equatable {
    /// Position of the penalty; -1 for the model without penalised features.
    let place: Int
    /// Intercept and coefficients of the features that the fit knows, of z-scores, at which sums are wanted.
    var coefficients: [Double]
    /// Violation of the optimality conditions that counts as none.
    let tolerance: Double
    /// Whether the gradient of all features is wanted, else of those that the fit knows and of some others.
    var isFull = true
    /// The others: features of which the reference does not prove that they stay out of the model.
    var others: [Int] = []
    /// What was seen of the gradient of all features when the model began, or before.
    var reference: PathReference?
    /// Number of rounds that gave sums, and of those among them whose step was taken.
    var rounds = 0
    var evaluations = 0
    /// Largest violation of the optimality conditions at `previous`.
    var violation: Double?
    /// The violation over that before the last step, 1 at most; nil before the first.
    var pace: Double?
    /// Best coefficients so far, the gradient of the known features there, and the objective.
    var previous: [Double]?
    var gradient: [Double] = []
    var objective = 0.0

    init(place: Int, coefficients: [Double], tolerance: Double) {
        self.place = place
        // The penalties of a path follow from its first fit.
        self.tolerance = place < 0 ? 0.5 * tolerance : tolerance
        self.coefficients = coefficients
    }

    /// - Parameters:
    ///   - newest: the model at the penalty before, with its gradient.
    ///   - objective: of that model at this penalty: the first step must not be worse.
    init(place: Int, coefficients: [Double], tolerance: Double, from newest: PathTrial, objective: Double) {
        self.init(place: place, coefficients: coefficients, tolerance: tolerance)
        previous = newest.coefficients
        gradient = newest.gradient
        reference = newest.reference
        self.objective = objective
    }

    /// Whether the known feature at a position is in the model, or was when its gradient was taken.
    func holds(_ position: Int) -> Bool {
        [coefficients, previous ?? [], reference?.coefficients ?? []].contains {
            !$0.isEmpty && $0[position + 1] != 0
        }
    }

    /// Makes room for more features, which are not in the model.
    mutating func append(_ added: [Int]) {
        let zeros = [Double](repeating: 0, count: added.count)
        coefficients += zeros
        reference?.coefficients += zeros
        others.removeAll { added.contains($0) }
        if let previous { self.previous = previous + zeros }
    }

    /// Keeps the intercept and the features at the given positions.
    mutating func keep(_ positions: [Int]) {
        coefficients = [coefficients[0]] + positions.map { coefficients[$0 + 1] }
        previous = previous.map { old in [old[0]] + positions.map { old[$0 + 1] } }
        if let old = reference?.coefficients { reference?.coefficients = [old[0]] + positions.map { old[$0 + 1] } }
        // Pairs of gradients are not used across new derivatives.
        gradient = []
    }
}

/// A model of a path at its optimum.
struct PathPoint: Codable, Sendable, Equatable {
    /// Position of the penalty.
    let place: Int
    /// Intercept of z-scores.
    let intercept: Double
    /// Features in the model, and their coefficients.
    let features: [Int]
    let coefficients: [Double]
    /// Mean log-likelihood.
    let logLikelihood: Double
    /// Mean deviance of the cases held out.
    let heldOut: Double

    /// The coefficient of each of so many features.
    func dense(_ count: Int) -> [Double] {
        var output = [Double](repeating: 0, count: count)
        for (feature, value) in zip(features, coefficients) { output[feature] = value }
        return output
    }
}
