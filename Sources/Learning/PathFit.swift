/// One fit of a path of penalties, of all cases or of those outside one fold, moved on by proximal Newton steps.
///
/// Models at several penalties are on their way at a time: each round begins the next one from the newest, while those before it still
/// converge. All share one table of second derivatives, which is summed anew only when steps gain too little; features that come in add their
/// rows to it, and differences of gradients correct it (`Curvature`). A model is done when the gradient of all features satisfies
/// the optimality conditions.
struct PathFit: Codable, Sendable, Equatable {
    /// What a round gave.
    struct Sums {
        /// Sums at the coefficients of one trial.
        struct Evaluation {
            /// Mean log-likelihood of the fit's cases.
            let logLikelihood: Double
            /// Mean deviance of the cases held out.
            let heldOut: Double
            /// Gradient of the negative mean log-likelihood, intercept first, of all features or of the known ones and the others.
            let gradient: [Double]
        }

        let evaluations: [Evaluation]
        /// Its second derivatives that were wanted.
        let information: [Double]
    }

    /// Most models on their way at a time.
    private static let depth = 6

    /// Second derivatives, 0.25 at most in logistic regression, beside which the rounding of 16-bit factors counts.
    private static let smallest: Float = 0x1p-9
    /// Share of the change of a slope that was expected which it may be.
    private static let caution = 1.5
    /// Shares of all features from which on the gradient of all is asked for in place of that of the features in doubt: when a model
    /// begins, and when it is to be done.
    private static let (mostAtFirst, mostAtLast) = (0.25, 0.5)
    /// Share of the violation that a first step leaves, most often.
    private static let usualPace = 0.1
    /// Evaluations, and violation over the tolerance, from which on derivatives are summed anew although no model will be begun with them.
    private static let (longest, farthest) = (10, 10_000.0)

    /// Longest step of a coefficient, on the scale of its feature's standard deviation.
    private static let reach = 2.0

    /// Rounds of a model from which on its fit goes on in double precision, one model at a time, and after which it is given up. A path of
    /// n penalties takes at most n times as many rounds.
    private static let (hard, hopeless) = (20, 200)

    /// Fold that is held out; 0 for none.
    let fold: Int
    /// The z-scores of the fit's cases, of which coefficients and derivatives are.
    let scale: PathScale
    private let rules: PathRules
    /// Features whose derivatives are summed, in the order of their coming.
    private(set) var known: [Int]
    /// Models on their way, by descending penalty.
    private(set) var trials: [PathTrial]
    /// Position of the last penalty that was begun.
    private var begun: Int
    /// Models that are done.
    private(set) var points: [PathPoint] = []
    /// Second derivatives; nil when they are wanted.
    private(set) var curvature: Curvature?
    /// Whether second derivatives are so small that they are summed on the finer grid.
    private var isFine = false
    /// Whether second derivatives are summed in every round, and used in double precision.
    private var isExact = false
    /// Rounds in which slow steps do not ask for new derivatives.
    private var rest = 0
    /// Features that the newest model that began says may come in next.
    private var candidates: [Int] = []

    /// - Parameters:
    ///   - intercept: of the model without features.
    ///   - factors: relative penalties; features with 0 are in every model.
    init(
        fold: Int, scale: PathScale, intercept: Double, factors: [Double], place: Int, rules: PathRules
    ) {
        self.fold = fold
        self.scale = scale
        self.rules = rules
        let free = factors.indices.filter { factors[$0] == 0 && scale.deviations[$0] > 0 }
        known = free
        isFine = free.contains(where: scale.isNarrow)
        begun = place
        trials = [
            PathTrial(place: place, coefficients: [intercept] + free.map { _ in 0 }, tolerance: rules.tolerance)
        ]
    }

    /// Whether the fit is not done; the fits of folds wait for the penalties.
    func wantsSums(_ lambdas: [Double]) -> Bool { trials.first.map { $0.place < 0 || !lambdas.isEmpty } ?? false }

