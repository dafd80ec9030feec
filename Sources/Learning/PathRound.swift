import Federation

/// What the sites send in a round of a path, for logistic and Cox models alike: likelihoods and gradients of every model on its way, and
/// the second derivatives that a fit wants.
struct PathRound {
    /// What a site finds for one model.
    struct Evaluation {
        /// Derivative of the log-likelihood of each case by its predictor; 0 of a case that is held out.
        let residuals: [Double]
        /// What each case adds to the second derivatives of columns of the design are its products with the columns and these.
        let information: Information

        enum Information {
            /// The columns themselves, each times the weight of its row.
            case weighted(() -> [Double])
            /// What becomes of a list of columns.
            case columns((_ columns: [Int]) -> ColumnTable)
        }
    }

    let requests: [PathRequest]
    private let features: Int
    /// What is new of the gradient and of the information, in the words of the model.
    private let gradient: BlockSpecification
    private let information: [BlockSpecification?]

    /// - Parameters:
    ///   - residuals, covariances: what a gradient and the information tell about the site.
    init(_ requests: [PathRequest], features: Int, residuals: String, covariances: String) {
        self.requests = requests
        self.features = features
        let words = requests.reduce(0) { sum, fit in
            sum + fit.models.reduce(0) { $0 + fit.width($1, features: features) }
        }
        gradient = .newtonScale(
            "gradient", shape: [words],
            meaning: "gradient of each log-likelihood, of all features or of those that may be in the model",
            discloses: residuals)
        information = requests.map { fit in
            guard fit.wantedCount > 0 else { return nil }
            let scale = fit.isFine ? BlockSpecification.newtonScale : BlockSpecification.curvatureScale
            return scale(
                "information_\(fit.fold)", [fit.wantedCount],
                fit.firstRow == 0
                    ? "upper triangle of the information of the features that may be in the model"
                    : "information of the features that came in with those that may be in the model",
                covariances)
        }
    }

    /// Number of models on their way.
    var count: Int { requests.reduce(0) { $0 + $1.models.count } }

    /// Gradients and information.
    var blocks: [BlockSpecification] { [gradient] + information.compactMap { $0 } }

    /// Number of models whose gradient is wanted of all features: these gradients come first.
    private var fullCount: Int { requests.reduce(0) { $0 + $1.models.count { $0.isFull } } }

    /// The blocks of one site.
    ///
    /// - Parameters:
    ///   - design: the column of the intercept, then the z-scores.
    ///   - evaluate: of the model of a fit in a slot, the predictors given.
    func contribute(
        _ design: ColumnTable, evaluate: (_ fold: Int, _ slot: Int, _ predictors: [Double]) throws -> Evaluation
    ) throws -> [Block] {
        var gradients = GridSum(gradient)
        var (slot, offset) = (0, fullCount * (features + 1))
        var whole: [[Double]] = []
        var blocks: [Block] = []
        let sets = requests.map { fit in
            (columns: [0] + fit.known.map { $0 + 1 }, factors: fit.models.map(\.coefficients))
        }
        let combined = design.combined(sets)
        for (number, (fit, specification)) in zip(requests, information).enumerated() {
            let (columns, predictors) = (sets[number].columns, combined[number])
            var partial: [[Double]] = []
            for (place, model) in fit.models.enumerated() {
                let evaluation = try evaluate(fit.fold, slot, predictors[place])
                if model.isFull { whole.append(evaluation.residuals) } else { partial.append(evaluation.residuals) }
                slot += 1
                guard let specification, place + 1 == fit.models.count else { continue }
                var sum = GridSum(specification)
                let (rows, isTriangle) = (Array(columns[fit.wantedRows]), fit.firstRow == 0)
                switch evaluation.information {
                case .weighted(let weights):
                    sum.add(rows, by: weights(), of: design, columns: columns, isTriangle: isTriangle)
                case .columns(let make): sum.add(make(rows), design, columns: columns, isTriangle: isTriangle)
                }
                blocks.append(try sum.block())
            }
            gradients.add(ColumnTable(partial, rows: design.rows), design, columns: columns, at: offset)
            offset += partial.count * columns.count
            for (residuals, model) in zip(partial, fit.models.filter { !$0.isFull }) {
                gradients.add(
                    ColumnTable([residuals], rows: design.rows), design, columns: model.others.map { $0 + 1 },
                    at: offset)
                offset += model.others.count
            }
        }
        gradients.add(ColumnTable(whole, rows: design.rows), design, columns: Array(0...features))
        return [try gradients.block()] + blocks
    }

    /// What the sums say about each fit.
    ///
    /// - Parameters:
    ///   - totals: cases of each fit, by its fold.
    ///   - likelihoods: mean log-likelihood, and deviance of the cases held out, of the model of a fit in a slot.
    func sums(
        _ sum: Contribution, totals: [Double],
        likelihoods: (_ fold: Int, _ slot: Int) -> (logLikelihood: Double, heldOut: Double)
    ) throws -> [PathFit.Sums] {
        let gradients = try sum.values("gradient")
        var (slot, start, offset) = (0, 0, fullCount * (features + 1))
        return try zip(requests, information).map { fit, specification in
            let total = totals[fit.fold]
            // The others of a fit's models come after the gradients of its known features.
            var rest = offset + fit.models.count { !$0.isFull } * (fit.known.count + 1)
            let evaluations = fit.models.map { model in
                let own: [ArraySlice<Double>]
                if model.isFull {
                    own = [gradients[start...start + features]]
                    start += features + 1
                } else {
                    own = [gradients[offset...offset + fit.known.count], gradients[rest..<rest + model.others.count]]
                    offset += fit.known.count + 1
                    rest += model.others.count
                }
                let (logLikelihood, heldOut) = likelihoods(fit.fold, slot)
                slot += 1
                return PathFit.Sums.Evaluation(
                    logLikelihood: logLikelihood, heldOut: heldOut,
                    gradient: own.joined().map { -$0 / total })
            }
            offset = rest
            let block = try specification.map { try sum.values($0.name).map { $0 / total } }
            return PathFit.Sums(evaluations: evaluations, information: block ?? [])
        }
    }
}
