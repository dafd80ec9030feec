import LinearAlgebra

/// One fit of a path of penalties, of all cases or of those outside one fold, moved on by proximal Newton steps.
struct PathFit: Codable, Sendable, Equatable {
    /// What a round gave.
    struct Sums {
        /// Mean log-likelihood of the fit's cases at `coefficients`.
        let logLikelihood: Double
        /// Mean deviance of the cases held out.
        let heldOut: Double
        /// Gradient of the negative mean log-likelihood, intercept first.
        let gradient: [Double]
        /// Its second derivatives for the intercept and the working features.
        let information: SymmetricMatrix
    }

    /// Fold that is held out; 0 for none.
    let fold: Int
    /// Intercept and coefficients of z-scores at which sums are wanted.
    private(set) var coefficients: [Double]
    /// Features whose information is wanted, ascending.
    private(set) var working: [Int]
    /// Position of the penalty; -1 for the model without penalised features.
    private(set) var place: Int
    /// Best coefficients at this penalty so far, and their objective.
    private var previous: [Double]?
    private var objective = 0.0
    /// Coefficients at the penalties that are done.
    private(set) var points: [[Double]] = []
    /// Mean log-likelihood there.
    private(set) var logLikelihoods: [Double] = []
    /// Mean deviance there of the cases held out.
    private(set) var heldOut: [Double] = []

    init(fold: Int, coefficients: [Double], working: [Int], place: Int) {
        self.fold = fold
        self.coefficients = coefficients
        self.working = working
        self.place = place
    }

    /// Whether the fit is not done; the fits of folds wait for the penalties.
    func wantsSums(_ lambdas: [Double]) -> Bool { place < 0 || place < lambdas.count }

    /// Takes the sums at `coefficients`, and moves on by a step, over the penalties that are done.
    ///
    /// - Parameter begin: makes the path from the smallest penalty that leaves no penalised feature.
    mutating func advance(
        _ sums: Sums, penalty: ElasticNetPenalty, lambdas: inout [Double], begin: (Double) throws -> [Double]
    ) throws {
        var lambda = place < 0 ? 0 : lambdas[place]
        let reached = -sums.logLikelihood + penalty.value(coefficients, lambda)
        if let previous, reached > objective + 1e-13 * max(1, objective.magnitude) {
            let half = zip(previous, coefficients).map { ($0 + $1) / 2 }
            if half != coefficients, half != previous {
                coefficients = half
                return
            }
        }
        while penalty.isOptimal(coefficients, sums.gradient, lambda, freeOnly: place < 0) {
            if place < 0 {
                lambdas = try begin(penalty.largest(sums.gradient))
            } else {
                points.append(coefficients)
                logLikelihoods.append(sums.logLikelihood)
                heldOut.append(sums.heldOut)
            }
            place += 1
            guard place < lambdas.count else { return }
            lambda = lambdas[place]
        }
        previous = coefficients
        objective = -sums.logLikelihood + penalty.value(coefficients, lambda)
        coefficients = penalty.minimum(
            about: coefficients, working: working, gradient: sums.gradient, information: sums.information,
            lambda: lambda)
        let following = place + 1 < lambdas.count ? lambdas[max(place + 1, 0)] : lambda
        working = (0..<penalty.factors.count).filter { column in
            guard penalty.deviations[column] > 0 else { return false }
            return penalty.factors[column] == 0 || coefficients[column + 1] != 0
                || place >= 0 && penalty.slope(sums.gradient, column) >= penalty.alpha * (2 * following - lambda)
        }
    }
}

extension [PathFit] {
    /// Positions of the fits that want sums; folds wait for the path of all cases.
    func running(_ lambdas: [Double]) -> [Int] { indices.filter { self[$0].wantsSums(lambdas) } }
}