    /// Leaves out all penalties from a position on.
    mutating func end(before place: Int) {
        trials.removeAll { $0.place >= place }
        points.removeAll { $0.place >= place }
    }

    /// What the sites are asked.
    var request: PathRequest {
        PathRequest(
            fold: fold, known: known,
            models: trials.map {
                PathRequest.Model(
                    coefficients: scale.pooled($0.coefficients, known), isFull: $0.isFull, others: $0.others)
            },
            firstRow: curvature?.order ?? 0, isFine: isFine)
    }

    /// The models that are done, by descending penalty.
    var path: [PathPoint] { points.sorted { $0.place < $1.place } }

    /// Takes the sums at the coefficients of the trials, and moves on by a step.
    ///
    /// - Parameters:
    ///   - pooled: of pooled z-scores.
    ///   - names: of the features, for errors.
    ///   - begin: makes the path from the smallest penalty that leaves no penalised feature.
    /// - Throws: `LearningError.noOptimum`.
    mutating func advance(
        _ pooled: Sums, penalty: ElasticNetPenalty, names: [String], lambdas: inout [Double],
        begin: (Double) throws -> [Double]
    ) throws {
        let rows = request.wantedRows
        let sums = own(pooled, rows)
        var curvature = self.curvature ?? Curvature(order: known.count + 1, upper: sums.information)
        // One owner: it is changed in place.
        self.curvature = nil
        if rows.lowerBound > 0, !rows.isEmpty { curvature.append(sums.information, count: rows.count) }
        var screen = PathScreen(known: known, features: penalty.factors.count)
        var states: [Step] = []
        for (index, evaluation) in sums.evaluations.enumerated() {
            states.append(take(evaluation, index, penalty, lambdas, &curvature))
            if states[index] != .done, trials[index].rounds >= Self.hopeless {
                throw hopeless(trials[index], evaluation, penalty, names, lambdas)
            }
            let others = trials[index].others
            if !others.isEmpty {
                screen.add(
                    others, evaluation.gradient.suffix(others.count), penalty, lambda: lambdas[trials[index].place])
            }
            guard states[index] != .halved, let gradient = firstSlopes(trials[index], evaluation.gradient)
            else { continue }
            if states[index] == .done, trials[index].place < 0 {
                lambdas = try begin(penalty.largest(gradient))
            }
            let place = max(trials[index].place, 0)
            guard place < lambdas.count else { continue }
            screen.add(gradient, penalty, corner: nextCorner(place, lambdas))
        }
        var descent = PathDescent(curvature: consume curvature, rules: rules)
        let isSlow = step(states, sums, penalty, lambdas, &descent)
        if !screen.candidates.isEmpty { candidates = screen.candidates }
        self.curvature = descent.curvature
        rest = max(0, rest - 1)
        if !isFine, !known.isEmpty, (1...known.count).allSatisfy({ self.curvature?[$0] ?? 1 < Self.smallest }) {
            isFine = true
            renew(penalty, screen.added)
        } else if isExact || trials.contains(where: { $0.rounds >= Self.hard }) {
            (isFine, isExact, self.curvature) = (true, true, nil)
            extend(screen.added)
        } else if isSlow, rest == 0, renewalPays(lambdas) {
            renew(penalty, screen.added)
        } else {
            extend(screen.added)
        }
    }

    /// The penalty at whose corner a feature comes in that the model at a position sees.
    private func nextCorner(_ place: Int, _ lambdas: [Double]) -> Double {
        PathScreen.corner(lambdas[place], following: lambdas[min(place + 1, lambdas.count - 1)])
    }

    /// The gradient of all features, or what was seen of it when the model began, 0 of the others.
    private func firstSlopes(_ trial: PathTrial, _ gradient: [Double]) -> [Double]? {
        if trial.isFull { return gradient }
        guard trial.evaluations == 1 else { return nil }
        var output = [Double](repeating: 0, count: scale.deviations.count + 1)
        output[0] = gradient[0]
        for (place, feature) in (known + trial.others).enumerated() { output[feature + 1] = gradient[place + 1] }
        return output
    }

