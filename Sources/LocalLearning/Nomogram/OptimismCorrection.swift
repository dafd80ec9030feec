import Federation
import Learning
import Statistics

/// Performance of a model on the cases that fitted it, less what it owes to having seen them: the model is fitted again to bootstrap
/// resamples by the sums of a study, and its fall from the resample to all cases is the optimism (Efron 1983; Harrell, Regression
/// Modeling Strategies, 5.3.4; `validate` of the R package rms).
///
/// A case is drawn 0, 1, 2 ... times by a keyed hash of the resample and the case's patient (Poisson of mean 1), so that the numbers do
/// not depend on how the cases are divided among sites. The variables of the model are fixed: what selected them is not repeated.
/// Where a resample's likelihood has no maximum (a level without an event) it stays in, with a ridge that keeps its coefficients
/// finite: rms stops its Newton steps there, and leaving such resamples out would halve the optimism of a small table.
public struct OptimismCorrection: Codable, Sendable, Equatable {
    /// One index of performance.
    public struct Index: Codable, Sendable, Equatable {
        /// `AUC` or `C`, `slope`, `intercept`, `Brier score`.
        public let name: String
        /// On the cases that fitted the model.
        public let apparent: Double
        /// Mean over the resamples: on the resample that fitted the model.
        public let resampled: Double
        /// Mean over the resamples: of that model on all cases.
        public let tested: Double
        /// `resampled` less `tested`.
        public let optimism: Double
        /// `apparent` less `optimism`.
        public let corrected: Double
        /// Monte Carlo standard error of `corrected`.
        public let error: Double
    }

    /// Resamples that could be fitted.
    public let resamples: Int
    /// Resamples without both classes, or whose model could not be fitted.
    public let failed: Int
    /// The indices.
    public let indices: [Index]

    /// Fits again and again.
    ///
    /// - Parameters:
    ///   - fitted: a logistic model or a Cox model whose variables and penalty were given.
    ///   - parts: the cases that fitted it, of one or several sites.
    ///   - count: number of resamples.
    ///   - seed: key of the draws.
    /// - Throws: `LocalLearningError.options` for another model, what the algorithms throw on all cases.
    public init(_ fitted: FittedModel, parts: [TrainingCases], count: Int, seed: UInt64) throws {
        guard count >= 20 else { throw LocalLearningError.options("--bootstrap: \(count) is below 20") }
        let learner = try Self.learner(fitted.predictor)
        let own = try parts.map { part in part.replacing(try fitted.prepared(part.table)) }
        let apparent = try Self.indices(fitted.predictor, own)
        let names = apparent.map(\.name)
        var pairs: [(resampled: [Double], tested: [Double])] = []
        var failed = 0
        for resample in 0..<count {
            RunProgress.tell("resample \(resample + 1) of \(count)")
            let drawn = own.map { Self.drawn($0, resample: resample, seed: seed) }
            guard let model = (try? learner.fit(drawn)) ?? (try? Self.bounded(learner)?.fit(drawn)),
                let inside = try? Self.indices(model, drawn),
                let outside = try? Self.indices(model, own)
            else {
                failed += 1
                continue
            }
            pairs.append((inside.map(\.value), outside.map(\.value)))
        }
        guard pairs.count >= 20 else {
            throw LocalLearningError.tooFew(part: "the table", reason: "fewer than 20 resamples could be fitted")
        }
        resamples = pairs.count
        self.failed = failed
        let n = Double(pairs.count)
        indices = names.indices.map { place in
            let (inside, outside) = (pairs.map { $0.resampled[place] }, pairs.map { $0.tested[place] })
            let differences = zip(inside, outside).map { $0 - $1 }
            let optimism = differences.reduce(0, +) / n
            let spread = differences.reduce(0) { $0 + ($1 - optimism) * ($1 - optimism) } / (n - 1)
            return Index(
                name: names[place], apparent: apparent[place].value, resampled: inside.reduce(0, +) / n,
                tested: outside.reduce(0, +) / n, optimism: optimism, corrected: apparent[place].value - optimism,
                error: (spread / n).squareRoot())
        }
    }

