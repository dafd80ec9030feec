import Federation

/// What the sites send in a round of a path, for logistic and Cox models alike: likelihoods and gradients of every model on its way, and
/// the second derivatives that a fit wants.
struct PathRound {
    /// What a site finds for one model.
    struct Evaluation {
        /// Derivative of the log-likelihood of each case by its predictor; 0 of a case that is held out.
        let residuals: [Double]
        /// Weighted rows whose products are the second derivatives: of the cases with the given columns, and further ones.
        let information: (GridTable) -> (left: GridTable, right: GridTable)
    }

    /// Fits that want sums, and their positions.
    let fits: [PathFit]
    let places: [Int]
    private let features: Int
    /// What is new of the gradient and of the information, in the words of the model.
    private let gradient: BlockSpecification
    private let information: [BlockSpecification?]

    /// The round of the fits that are not done.
    ///
    /// - Parameters:
    ///   - residuals, covariances: what a gradient and the information tell about the site.
    init(
        _ all: [PathFit], lambdas: [Double], features: Int, residuals: String, covariances: String
    ) {
        places = all.running(lambdas)
        fits = places.map { all[$0] }
        self.features = features
        let words = fits.reduce(0) { sum, fit in
            sum + fit.trials.reduce(0) { $0 + ($1.isFull ? features : fit.known.count) + 1 }
        }
        gradient = .newtonScale(
            "gradient", shape: [words],
            meaning: "gradient of each log-likelihood, of all features or of those that may be in the model",
            discloses: residuals)
        information = fits.map { fit in
            guard fit.wantedCount > 0 else { return nil }
            let isWhole = fit.wantedRows.lowerBound == 0
            return .newtonScale(
                "information_\(fit.fold)", shape: [fit.wantedCount],
                meaning: isWhole
                    ? "upper triangle of the information of the features that may be in the model"
                    : "information of the features that came in with those that may be in the model",
                discloses: covariances)
        }
    }

    /// Number of models on their way.
    var count: Int { fits.reduce(0) { $0 + $1.trials.count } }

    /// Gradients and information.
    var blocks: [BlockSpecification] { [gradient] + information.compactMap { $0 } }

    /// The blocks of one site.
    ///
    /// - Parameters:
    ///   - design: the column of the intercept, then the z-scores.
    ///   - evaluate: of the model of a fit in a slot, the predictors given.
    func contribute(
        _ design: GridTable, evaluate: (_ fit: PathFit, _ slot: Int, _ predictors: [Double]) throws -> Evaluation
    ) throws -> [Block] {
        var gradients = GridSum(gradient)
        var (slot, offset) = (0, fits.reduce(0) { $0 + $1.trials.count { $0.isFull } } * (features + 1))
        var whole: [[Double]] = []
        var blocks: [Block] = []
        for (fit, specification) in zip(fits, information) {
            let x = design.selecting([0] + fit.known.map { $0 + 1 })
            let predictors = x.products(fit.trials.map(\.coefficients))
            var partial: [[Double]] = []
            for (place, trial) in fit.trials.enumerated() {
                let evaluation = try evaluate(fit, slot, predictors[place])
                if trial.isFull { whole.append(evaluation.residuals) } else { partial.append(evaluation.residuals) }
                slot += 1
                guard let specification, place + 1 == fit.trials.count else { continue }
                let (left, right) = evaluation.information(x)
                let isWhole = fit.wantedRows.lowerBound == 0
                var sum = GridSum(specification)
                sum.add(isWhole ? left : left.selecting(Array(fit.wantedRows)), right, isTriangle: isWhole)
                blocks.append(try sum.block())
            }
            gradients.add(Self.columns(partial, rows: design.rows), x, at: offset)
            offset += partial.count * x.columns
        }
        gradients.add(Self.columns(whole, rows: design.rows), design)
        return [try gradients.block()] + blocks
    }

    private static func columns(_ lists: [[Double]], rows: Int) -> GridTable {
        var values = [Double](repeating: 0, count: rows * lists.count)
        for (column, list) in lists.enumerated() {
            for row in 0..<rows { values[row * lists.count + column] = list[row] }
        }
        return GridTable(values, columns: lists.count, rows: rows)
    }

    /// What the sums say about each fit.
    ///
    /// - Parameters:
    ///   - totals: cases of each fit, by its position.
    ///   - likelihoods: mean log-likelihood, and deviance of the cases held out, of the model of a fit in a slot.
    func sums(
        _ sum: Contribution, totals: [Double],
        likelihoods: (_ place: Int, _ slot: Int) -> (logLikelihood: Double, heldOut: Double)
    ) throws -> [PathFit.Sums] {
        let gradients = try sum.values("gradient")
        var (slot, start) = (0, 0)
        var offset = fits.reduce(0) { $0 + $1.trials.count { $0.isFull } } * (features + 1)
        return try zip(places, fits).enumerated().map { number, pair in
            let (place, fit) = pair
            let evaluations = fit.trials.map { trial in
                let width = (trial.isFull ? features : fit.known.count) + 1
                let own = trial.isFull ? start : offset
                if trial.isFull { start += width } else { offset += width }
                let (logLikelihood, heldOut) = likelihoods(place, slot)
                slot += 1
                return PathFit.Sums.Evaluation(
                    logLikelihood: logLikelihood, heldOut: heldOut,
                    gradient: gradients[own..<own + width].map { -$0 / totals[place] })
            }
            let block = try information[number].map { try sum.values($0.name).map { $0 / totals[place] } }
            return PathFit.Sums(evaluations: evaluations, information: block ?? [])
        }
    }
}