    /// Whether new derivatives will save more than they cost: where models follow, or those on their way are far from done.
    private func renewalPays(_ lambdas: [Double]) -> Bool {
        begun + Self.depth / 2 < lambdas.count
            || trials.contains {
                $0.evaluations > Self.longest || ($0.violation ?? .infinity) > Self.farthest * $0.tolerance
            }
    }

    /// What follows for a trial.
    private enum Step {
        /// The step was too long: half of it.
        case halved
        /// At its optimum.
        case done
        /// At the optimum of the known features: the gradient of all is wanted.
        case verified
        /// A step, after one that gained enough or not.
        case gained, slow
    }

    /// Judges a trial by its sums, and corrects the derivatives by its gradient.
    private mutating func take(
        _ evaluation: Sums.Evaluation, _ index: Int, _ penalty: ElasticNetPenalty, _ lambdas: [Double],
        _ curvature: inout Curvature
    ) -> Step {
        var trial = trials[index]
        defer { trials[index] = trial }
        trial.rounds += 1
        let lambda = trial.place < 0 ? 0 : lambdas[trial.place]
        let gradient = compact(evaluation.gradient, isFull: trial.isFull)
        let reached = -evaluation.logLikelihood + penalty.terms(known, lambda).value(trial.coefficients)
        let all = trial.isFull && trial.place >= 0 ? evaluation.gradient : nil
        var violation = violation(trial, known[...], gradient: gradient, all: all, penalty, lambda)
        for (feature, slope) in zip(trial.others, evaluation.gradient.suffix(trial.others.count)) {
            violation = max(violation, penalty.violation(feature, coefficient: 0, slope: slope, lambda: lambda))
        }
        // What a step said of the curvature; the last one hardly anything.
        if let previous = trial.previous, !trial.gradient.isEmpty, violation > trial.tolerance {
            let width = trial.gradient.count
            curvature.learn(
                step: (0..<width).map { trial.coefficients[$0] - previous[$0] },
                change: (0..<width).map { gradient[$0] - trial.gradient[$0] })
        }
        if let previous = trial.previous, reached > trial.objective + 1e-13 * max(1, trial.objective.magnitude) {
            let half = zip(previous, trial.coefficients).map { ($0 + $1) / 2 }
            if half != trial.coefficients, half != previous {
                trial.coefficients = half
                return .halved
            }
        }
        if let all, rules.steepest != nil {
            trial.reference = PathReference(
                coefficients: trial.coefficients, gradient: all, rounding: rules.rounding)
        } else if trial.evaluations == 0, let steepest = rules.steepest {
            trial.reference?.move(
                to: trial.coefficients, slopes: evaluation.gradient, known: known, others: trial.others, scale: scale,
                steepest: steepest)
        }
        // What a step gained shows in the features that it moved.
        let left = self.violation(
            trial, known.prefix(max(0, trial.gradient.count - 1)), gradient: gradient, all: nil, penalty, lambda)
        let before = trial.violation
        trial.evaluations += 1
        (trial.previous, trial.gradient, trial.objective) = (trial.coefficients, gradient, reached)
        trial.violation = violation
        trial.pace = before.map { $0 > 0 ? min(1, violation / $0) : 1 }
        if violation <= trial.tolerance {
            return trial.isFull || isProven(trial, gradient, penalty, lambda) ? .done : .verified
        }
        guard trial.evaluations > 2, let before, before > trial.tolerance else { return .gained }
        return left > rules.patience * before ? .slow : .gained
    }

    /// The gradient of the intercept and the known features.
    func compact(_ gradient: [Double], isFull: Bool) -> [Double] {
        isFull ? [gradient[0]] + known.map { gradient[$0 + 1] } : Array(gradient.prefix(known.count + 1))
    }