    /// The algorithm that fitted a model, with its variables given.
    private static func learner(_ predictor: Predictor) throws -> any Learner {
        switch predictor {
        case .logistic(let own) where own.choice == nil:
            var learner = LogisticLearner()
            (learner.lambda, learner.offset) = (own.lambda, own.terms.offset)
            return learner
        case .cox(let own) where own.choice == nil:
            var learner = CoxRegressionLearner()
            learner.offset = own.terms.offset
            return learner
        default:
            throw LocalLearningError.options(
                "--bootstrap: the model's variables or penalty were chosen by its fit, which a resample would have to repeat; take "
                    + "`model compare`, or fit lr or coxph")
        }
    }

    /// The algorithm for cases on which its own has no solution; nil without one.
    private static func bounded(_ learner: any Learner) -> (any Learner)? {
        switch learner {
        case var own as LogisticLearner where own.lambda < leastRidge:
            own.lambda = leastRidge
            return own
        case var own as CoxRegressionLearner:
            own.ridge = leastRidge
            return own
        default: return nil
        }
    }

    /// Weight of a penalty that changes no coefficient that has an estimate.
    private static let leastRidge = 0.01

    private static func drawn(_ part: TrainingCases, resample: Int, seed: UInt64) -> TrainingCases {
        let hash = KeyedHash(seed: KeyedHash(seed: seed).hash("resample \(resample)"))
        return part.selecting(
            rows: part.names.indices.flatMap { row in
                [Int](repeating: row, count: weight(KeyedHash.unit(hash.hash(part.names[row]))))
            })
    }

    /// Quantile of the Poisson distribution of mean 1.
    private static func weight(_ unit: Double) -> Int {
        var (term, sum, count) = (0.36787944117144233, 0.36787944117144233, 0)
        while unit >= sum, count < 15 {
            count += 1
            term /= Double(count)
            sum += term
        }
        return count
    }

    /// Discrimination, and how the model's linear predictor has to be stretched and shifted to fit the cases.
    private static func indices(_ predictor: Predictor, _ parts: [TrainingCases]) throws -> [(
        name: String, value: Double
    )] {
        let model = predictor.model
        let scored = try parts.map { part in
            part.replacing(
                CaseTable(
                    featureNames: ["lp"], features: try model.scores(try part.table.selecting(features: model.columns)),
                    outcome: part.table.outcome, batch: part.table.batch))
        }
        let scores = scored.flatMap(\.table.features)
        let hasTimes = parts.first?.times != nil
        let whole = TrainingCases(
            table: CaseTable(
                featureNames: ["lp"], features: scores, outcome: scored.flatMap(\.table.outcome),
                batch: scored.flatMap(\.table.batch)),
            times: hasTimes ? scored.flatMap { $0.times ?? [] } : nil, names: scored.flatMap(\.names))
        guard let discrimination = Discriminations.value(scores, whole) else { throw LearningError.oneClass }
        let name = Discriminations.name(withTime: hasTimes)
        guard !hasTimes else {
            let slope = try CoxRegressionLearner().fit(scored).linear?.slope ?? 0
            return [(name, discrimination), ("slope", slope)]
        }
        var free = LogisticLearner()
        free.lambda = 0
        guard let line = try free.fit(scored).linear else { throw LearningError.oneClass }
        let errors = zip(scores, whole.table.outcome).map { score, outcome in
            let difference = (model.probability(score: score) ?? 0) - outcome
            return difference * difference
        }
        return [
            (name, discrimination), ("slope", line.slope),
            ("intercept", line.intercept - line.slope * (line.standardisation.means.first ?? 0)),
            ("Brier score", errors.reduce(0, +) / Double(errors.count)),
        ]
    }
}

extension LinearTerms {
    /// Change for one unit of the only feature; 0 without one.
    fileprivate var slope: Double {
        guard let coefficient = coefficients.first, let deviation = standardisation.standardDeviations.first else {
            return 0
        }
        return coefficient / deviation
    }
}