    /// Largest violation of the optimality conditions, of the first known features, or of all.
    private func violation(
        _ trial: PathTrial, _ first: ArraySlice<Int>, gradient: [Double], all: [Double]?, _ penalty: ElasticNetPenalty,
        _ lambda: Double
    ) -> Double {
        var largest = gradient[0].magnitude
        for (place, feature) in first.enumerated() where trial.place >= 0 || penalty.factors[feature] == 0 {
            largest = max(
                largest,
                penalty.violation(
                    feature, coefficient: trial.coefficients[place + 1], slope: gradient[place + 1], lambda: lambda))
        }
        guard let all else { return largest }
        var isKnown = [Bool](repeating: false, count: penalty.factors.count)
        for feature in known { isKnown[feature] = true }
        for feature in isKnown.indices where !isKnown[feature] {
            largest = max(
                largest, penalty.violation(feature, coefficient: 0, slope: all[feature + 1], lambda: lambda))
        }
        return largest
    }

    /// Whether no feature beyond those whose gradient was taken can have come to its corner.
    private func isProven(
        _ trial: PathTrial, _ gradient: [Double], _ penalty: ElasticNetPenalty, _ lambda: Double
    ) -> Bool {
        guard let steepest = rules.steepest, let reference = trial.reference else { return false }
        let reach = reference.reach(
            to: trial.coefficients, slopes: gradient, known: known, scale: scale, steepest: steepest)
        return reference.open(known, penalty: penalty, scale: scale, lambda: lambda, reach: reach).allSatisfy(
            trial.others.contains)
    }

    /// Features that the gradient at the coefficients of a trial will leave in doubt, going by the gradient that is expected; nil if
    /// the gradient of all is wanted.
    private func doubted(
        _ trial: PathTrial, _ terms: PathDescent.Terms, _ penalty: ElasticNetPenalty, _ lambda: Double,
        most: Double
    ) -> [Int]? {
        guard let steepest = rules.steepest, let reference = trial.reference,
            trial.gradient.count <= trial.coefficients.count
        else {
            return nil
        }
        var slopes = trial.gradient + trial.coefficients.dropFirst(trial.gradient.count).map { _ in 0 }
        for (i, coefficient) in trial.coefficients.enumerated() where coefficient != 0 || terms.corners[i] == 0 {
            slopes[i] = -(coefficient > 0 ? terms.corners[i] : -terms.corners[i]) - terms.ridges[i] * coefficient
        }
        let reach = reference.reach(
            to: trial.coefficients, slopes: slopes, known: known, scale: scale, steepest: steepest)
        let open = reference.open(known, penalty: penalty, scale: scale, lambda: lambda, reach: Self.caution * reach)
        return Double(open.count) < most * Double(penalty.factors.count) ? open : nil
    }

    /// Begins the next model, moves those on that are not done, and books those that are; whether steps gain too little.
    private mutating func step(
        _ states: [Step], _ sums: Sums, _ penalty: ElasticNetPenalty, _ lambdas: [Double],
        _ descent: inout PathDescent
    ) -> Bool {
        var isSlow = states.contains { $0 == .slow || $0 == .halved }
        func minimum(_ trial: PathTrial, _ terms: PathDescent.Terms) -> [Double] {
            let (start, gradient) = (trial.coefficients, trial.gradient)
            let found =
                isExact
                ? PathActiveSet(order: known.count + 1, upper: sums.information, terms: terms)
                    .minimum(from: start, gradient: gradient, tolerance: trial.tolerance)
                : descent.minimum(from: start, gradient: gradient, terms: terms, tolerance: trial.tolerance)
            let reach = found.indices.reduce(0) {
                max($0, (found[$1] - trial.coefficients[$1]).magnitude * terms.scales[$1])
            }
            // Beyond single precision: where the model is, new ones.
            guard found.allSatisfy(\.isFinite) else {
                isSlow = true
                return start
            }
            guard reach > Self.reach else { return found }
            // Derivatives that are too old: only part of the way, and new ones.
            isSlow = true
            return zip(start, found).map { $0 + ($1 - $0) * Self.reach / reach }
        }
        var open: [PathTrial] = []
        for (index, state) in states.enumerated() {
            var trial = trials[index]
            switch state {
            case .done:
                guard trial.place >= 0 else { continue }
                points.append(point(trial, sums.evaluations[index]))
                continue
            case .halved: break
            case .verified: (trial.isFull, trial.others) = (true, [])
            case .gained, .slow:
                let lambda = trial.place < 0 ? 0 : lambdas[trial.place]
                let terms = penalty.terms(known, lambda)
                trial.coefficients = minimum(trial, terms)
                // The last step, most likely: with the gradient of all that may come in the model may be done. A round more for it costs more.
                let isLast = (trial.violation ?? 1) * min(trial.pace ?? 1, Self.usualPace) < trial.tolerance
                let doubted = isLast ? doubted(trial, terms, penalty, lambda, most: Self.mostAtLast) : []
                (trial.isFull, trial.others) = (doubted == nil, doubted ?? [])
            }
            open.append(trial)
        }
        if let newest = trials.last, states.last != .halved, begun + 1 < lambdas.count,
            open.count < (isExact ? 1 : Self.depth)
        {
            begun += 1
            let terms = penalty.terms(known, lambdas[begun])
            let logLikelihood = sums.evaluations[sums.evaluations.count - 1].logLikelihood
            var trial = PathTrial(
                place: begun, coefficients: minimum(newest, terms), tolerance: rules.tolerance, from: newest,
                objective: -logLikelihood + terms.value(newest.coefficients))
            let doubted = doubted(trial, terms, penalty, nextCorner(begun, lambdas), most: Self.mostAtFirst)
            (trial.isFull, trial.others) = (doubted == nil, doubted ?? [])
            open.append(trial)
        }
        trials = open
        return isSlow
    }

    private func point(_ trial: PathTrial, _ evaluation: Sums.Evaluation) -> PathPoint {
        let own = known.indices.filter { fold == 0 && trial.coefficients[$0 + 1] != 0 }
        let pooled = scale.pooled(trial.coefficients, known)
        return PathPoint(
            place: trial.place, intercept: pooled[0], features: own.map { known[$0] },
            coefficients: own.map { pooled[$0 + 1] }, logLikelihood: evaluation.logLikelihood,
            heldOut: evaluation.heldOut)
    }

    /// Wants all derivatives anew, of the features that are in a model or may come in.
    private mutating func renew(_ penalty: ElasticNetPenalty, _ added: [Int]) {
        let wanted = Set(candidates)
        let positions = known.indices.filter { place in
            penalty.factors[known[place]] == 0 || wanted.contains(known[place])
                || trials.contains { $0.holds(place) }
        }
        known = positions.map { known[$0] }
        for index in trials.indices { trials[index].keep(positions) }
        curvature = nil
        rest = rules.interval
        extend(added)
    }

    private mutating func extend(_ added: [Int]) {
        if added.contains(where: scale.isNarrow) {
            // Centred by sums at the same coefficients: those of the intercept are wanted too.
            isFine = true
            curvature = nil
        }
        known += added
        for index in trials.indices { trials[index].append(added) }
    }
}

extension [PathFit] {
    /// Names of the features without a coefficient in some fit as they hardly vary there.
    func hardlyVarying(_ columns: [String]) -> [String] {
        Set(flatMap(\.scale.hardlyVarying)).sorted().map { columns[$0] }
    }

    /// What the sites are asked by the fits that want sums; folds wait for the path of all cases.
    func requests(_ lambdas: [Double]) -> [PathRequest] {
        filter { $0.wantsSums(lambdas) }.map(\.request)
    }
}
